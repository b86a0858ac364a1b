"""Fused filters along axes, against windows of an extended array that are weighted one by one."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from invarsig.kernels import separable_filter
from invarsig.kernels.separable_filter import Along, filtered

MODES = {"periodic": "wrap", "reflect": "reflect", "symmetric": "symmetric", "edge": "edge"}


def windows_weighted(values, along):
    """Extend all axes, then sum the products of each window, tap after tap."""
    first = values.ndim - len(along)
    for axis, each in enumerate(along, start=first):
        widths = [(0, 0)] * values.ndim
        widths[axis] = (max(each.before, 0), max(each.after, 0))
        if each.border in MODES:
            values = np.pad(values, widths, mode=MODES[each.border])
        else:
            value = each.border[1] if isinstance(each.border, tuple) else 0
            values = np.pad(values, widths, constant_values=value)
        end = values.shape[axis] + min(each.after, 0)
        values = np.take(values, range(max(-each.before, 0), end), axis)
    for axis, each in enumerate(along, start=first):
        windows = np.moveaxis(sliding_window_view(values, each.taps.size, axis), axis, 0)
        windows = windows[:: each.stride] * each.taps.astype(values.real.dtype)
        total = windows[..., 0]
        for tap in range(1, each.taps.size):
            total = total + windows[..., tap]
        values = np.moveaxis(total, 0, axis)
    return values


def compiled_by_blocks_of(size):
    """Leave nothing to numpy, and take blocks of so many bytes."""
    return mock.patch.multiple(separable_filter, _FEW=1, _BLOCK=size)


def an_array(rng, shape, kind="f8"):
    values = rng.standard_normal(shape)
    return (values + 1j * rng.standard_normal(shape) if kind[0] == "c" else values).astype(kind)


@st.composite
def arrays_and_filters(draw):
    """An array of rank 1 to 4, of any layout, and filters along its last axes."""
    shape = draw(st.lists(st.integers(1, 7), min_size=1, max_size=4))
    shape[-1] *= draw(st.sampled_from([1, 5]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    order = draw(st.permutations(range(len(shape))))
    values = an_array(rng, [shape[axis] for axis in order], draw(st.sampled_from(["f4", "f8"])))
    values = values.transpose(np.argsort(order))
    if draw(st.booleans()):
        values = values[..., ::-1]
    along = []
    for size in shape[draw(st.integers(0, len(shape) - 1)) :]:
        border = draw(st.sampled_from([*MODES, "zero", ("constant", 1.5), "valid"]))
        taps, stride = draw(st.integers(1, 7)), draw(st.integers(1, 9))
        before = after = 0
        if border == "valid":
            taps = min(taps, size)
            before = -draw(st.integers(0, size - taps))
        else:
            before = draw(st.integers(-size + 1, 9))
            after = draw(st.integers(max(taps - before - size, 1 - before - size, -2), 16))
        along.append(Along(rng.standard_normal(taps), stride, before, after, border))
    return values, along


@settings(deadline=None, max_examples=150)
@given(arrays_and_filters(), st.sampled_from([1, 64, 500, 2**19]))
def test_every_kept_window_is_weighted_to_the_last_bit(case, block):
    values, along = case
    with compiled_by_blocks_of(block):
        found = filtered(values, along)
    wanted = windows_weighted(values, along)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(filtered(values, along), wanted)


@pytest.mark.parametrize("kind", ["c8", "c16"])
@pytest.mark.parametrize("border", ["edge", ("constant", 2.0)])
def test_the_parts_of_complex_samples_are_filtered_alike(kind, border, rng):
    values = an_array(rng, (3, 11, 14), kind)
    along = [Along(rng.standard_normal(n), 2, 3, 1, border) for n in (3, 4)]
    with compiled_by_blocks_of(300):
        found = filtered(values, along)
    assert found.dtype == values.dtype
    for part, inside in (("real", border), ("imag", border if border == "edge" else "zero")):
        own = [Along(each.taps, each.stride, 3, 1, inside) for each in along]
        wanted = windows_weighted(getattr(values, part), own)
        np.testing.assert_array_equal(getattr(found, part), wanted)


@pytest.mark.parametrize("size", [8, 40])
@pytest.mark.parametrize("sample", [np.nan, np.inf, -np.inf, -0.0])
def test_nan_infinity_and_negative_zero_go_where_they_are_weighted(sample, size):
    values = np.full((2, 12, size), -0.0)
    values[0, 5, 3] = sample
    along = [Along(np.array([0.5, 0.0, 0.25]), 2, 1, 1, "edge")] * 2
    with np.errstate(invalid="ignore"), compiled_by_blocks_of(2**19):
        found, wanted = filtered(values, along), windows_weighted(values, along)
    np.testing.assert_array_equal(found, wanted)
    assert np.array_equal(np.signbit(found), np.signbit(wanted)) or np.isnan(sample)


def test_what_is_read_is_not_written_and_the_result_is_another_array(rng):
    values = an_array(rng, (4, 9, 17))
    values.flags.writeable = False
    with compiled_by_blocks_of(2**19):
        found = filtered(values, [Along(np.ones(1), 1)])
    np.testing.assert_array_equal(found, values)
    assert found.flags.writeable
    assert not np.may_share_memory(found, values)


def test_an_empty_batch_has_an_empty_result():
    assert filtered(np.empty((0, 9)), [Along(np.ones(3), 2)]).shape == (0, 4)


def test_wider_numbers_than_double_precision_are_kept():
    values = np.ones(2**14, dtype=np.longdouble)
    assert filtered(values, [Along(np.ones(3), 1)]).dtype == np.longdouble
