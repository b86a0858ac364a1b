"""Softmax-weighted pools against scipy.special.softmax, window by window."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.special import softmax

from invarsig import MaxPool, MeanPool, SoftmaxPool
from invarsig.errors import DtypeError, ParameterError
from tests.operators.pooling.rings import MODES, WINDOWS, by_name, gathered, ring


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("size", "window", "stride"), WINDOWS)
@pytest.mark.parametrize("temperature", [0.05, 1.0, 20.0])
def test_each_window_is_weighed_by_its_softmax(size, window, stride, boundary, temperature, rng):
    values = rng.standard_normal(size)
    op = SoftmaxPool(by_name(*window), by_name(*stride), boundary, temperature=temperature)
    wanted = gathered(values, window, stride, boundary, lambda x: x @ softmax(x / temperature))
    np.testing.assert_allclose(op(ring(values)), wanted, rtol=1e-11, atol=1e-13)


def test_cold_it_is_the_maximum_and_hot_the_mean(rng):
    x = ring(rng.standard_normal((6, 24)))
    sizes = {"y": 2, "x": 3}
    cold, hot = (SoftmaxPool(window=sizes, temperature=t)(x) for t in (1e-300, 1e12))
    xr.testing.assert_allclose(cold, MaxPool(window=sizes)(x))
    xr.testing.assert_allclose(hot, MeanPool(window=sizes)(x))


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_large_values_do_not_overflow(shift, rng):
    values = rng.standard_normal(12)
    op = SoftmaxPool(window={"x": 3})
    np.testing.assert_allclose(op(ring(values + shift)), op(ring(values)) + shift, rtol=1e-12)
    single = op(ring((values * 1e4).astype(np.float32)))
    assert single.dtype == np.float32
    assert np.isfinite(single).all()


def test_nan_stays_in_its_windows():
    values = np.zeros((4, 12))
    values[1, 4] = np.nan
    out = SoftmaxPool(window={"y": 2, "x": 3})(ring(values))
    assert np.isnan(out).values.tolist() == [[False, True, False, False], [False] * 4]


@pytest.mark.parametrize("temperature", [0.0, -1, np.nan, "warm"])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature):
    with pytest.raises(ParameterError, match=r"temperature is .*above 0"):
        SoftmaxPool(window={"x": 2}, temperature=temperature)


def test_complex_values_are_refused():
    with pytest.raises(DtypeError, match="SoftmaxPool needs real values"):
        SoftmaxPool(window={"x": 2})(ring(np.zeros(4, complex)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_and_smallest_numbers_stay_what_they_are(dtype):
    big = np.finfo(dtype).max / 2
    op = SoftmaxPool(window={"x": 4})
    np.testing.assert_allclose(op(ring(np.full(4, big, dtype))), big, rtol=1e-6)
    np.testing.assert_allclose(op(ring(np.array([big, -big, 0, 1], dtype))), big, rtol=1e-6)
    cold = SoftmaxPool(window={"x": 4}, temperature=1e-300)
    np.testing.assert_array_equal(cold(ring(np.array([1, 2, 3, 3], dtype))), 3)


def test_infinities_are_limits():
    x = ring([-np.inf, 2.0, -np.inf, -np.inf, np.inf, 1.0])
    out = SoftmaxPool(window={"x": 2})(x)
    np.testing.assert_array_equal(out, [2.0, -np.inf, np.inf])
