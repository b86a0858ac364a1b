"""The Kaiser decimator: its design against its own words, its values against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, signal

from invarsig import (
    Axes,
    Axis,
    KaiserDecimate,
    Translate,
    decibels,
    equivariance_error,
    label,
    power_law_noise,
)
from invarsig.errors import AxisError, ParameterError
from tests.operators.pooling.rings import ring


@pytest.mark.parametrize("stride", [2, 3, 8])
@pytest.mark.parametrize("stopband", [-30.0, -60.0, -90.0])
@pytest.mark.parametrize("transition", [0.1, 0.4, 1.0])
def test_the_stop_band_begins_at_the_new_nyquist_frequency(stride, stopband, transition):
    op = KaiserDecimate(stride={"x": stride}, stopband=stopband, transition=transition)
    axis = Axis("x")
    stop = np.linspace(0.5 / stride, 0.5, 4001)
    passed = np.linspace(0, (1 - transition) * 0.5 / stride, 401)
    high = float(abs(op.frequency_response(axis, {"x": stop})).max())
    ripple = float(abs(op.frequency_response(axis, {"x": passed}) - 1).max())
    # Kaiser's formula is empirical: it misses the level by up to 2.4 dB where taps are few.
    assert 20 * np.log10(high) <= stopband + 2.5
    # Its window ripples as much in the pass band; making the sum 1 may double that.
    assert ripple <= 2 * 10 ** ((stopband + 2.5) / 20)


@pytest.mark.parametrize("boundary", ["periodic", "reflect", "symmetric", "edge", "zero"])
def test_it_is_the_correlation_with_scipys_taps(boundary, rng):
    values = rng.standard_normal((30, 60))
    op = KaiserDecimate({"y": 2, "x": 3}, stopband=-40.0, transition=0.5, boundary=boundary)
    mode = {
        "periodic": "wrap",
        "reflect": "mirror",
        "symmetric": "reflect",
        "edge": "nearest",
        "zero": "constant",
    }
    wanted = values
    for axis, stride in enumerate((2, 3)):
        count, beta = signal.kaiserord(40.0, 0.5 / stride)
        count += 1 - count % 2
        taps = signal.firwin(count, 0.75 / stride, window=("kaiser", beta))
        np.testing.assert_allclose(taps, taps[::-1], atol=1e-15)
        wanted = ndimage.correlate1d(wanted, taps, axis, mode=mode[boundary])
    out = op(ring(values))
    np.testing.assert_allclose(out, wanted[::2, ::3], atol=1e-13)
    assert float(out.x[0]) == 1.5  # odd length: the samples stay where they are


def test_a_lower_stop_band_commutes_better_with_translation():
    x = power_law_noise(Axis("x", size=512, unit="px", period=512.0), exponent=0.5, rng=2)
    errors = [
        float(decibels(equivariance_error(KaiserDecimate({"x": 4}, s, 0.2), x, Translate(x=1))))
        for s in (-30.0, -60.0, -90.0)
    ]
    assert errors[0] > errors[1] + 20 > errors[2] + 40
    assert errors[1] < -55


def test_safe_stride_is_the_stride_that_it_was_made_for():
    op = KaiserDecimate(stride={"x": 4}, stopband=-70.0)
    assert op.safe_stride(Axis("x")) == 4


def test_the_dense_form_keeps_its_low_pass(rng):
    x = ring(rng.standard_normal((2, 96)))
    op = KaiserDecimate(stride={"x": 4}, stopband=-40.0)
    dense = op.unstrided(["x"])
    assert dense.band == {"x": 4}
    xr.testing.assert_allclose(dense(x).isel(x=slice(None, None, 4)), op(x), atol=1e-14)


def test_nan_reaches_as_far_as_the_taps():
    values = np.zeros(96)
    values[48] = np.nan
    op = KaiserDecimate(stride={"x": 2}, stopband=-40.0)
    half = (op.plan(Axes.of(ring(values))).taps - 1) // 2
    out = np.flatnonzero(np.isnan(op(ring(values))))
    np.testing.assert_array_equal(out, [j for j in range(48) if abs(2 * j - 48) <= half])


def test_more_taps_than_samples_are_refused():
    with pytest.raises(AxisError, match=r"window of 147 samples is longer.*'x' \(24 samples"):
        KaiserDecimate(stride={"x": 8})(label(np.zeros(24), "x"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stopband": -5.0}, "stopband is -5.0; give a level from -300 dB to -8 dB"),
        ({"stopband": 60.0}, "stopband is 60"),
        ({"stopband": np.nan}, "stopband is nan"),
        ({"transition": 0.0}, "transition is 0.0; give a share above 0 and at most 1"),
        ({"transition": 1.5}, "transition is 1.5"),
        ({"band": {"y": 2}}, "band names 'y'; add that dim to stride="),
        ({"boundary": "wrap"}, "'wrap' is unknown"),
    ],
)
def test_a_design_that_cannot_be_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        KaiserDecimate(stride={"x": 2}, **options)
