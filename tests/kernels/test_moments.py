"""Moments of windows: against numpy, and where subtracting squares would fail."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels.moments import window_moments


@pytest.mark.parametrize("windows", [(1,), (2,), (7,), (3, 4), (1, 8), (2, 3, 5)])
def test_they_are_those_of_numpy(rng, windows):
    values = rng.standard_normal((2, *(9,) * len(windows)))
    strides = [2] + [1] * (len(windows) - 1)
    mean, squares = window_moments(values, windows, strides)
    views = np.lib.stride_tricks.sliding_window_view(
        values, windows, axis=tuple(range(1, values.ndim))
    )[:, ::2]
    inner = tuple(range(-len(windows), 0))
    np.testing.assert_allclose(mean, views.mean(axis=inner), atol=1e-14)
    np.testing.assert_allclose(squares, views.var(axis=inner) * np.prod(windows), atol=1e-13)


def test_nothing_cancels_far_from_zero(rng):
    noise = np.round(rng.standard_normal(64) * 2**20) / 2**20  # exact beside 2^30
    _, near = window_moments(noise, (11,), (1,))
    _, far = window_moments(noise + 2.0**30, (11,), (1,))
    np.testing.assert_allclose(far, near, rtol=1e-5)


def test_flat_windows_have_no_deviation_at_all():
    _, squares = window_moments(np.full((20, 20), 0.1), (7, 6), (1, 1))
    assert not squares.any()
