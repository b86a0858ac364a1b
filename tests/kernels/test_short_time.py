"""The short-time Fourier transform against scipy's, window by window."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from invarsig.kernels.short_time import short_time


@pytest.mark.parametrize("length", [2, 31, 64, 1024])
@pytest.mark.parametrize("hop", [1, 7, 256])
def test_the_transform_is_that_of_scipy(length: int, hop: int) -> None:
    rng = np.random.default_rng(length + hop)
    count = 150
    values = rng.standard_normal((2, (count - 1) * hop + length))
    weights = signal.get_window("hamming", length)
    transform = signal.ShortTimeFFT(weights, hop, fs=1.0)
    wanted = transform.stft(values, 0, count, k_offset=length // 2)
    found = short_time(values, weights, hop, count)
    # Round-off of a transform of so many samples.
    assert np.allclose(found, wanted, rtol=0, atol=1e-15 * length**0.5 * np.abs(wanted).max() * 8)


def test_a_window_may_have_one_sample_on_its_own_axis() -> None:
    assert short_time(np.array([3.0, 5.0]), np.ones(1), 1, 2).tolist() == [[3.0, 5.0]]


def test_single_precision_stays_single() -> None:
    found = short_time(np.ones(8, np.float32), np.ones(4, np.float32), 2, 3)
    assert found.dtype == np.complex64
    assert found.shape == (3, 3)


def test_nan_spoils_the_windows_that_hold_it_and_no_other() -> None:
    values = np.ones(20)
    values[9] = np.nan
    found = short_time(values, np.ones(4), 4, 5)
    assert np.isnan(found).all(axis=0).tolist() == [False, False, True, False, False]
