"""Convolution against scipy, with each boundary, stride and method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, signal

from invarsig import (
    Axis,
    Convolve,
    GaborBank,
    GaussianBank,
    label,
)
from invarsig.axes import center_of
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from tests.operators.banks.rings import NAMES, kernel, ring

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("kinds", ["real real", "complex real", "real complex", "complex complex"])
@pytest.mark.parametrize(
    ("size", "window", "stride"),
    [
        ((24,), (5,), (1,)),
        ((24,), (4,), (3,)),
        ((12, 18), (3, 4), (1, 2)),
        ((12, 18), (12, 15), (2, 3)),
        ((6, 8, 10), (3, 2, 3), (2, 1, 5)),
        ((6, 8, 10), (5, 6, 7), (1, 2, 1)),
        ((200,), (151,), (1,)),
    ],
)
def test_a_convolution_is_scipys(boundary, kinds, size, window, stride, rng):
    first, second = kinds.split()
    values, taps = noise(rng, size, first), noise(rng, window, second)
    names = NAMES[-len(size) :]
    op = Convolve(kernel(taps), stride=dict(zip(names, stride, strict=True)), boundary=boundary)
    # For an even kernel scipy centers the convolution half a sample earlier than (w - 1) // 2.
    origin = tuple(-1 if w % 2 == 0 else 0 for w in window)
    # A correlation conjugates its weights.
    flipped = np.conj(taps)[(slice(None, None, -1),) * taps.ndim]
    wanted = ndimage.correlate(values, flipped, mode=MODES[boundary], origin=origin)
    keep = tuple(slice(None, None, s) for s in stride)
    scale = abs(wanted).max()
    np.testing.assert_allclose(op(ring(values)), wanted[keep], atol=1e-12 * scale)


@pytest.mark.parametrize("window", [(3,), (4,), (2, 5), (15, 8), (2, 3, 2)])
@pytest.mark.parametrize("stride", [1, 3])
def test_a_valid_convolution_is_scipys_fftconvolve(window, stride, rng):
    values, taps = rng.standard_normal((11, 16, 17)[-len(window) :]), rng.standard_normal(window)
    op = Convolve(kernel(taps), stride={"x": stride}, boundary="valid")
    wanted = signal.fftconvolve(values, taps, mode="valid")[..., ::stride]
    out = op(ring(values))
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    assert float(out.x[0]) == 2.0 + (window[-1] - 1) / 2


def test_without_a_boundary_a_ring_goes_round_and_another_axis_is_valid(rng):
    values, taps = rng.standard_normal((6, 10)), rng.standard_normal((3, 3))
    x = label(values, Axis("y"), Axis("x", period=10.0))
    mixed = Convolve(kernel(taps))(x)
    named = Convolve(kernel(taps), boundary={"y": "valid", "x": "periodic"})(x)
    assert mixed.sizes == {"y": 4, "x": 10}
    assert mixed.identical(named)


def test_an_even_kernel_moves_the_grid_by_half_a_sample():
    x = ring(np.arange(8.0), step=0.5)
    for size, first in ((1, 2.0), (2, 2.25), (3, 2.0), (4, 2.25)):
        taps = kernel(np.ones(size) / size)
        out = Convolve(taps, boundary="periodic")(x)
        assert float(out.x[0]) == first
        ramp = Convolve(taps, boundary="valid")(ring(2.0 + 0.5 * np.arange(8), step=0.5))
        np.testing.assert_allclose(ramp, ramp.x, atol=1e-12)


def test_dims_of_the_kernels_that_the_input_lacks_become_channels(rng):
    taps = kernel(
        rng.standard_normal((2, 3, 4)), "band", "x", "kind", band=[10, 20], kind=list("abcd")
    ).assign_coords(octave=("band", [1.0, 2.0], {"units": "oct"}))
    x = ring(rng.standard_normal((5, 12)))
    out = Convolve(taps)(x)
    assert out.dims == ("y", "band", "kind", "x")
    assert out.band.dtype.kind == "i"
    assert out.band.values.tolist() == [10, 20]
    assert out.kind.values.tolist() == list("abcd")
    assert out.octave.attrs == {"units": "oct"}
    one = Convolve(taps.isel(band=1, kind=2, drop=True))(x)
    np.testing.assert_allclose(out.isel(band=1, kind=2), one, atol=1e-13)


def test_channels_that_are_named_must_be_new(rng):
    taps = kernel(rng.standard_normal((2, 3)), "band", "x")
    x = label(rng.standard_normal((2, 8)), "band", Axis("x", period=8.0))
    with pytest.raises(DimError, match="'band', which the input already has"):
        Convolve(taps, channels="band")(x)
    with pytest.raises(DimError, match="no dim 'color'"):
        Convolve(taps, channels=("color",))
    with pytest.raises(DimError, match=r"'x'.*its dims are 'time'"):
        Convolve(taps, channels="band")(label(np.zeros(4), "time"))


def test_input_channels_are_mixed_when_they_are_named(rng):
    taps = rng.standard_normal((4, 3, 5))
    op = Convolve(kernel(taps, "out", "channel", "x"), over="channel", boundary="periodic")
    values = rng.standard_normal((3, 12))
    x = label(values, "channel", Axis("x", period=12.0)).assign_coords(channel=list("rgb"))
    out = op(x)
    assert out.dims == ("out", "x")
    wanted = sum(
        ndimage.convolve1d(np.tile(values[c], (4, 1))[o], taps[o, c], mode="wrap")
        * (np.arange(4) == o)[:, None]
        for o in range(4)
        for c in range(3)
    )
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    with pytest.raises(AxisError, match="3 taps over 'channel', the input 2 samples"):
        op(x.isel(channel=slice(0, 2)))
    with pytest.raises(DimError, match=r"'channel'.*its dims are 'x'"):
        op(x.isel(channel=0))


def test_complex_kernels_carry_the_center_of_their_band():
    k = np.arange(-20, 21)
    centers = np.array([0.15, -0.3])
    taps = np.exp(-0.5 * (k / 6) ** 2) * np.exp(2j * np.pi * centers[:, None] * k)
    for step in (0.01, -0.01):
        x = label(np.ones(100), Axis("time", step=step, unit="s", period=1.0))
        out = Convolve(kernel(taps, "band", "time"))(x)
        found = out.time_center_frequency
        assert found.attrs["units"] == "Hz"
        np.testing.assert_allclose(found, centers / step, rtol=1e-6)
        np.testing.assert_allclose(center_of(out, "time"), centers, rtol=1e-6)


def test_centers_that_the_kernels_bring_along_are_kept():
    taps = kernel(np.ones((1, 3)) * 1j, "band", "x").assign_coords(
        x_center_frequency=("band", [0.2])
    )
    assert Convolve(taps)(ring(np.ones(8))).x_center_frequency.values.tolist() == [0.2]


@pytest.mark.parametrize("window", [3, 151])
def test_nan_is_not_hidden(window):
    values = np.zeros(200)
    values[100] = np.nan
    out = np.isnan(Convolve(kernel(np.ones(window)))(ring(values)).values)
    half = window // 2
    assert out[100 - half : 100 + half + 1].all()


def test_bytes_are_promoted_and_single_precision_stays():
    taps = kernel([100, 100, 100])
    assert (Convolve(taps)(ring(np.full(6, 255, np.uint8))) == 76500.0).all()
    assert Convolve(taps)(ring(np.ones(6, np.float32))).dtype == np.float32
    assert Convolve(taps * 1j)(ring(np.ones(6, np.float32))).dtype == np.complex64


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: Convolve([1, 2, 1]), ParameterError, r"xr\.DataArray\(\[1, 2, 1\], dims='x'\)"),
        (lambda: Convolve(kernel(np.zeros((0, 3)), "f", "x")), ParameterError, "kernels are empty"),
        (lambda: Convolve(kernel([1.0]), stride={"x": 0}), ParameterError, "at least 1"),
        (lambda: Convolve(kernel([1.0]), stride={"x": -1}), ParameterError, "at least 1"),
        (lambda: Convolve(kernel([1.0]), stride={"x": 1.5}), ParameterError, "whole number"),
        (lambda: Convolve(kernel([1.0]), stride=2), ParameterError, "names no dim"),
        (lambda: Convolve(kernel([1.0]), boundary="same"), ParameterError, "'same' is unknown"),
    ],
)
def test_parameters_out_of_range_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize(
    ("op", "error", "said"),
    [
        (Convolve(kernel(np.ones(9))), AxisError, r"of 9 samples.*'x' \(8 samples, periodic"),
        (Convolve(kernel([1.0]), stride={"x": 3}), AxisError, "8 samples along 'x'.*to 6 or 9"),
        (Convolve(kernel([1.0]), stride={"y": 2}), DimError, "stride names 'y'"),
        (Convolve(kernel([1.0]), boundary={"y": "zero"}), DimError, "boundary names 'y'"),
        (Convolve(kernel([1.0], "t")), DimError, r"span 't', none of which.*its dims are 'x'"),
        (Convolve(kernel([1.0, "a"])), DtypeError, "not a signal"),
        (GaussianBank(sigma={"x": 3.0}), AxisError, r"window of 25 samples.*'x' \(8 samples"),
        (GaborBank("x", 0.5), ParameterError, r"0\.5 cycles/px along 'x'.*0\.5 cycles/px"),
        (GaborBank("x", [0.1, 0.7]), ParameterError, "frequency of 0.7 cycles/px"),
        (GaborBank("t", 0.1), DimError, r"'t'.*its dims are 'x'"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_the_input_is_refused(op, error, said):
    with pytest.raises(error, match=said):
        op(ring(np.ones(8)))
