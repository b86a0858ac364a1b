"""Filters of low bands at lower rates give what they give at the full rate, up to round-off."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels import frames
from invarsig.kernels.frames import framed
from invarsig.kernels.halved_rates import halved, halvings


def waves(length: int, *turns: float, window=np.hanning) -> np.ndarray:
    """Windowed waves of some numbers of turns per sample, with the sum of the window 1."""
    weights = window(length) / window(length).sum()
    return weights * np.exp(2j * np.pi * np.outer(turns, np.arange(length)))


@pytest.mark.parametrize("edge", [0.0, 0.05, 0.17])
def test_a_band_below_the_edge_is_kept_and_the_rate_halved(edge):
    n = np.arange(4000)
    low = np.cos(2 * np.pi * edge * n + 1)
    found = halved(low)[100:-100]
    np.testing.assert_allclose(found, low[::2][100:-100], atol=2e-7)


def test_a_band_that_would_fold_onto_it_is_dropped():
    n = np.arange(4000)
    assert abs(halved(np.cos(2 * np.pi * 0.33 * n))[100:-100]).max() < 2e-7


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 1001])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_every_second_sample_is_kept_in_its_type(size, dtype):
    found = halved(np.ones(size, dtype))
    assert (found.size, found.dtype) == (-(-size // 2), dtype)


def test_the_rate_is_halved_while_band_and_stride_allow_it():
    taps = waves(8000, 0.001, 0.002)
    assert [halvings(taps, stride) for stride in (1, 2, 4, 12, 1 << 10)] == [0, 1, 2, 2, 3]
    assert halvings(waves(8000, 0.3), 512) == 0
    assert halvings(waves(8000, 0.001, window=np.ones), 512) == 0


@pytest.mark.parametrize("level", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("count", [1, 2, 37])
@pytest.mark.parametrize("complex_values", [False, True])
def test_single_precision_is_as_near_to_double_at_lower_rates(
    level, count, complex_values, rng, monkeypatch
):
    """Tones far above the band are as loud as those in it: they must not fold in."""
    monkeypatch.setattr(frames, "_PER_TAP", 0.0)
    lengths = (6001, 3001, 1501)
    taps = np.zeros((3, 6201), dtype=complex)
    for row, (length, turn) in enumerate(zip(lengths, (0.003, 0.006, 0.012), strict=True)):
        begin = (6001 - length) // 2 + 13 * row
        taps[row, begin : begin + length] = waves(length, turn)[0]
    size = 6201 + 64 * (count - 1) + 5
    n = np.arange(size)
    values = level * (rng.standard_normal(size) + np.cos(2 * np.pi * 0.496 * n))
    values = values * np.exp(0.1j * n) if complex_values else values
    wanted = framed(values, taps, 64)
    found = framed(values.astype(np.complex64 if complex_values else np.float32), taps, 64)
    assert halvings(taps[:1], 64) >= 2
    assert found.dtype == np.complex64
    # Round-off of single precision: of the samples, and of sums of so many of them.
    np.testing.assert_allclose(found, wanted, rtol=0, atol=5e-7 * level)


def test_double_precision_is_not_run_at_lower_rates(rng, monkeypatch):
    monkeypatch.setattr(frames, "_PER_TAP", 0.0)
    values, taps = rng.standard_normal(9000), waves(6001, 0.003)
    wanted = np.convolve(values, taps[0], mode="valid")[::64]
    np.testing.assert_allclose(framed(values, taps, 64)[0], wanted, atol=1e-14)
