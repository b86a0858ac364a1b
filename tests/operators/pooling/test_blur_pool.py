"""Blur pools with any window or weights, against scipy; binomial ones are in test_pools.py."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, signal

from invarsig import Axis, BlurPool, Subsample
from invarsig.errors import ParameterError
from tests.operators.pooling.rings import MODES, ring

NDIMAGE = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window", [("hann", 5), ("hamming", 4), (("kaiser", 6.0), 9)])
def test_any_window_of_scipy_is_a_blur(window, stride, boundary, rng):
    values = rng.standard_normal((9, 12))
    weights = signal.get_window(*window, fftbins=False)
    weights /= weights.sum()
    origin = -1 if weights.size % 2 == 0 else 0
    wanted = values
    for axis in (0, 1):
        wanted = ndimage.correlate1d(wanted, weights, axis, mode=NDIMAGE[boundary], origin=origin)
    blur = BlurPool(taps=window, stride={"y": 1, "x": stride}, boundary=boundary)
    np.testing.assert_allclose(blur(ring(values)), wanted[:, ::stride], atol=1e-13)


def test_weights_are_in_the_order_of_the_samples(rng):
    values = rng.standard_normal(15)
    out = BlurPool(taps=(1.0, 2.0, 5.0), stride={"x": 2}, boundary="valid")(ring(values))
    wanted = np.correlate(values, [1 / 8, 2 / 8, 5 / 8], "valid")[::2]
    np.testing.assert_allclose(out, wanted, atol=1e-14)


def test_weights_given_as_numbers_or_as_binomial_taps_are_the_same(rng):
    x = ring(rng.standard_normal((6, 12)))
    stride = {"y": 2, "x": 3}
    given = BlurPool(taps=[1, 4, 6, 4, 1], stride=stride)
    xr.testing.assert_allclose(given(x), BlurPool(taps=5, stride=stride)(x), atol=1e-14)
    boxcar = BlurPool(taps=("boxcar", 1), stride=stride)
    xr.testing.assert_allclose(boxcar(x), Subsample(stride=stride)(x))
    assert given == BlurPool(taps=(1.0, 4.0, 6.0, 4.0, 1.0), stride=stride)
    assert hash(given.taps)


@pytest.mark.parametrize("taps", range(1, 8))
def test_the_response_of_binomial_taps_is_a_power_of_a_cosine(taps):
    f = np.linspace(-0.5, 0.5, 33)
    out = BlurPool(taps=taps, stride={"x": 2}).frequency_response(Axis("x"), {"x": f})
    np.testing.assert_allclose(out, np.cos(np.pi * f) ** (taps - 1), atol=1e-14)


def test_weights_that_lean_delay_the_signal():
    f = np.array([0.01])
    out = BlurPool(taps=(0.0, 1.0, 1.0), stride={"x": 1}).frequency_response(Axis("x"), {"x": f})
    # They take samples half a sample after the output's place: an advance.
    np.testing.assert_allclose(np.angle(out), np.pi * f)


def test_longer_windows_have_larger_safe_strides():
    strides = [
        BlurPool(taps=("blackman", n), stride={"x": 2}).safe_stride(Axis("x")) for n in (9, 33, 65)
    ]
    assert strides == sorted(set(strides))


@pytest.mark.parametrize(
    ("taps", "said"),
    [
        (("hann",), "give a pair such as"),
        (("hann", 2.5), "length of the window is 2.5"),
        (("hann", 2), "zero all over"),
        (("no such window", 5), "not a window that scipy.signal.get_window knows"),
        ((1.0, -1.0), "sum 0"),
        ((), "sum 0"),
        ((1.0, np.nan), "finite weights"),
        ((1.0, None), "sum nan|not weights"),
        (0, "at least 1"),
    ],
)
def test_taps_that_are_no_low_pass_are_refused(taps, said):
    with pytest.raises(ParameterError, match=said):
        BlurPool(taps=taps, stride={"x": 2})
