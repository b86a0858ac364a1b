"""NetCDF files, Zarr stores and arrays of NumPy on the command line."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from invarsig.cli.grids import AxisOption, GridOptions
from invarsig.errors import DimError, ParameterError
from tests.conftest import DATA

HOUR = np.timedelta64(1, "h")


@pytest.fixture
def field(rng) -> xr.DataArray:
    lon = np.arange(0.0, 360, 7.5)
    return xr.DataArray(
        rng.standard_normal((40, 48)),
        {"time": np.arange(40) * 60.0, "lon": lon},
        ("time", "lon"),
        name="t2m",
    ).assign_coords(
        time=("time", np.arange(40) * 60.0, {"units": "s"}),
        lon=("lon", lon, {"units": "degrees_east"}),
    )


@pytest.fixture
def own(tmp_path) -> str:
    file = tmp_path / "own.py"
    file.write_text("import invarsig as iv\n\npool = iv.MeanPool({'lon': 2})\n", encoding="utf-8")
    return f"{file}:pool"


def run(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_variable_is_reported_along_an_axis_that_wraps(field, own, tmp_path):
    field.to_dataset().assign(other=field + 1).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    page = tmp_path / "page.html"
    shown = run(
        *("report", tmp_path / "a.nc", "--variable", "t2m", "--axis", "lon,periodic"),
        *("--along", "lon", "--pipeline", own, "--out", page),
    )
    assert shown.exit_code == 0, shown.output
    assert "along lon" in shown.output
    assert "compared over 100 % of the output" in shown.output
    assert page.stat().st_size > 1000


def test_a_last_meridian_that_repeats_the_first_is_named(field, own, tmp_path):
    both = xr.concat([field, field[:, :1].assign_coords(lon=[360.0])], "lon")
    both.lon.attrs.update(field.lon.attrs)
    both.to_dataset().to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    given = ("report", tmp_path / "b.nc", "--along", "lon", "--pipeline", own)
    shown = run(*given, "--axis", "lon,periodic", "--out", tmp_path / "page.html")
    assert shown.exit_code == 2
    said = " ".join(shown.output.split())
    assert "the last of the 49 samples along lon, at 360°, repeats the first, at 0°" in said
    shown = run(*given, "--out", tmp_path / "page.html")
    assert "repeats the first: leave it out" in shown.output


def test_all_three_kinds_of_file_give_the_same_errors(field, own, tmp_path):
    files = [tmp_path / "a.nc", tmp_path / "a.zarr", tmp_path / "a.npy"]
    field.to_netcdf(files[0], engine="h5netcdf")
    field.to_dataset().to_zarr(files[1], zarr_format=2)
    np.save(files[2], field.to_numpy())
    check = ("--max-error", -40, "--along", "lon", "--pipeline", own)
    said = [
        run("check", files[0], *check, "--axis", "lon,periodic"),
        run("check", files[1], *check, "--axis", "lon,periodic"),
        run(
            "check",
            files[2],
            *check,
            "--axis",
            "time=60s",
            "--axis",
            "lon=7.5degrees_east,periodic",
        ),
    ]
    assert [each.exit_code for each in said] == [1, 1, 1], [each.output for each in said]
    assert said[0].output == said[1].output
    assert said[0].output == said[2].output


def test_several_variables_are_listed(field, own, tmp_path):
    field.to_dataset().assign(other=field + 1).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    shown = run("check", tmp_path / "a.nc", "--max-error", -40, "--pipeline", own)
    assert shown.exit_code == 2
    assert "has 2 variables, t2m, other; name one of them. Name it by --variable." in shown.output


def test_options_of_a_grid_are_refused_for_a_picture(own, tmp_path):
    for option in (("--variable", "a"), ("--axis", "x,periodic")):
        shown = run("check", DATA / "images" / "camera.png", "--max-error", -40, *option)
        assert shown.exit_code == 2
        assert f"{option[0]} is for a grid" in " ".join(shown.output.split())


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("time=1/16000s", AxisOption("time", 1 / 16000, "s")),
        ("time=2.5e-3 s", AxisOption("time", 2.5e-3, "s")),
        ("lon=3degrees_east,periodic", AxisOption("lon", 3.0, "degrees_east", periodic=True)),
        ("lon,periodic", AxisOption("lon", periodic=True)),
        ("depth=-10m", AxisOption("depth", -10.0, "m")),
        ("x=1", AxisOption("x", 1.0)),
        ("x", AxisOption("x")),
    ],
)
def test_an_axis_is_read_as_people_write_it(text, axis):
    assert AxisOption.parse(text) == axis


@pytest.mark.parametrize(
    "text", ["", "time=", "time=s", "time=0s", "time=1/0s", "a=1s,wraps", "=1"]
)
def test_what_is_not_an_axis_is_refused(text):
    with pytest.raises(
        ParameterError, match=re.escape("is not an axis; give a dim with its step and unit")
    ):
        AxisOption.parse(text)


def test_an_axis_states_step_unit_and_period(rng):
    x = xr.DataArray(rng.standard_normal(8), dims="lon")
    axis = iv.axis_of(AxisOption.parse("lon=45degrees_east,periodic").on(x), "lon")
    assert (axis.step, axis.unit, axis.periodic) == (45.0, "degrees_east", True)
    with pytest.raises(
        DimError, match=re.escape("'lat', which is not a dim of the array; it has 'lon'")
    ):
        AxisOption.parse("lat=1").on(x)


@pytest.mark.parametrize(
    "given", ["lon=2deg,periodic", "lon=2", "lon=2m", "time=2s", "time=1min", "lon=-7.5deg"]
)
def test_a_step_that_is_not_that_of_the_file_is_refused(field, given):
    dated = field.assign_coords(time=np.datetime64("2026-01-01T00", "ns") + np.arange(40) * HOUR)
    option = AxisOption.parse(given)
    wraps = ",periodic" if option.periodic else ""
    with pytest.raises(ParameterError) as told:
        option.on(dated)
    own = "7.5°" if option.dim == "lon" else "1 h"
    assert f"--axis {option.dim} has a step of" in str(told.value)
    assert f"the coordinate in the file one of {own}" in str(told.value)
    instead = f"{option.dim}=1sample{wraps}"
    assert f"--axis {instead}" in str(told.value)
    counted = iv.axis_of(AxisOption.parse(instead).on(dated), option.dim)
    assert (counted.step, counted.unit, counted.periodic) == (1.0, "sample", option.periodic)


def test_a_step_that_the_file_has_itself_keeps_the_coordinate_of_the_file(field):
    south = field.assign_coords(lon=("lon", field.lon.to_numpy()[::-1], field.lon.attrs))
    for x, given in ((field, "lon=7.5deg"), (south, "lon=450arcmin"), (field, "time=1min")):
        assert AxisOption.parse(given).on(x).identical(x)
    named = field.assign_coords(lon=field.lon.to_numpy() + 3)
    axis = iv.axis_of(AxisOption.parse("lon=7.5deg").on(named), "lon")
    assert (axis.start, axis.step, axis.unit) == (3.0, 7.5, "deg")
    bare = field.assign_coords(lon=np.arange(48))
    assert iv.axis_of(AxisOption.parse("lon=7.5deg").on(bare), "lon").step == 7.5


def test_an_array_without_names_takes_as_many_axes_as_it_has_dims(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((4, 5)))
    x = GridOptions.of(None, ["time=1s", "x"]).read(tmp_path / "a.npy")
    assert x.dims == ("time", "x")
    with pytest.raises(
        ParameterError,
        match=re.escape("has 2 dims without names; give as many --axis, in their order"),
    ):
        GridOptions.of(None, ["time=1s"]).read(tmp_path / "a.npy")
    with pytest.raises(ParameterError, match=re.escape("names 'x' twice")):
        GridOptions.of(None, ["x=1", "x=2"])
