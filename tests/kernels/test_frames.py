"""Frames times taps against numpy's convolution."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels import frames, window_products
from invarsig.kernels.frames import framed


def bank(rng, *, complex_taps: bool) -> np.ndarray:
    """Filters of very different lengths, off the middle, with zeros at their ends."""
    taps = np.zeros((6, 301))
    for row, (begin, end) in enumerate([(0, 301), (140, 161), (150, 151), (10, 90), (250, 301)]):
        taps[row, begin:end] = rng.standard_normal(end - begin)
    return taps * np.exp(1j * np.arange(301)) if complex_taps else taps


@pytest.mark.parametrize("complex_taps", [False, True])
@pytest.mark.parametrize("complex_values", [False, True])
@pytest.mark.parametrize("stride", [1, 7, 64, 500])
@pytest.mark.parametrize("row", [1, 50, 512])
def test_it_is_a_convolution_decimated(complex_taps, complex_values, stride, row, rng, monkeypatch):
    monkeypatch.setattr(frames, "_PER_TAP", 0.0)
    monkeypatch.setattr(window_products, "_ROW", row)
    values = rng.standard_normal((2, 3, 900))
    values = values * np.exp(2j * values) if complex_values else values
    taps = bank(rng, complex_taps=complex_taps)
    out = framed(values, taps, stride)
    for b in np.ndindex(2, 3):
        for place, filter_ in enumerate(taps):
            wanted = np.convolve(values[b], filter_, mode="valid")[::stride]
            np.testing.assert_allclose(out[(*b, place)], wanted, atol=1e-11)


@pytest.mark.parametrize("stride", [1, 200])
def test_either_way_gives_the_same(stride, rng, monkeypatch):
    values, taps = rng.standard_normal(4000), bank(rng, complex_taps=True)
    ways = []
    for price in (0.0, 1e9):
        monkeypatch.setattr(frames, "_PER_TAP", price)
        ways.append(framed(values, taps, stride))
    np.testing.assert_allclose(*ways, atol=1e-11)


def test_single_precision_stays(rng):
    values = rng.standard_normal(4000).astype(np.float32)
    assert framed(values, bank(rng, complex_taps=True), 200).dtype == np.complex64
    assert framed(values, bank(rng, complex_taps=False), 200).dtype == np.float32


def test_nan_reaches_the_windows_that_hold_it_and_no_others(rng):
    values, taps = rng.standard_normal(4000), bank(rng, complex_taps=False)[1:3]
    values[2000] = np.nan
    lost = np.isnan(framed(values, taps, 1))
    assert lost.sum(axis=1).tolist() == [21, 1]
