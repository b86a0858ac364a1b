"""What the coordinate of a dim says about its grid, and what becomes of labels on the way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig import Axes, Axis, GlobalPool, MaxPool, Relu, Subsample, axis_of, difference, label
from invarsig.axes import (
    center_of,
    nearest_periodic,
    on_axes,
    promoted,
    renamed,
    samples_phrase,
)
from invarsig.errors import AxisError, DimError, DtypeError, InvarsigError

law = settings(deadline=None, max_examples=60)


def with_coordinate(values, **attrs) -> xr.DataArray:
    values = np.asarray(values)
    return xr.DataArray(np.zeros(values.size), coords={"x": ("x", values, attrs)}, dims="x")


def dates(start: str, step: str, size: int, unit: str = "ns") -> np.ndarray:
    amount, name = step.split()
    return np.datetime64(start, unit) + np.arange(size) * np.timedelta64(int(amount), name)


# Reading an axis


@law
@given(
    start=st.floats(-1e3, 1e3),
    step=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3),
    size=st.integers(1, 300),
    unit=st.sampled_from(["s", "Hz", "px", ""]),
    periodic=st.booleans(),
)
def test_an_axis_survives_being_written_and_read(start, step, size, unit, periodic):
    axis = Axis("x", start, step, size, unit, size * abs(step) if periodic else None)
    found = axis_of(label(np.zeros(size), axis), "x")
    assert found.size == size
    assert found.unit == unit
    assert found.start == start
    assert found.step == pytest.approx(step, rel=1e-9)
    assert found.period == axis.period
    assert found.periodic == periodic


@law
@given(low=st.floats(1.0, 1e4), per_octave=st.integers(1, 48), size=st.integers(2, 100))
def test_a_geometric_axis_is_measured_in_octaves(low, per_octave, size):
    values = low * 2.0 ** (np.arange(size) / per_octave)
    found = axis_of(with_coordinate(values, units="Hz", scale="log2"), "x")
    assert found.length_unit == "octave"
    assert found.step == pytest.approx(1 / per_octave, rel=1e-9)
    np.testing.assert_allclose(found.coordinate(), values, rtol=1e-12)


def test_a_dim_without_a_coordinate_counts_samples():
    assert axis_of(xr.DataArray(np.zeros(5), dims="x"), "x") == Axis("x", size=5, unit="sample")


def test_a_coordinate_without_units_gets_none_on_the_way():
    pooled = MaxPool(window={"x": 2})(with_coordinate([0.0, 1.0, 2.0, 3.0]))
    assert "units" not in pooled.x.attrs


def test_a_declared_period_is_all_that_makes_an_axis_periodic():
    x = label(np.zeros(64), Axis("x"))
    assert not axis_of(x, "x").periodic
    x.x.attrs["period"] = 64.0
    assert axis_of(x, "x").periodic


def test_a_float32_coordinate_far_from_zero_is_uniform():
    seconds = (1e4 + 0.01 * np.arange(1000)).astype(np.float32)
    found = axis_of(with_coordinate(seconds, units="s"), "x")
    assert found.step == pytest.approx(0.01, rel=1e-3)


def test_a_float32_coordinate_far_from_zero_keeps_its_period_exactly():
    seconds = (1e4 + 0.01 * np.arange(1000)).astype(np.float32)
    found = axis_of(with_coordinate(seconds, units="s", period=10.0), "x")
    assert found.periodic
    assert found.step == 0.01


@pytest.mark.parametrize("lost", [1, 3])
def test_round_off_of_a_coordinate_does_not_hide_a_crop(lost):
    seconds = (1e4 + 0.002 * np.arange(1000)).astype(np.float32)
    assert axis_of(with_coordinate(seconds, units="s", period=2.0), "x").periodic
    assert not axis_of(with_coordinate(seconds[lost:], units="s", period=2.0), "x").periodic


def test_a_descending_axis_has_a_negative_step():
    found = axis_of(with_coordinate([3.0, 2.0, 1.0, 0.0], period=4.0), "x")
    assert (found.start, found.step, found.periodic) == (3.0, -1.0, True)


def test_integer_coordinates_are_positions():
    assert axis_of(with_coordinate(np.arange(10, 2, -2, dtype=np.int8)), "x").step == -2.0
    assert axis_of(with_coordinate(np.arange(2, 10, 2, dtype=np.uint8)), "x").step == 2.0


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
def test_dates_are_read_in_seconds_and_written_as_dates(unit):
    x = xr.DataArray(np.zeros(6), coords={"x": dates("2024-02-28", "6 h", 6, unit)}, dims="x")
    axis = axis_of(x, "x")
    assert (axis.step, axis.unit, axis.start) == (21600.0, "s", 0.0)
    assert np.array_equal(axis.coordinate(), x.x.to_numpy())


def test_dates_over_centuries_are_uniform():
    days = dates("1700-01-01", "1 D", 200_000, "s")
    axis = axis_of(xr.DataArray(np.zeros(days.size), coords={"x": days}, dims="x"), "x")
    assert axis.step == 86400.0
    assert np.array_equal(axis.coordinate(), days)


@pytest.mark.parametrize("size", [1001, 1_000_003])
def test_dates_of_a_long_axis_come_back_to_the_nanosecond(size):
    hours = dates("1990-01-01", "1 h", size)
    x = xr.DataArray(np.zeros(hours.size), coords={"x": hours}, dims="x")
    assert np.array_equal(Subsample(stride={"x": 3})(x).x.to_numpy(), hours[::3])


def test_durations_are_read_in_seconds_and_written_as_durations():
    lags = np.arange(-2, 4) * np.timedelta64(250, "ms")
    x = xr.DataArray(np.zeros(6), coords={"x": lags.astype("timedelta64[ns]")}, dims="x")
    axis = axis_of(x, "x")
    assert (axis.start, axis.step, axis.unit) == (-0.5, 0.25, "s")
    assert np.array_equal(axis.coordinate(), x.x.to_numpy())


def test_a_lone_sample_needs_a_step():
    with pytest.raises(AxisError, match=r"one sample, at 3 px.*x\.x\.attrs\['step'\]"):
        axis_of(with_coordinate([3.0], units="px"), "x")
    assert axis_of(with_coordinate([3.0], units="px", step=0.5), "x").step == 0.5
    assert axis_of(with_coordinate([3.0], units="px", period=2.0), "x") == Axis(
        "x", 3.0, 2.0, 1, "px", 2.0
    )


def test_a_pool_of_the_whole_axis_leaves_a_sample_that_knows_its_step():
    pooled = MaxPool(window={"x": 6})(label(np.arange(6.0), Axis("x", 1.0, 0.5, unit="px")))
    assert axis_of(pooled, "x") == Axis("x", 2.25, 3.0, 1, "px")


@pytest.mark.parametrize("step", [0, np.nan, "wide"])
def test_the_step_of_a_lone_sample_must_be_a_length(step):
    with pytest.raises(AxisError, match=r"'x'.*step"):
        axis_of(with_coordinate([3.0], step=step), "x")


@pytest.mark.parametrize("period", [0, -2.0, np.nan, np.inf, "round", [1.0, 2.0]])
def test_a_period_must_be_a_length(period):
    with pytest.raises(AxisError, match=r"'x'.*period"):
        axis_of(with_coordinate([0.0, 1.0], period=period), "x")


def test_a_non_uniform_axis_is_told_with_its_worst_sample():
    with pytest.raises(AxisError, match=r"'x' is not uniform: sample 3 stands at 3\.4 px, 0\.4 px"):
        axis_of(with_coordinate([0, 1, 2.1, 3.4, 4, 5], units="px"), "x")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.0, np.nan, 2.0], "nan at sample 1"),
        ([0.0, 1.0, np.inf], "inf at sample 2"),
        ([1.0, 1.0, 1.0], "not uniform"),
        (["a", "b", "c"], "not a position"),
        ([True, False, True], "not a position"),
        ([1j, 2j, 3j], "not a position"),
        ([], "empty"),
    ],
)
def test_an_unfit_coordinate_is_refused_and_named(values, said):
    with pytest.raises(AxisError, match=rf"'x'.*{said}"):
        axis_of(with_coordinate(values), "x")


def test_a_missing_date_is_refused():
    stamps = dates("2024-01-01", "1 D", 4)
    stamps[2] = np.datetime64("NaT")
    with pytest.raises(AxisError, match="'x' holds a missing date"):
        axis_of(xr.DataArray(np.zeros(4), coords={"x": stamps}, dims="x"), "x")


def test_a_geometric_axis_must_be_above_zero():
    with pytest.raises(AxisError, match=r"'log2', but its value 0 Hz"):
        axis_of(with_coordinate([0.0, 1.0, 2.0], units="Hz", scale="log2"), "x")


def test_an_unknown_scale_is_refused():
    with pytest.raises(AxisError, match="'linear' and 'log2'"):
        axis_of(with_coordinate([0.0, 1.0], scale="mel"), "x")


def test_a_missing_dim_is_told_with_those_there_are():
    x = label(np.zeros((2, 3)), "y", "x")
    with pytest.raises(DimError, match=r"'time'.*its dims are 'y', 'x'"):
        axis_of(x, "time")
    with pytest.raises(KeyError):
        axis_of(x, "time")


@pytest.mark.parametrize("x", [np.ones(3), [1.0], xr.Dataset()])
def test_what_has_no_labels_is_refused(x):
    with pytest.raises(DtypeError, match=r"labeled array \(xarray\.DataArray\)"):
        axis_of(x, "x")
    with pytest.raises(DtypeError, match=r"labeled array \(xarray\.DataArray\)"):
        difference(label(np.ones(3), "x"), x)


def test_an_array_cannot_have_one_dim_twice():
    with pytest.raises(DimError, match="'x' twice"):
        label(np.zeros((2, 2)), "x", Axis("x"))


def test_a_unit_of_none_is_no_unit():
    assert axis_of(with_coordinate([0.0, 1.0], units=None), "x").unit == ""


# An axis by itself


@law
@given(size=st.integers(1, 100), stride=st.integers(1, 20))
def test_a_stride_keeps_a_period_that_it_divides(size, stride):
    axis = Axis("x", step=0.5, size=size, period=size * 0.5)
    thin = axis.strided(stride)
    assert thin.size == len(range(0, size, stride))
    assert thin.periodic == (size % stride == 0)
    assert thin.step == 0.5 * stride


def test_a_crop_loses_the_period():
    x = label(np.zeros(8), Axis("x", period=8.0))
    assert axis_of(x, "x").periodic
    assert not axis_of(x.isel(x=slice(1, None)), "x").periodic


def test_a_lost_period_is_told_with_the_length_that_would_go_round():
    axis = Axis("time", step=0.5, size=7, unit="s", period=4.0)
    said = nearest_periodic(axis)
    assert "lost its period of 4 s" in said
    assert "7 samples of 0.5 s, and 8 of them would wrap" in said
    assert "attrs['period'] = 3.5" in nearest_periodic(replace(axis, period=None))


def test_lengths_are_told_in_unit_and_samples():
    phrase = samples_phrase(Axis("time", step=0.5, unit="s"), 0.3)
    assert phrase == "0.3 s along 'time' is 0.6 samples of 0.5 s"


@pytest.mark.parametrize(
    ("axis", "unit"),
    [
        (Axis("t", unit="s"), "Hz"),
        (Axis("x", unit="px"), "cycles/px"),
        (Axis("f", unit="Hz", scale="log2"), "cycles/octave"),
        (Axis("x", unit=""), "cycles/unit"),
    ],
)
def test_frequencies_have_the_inverse_unit(axis, unit):
    assert axis.frequency_unit == unit


def test_the_distance_between_dates_is_in_seconds():
    one = Axis("t", 1.0, epoch=np.datetime64("2024-01-01T00:00:10", "ns"))
    two = Axis("t", 0.0, epoch=np.datetime64("2024-01-01T00:00:00", "ns"))
    assert one.offset(two) == 11.0


def test_labels_need_an_axis_for_each_dimension():
    with pytest.raises(DimError, match="2 dimensions need 2 axes, but 1 are given"):
        label(np.zeros((2, 2)), "x")


def test_axes_are_read_only_when_asked_for():
    x = label(np.zeros((2, 2)), "name", Axis("x")).assign_coords(name=["a", "b"])
    axes = Axes.of(x)
    assert "name" in axes
    assert list(axes) == ["name", "x"]
    assert axes.counted("name").size == 2
    with pytest.raises(AxisError, match="'name'"):
        axes["name"]
    with pytest.raises(DimError, match="'name', 'x'"):
        axes["time"]


# Labels off, kernel, labels on


def test_integers_are_promoted_before_arithmetic():
    x = xr.DataArray(np.array([200, 250], np.uint8), dims="x")
    out = on_axes(lambda a: a + a, x, (), ())
    assert out.dtype == np.float64
    assert out.values.tolist() == [400.0, 500.0]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("uint8", "float64"), ("int64", "float64"), ("bool", "float64"), ("float16", "float32"),
        ("float32", "float32"), ("float64", "float64"), ("complex64", "complex64"),
        ("complex128", "complex128"), (">f4", "float32"), (">i2", "float64"),
    ],
)  # fmt: skip
def test_precision_is_kept_and_integers_are_promoted(given, wanted):
    x = xr.DataArray(np.ones(4, given), dims="x")
    assert on_axes(lambda a: a * 2, x, (), ()).dtype == np.dtype(wanted)


@pytest.mark.parametrize("values", [["a", "b"], [None, 1], dates("2024-01-01", "1 D", 2)])
def test_values_that_are_no_signal_are_refused(values):
    with pytest.raises(DtypeError, match="not a signal"):
        Relu()(xr.DataArray(np.array(values), dims="x"))


@pytest.mark.parametrize("sizes", [(0,), (3, 0)])
def test_an_empty_array_is_refused(sizes):
    x = xr.DataArray(np.zeros(sizes), dims=("y", "x")[-len(sizes) :])
    with pytest.raises(AxisError, match=r"empty.*'x': 0"):
        Relu()(x)
    with pytest.raises(AxisError, match="empty"):
        MaxPool(window={"x": 2})(x)


def test_a_new_dim_must_not_be_there_already():
    x = label(np.zeros((2, 4)), "band", "x")
    with pytest.raises(DimError, match=r"'band', which the input already has; rename"):
        on_axes(
            lambda a: a[..., None, :], x, (Axis("x", size=4),), (Axis("band"), Axis("x", size=4))
        )


def test_a_dim_cannot_be_named_twice():
    with pytest.raises(DimError, match="'x' twice"):
        GlobalPool(("x", "x"))(label(np.zeros((2, 4)), "y", "x"))


@pytest.mark.parametrize("order", [("y", "x", "c"), ("x", "c", "y"), ("c", "y", "x")])
def test_dims_keep_their_order_and_new_ones_come_before_the_first_core_dim(order):
    x = xr.DataArray(np.zeros((2, 3, 4)), dims=("c", "y", "x")).transpose(*order)
    axis = Axis("x", size=4)
    new = on_axes(lambda a: np.stack([a, a], -2), x, (axis,), (Axis("new", size=2), axis))
    place = order.index("x")
    assert new.dims == (*order[:place], "new", *order[place:])


def test_batch_dims_may_have_any_name():
    x = xr.DataArray(np.arange(8.0).reshape(2, 4), dims=(0, "x"))
    pooled = MaxPool(window={"x": 2})(x)
    assert pooled.dims == (0, "x")
    assert pooled.values.tolist() == [[1.0, 3.0], [5.0, 7.0]]


def test_a_batch_may_have_labels_that_are_no_positions():
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=("letter", "number"))
    x = xr.DataArray(np.arange(24.0).reshape(4, 6), dims=("batch", "x"))
    x = x.assign_coords(xr.Coordinates.from_pandas_multiindex(index, "batch"))
    pooled = MaxPool(window={"x": 3})(x)
    assert pooled.indexes["batch"].equals(index)
    assert pooled.sel(letter="b", number=1).values.tolist() == [14.0, 17.0]
    plain = x.drop_vars(("batch", "letter", "number")).assign_coords(batch=list("wxyz"))
    named = MaxPool(window={"x": 3})(plain)
    assert named.batch.values.tolist() == list("wxyz")


def test_name_attributes_and_coordinates_stay():
    x = xr.DataArray(
        np.zeros((2, 6), np.float32),
        coords={
            "x": ("x", 2.0 * np.arange(6), {"units": "px", "long_name": "column"}),
            "gain": ("channel", [1.0, 2.0], {"units": "dB"}),
            "made": 1999,
        },
        dims=("channel", "x"),
        name="picture",
        attrs={"source": "camera"},
    )
    out = MaxPool(window={"x": 2})(x)
    assert (out.name, out.attrs, out.dtype) == ("picture", {"source": "camera"}, np.float32)
    assert out.gain.identical(x.gain)
    assert out.made == 1999
    assert out.x.attrs == {"units": "px", "long_name": "column"}
    assert out.x.values.tolist() == [1.0, 5.0, 9.0]


def test_numbers_along_a_changed_axis_are_interpolated_and_words_taken_from_the_nearest():
    x = label(np.zeros(6), Axis("x", period=6.0)).assign_coords(
        height=("x", 10.0 * np.arange(6), {"units": "m"}), word=("x", list("abcdef"))
    )
    pooled = MaxPool(window={"x": 3})(x)
    assert pooled.height.values.tolist() == [10.0, 40.0]
    assert pooled.height.attrs == {"units": "m"}
    assert pooled.word.values.tolist() == ["b", "e"]
    even = MaxPool(window={"x": 2}, stride={"x": 1}, boundary="valid")(x)
    assert even.height.values.tolist() == [5.0, 15.0, 25.0, 35.0, 45.0]
    assert even.word.values.tolist() == list("abcde")


def test_an_auxiliary_coordinate_keeps_its_precision():
    x = label(np.zeros(6), "x").assign_coords(height=("x", np.arange(6, dtype=np.float32)))
    assert MaxPool(window={"x": 2})(x).height.dtype == np.float32


def test_a_coordinate_over_two_dims_is_carried_where_both_stay_and_dropped_where_one_is_lost():
    grid = np.arange(6.0)[:, None] + 10 * np.arange(4.0)
    x = label(np.zeros((6, 4)), Axis("y"), Axis("x")).assign_coords(lon=(("y", "x"), grid))
    assert MaxPool(window={"y": 2})(x).lon.values[:, 0].tolist() == [0.5, 2.5, 4.5]
    assert MaxPool(window={"y": 2, "x": 2})(x).lon.dims == ("y", "x")
    assert MaxPool(window={"y": 2, "x": 2})(x).lon.values[0].tolist() == [5.5, 25.5]
    assert "lon" not in GlobalPool("x")(x).coords


def test_a_scalar_coordinate_and_the_words_of_a_lost_dim():
    x = label(np.zeros(4), Axis("x")).assign_coords(word=("x", list("abcd")), take=3)
    pooled = GlobalPool("x")(x)
    assert set(pooled.coords) == {"take"}


def test_a_result_never_shares_memory_with_its_input():
    x = label(np.arange(6.0), "x")
    for op in (Subsample(stride={"x": 2}), MaxPool(window={"x": 1}), Subsample(stride={"x": 1})):
        assert not np.shares_memory(op(x).values, x.values)


def test_arrays_of_any_memory_layout_are_taken(rng):
    values = rng.standard_normal((6, 8))
    wanted = MaxPool(window={"x": 2, "y": 3})(label(values, "y", "x"))
    frozen = values.copy()
    frozen.setflags(write=False)
    strided = np.repeat(values, 2, axis=1)[:, ::2]
    for same in (np.asfortranarray(values), frozen, strided, values[::-1][::-1]):
        assert np.array_equal(MaxPool(window={"x": 2, "y": 3})(label(same, "y", "x")), wanted)


def test_lazy_arrays_are_computed(rng):
    pytest.importorskip("dask")
    x = label(rng.standard_normal((4, 8)), "y", Axis("x", period=8.0))
    assert np.array_equal(MaxPool(window={"x": 2})(x.chunk(x=3)), MaxPool(window={"x": 2})(x))


# The only subtraction


def test_results_one_rounding_error_apart_lose_no_sample():
    one = label(np.arange(30.0), Axis("x", start=0.1 + 0.2, step=0.1))
    two = label(np.ones(30), Axis("x", start=0.3, step=0.1))
    assert (one - two).sizes["x"] < 30, "xarray aligns by equal labels"
    assert np.array_equal(difference(one, two), np.arange(30.0) - 1)
    assert difference(one, two).x.identical(one.x)


def test_results_one_float32_rounding_apart_lose_no_sample():
    fine = 1e4 + 0.01 * np.arange(30)
    one = with_coordinate(fine, units="s")
    two = with_coordinate(fine.astype(np.float32), units="s")
    assert difference(one, two).sizes["x"] == 30


def test_the_order_of_dims_does_not_matter_to_a_difference(rng):
    one = label(rng.standard_normal((3, 4)), "y", "x")
    assert np.array_equal(difference(one, one.transpose("x", "y")), np.zeros((3, 4)))


def test_a_difference_of_unsigned_integers_may_be_negative():
    one, two = (xr.DataArray(np.array([v], np.uint8), dims="x") for v in (1, 2))
    assert difference(one, two).values.tolist() == [-1.0]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Axis("x", size=5), "4 samples and the other 5"),
        (Axis("x", 0.5, size=4), "starts at 0 with"),
        (Axis("x", step=1.01, size=4), "step 1.01"),
        (Axis("x", size=4, unit="px"), "1 sample.*1 px"),
        (Axis("x", step=-1.0, size=4), "step -1"),
        (Axis("x", size=4, epoch=np.datetime64("2024-01-01", "ns"), unit="s"), "different grids"),
    ],
)
def test_a_difference_refuses_another_grid(other, said):
    one = label(np.zeros(4), Axis("x", size=4))
    with pytest.raises(AxisError, match=said):
        difference(one, label(np.zeros(other.size), other))


def test_a_difference_refuses_dates_against_seconds():
    stamps = xr.DataArray(np.zeros(3), coords={"x": dates("2024-01-01", "1 s", 3)}, dims="x")
    with pytest.raises(AxisError, match="different grids"):
        difference(stamps, label(np.zeros(3), Axis("x", unit="s")))


def test_a_difference_refuses_octaves_of_other_units():
    one = label(np.zeros(3), Axis("f", unit="Hz", scale="log2"))
    with pytest.raises(AxisError, match="different grids"):
        difference(one, label(np.zeros(3), Axis("f", unit="px", scale="log2")))


def test_a_difference_refuses_other_dims():
    with pytest.raises(DimError, match="cannot be subtracted"):
        difference(label(np.zeros(3), "x"), label(np.zeros(3), "y"))


def test_a_difference_compares_words_as_words():
    one = label(np.ones(2), "branch").assign_coords(branch=["a", "b"])
    assert not difference(one, one).any()
    with pytest.raises(AxisError, match=r"'branch'.*labels differ"):
        difference(one, one.assign_coords(branch=["a", "c"]))


@law
@given(size=st.integers(2, 40), nudge=st.floats(-1e-4, 1e-4), step=st.floats(1e-3, 1e3))
def test_a_difference_takes_grids_that_agree_within_a_thousandth_of_a_step(size, nudge, step):
    one = label(np.zeros(size), Axis("x", 0.0, step))
    two = label(np.ones(size), Axis("x", nudge * step, step))
    assert (difference(one, two) == -1).all()


# Centers and names


def test_the_center_of_a_channel_is_read_in_cycles_per_sample():
    x = label(np.zeros((2, 8), complex), "band", Axis("time", step=0.01, unit="s"))
    x = x.assign_coords(time_center_frequency=("band", [10.0, 25.0]))
    assert center_of(x, "time") == pytest.approx([0.1, 0.25])
    assert center_of(x.isel(time=slice(None, None, -1)), "time") == pytest.approx([-0.1, -0.25])
    assert center_of(x.real, "time") == 0


def test_a_center_that_changes_along_its_own_axis_is_refused():
    x = label(np.zeros(8, complex), Axis("time")).assign_coords(
        time_center_frequency=("time", np.zeros(8))
    )
    with pytest.raises(AxisError, match="a channel has one center"):
        center_of(x, "time")


def test_renaming_takes_along_what_is_named_after_a_dim():
    x = label(np.zeros((2, 3), complex), "x", "x_tap").assign_coords(x_center_frequency=0.1)
    out = renamed(x, {"x": "time"})
    assert out.dims == ("time", "time_tap")
    assert "time_center_frequency" in out.coords


def test_two_dims_can_swap_their_names(rng):
    x = label(rng.standard_normal((3, 4)), Axis("y"), Axis("x", 5.0))
    out = renamed(x, {"y": "x", "x": "y"})
    assert out.dims == ("x", "y")
    assert float(out.y[0]) == 5.0


def test_every_error_is_of_the_familys_own_type():
    assert issubclass(AxisError, InvarsigError)
    assert issubclass(AxisError, ValueError)
    assert issubclass(DimError, KeyError)
    assert issubclass(DtypeError, TypeError)


def test_octaves_of_a_pool_are_means_in_octaves():
    x = label(np.zeros(8), Axis("f", math.log2(100.0), 1 / 4, unit="Hz", scale="log2"))
    pooled = MaxPool(window={"f": 2})(x)
    np.testing.assert_allclose(pooled.f, np.sqrt(x.f.values[::2] * x.f.values[1::2]), rtol=1e-12)
    assert axis_of(pooled, "f").step == pytest.approx(0.5)


def test_a_new_dim_is_not_named_as_one_that_is_kept(rng):
    time = Axis("time", size=8)
    with pytest.raises(DimError, match="would have the dim 'time' twice"):
        on_axes(
            lambda values: values[..., np.newaxis, :] * np.ones((2, 1)),
            label(rng.standard_normal(8), time),
            (time,),
            (Axis("time", size=2), time),
        )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i2", "u4", "c8", "c16"])
def test_the_order_of_bytes_changes_neither_values_nor_precision(kind, order):
    """60000 + 60000 is infinite in half precision, which is promoted before any arithmetic."""
    values = np.array([60000.0, 60000.0, 1.0, 3.0]).astype(kind)
    swapped = iv.label(values.astype(values.dtype.newbyteorder(order)), "x")
    for op in (iv.MeanPool({"x": 2}), iv.BlurPool(taps=3, stride={"x": 1}), iv.Modulus()):
        plain, found = op(iv.label(values, "x")), op(swapped)
        assert found.dtype == plain.dtype
        assert found.dtype.isnative
        np.testing.assert_array_equal(found, plain)
    single = kind in ("f2", "f4", "c8")
    assert promoted(swapped.to_numpy()).real.dtype == (np.float32 if single else np.float64)


@pytest.mark.parametrize(("stretch", "agree"), [(0.95e-4, True), (1.05e-4, False)])
def test_grids_agree_up_to_a_thousandth_of_a_step_at_their_last_sample(stretch, agree):
    """Over ten steps: the last sample of eleven is the furthest off."""
    one, other = (label(np.zeros(11), Axis("x", step=step)) for step in (1.0, 1.0 + stretch))
    if agree:
        assert difference(one, other).sizes["x"] == 11
    else:
        with pytest.raises(AxisError, match="different grids"):
            difference(one, other)
