"""Grids of NetCDF, Zarr and NumPy as xarray and numpy read them."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import MissingError, ParameterError, ReadError


@pytest.fixture
def dataset(rng) -> xr.Dataset:
    time = np.arange("2026-01-01", "2026-01-05", dtype="datetime64[D]").astype("datetime64[ns]")
    values = rng.standard_normal((4, 3)).astype(np.float32)
    t2m = xr.DataArray(values, {"time": time, "x": [0.0, 2.0, 4.0]}, attrs={"units": "K"})
    return xr.Dataset({"t2m": t2m, "bounds": ((), 1.0)})


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
def test_the_only_variable_over_a_dim_is_read(dataset, engine, tmp_path):
    dataset.to_netcdf(tmp_path / "a.nc", engine=engine)
    x = iv.io.read_array(tmp_path / "a.nc")
    xr.testing.assert_identical(x.drop_encoding(), dataset.t2m)
    assert isinstance(x.data, np.ndarray)


@pytest.mark.parametrize("version", [2, 3])
def test_a_zarr_store_is_read(dataset, version, tmp_path):
    dataset.to_zarr(tmp_path / "a.zarr", zarr_format=version, consolidated=False)
    xr.testing.assert_identical(iv.io.read_array(tmp_path / "a.zarr").drop_encoding(), dataset.t2m)


def test_a_variable_is_chosen_by_name(dataset, tmp_path):
    dataset.assign(other=dataset.t2m + 1).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    assert iv.io.read_array(tmp_path / "a.nc", "other").name == "other"
    with pytest.raises(
        ParameterError, match=re.escape("has 2 variables, t2m, other; name one of them")
    ):
        iv.io.read_array(tmp_path / "a.nc")
    with pytest.raises(ParameterError, match=re.escape("has no variable 'T2M'; it has t2m, other")):
        iv.io.read_array(tmp_path / "a.nc", "T2M")


def test_arrays_of_python_objects_are_refused_and_nothing_is_run(tmp_path):
    objects = np.array([{}], dtype=object)
    in_fields = np.array([(1.0, {})], dtype=[("level", float), ("of", object)])
    for values in (objects, in_fields):
        np.save(tmp_path / "a.npy", values, allow_pickle=True)
        for read in (iv.io.read_array, iv.io.open_array):
            with pytest.raises(ReadError, match=r"'.*a\.npy' holds Python objects, which are not"):
                read(tmp_path / "a.npy")


def test_damaged_files_and_other_kinds_are_refused_by_name(dataset, tmp_path):
    for name, content, said in [
        ("cut.nc", b"\x89HDF\r\n\x1a\n" + bytes(40), "cannot be read as HDF5"),
        ("cut.npy", b"\x93NUMPY\x01\x00", "cannot be read"),
        ("a.txt", b"hello, hello", "is not a NetCDF file, a Zarr store or an array of NumPy"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ReadError, match=said):
            iv.io.read_array(tmp_path / name)
    with pytest.raises(ReadError, match=re.escape("There is no file")):
        iv.io.read_array(tmp_path / "none.nc")
    with pytest.raises(ReadError, match=re.escape("cannot be read as Zarr")):
        iv.io.read_array(tmp_path)


def test_a_missing_package_is_named(dataset, tmp_path, monkeypatch):
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    monkeypatch.setattr(xr.backends, "list_engines", dict)
    with pytest.raises(MissingError, match=re.escape("needs the package h5netcdf; install it")):
        iv.io.read_array(tmp_path / "a.nc")
