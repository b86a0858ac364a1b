"""Networks of torch, written again with operators of this package: equal, and so their causes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.nightly import some

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch import nn  # noqa: E402

SPACE = ("y", "x")
INFINITE = ("constant", -math.inf)


class Residual(nn.Module):
    """A stem as of ResNet, a max pool, and a block whose skip connection strides."""

    def __init__(self, c, d):
        super().__init__()
        self.stem = nn.Conv2d(2, c, 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.conv1 = nn.Conv2d(c, d, 3, 2, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(d)
        self.conv2 = nn.Conv2d(d, d, 3, 1, 2, dilation=2)
        self.norm2 = nn.BatchNorm2d(d)
        self.down = nn.Conv2d(c, d, 1, 2, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.pool(self.relu(self.norm(self.stem(x))))
        y = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        return self.relu(y + self.down(x))


class Mobile(nn.Module):
    """A block as of MobileNet: expanded, depthwise with a stride, projected; then a mean pool."""

    def __init__(self, c, d):
        super().__init__()
        self.expand = nn.Conv2d(2, c, 1)
        self.norm1 = nn.BatchNorm2d(c)
        self.depth = nn.Conv2d(c, c, 3, 2, 1, groups=c, bias=False)
        self.norm2 = nn.BatchNorm2d(c)
        self.project = nn.Conv2d(c, d, 1)
        self.mean = nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)
        self.relu6 = nn.ReLU6()

    def forward(self, x):
        x = self.relu6(self.norm1(self.expand(x)))
        return self.mean(self.project(self.relu6(self.norm2(self.depth(x)))))


def drawn(net: nn.Module) -> nn.Module:
    """The same weights each time, moments of the normalizations included."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(5)
    for name, each in (*net.named_parameters(), *net.named_buffers()):
        if each.is_floating_point():
            values = torch.randn(each.shape, generator=random)
            small = 0.2 if name.endswith(("bias", "mean")) else 1.0
            each.data = 0.5 + values.abs() if name.endswith("var") else small * values
    return net.double().eval()


def array(tensor: torch.Tensor, *dims: str) -> xr.DataArray:
    return xr.DataArray(tensor.detach().numpy().copy(), dims=dims)


def convolution(layer: nn.Conv2d, read: str, made: str) -> iv.Operator:
    """A convolution and its bias: kernels are weights the other way round."""
    kernels = array(layer.weight, made, read, *SPACE).isel(
        {dim: slice(None, None, -1) for dim in SPACE}
    )

    def both(values):
        return dict(zip(SPACE, values, strict=True))

    op = iv.Convolve(
        *(kernels, both(layer.stride), "zero", (made,), (read,)),
        dilation=both(layer.dilation),
        padding=both([(p, p) for p in layer.padding]),
        groups=layer.groups,
    )
    if layer.bias is None:
        return op
    return op >> iv.PositionAffine(offset=array(layer.bias, made))


def norm(layer: nn.BatchNorm2d, dim: str) -> iv.Operator:
    given = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    return iv.operators.batch_norm(*(array(each, dim) for each in given), epsilon=layer.eps)


def chain(*steps: tuple[str, iv.Operator]) -> list[iv.Node]:
    """Nodes that read the result before, each stage of a pipeline its own."""
    nodes, before = [], "input"
    for name, op in steps:
        for place, stage in enumerate(op.stages if isinstance(op, iv.Pipeline) else (op,)):
            path = f"{name}.{place}" if place else name
            nodes.append(iv.Node(path, stage, before))
            before = path
    return nodes


def residual(net: Residual) -> iv.Graph:
    window, stride, pads = ({"y": n, "x": n} for n in (3, 2, (1, 1)))
    nodes = chain(
        ("stem", convolution(net.stem, "channel", "stem")),
        ("norm", norm(net.norm, "stem")),
        ("relu", iv.Relu()),
        ("pool", iv.MaxPool(window, stride, INFINITE, pads)),
        ("conv1", convolution(net.conv1, "stem", "mid")),
        ("norm1", norm(net.norm1, "mid")),
        ("relu1", iv.Relu()),
        ("conv2", convolution(net.conv2, "mid", "channel")),
        ("norm2", norm(net.norm2, "channel")),
    )
    return iv.Graph(
        [
            *nodes,
            iv.Node("down", convolution(net.down, "stem", "channel"), "pool"),
            iv.Node("add", iv.Add(), ("norm2", "down")),
            iv.Node("relu2", iv.Relu(), "add"),
        ]
    )


def mobile(net: Mobile) -> iv.Graph:
    window, stride, pads = ({"y": n, "x": n} for n in (3, 2, (1, 1)))
    own = {"ceil_mode": True, "count_include_pad": False}
    return iv.Graph(
        chain(
            ("expand", convolution(net.expand, "channel", "wide")),
            ("norm1", norm(net.norm1, "wide")),
            ("relu6", iv.Clip(0, 6)),
            ("depth", convolution(net.depth, "wide", "deep")),
            ("norm2", norm(net.norm2, "deep")),
            ("relu6_1", iv.Clip(0, 6)),
            ("project", convolution(net.project, "deep", "channel")),
            ("mean", iv.MeanPool(window, stride, "zero", pads, **own)),
        )
    )


NETS = {"residual": (Residual(3, 4), residual), "mobile": (Mobile(6, 3), mobile)}


def picture(rng, *sizes):
    axes = [iv.Axis(dim, unit="px") for dim in SPACE]
    return iv.label(rng.standard_normal((2, *sizes)), "channel", *axes)


@pytest.mark.parametrize("sizes", [(24, 32), (17, 23)])
@pytest.mark.parametrize("kind", NETS)
def test_a_network_of_ones_own_operators_is_torchs(kind, sizes, rng):
    module, written = NETS[kind]
    net, x = drawn(module), picture(rng, *sizes)
    with torch.inference_mode():
        wanted = net(torch.from_numpy(x.values)[None])[0].numpy()
    found = written(net)(x)
    assert found.dims == ("channel", *SPACE)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * abs(wanted).max())


@pytest.mark.parametrize("shift", some([1.0, 4.0, 1.37], 3))
@pytest.mark.parametrize("kind", NETS)
def test_its_causes_are_those_of_the_module(kind, shift, rng):
    module, written = NETS[kind]
    net, x = drawn(module), picture(rng, 24, 32)
    move = iv.Translate(x=shift)
    ours = iv.causes(written(net), x, move, norm="channelwise")
    theirs = iv.causes(iv.from_torch(net, x, x.dims), x, move)
    assert float(ours.total) > 0.1
    assert float(ours.total) == pytest.approx(float(theirs.total), rel=1e-9)
    assert float(ours.share.sum()) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(ours.share_of_cause, theirs.share_of_cause, rtol=0, atol=1e-9)
