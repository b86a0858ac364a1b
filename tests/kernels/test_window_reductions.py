"""Reductions over windows, against the windows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from invarsig.kernels.windows import correlated_along, reduced

law = settings(deadline=None, max_examples=60)


@law
@given(
    size=st.tuples(st.integers(5, 9), st.integers(5, 9)),
    window=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 7), st.integers(1, 7)),
)
def test_boxes_are_reduced_where_they_are_kept(size, window, stride):
    values = np.random.default_rng(sum(size)).standard_normal((2, *size))
    boxes = sliding_window_view(values, window, (1, 2))[:, :: stride[0], :: stride[1]]
    assert np.array_equal(reduced(values, np.maximum, window, stride), boxes.max(axis=(-2, -1)))
    total = reduced(values, np.add, window, stride)
    np.testing.assert_allclose(total, boxes.sum(axis=(-2, -1)), atol=1e-12)


@law
@given(st.integers(5, 9), st.integers(1, 5), st.integers(1, 7), st.sampled_from([0, 1, -1]))
def test_windows_are_weighed_along_any_axis(size, window, stride, axis):
    rng = np.random.default_rng(size)
    values, taps = rng.standard_normal((size, size)), rng.standard_normal(window)
    views = np.moveaxis(sliding_window_view(values, window, axis), axis if axis >= 0 else 1, 0)
    wanted = np.moveaxis(views[::stride] @ taps, 0, axis)
    np.testing.assert_allclose(correlated_along(values, axis, taps, stride), wanted, atol=1e-12)


@pytest.mark.parametrize("ufunc", [np.maximum, np.add])
def test_nan_reaches_every_window_that_holds_it(ufunc):
    values = np.zeros((1, 6, 6))
    values[0, 2, 3] = np.nan
    found = np.isnan(reduced(values, ufunc, (3, 2), (1, 1))[0])
    wanted = np.zeros((4, 5), bool)
    wanted[0:3, 2:4] = True
    assert np.array_equal(found, wanted)


def test_the_input_is_neither_changed_nor_shared():
    values = np.arange(6.0)
    for out in (
        reduced(values, np.maximum, (1,), (1,)),
        reduced(values, np.maximum, (3,), (1,)),
        correlated_along(values, 0, np.ones(2), 1),
    ):
        out[:] = -1
    assert values.tolist() == [0, 1, 2, 3, 4, 5]
