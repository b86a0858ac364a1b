"""Reductions over windows, against the windows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from invarsig.kernels import reduction_tiles, reductions
from invarsig.kernels.borders import padded
from invarsig.kernels.reductions import reduced, reduced_between
from invarsig.kernels.window_trees import tree
from invarsig.kernels.windows import correlated_along

law = settings(deadline=None, max_examples=60)

BORDERS = ["periodic", "reflect", "symmetric", "edge", "zero", ("constant", 2.0)]


@st.composite
def windows_along(draw, size):
    """A window, a stride, a dilation and a border along an axis of some size."""
    window, stride, apart = (
        draw(st.integers(1, 13)),
        draw(st.integers(1, 7)),
        draw(st.integers(1, 2)),
    )
    before, after = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    short = (window - 1) * apart + 1 - before - size
    return window, stride, apart, (before, max(after, short), draw(st.sampled_from(BORDERS)))


@st.composite
def reductions_of_arrays(draw):
    """Small whole numbers, whose sums are exact, in any order of memory; and windows over them."""
    rank, batch = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    most = {1: 70, 2: 40, 3: 9}[rank]
    shape = tuple(draw(st.integers(1, 3)) for _ in range(batch))
    shape += tuple(draw(st.integers(1, most)) for _ in range(rank))
    dtype = draw(st.sampled_from([np.float32, np.float64, np.complex64, np.complex128]))
    rng = np.random.default_rng(sum(shape))
    order = draw(st.permutations(range(len(shape))))
    values = rng.integers(-99, 99, [shape[axis] for axis in order]).astype(dtype)
    if np.iscomplexobj(values):
        values = values + 1j * values[::-1]
    values = values.transpose(np.argsort(order)).astype(dtype, copy=False)
    if draw(st.booleans()):
        values = values[..., ::-1]
    values.flags.writeable = draw(st.booleans())
    along = [draw(windows_along(size)) for size in shape[batch:]]
    ufuncs = [np.add] if np.iscomplexobj(values) else [np.add, np.maximum]
    return values, draw(st.sampled_from(ufuncs)), along


def gathered(values, ufunc, along):
    """The same, of an array that is extended, from all windows side by side."""
    lead = values.ndim - len(along)
    for axis, (*_, (before, after, border)) in enumerate(along, lead):
        values = padded(values, axis, before, after, border)
    for axis, (window, stride, apart, _) in enumerate(along, lead):
        boxes = sliding_window_view(values, (window - 1) * apart + 1, axis)[..., ::apart]
        values = ufunc.reduce(boxes, axis=-1)
        values = values[(slice(None),) * axis + (slice(None, None, stride),)]
    return values


@pytest.fixture(params=["numpy", "tiles", "small tiles", "rows"])
def way(request, monkeypatch):
    """Each way in which windows are reduced; small tiles have many borders between them."""
    monkeypatch.setattr(reductions, "_SMALL", 1 << 30 if request.param == "numpy" else 0)
    monkeypatch.setattr(reduction_tiles, "_BLOCK", 500)
    if request.param in ("small tiles", "rows"):
        monkeypatch.setattr(reduction_tiles, "_TILE", 50)
    if request.param == "rows":
        monkeypatch.setattr(reduction_tiles, "_SIDE_BY_SIDE", 2)
    reduction_tiles._tables.cache_clear()
    yield
    reduction_tiles._tables.cache_clear()


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reductions_of_arrays())
def test_windows_at_any_border_of_any_array_are_reduced(way, case):
    values, ufunc, along = case
    windows, strides, apart, borders = zip(*along, strict=True)
    before = values.copy()
    found = reduced(values, ufunc, windows, strides, apart, borders)
    wanted = gathered(values, ufunc, along)
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(values, before)
    assert not np.may_share_memory(found, values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinity_reach_the_windows_that_hold_them_and_no_other(way, dtype, rng):
    values = rng.standard_normal((40, 50)).astype(dtype)
    for special in (np.nan, np.inf, -np.inf, -0.0):
        values[rng.integers(0, 40, 5), rng.integers(0, 50, 5)] = special
    along = [(5, 2, 1, (2, 2, "edge")), (4, 1, 1, (0, 0, "valid"))]
    windows, strides, apart, borders = zip(*along, strict=True)
    with np.errstate(invalid="ignore"):
        largest = reduced(values, np.maximum, windows, strides, apart, borders)
        total = reduced(values, np.add, windows, strides, apart, borders)
        np.testing.assert_array_equal(largest, gathered(values, np.maximum, along))
        wanted = gathered(values.astype(np.float64), np.add, along)
    np.testing.assert_allclose(total, wanted, rtol=0, atol=100 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_every_way_gives_the_same_sums_to_the_last_digit(dtype, rng, monkeypatch):
    values = rng.standard_normal((3, 70, 90)).astype(dtype)
    options = {"borders": [(3, 3, "reflect")] * 2, "divisor": 49.0}
    one = reduced(values, np.add, [7, 7], [1, 2], **options)
    monkeypatch.setattr(reductions, "_SMALL", 0)
    other = reduced(values, np.add, [7, 7], [1, 2], **options)
    np.testing.assert_array_equal(one, other)


def test_a_moved_signal_has_the_moved_sums_to_the_last_digit(way, rng):
    values = rng.standard_normal((200, 3)).T
    borders = [(5, 5, "periodic")]
    sums = reduced(values, np.add, [11], [1], borders=borders)
    moved = reduced(np.roll(values, 37, axis=1), np.add, [11], [1], borders=borders)
    np.testing.assert_array_equal(moved, np.roll(sums, 37, axis=1))


def test_sums_of_many_windows_do_not_drift(way, rng):
    values = rng.standard_normal(20000).astype(np.float32)
    values[100] = 1e30
    found = reduced(values, np.add, [31], [1])
    wanted = sliding_window_view(values.astype(np.float64), 31).sum(axis=-1)
    apart = np.abs(found - wanted)
    assert apart[101:].max() < 31 * np.finfo(np.float32).eps * np.abs(values[101:]).max()


@given(st.integers(1, 300), st.integers(1, 4))
def test_the_steps_of_a_tree_cover_each_sample_of_a_window_once(window, apart):
    covered = [0]
    for step in tree(window, apart):
        further = [[], [2 * step.far + place for place in covered], [2 * step.far]][step.third]
        if step.far:
            covered = [*covered, *(place + step.far for place in covered), *further]
        assert max(covered) == step.reach
    assert sorted(covered) == list(range(0, window * apart, apart))
    assert len(tree(window, apart)) <= max(1, np.log2(window))


@law
@given(st.integers(5, 9), st.integers(1, 5), st.integers(1, 7), st.sampled_from([0, 1, -1]))
def test_windows_are_weighed_along_any_axis(size, window, stride, axis):
    rng = np.random.default_rng(size)
    values, taps = rng.standard_normal((size, size)), rng.standard_normal(window)
    views = np.moveaxis(sliding_window_view(values, window, axis), axis if axis >= 0 else 1, 0)
    wanted = np.moveaxis(views[::stride] @ taps, 0, axis)
    np.testing.assert_allclose(correlated_along(values, axis, taps, stride), wanted, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_bins_of_any_width_are_reduced_along_any_axis(axis, rng):
    values = rng.standard_normal((7, 8, 9))
    found = reduced_between(values, np.maximum, axis, [0, 2, 3], [4, 3, 7])
    wanted = [values.take(range(*pair), axis).max(axis) for pair in ((0, 4), (2, 3), (3, 7))]
    np.testing.assert_array_equal(found, np.stack(wanted, axis))


def test_the_input_is_neither_changed_nor_shared():
    values = np.arange(6.0)
    for out in (
        reduced(values, np.maximum, (1,), (1,)),
        reduced(values, np.maximum, (3,), (1,)),
        correlated_along(values, 0, np.ones(2), 1),
    ):
        out[:] = -1
    assert values.tolist() == [0, 1, 2, 3, 4, 5]
