"""Layers of networks against plain loops: dilation, groups, own padding, rounding up, borders."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.work import work
from tests.nightly import some
from tests.operators.networks.layers import centers, convolution, pool

SEEDS = some(range(60), 5)
INFINITE = ("constant", -np.inf)


def drawn(kind, seed):
    return convolution(seed) if kind == "convolution" else pool(seed, kind)


@pytest.mark.parametrize("kind", ["convolution", "max", "mean"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_layer_is_the_sum_maximum_or_mean_of_each_window(kind, seed):
    layer = drawn(kind, seed)
    out = layer.op(layer.x)
    assert out.dims == (("out" if kind == "convolution" else "channel"), *layer.x.dims[1:])
    np.testing.assert_allclose(out.values, layer.wanted, rtol=0, atol=1e-12)
    for dim, places in centers(layer):
        np.testing.assert_allclose(out[dim], places, atol=1e-12)


@pytest.mark.parametrize("kind", ["convolution", "max", "mean"])
def test_a_layer_evaluates_back_from_its_repr(kind):
    for seed in range(6):
        layer = drawn(kind, seed)
        again = eval(repr(layer.op), {"iv": iv, "float": float})
        assert again(layer.x).identical(layer.op(layer.x))


@pytest.mark.parametrize("kind", ["convolution", "max", "mean"])
def test_a_layer_is_its_dense_form_decimated(kind):
    """Except that a last window, which rounding up lets in, may be missing from the dense form."""
    for seed in range(18):
        layer = drawn(kind, seed)
        y, dense = layer.op(layer.x), layer.op.unstrided(layer.x.dims[1:])(layer.x)
        steps = dict(zip(layer.x.dims[1:], layer.told["stride"], strict=True))
        kept = dense.isel({dim: slice(None, None, by) for dim, by in steps.items()})
        there = y.isel({dim: slice(kept.sizes[dim]) for dim in steps})
        if not layer.told.get("ceil_mode"):
            assert there.sizes == y.sizes
            xr.testing.assert_allclose(there, kept, atol=1e-12)
        elif kind == "max":
            xr.testing.assert_allclose(there, kept, atol=1e-12)


@pytest.mark.parametrize("kind", ["convolution", "max", "mean"])
def test_single_precision_stays_and_complex_samples_are_parts(kind):
    for seed in range(6):
        layer = drawn(kind, seed)
        single = layer.op(layer.x.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, layer.wanted, atol=2e-5)
        if kind == "mean":
            y = layer.op(layer.x * (1 + 2j))
            np.testing.assert_allclose(y, layer.wanted * (1 + 2j), atol=1e-12)


@pytest.mark.parametrize("kind", ["convolution", "max", "mean"])
def test_nan_is_where_a_window_meets_it_and_nowhere_else(kind):
    for seed in range(12):
        layer = drawn(kind, seed)
        marked = xr.zeros_like(layer.x)
        marked[(0, *(n // 2 for n in layer.x.shape[1:]))] = 1.0
        bare = layer.op(xr.zeros_like(layer.x))
        touched = (layer.op(marked) != bare) | (layer.op(-marked) != bare)
        found = np.isnan(layer.op(layer.x.where(marked == 0)))
        assert np.array_equal(found, touched), layer.op


def test_a_depthwise_convolution_has_as_many_groups_as_channels(rng):
    x = iv.label(rng.standard_normal((3, 12)), "channel", iv.Axis("x", period=12.0))
    taps = xr.DataArray(rng.standard_normal((3, 1, 3)), dims=("out", "channel", "x"))
    each = iv.Convolve(taps, over="channel", channels="out", groups=3)(x)
    for c in range(3):
        alone = iv.Convolve(taps[c, 0])(x.isel(channel=c))
        np.testing.assert_allclose(each[c], alone, atol=1e-14)


def test_the_response_of_dilated_taps_is_that_of_the_taps_at_a_multiple_of_the_frequency(rng):
    x = iv.label(rng.standard_normal(48), iv.Axis("x", period=48.0))
    taps = xr.DataArray(rng.standard_normal(5), dims="x")
    f = np.linspace(-0.2, 0.2, 21)
    apart = iv.Convolve(taps, dilation={"x": 2}).frequency_response(x, {"x": f})
    near = iv.Convolve(taps).frequency_response(x, {"x": 2 * f})
    np.testing.assert_allclose(apart, near, atol=1e-12)


def test_dilated_taps_are_counted_and_centered_as_taps(rng):
    x = iv.label(rng.standard_normal(64), iv.Axis("x", period=64.0))
    turns = xr.DataArray(np.exp(2j * np.pi * 0.2 * np.arange(7)), dims="x")
    out = iv.Convolve(turns, dilation={"x": 2})(x)
    assert float(out.x_center_frequency) == pytest.approx(0.1, abs=1e-3)
    near, apart = (work(iv.Convolve(turns, dilation={"x": d}), x) for d in (1, 4))
    assert near == apart


def test_on_a_periodic_axis_without_a_boundary_a_layer_wraps(rng):
    """Its padding then says where windows begin, and adds nothing."""
    x = iv.label(rng.standard_normal(12), iv.Axis("x", period=12.0))
    taps = xr.DataArray(rng.standard_normal(3), dims="x")
    layer = iv.Convolve(taps, stride={"x": 2}, padding={"x": (1, 2)})
    assert layer(x).identical(iv.Convolve(taps, stride={"x": 2})(x))
    pool = iv.MaxPool({"x": 3}, {"x": 2}, padding={"x": (1, 1)}, ceil_mode=True)
    assert pool(x).identical(iv.MaxPool({"x": 3}, {"x": 2}, padding={"x": 1})(x))
    assert iv.axis_of(layer(x), "x").periodic


def test_circular_padding_of_ones_own_is_wrapped_by_that_many_samples(rng):
    x = iv.label(rng.standard_normal(7), iv.Axis("x", period=7.0))
    taps = xr.DataArray(rng.standard_normal(3), dims="x")
    wide = np.pad(x.values, (3, 1), mode="wrap")
    found = iv.Convolve(taps, boundary="periodic", padding={"x": (3, 1)})(x)
    np.testing.assert_allclose(found, np.convolve(wide, taps, "valid"), atol=1e-13)
    assert not iv.axis_of(found, "x").periodic
    assert (
        "x"
        not in iv.Convolve(taps, boundary="periodic", padding={"x": (3, 1)})
        .plan(iv.Axes.of(x))
        .shared
    )


def test_a_border_of_a_value_makes_a_linear_operator_affine():
    taps = xr.DataArray([1.0, 2.0, 1.0], dims="x")
    for border, linear in (("edge", True), (("constant", 0.0), True), (("constant", 2.0), False)):
        assert iv.Convolve(taps, boundary=border).linear is linear
        assert iv.MeanPool({"x": 3}, boundary={"x": border}).linear is linear
        assert iv.Pad({"x": (1, 1)}, border).linear is linear


KERNELS = xr.DataArray(np.ones((4, 2, 3)), dims=("out", "channel", "x"))


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (
            lambda: iv.MaxPool({"x": 3}, boundary="replicate"),
            ParameterError,
            r"'replicate' is unknown; give one of .*edge.*; here 'replicate' is 'edge'",
        ),
        (lambda: iv.MaxPool({"x": 3}, boundary="nearest"), ParameterError, "is 'edge'"),
        (lambda: iv.MaxPool({"x": 3}, boundary="circular"), ParameterError, "is 'periodic'"),
        (lambda: iv.MaxPool({"x": 3}, boundary="constant"), ParameterError, r"\('constant', value"),
        (
            lambda: iv.MaxPool({"x": 3}, boundary=("constant", np.nan)),
            ParameterError,
            "has no value",
        ),
        (lambda: iv.MaxPool({"x": 3}, boundary=("constant",)), ParameterError, "unknown"),
        (lambda: iv.MaxPool({"x": 3}, boundary=("edge", 1.0)), ParameterError, "unknown"),
        (lambda: iv.MeanPool({"x": 3}, boundary=INFINITE), ParameterError, "a MaxPool takes -inf"),
        (lambda: iv.Convolve(KERNELS, boundary=INFINITE), ParameterError, "a MaxPool takes -inf"),
        (lambda: iv.MaxPool({"x": 3}, padding={"y": (1, 1)}), ParameterError, "names 'y'"),
        (lambda: iv.MaxPool({"x": 3}, padding={"x": (1, 2, 3)}), ParameterError, "before, after"),
        (lambda: iv.MaxPool({"x": 3}, padding={"x": (1, -1)}), ParameterError, "at least 0"),
        (lambda: iv.MaxPool({"x": 3}, padding=1), ParameterError, r"mapping such as \{'x': \(1"),
        (lambda: iv.MaxPool({"x": 3}, dilation={"y": 2}), ParameterError, "dilation names 'y'"),
        (lambda: iv.MaxPool({"x": 3}, ceil_mode=2), ParameterError, "ceil_mode=2 is unknown"),
        (lambda: iv.MeanPool({"x": 3}, count_include_pad=None), ParameterError, "is unknown"),
        (lambda: iv.Convolve(KERNELS, dilation={"channel": 2}, over="channel"), DimError, "names"),
        (lambda: iv.Convolve(KERNELS, groups=2), ParameterError, r"over=\('channel',\)"),
        (
            lambda: iv.Convolve(KERNELS, over="channel", channels="out", groups=3),
            ParameterError,
            "4 kernels over 'out' are not a multiple of groups=3",
        ),
        (lambda: iv.Convolve(KERNELS, groups=0), ParameterError, "number of groups is 0"),
    ],
)
def test_what_makes_no_layer_is_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize(
    ("op", "error", "said"),
    [
        (
            iv.Convolve(KERNELS, over="channel", channels="out", groups=2),
            AxisError,
            "2 taps over 'channel' for each of 2 groups, the input 2 samples",
        ),
        (
            iv.MaxPool({"x": 9}, {"x": 1}, "zero", {"x": (1, 1)}),
            AxisError,
            r"9 samples is longer than the axis 'x' with its padding \(1 \+ 6 \+ 1 samples\)",
        ),
        (
            iv.MaxPool({"x": 2}, {"x": 1}, INFINITE, {"x": (2, 0)}),
            AxisError,
            "a window of 2 samples lies wholly in the border of -inf",
        ),
        (
            iv.MeanPool({"x": 3}, {"x": 1}, "reflect", {"x": (1, 1)}, count_include_pad=False),
            ParameterError,
            "boundary along 'x' is 'reflect'; give boundary='zero'",
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_the_input_is_refused(op, error, said):
    with pytest.raises(error, match=said):
        op(iv.label(np.ones((2, 6)), "channel", "x"))
