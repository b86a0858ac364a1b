"""Median pools against windows gathered one by one and scipy.ndimage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from invarsig import Axes, MaxPool, MedianPool, Translate, commutator
from invarsig.errors import DtypeError, ParameterError
from tests.operators.pooling.rings import MODES, WINDOWS, by_name, gathered, ring


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("size", "window", "stride"), WINDOWS)
def test_each_window_gives_its_median(size, window, stride, boundary, rng):
    values = rng.standard_normal(size)
    op = MedianPool(window=by_name(*window), stride=by_name(*stride), boundary=boundary)
    wanted = gathered(values, window, stride, boundary, np.median)
    assert np.array_equal(op(ring(values)), wanted)


def test_dense_odd_windows_are_those_of_scipy(rng):
    values = rng.standard_normal((12, 15))
    op = MedianPool(window={"y": 3, "x": 5}, stride={"y": 1, "x": 1})
    assert np.array_equal(op(ring(values)), ndimage.median_filter(values, (3, 5), mode="wrap"))


def test_the_median_of_a_box_is_not_that_of_medians(rng):
    x = ring(rng.standard_normal((6, 6)))
    both = MedianPool(window={"y": 3, "x": 3})(x)
    apart = MedianPool(window={"x": 3})(MedianPool(window={"y": 3})(x))
    assert not np.allclose(both, apart)


def test_an_outlier_is_ignored_and_nan_is_not():
    values = np.zeros(12)
    values[4] = np.inf
    assert (MedianPool(window={"x": 3})(ring(values)) == 0).all()
    values[4] = np.nan
    out = MedianPool(window={"x": 3})(ring(values))
    assert np.isnan(out).values.tolist() == [False, True, False, False]


def test_it_commutes_with_whole_samples_where_it_is_dense_and_folds_where_it_is_not(rng):
    x = ring(rng.standard_normal(24))
    dense = MedianPool(window={"x": 3}, stride={"x": 1})
    assert abs(commutator(dense, x, Translate(x=0.5))).max() == 0
    assert abs(commutator(MedianPool(window={"x": 3}), x, Translate(x=0.5))).max() > 0.01
    assert abs(commutator(MedianPool(window={"x": 3}), x, Translate(x=1.5))).max() == 0


def test_samples_stand_at_the_windows_centers_as_those_of_a_max_pool():
    x = ring(np.zeros((6, 24)))
    options = {"window": {"x": 4, "y": 3}, "stride": {"x": 3, "y": 1}}
    one, other = MedianPool(**options), MaxPool(**options)
    assert one.plan(Axes.of(x)).out_axes == other.plan(Axes.of(x)).out_axes
    assert one.plan(Axes.of(x)).taps == 12


def test_wrong_input_is_refused():
    with pytest.raises(DtypeError, match=r"MedianPool needs real values.*Modulus"):
        MedianPool(window={"x": 3})(ring(np.zeros(12, complex)))
    with pytest.raises(ParameterError, match="window along at least one dim"):
        MedianPool(window={})
