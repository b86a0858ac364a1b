"""Labels that are computed where they are read are those of the whole coordinate."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.axes import Axis, axis_of, in_memory, label, lazy_labels

places = st.none() | st.integers(-60, 60)
slices = st.builds(slice, places, places, st.none() | st.sampled_from([1, 2, 7, -1, -3]))
sizes = st.integers(1, 50)
steps = st.sampled_from([1 / 44_100, 0.1, -0.3, 2.0])


def pair(size: int, step: float) -> tuple[xr.DataArray, xr.DataArray]:
    """One array with lazy labels and one with labels in memory."""
    axis = Axis("time", start=0.7, step=step, size=size, unit="s")
    values = np.arange(float(size))
    return xr.DataArray(values, lazy_labels(axis), ["time"]), label(values, axis)


@settings(deadline=None)
@given(sizes, steps, slices, slices)
def test_a_slice_of_a_slice_has_the_labels_of_one_in_memory(size, step, one, other):
    lazy, whole = (x.isel(time=one).isel(time=other) for x in pair(size, step))
    np.testing.assert_array_equal(lazy["time"], whole["time"])
    xr.testing.assert_equal(in_memory(lazy), whole)
    if lazy.size > 1:
        found, wanted = axis_of(lazy, "time"), axis_of(whole, "time")
        assert (found.start, found.size, found.unit) == (wanted.start, wanted.size, wanted.unit)
        assert found.step == pytest.approx(wanted.step, rel=1e-9)


@settings(deadline=None)
@given(sizes, steps, st.none() | st.floats(-2, 60), st.none() | st.floats(-2, 60))
def test_a_section_by_its_labels_is_that_of_one_in_memory(size, step, low, high):
    wanted = slice(low, high) if step > 0 else slice(high, low)
    lazy, whole = (x.sel(time=wanted) for x in pair(size, step))
    np.testing.assert_array_equal(lazy["time"], whole["time"])


@settings(deadline=None)
@given(sizes, steps, st.data())
def test_single_labels_and_several_are_found(size, step, data):
    lazy, whole = pair(size, step)
    place = data.draw(st.integers(0, size - 1))
    at = float(whole["time"][place])
    assert float(lazy.sel(time=at)) == place
    assert float(lazy.sel(time=at + step / 3, method="nearest")) == place
    np.testing.assert_array_equal(lazy.sel(time=[at, at]), [place, place])
    with pytest.raises(KeyError, match="nearest"):
        lazy.sel(time=at + step / 3)


def test_without_end_they_take_no_memory():
    axis = Axis("time", step=1 / 44_100, size=10**13, unit="s")
    x = xr.DataArray(np.broadcast_to(0.0, axis.size), lazy_labels(axis), ["time"])
    assert axis_of(x, "time") == axis
    later = x.sel(time=slice(1e8, 1e8 + 1))
    assert later.sizes["time"] == 44_100 + 1
    assert axis_of(x.rename(time="t"), "t").dim == "t"


def test_arrays_with_other_labels_do_not_align():
    one, other = (pair(5, step)[0] for step in (0.5, 0.25))
    with pytest.raises(xr.AlignmentError):
        xr.align(one, other, join="exact")
    xr.testing.assert_equal(one + one, 2 * one)


def test_what_is_in_memory_is_given_back():
    _, whole = pair(5, 0.5)
    assert in_memory(whole) is whole
