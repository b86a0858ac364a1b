"""Labels are put on once: what is shared with the input, what is kept, and what is seen anew."""

from __future__ import annotations

import copy
import gc
import pickle

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes import labeled, read, remembered
from invarsig.errors import AxisError
from invarsig.operators.kept_plan import KEPT
from invarsig.operators.pooling.window_pool import WindowPool

law = settings(deadline=None, max_examples=30)


def picture(rng: np.random.Generator, **attrs: object) -> xr.DataArray:
    axes = (iv.Axis(dim, size=8, unit="px", period=8.0) for dim in ("y", "x"))
    return iv.label(rng.standard_normal((8, 8)), *axes, attrs=attrs)


def by_the_public_constructor(y: xr.DataArray) -> xr.DataArray:
    coords = xr.Coordinates(
        {name: coord.variable for name, coord in y.coords.items()}, dict(y.xindexes)
    )
    return xr.DataArray(y.to_numpy(), coords, y.dims, y.name, y.attrs)


def test_this_release_of_xarray_takes_parts_that_are_ready():
    said = "xarray dropped what invarsig.axes.labeled takes from it: calls are right, and slow"
    assert labeled.FAST, said


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("op", [iv.Relu(), iv.MaxPool({"x": 2}), iv.GlobalPool("y")])
def test_a_result_is_what_the_public_constructor_makes(monkeypatch, rng, op, fast):
    monkeypatch.setattr(labeled, "FAST", fast)
    x = picture(rng, units="V").assign_coords(
        words=("y", list("abcdefgh")), place=("x", np.arange(8.0), {"units": "m"}), one=3
    )
    y = op(x)
    wanted = by_the_public_constructor(y)
    xr.testing.assert_identical(y, wanted)
    assert list(y.coords) == list(wanted.coords)
    assert {name: type(index) for name, index in y.xindexes.items()} == {
        name: type(index) for name, index in wanted.xindexes.items()
    }
    assert y.sel(x=y.x[1]).identical(y.isel(x=1))


def test_what_is_done_to_a_result_leaves_the_input_alone(rng):
    x = picture(rng, units="V").assign_coords(place=("x", np.arange(8.0), {"units": "m"}))
    for op in (iv.Relu(), iv.MaxPool({"y": 2})):
        before, y = x.copy(deep=True), op(x)
        y.attrs["units"] = y.x.attrs["units"] = y.place.attrs["units"] = "changed"
        y.place.values[0] = 99.0
        y.values[0] = 99.0
        xr.testing.assert_identical(x, before)
        assert op(x).x.attrs["units"] == "px"


def test_labels_that_are_made_cannot_be_written_to():
    x = iv.label(np.zeros(8), iv.Axis("x", size=8))
    with pytest.raises(ValueError, match="read-only"):
        x.x.values[3] = 7.0


@law
@given(start=st.integers(-5, 5), step=st.integers(1, 4))
def test_labels_have_the_type_of_the_axis_however_equal_another_one_is(start, step):
    for kind in (int, float, int):
        axis = iv.Axis("x", kind(start), kind(step), 4)
        assert iv.label(np.zeros(4), axis).x.dtype == axis.coordinate().dtype


def test_dates_have_the_unit_of_the_axis_however_equal_another_one_is():
    for unit in ("s", "ns", "s"):
        axis = iv.Axis("x", 0.0, 60.0, 4, "s", epoch=np.datetime64("2026-01-01", unit))
        assert iv.label(np.zeros(4), axis).x.dtype == axis.coordinate().dtype


# What is remembered of a coordinate


def test_a_coordinate_is_read_once(monkeypatch):
    x = iv.label(np.zeros(50_000), iv.Axis("x", step=0.25))
    first = iv.axis_of(x, "x")
    monkeypatch.setattr(read, "_read", lambda *_: pytest.fail("it is read again"))
    assert iv.axis_of(x, "x") is first
    assert iv.axis_of(iv.Relu()(x), "x") is first


def test_a_change_of_labels_in_place_is_seen():
    # Labels of equal axes are shared, and these are written to by force: no other test has them.
    x = iv.label(np.zeros(16), iv.Axis("x", start=0.0625))
    assert iv.axis_of(x, "x").step == 1.0
    labels = x.x.values
    labels.setflags(write=True)
    labels[:] = 2 * np.arange(16)
    assert iv.axis_of(x, "x").step == 2.0
    labels[3] = 99.0
    for read_by in (lambda: iv.axis_of(x, "x"), lambda: iv.MaxPool({"x": 2})(x)):
        with pytest.raises(AxisError, match="sample 3"):
            read_by()


@pytest.mark.parametrize("size", [16, 50_000])
def test_a_change_of_a_coordinate_without_an_index_is_seen(size):
    coords = xr.Coordinates({"x": ("x", np.arange(size))}, indexes={})
    x = xr.DataArray(np.zeros(size), coords, ["x"])
    assert iv.axis_of(x, "x").step == 1.0
    x.coords["x"].values[:] *= 2
    assert iv.axis_of(x, "x").step == 2.0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("period", 8.0, "period"), ("units", "m", "unit")],
)
def test_a_change_of_attributes_is_seen(name, value, said):
    x = iv.label(np.zeros(8), iv.Axis("x", start=1.0, unit="px"))
    iv.axis_of(x, "x")
    x.x.attrs[name] = value
    assert getattr(iv.axis_of(x, "x"), said) == value


def test_an_attribute_of_any_kind_is_read():
    x = iv.label(np.zeros(8), iv.Axis("x"))
    x.x.attrs["period"] = np.array(8.0)
    assert iv.axis_of(x, "x").periodic
    assert iv.axis_of(x, "x").periodic


def test_a_coordinate_that_is_gone_is_forgotten():
    before = len(remembered._MEMORIES)
    for step in range(1, 50):
        iv.axis_of(xr.DataArray(np.zeros(4), coords={"x": np.arange(4) * step}, dims="x"), "x")
    gc.collect()
    assert len(remembered._MEMORIES) <= before + 1


@law
@given(size=st.integers(2, 3), at=st.floats(0, 1), bad=st.sampled_from([np.nan, np.inf, 1e9]))
def test_the_worst_label_is_named_wherever_it_stands(size, at, bad):
    labels = np.arange(size * read._BLOCK + 17, dtype=np.float64)
    place = 1 + int(at * (labels.size - 3))
    labels[place] = bad
    x = xr.DataArray(np.zeros(labels.size), coords={"x": labels}, dims="x")
    with pytest.raises(AxisError, match=f"sample {place}\\b"):
        iv.axis_of(x, "x")


# Plans that are kept


def test_kept_plans_are_no_part_of_an_operator(rng):
    used, fresh = iv.MaxPool({"x": 2}), iv.MaxPool({"x": 2})
    used(picture(rng))
    assert KEPT in vars(used)
    assert used == fresh
    assert hash(used) == hash(fresh)
    assert repr(used) == repr(fresh)
    assert pickle.dumps(used) == pickle.dumps(fresh)
    assert KEPT not in vars(copy.deepcopy(used))


def test_a_plan_is_made_again_where_axes_or_sizes_differ(rng):
    op, x = iv.MaxPool({"x": 2}), picture(rng)
    wider = x.isel(x=slice(0, 6))
    moved = x.assign_coords(x=("x", np.arange(8.0) + 1, {"units": "px"}))
    for each in (x, wider, moved, x.drop_vars("x"), x, x.rename(y="z"), moved, wider):
        xr.testing.assert_identical(op(each), iv.MaxPool({"x": 2})(each))


def test_few_plans_are_kept(rng):
    op = iv.MaxPool({"x": 2})
    for size in range(2, 60, 2):
        op(iv.label(rng.standard_normal(size), iv.Axis("x")))
    assert len(vars(op)[KEPT]) <= 4


def test_a_plan_of_a_users_own_class_is_made_for_each_call(rng):
    calls = []

    class Counting(WindowPool):
        linear = False

        def plan(self, axes: iv.Axes) -> iv.operators.Plan:
            calls.append(1)
            return iv.MaxPool(self.window).plan(axes)

    op = Counting({"x": 2})
    op(picture(rng))
    op(picture(rng))
    assert len(calls) == 2
