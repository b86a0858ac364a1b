"""Dates: read and written in a resolution that they fit, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes import axis_of
from invarsig.axes.dates import distance_in_seconds, in_seconds, written_dates
from invarsig.errors import AxisError, InvarsigError
from invarsig.testing.discovery import examples_of, public_operators

TICKS = {"D": 86400, "h": 3600, "m": 60, "s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
UNITS = ["s", "ms", "us", "ns"]


def dated(start: str, unit: str, size: int = 8, step: int = 1) -> xr.DataArray:
    stamps = np.datetime64(start, unit) + np.arange(size) * np.timedelta64(step, unit)
    return xr.DataArray(np.arange(float(size)), coords={"time": stamps}, dims="time")


@pytest.mark.parametrize("start", ["3000-01-01", "1600-01-01", "2020-01-01", "0001-01-01"])
@pytest.mark.parametrize("unit", ["s", "ms"])
def test_half_a_tick_stays_in_its_own_year(start, unit):
    found = iv.MeanPool({"time": 2})(dated(start, unit)).time.to_numpy()
    half = np.timedelta64(500, {"s": "ms", "ms": "us"}[unit])
    wanted = np.datetime64(start, unit) + half + np.arange(4) * np.timedelta64(2, unit)
    assert (found.astype(wanted.dtype) == wanted).all()
    assert str(found[0]).startswith(start)


def test_what_no_resolution_holds_is_refused():
    with pytest.raises(
        AxisError, match=r"'time'.*5e-07 s after 3000-01-01.*2e-06 s apart.*seconds"
    ):
        iv.MeanPool({"time": 2})(dated("3000-01-01", "us"))
    with pytest.raises(AxisError, match=r"'time'.*no resolution"):
        iv.MeanPool({"time": 2})(dated("2020-01-01", "ns"))


@given(
    year=st.integers(1, 9999),
    unit=st.sampled_from(UNITS),
    step=st.integers(1, 10**6),
    start=st.integers(-(10**6), 10**6),
    finer=st.sampled_from([1, 2, 3, 8, 1000]),
    size=st.integers(1, 9),
)
def test_dates_that_are_written_are_those_meant_or_are_refused(
    year, unit, step, start, finer, size
):
    """In whole numbers of any size, which cannot wrap."""
    epoch = np.datetime64(f"{year:04d}-01-01", "s")
    if not (unit == "ns" and not 1700 < year < 2200):
        epoch = epoch.astype(f"datetime64[{unit}]")
    rate = TICKS[unit] * finer
    try:
        found = written_dates(epoch, start / rate, step / rate, size, "time")
    except AxisError:
        return
    own = TICKS[np.datetime_data(found.dtype)[0]]
    origin = int(epoch.astype(np.int64)) / TICKS[np.datetime_data(epoch)[0]]
    assert origin == int(origin)
    for place, tick in enumerate(found.astype(np.int64).tolist()):
        away = (tick - int(origin) * own) * rate - (start + place * step) * own
        assert abs(away) <= 1.01e-3 * step * own + 1e-6 * rate


@given(
    unit=st.sampled_from(UNITS),
    ticks=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=5),
)
def test_seconds_between_dates_do_not_wrap(unit, ticks):
    stamps = np.array(ticks, dtype=np.int64).astype(f"datetime64[{unit}]")
    wanted = [(tick - ticks[0]) / TICKS[unit] for tick in ticks]
    np.testing.assert_allclose(in_seconds(stamps), wanted, rtol=1e-15, atol=1e-18)
    away = distance_in_seconds(stamps[-1], stamps[0])
    np.testing.assert_allclose(away, wanted[-1], rtol=1e-15)


def test_nanoseconds_over_all_centuries_that_they_reach_are_one_axis():
    stamps = np.linspace(-(2**63) + 808, 2**63 - 808, 6).astype(np.int64).astype("datetime64[ns]")
    x = xr.DataArray(np.arange(6.0), coords={"time": stamps}, dims="time")
    assert axis_of(x, "time").step == pytest.approx(2**64 / 5 / 1e9, rel=1e-9)


def test_axes_of_far_dates_are_as_far_apart_as_they_are():
    late, early = dated("3000-01-01", "s"), dated("1600-01-01", "s")
    days = (np.datetime64("3000-01-01") - np.datetime64("1600-01-01")).astype(int)
    assert axis_of(late, "time").offset(axis_of(early, "time")) == days * 86400.0
    with pytest.raises(AxisError, match="different grids"):
        iv.difference(late, early)


@pytest.mark.parametrize("bank", [iv.BarkBank, iv.MelBank, iv.ErbBank])
@pytest.mark.parametrize("kind", ["dates", "durations"])
def test_a_bank_over_frequencies_refuses_dates(bank, kind):
    x = dated("2020-01-01", "s", 64)
    if kind == "durations":
        x = x.assign_coords(time=x.time.to_numpy() - x.time.to_numpy()[0])
    for run in (bank(bands=4, over="time"), bank(bands=4, over="time").matrix):
        with pytest.raises(AxisError, match=r"Bank sums over frequencies.*'time' holds dates"):
            run(x)


def nightly(start: str):
    return pytest.param(start, marks=pytest.mark.nightly)


def dates_for_seconds(x: xr.DataArray, dim: str, start: str, unit: str) -> xr.DataArray:
    axis = axis_of(x, dim)
    stamps = np.datetime64(start, unit) + np.arange(axis.size) * np.timedelta64(4, unit)
    return x.assign_coords({dim: stamps})


@pytest.mark.parametrize("start", ["3000-01-01", nightly("1600-01-01"), nightly("2020-01-01")])
@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_every_operator_on_dates_stands_where_it_stands_on_seconds(cls, start, rng):
    """Or raises an error of the package's own."""
    op, x = examples_of(cls, rng)[0]
    for dim in (str(dim) for dim in op.dims if dim in x.dims):
        here = x.drop_vars([name for name, c in x.coords.items() if name != dim and dim in c.dims])
        try:
            onto = dates_for_seconds(here, dim, start, "s")
            found = op(onto)
        except InvarsigError:
            continue
        seconds = 4.0 * np.arange(here.sizes[dim])
        plain = op(here.assign_coords({dim: (dim, seconds, {"units": "s"})}))
        assert found.dims == plain.dims
        if dim in found.dims and found[dim].dtype.kind == "M":
            away = found[dim].to_numpy() - np.datetime64(start, "us")
            away = away.astype("timedelta64[us]").astype(float) / 1e6
            np.testing.assert_allclose(away, plain[dim].to_numpy(), atol=1e-5)
            assert str(found[dim].to_numpy()[0])[:3] in (start[:3], "159", "201", "299")
