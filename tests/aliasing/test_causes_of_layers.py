"""Causes of layers with every border and padding of their own: an exact sum, the right name."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.nightly import some

BORDERS = ["edge", ("constant", 1.5), {"y": "edge", "x": ("constant", -0.5)}, "zero"]
RNG = np.random.default_rng


def picture(seed: int, *sizes: int, period: bool = False) -> xr.DataArray:
    dims = ("z", "y", "x")[-len(sizes) :]
    axes = [
        iv.Axis(d, unit="px", period=float(n) if period else None)
        for d, n in zip(dims, sizes, strict=True)
    ]
    return iv.label(RNG(seed).standard_normal((2, *sizes)), "channel", *axes)


def of_cause(found: xr.Dataset, cause: str) -> float:
    return float(found.share_of_cause.sel(cause=cause))


def stages(seed: int, border) -> list[iv.Operator]:
    """Layers of networks in a random order, each of which keeps two channels."""
    rng = RNG(seed)
    pair = {"y": 2, "x": 2}
    pads = {d: tuple(rng.integers(0, 3, 2).tolist()) for d in pair}
    taps = xr.DataArray(rng.standard_normal((2, 1, 3, 2)), dims=("made", "channel", "y", "x"))
    mixing = xr.DataArray(rng.standard_normal((2, 2)), dims=("channel", "made"))
    layer = {"channels": "made", "over": "channel", "groups": 2, "padding": pads}
    infinite = ("constant", -np.inf)
    kinds = [
        lambda: (
            iv.Convolve(taps, pair, border, dilation={"x": 2}, **layer) >> iv.Linear(mixing, "made")
        ),
        lambda: iv.Convolve(taps, {}, border, **layer) >> iv.Linear(mixing, "made"),
        lambda: iv.MaxPool({"y": 3, "x": 3}, pair, infinite, {"y": (1, 1), "x": (1, 0)}),
        lambda: iv.MeanPool({"y": 3, "x": 2}, pair, border, {"y": (1, 1)}, ceil_mode=True),
        lambda: iv.MeanPool({"y": 3}, {"y": 1}, "zero", {"y": (1, 1)}, count_include_pad=False),
        lambda: iv.Pad(pads, border) >> iv.MaxPool({"y": 2, "x": 3}, pair, "valid"),
        lambda: iv.Clip(-1, 1),
        lambda: iv.Softmax("channel"),
        iv.Tanh,
    ]
    return [kinds[int(k)]() for k in rng.integers(0, len(kinds), 4)]


@pytest.mark.parametrize("seed", some(range(24), 24))
def test_shares_add_up_to_1(seed):
    op = iv.Pipeline(stages(seed, BORDERS[seed % 4]))
    x = picture(seed, 19, 26) if seed % 2 else picture(seed, 16, 32, period=True)
    for move in (iv.Translate(x=1.0), iv.Translate(x=-1.63, y=2.0)):
        found = iv.causes(op, x, move)
        if not float(found.total) > 1e-12:
            continue  # nothing is off, or all samples are alike
        assert float(found.share.sum()) == pytest.approx(1.0, abs=1e-9), op


@pytest.mark.parametrize("border", BORDERS[:3], ids=str)
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_what_a_border_without_a_stride_does_is_of_the_border(border, shift):
    x = picture(3, 24, 32)
    taps = xr.DataArray(RNG(1).standard_normal((3, 3)), dims=("y", "x"))
    own = {"padding": {"y": (1, 1), "x": (2, 0)}}
    for op in (
        iv.Convolve(taps, boundary=border, **own),
        iv.MeanPool({"y": 3, "x": 3}, {"y": 1, "x": 1}, border, **own),
        iv.MaxPool({"y": 3, "x": 3}, {"y": 1, "x": 1}, border, **own),
        iv.MaxPool({"y": 3, "x": 3}, {"y": 1, "x": 1}, ("constant", -np.inf), **own),
        iv.MeanPool({"x": 3}, {"x": 1}, "zero", {"x": (1, 1)}, count_include_pad=False),
    ):
        assert of_cause(iv.causes(op, x, iv.Translate(x=shift)), "border") > 0.95, op


@pytest.mark.parametrize("kind", ["convolution", "max"])
def test_a_stride_folds_whatever_the_padding(kind):
    """On a periodic axis without a boundary: the padding only says where windows begin."""
    x = picture(5, 24, 32, period=True)
    taps = xr.DataArray(RNG(1).standard_normal(3), dims="x")
    own = {"padding": {"x": (2, 1)}}
    op = iv.Convolve(taps, {"x": 2}, **own)
    if kind == "max":
        op = iv.MaxPool({"x": 3}, {"x": 2}, **own, ceil_mode=True)
    found = iv.causes(op, x, iv.Translate(x=1.0))
    assert of_cause(found, "folding") > 0.95
    assert iv.aliasing.folding_explains(op, x, "x") < 1e-9
