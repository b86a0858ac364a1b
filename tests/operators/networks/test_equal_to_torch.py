"""Layers of networks against torch, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.nightly import some
from tests.operators.networks.layers import convolution, pool

torch = pytest.importorskip("torch", reason="torch is not installed")
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(1)
SEEDS = some(range(90), 5)
MODES = {"edge": "replicate", "reflect": "reflect", "periodic": "circular"}


def of(x: xr.DataArray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.values))[None]


def same(found: xr.DataArray, wanted: torch.Tensor) -> None:
    values = wanted.detach().numpy()[0]
    assert found.shape == values.shape
    np.testing.assert_allclose(found, values, rtol=0, atol=1e-12 * max(1.0, abs(values).max()))


def padded(x: torch.Tensor, pads, border) -> torch.Tensor:
    flat = [n for pair in reversed(pads) for n in pair]
    if border == "zero":
        return F.pad(x, flat)
    if isinstance(border, tuple):
        return F.pad(x, flat, value=border[1])
    return F.pad(x, flat, mode=MODES[border])


@pytest.mark.parametrize("seed", SEEDS)
def test_convolutions_are_torchs(seed):
    layer = convolution(seed)
    told, rank = layer.told, len(layer.told["sizes"])
    wide = padded(of(layer.x), told["pads"], told["border"])
    own = {name: tuple(told[name]) for name in ("stride", "dilation")}
    function = getattr(F, f"conv{rank}d")
    weight = torch.from_numpy(told["weight"])
    same(layer.op(layer.x), function(wide, weight, groups=told["groups"], **own))
    symmetric = tuple(max(pair) for pair in told["pads"])
    if told["border"] == "zero":
        pairs = {d: (p, p) for d, p in zip(layer.x.dims[1:], symmetric, strict=True)}
        twin = iv.Convolve(
            *(layer.op.kernels, layer.op.stride, "zero", ("out",), ("channel",)),
            dilation=layer.op.dilation,
            padding=pairs,
            groups=told["groups"],
        )
        own["padding"] = symmetric
        same(twin(layer.x), function(of(layer.x), weight, groups=told["groups"], **own))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["max", "mean"])
def test_pools_are_torchs(kind, seed):
    layer = pool(seed, kind)
    told, rank = layer.told, len(layer.told["sizes"])
    own = {"kernel_size": tuple(told["kernel"]), "stride": tuple(told["stride"])}
    own |= {"padding": tuple(told["padding"]), "ceil_mode": told["ceil_mode"]}
    if kind == "max":
        function = getattr(F, f"max_pool{rank}d")
        own["dilation"] = tuple(told["dilation"])
    else:
        function = getattr(F, f"avg_pool{rank}d")
        own["count_include_pad"] = told["count_include_pad"]
    same(layer.op(layer.x), function(of(layer.x), **own))


@pytest.mark.parametrize("border", ["zero", "edge", "reflect", "periodic", ("constant", 0.75)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_padding_is_torchs(rank, border, rng):
    x = iv.label(rng.standard_normal((2, 6, 5, 7)[: rank + 1]), "channel", *"zyx"[-rank:])
    pads = [tuple(rng.integers(0, 4, 2).tolist()) for _ in range(rank)]
    op = iv.Pad(dict(zip(x.dims[1:], pads, strict=True)), border)
    same(op(x), padded(of(x), pads, border))


def test_dense_layers_softmax_and_concatenation_are_torchs(rng):
    x = iv.label(rng.standard_normal((5, 4, 6)), "channel", "y", "x")
    weight = rng.standard_normal((3, 5))
    bias = rng.standard_normal(3)
    op = iv.Linear(xr.DataArray(weight, dims=("out", "channel")))
    op >>= iv.PositionAffine(offset=xr.DataArray(bias, dims="out"))
    given = of(x).movedim(1, -1)
    wanted = F.linear(given, torch.from_numpy(weight), torch.from_numpy(bias)).movedim(-1, 1)
    same(op(x), wanted)
    whole = rng.standard_normal((2, 5 * 4 * 6))
    flat = xr.DataArray(whole.reshape(2, 5, 4, 6), dims=("out", "channel", "y", "x"))
    same(
        iv.Linear(flat, ("channel", "y", "x"))(x),
        F.linear(of(x).flatten(1), torch.from_numpy(whole)),
    )
    same(iv.Softmax("channel")(x), F.softmax(of(x), 1))
    same(iv.Softmax(("y", "x"))(x), F.softmax(of(x).flatten(2), 2).unflatten(2, (4, 6)))
    same(iv.Concatenate("channel")([x, op(x).rename(out="channel")]), torch.cat([of(x), wanted], 1))
    same(iv.Clip(0, 6)(4 * x), F.relu6(4 * of(x)))


def test_batch_normalization_in_evaluation_is_torchs(rng):
    x = iv.label(rng.standard_normal((4, 5, 6)), "channel", "y", "x")
    net = nn.BatchNorm2d(4).double().eval()
    for each in (net.weight.data, net.bias.data, net.running_mean):
        each.copy_(torch.from_numpy(rng.standard_normal(4)))
    net.running_var.copy_(torch.from_numpy(rng.uniform(0.1, 3.0, 4)))
    given = (net.running_mean, net.running_var, net.weight, net.bias)
    moments = [xr.DataArray(each.detach().numpy(), dims="channel") for each in given]
    same(iv.operators.batch_norm(*moments, epsilon=net.eps)(x), net(of(x)))


def test_gates_are_joins(rng):
    """A gated linear unit, and a squeeze that excites: products of branches, one of them narrow."""
    x = iv.label(rng.standard_normal((4, 5, 6)), "channel", "y", "x")
    weights = rng.standard_normal((6, 4))
    value, gate = (
        iv.Linear(xr.DataArray(half, dims=("out", "channel"))) for half in np.split(weights, 2)
    )
    unit = iv.Graph(
        [
            iv.Node("value", value, "input"),
            iv.Node("gate", gate >> iv.Sigmoid(), "input"),
            iv.Node("product", iv.Multiply(), ("value", "gate")),
        ]
    )
    both = torch.einsum("oc,bcyx->boyx", torch.from_numpy(weights), of(x))
    same(unit(x), F.glu(both, 1))
    shrink = iv.Linear(xr.DataArray(weights[:2], dims=("few", "channel")))
    grow = iv.Linear(xr.DataArray(weights[:4, :2], dims=("channel", "few")), "few")
    squeeze = iv.GlobalPool(("y", "x")) >> shrink >> iv.Relu() >> grow >> iv.Sigmoid()
    excited = iv.Graph(
        [
            iv.Node("gate", squeeze, "input"),
            iv.Node("product", iv.Multiply(), ("input", "gate")),
        ]
    )
    few = F.relu(of(x).mean((2, 3)) @ torch.from_numpy(weights[:2].T))
    factor = torch.sigmoid(few @ torch.from_numpy(weights[:4, :2].T))
    same(excited(x), of(x) * factor[:, :, None, None])
