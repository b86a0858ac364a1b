"""A grid that is opened has the samples and labels of one that is read, section by section."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.errors import ParameterError, ReadError
from invarsig.io.array import open_array, read_array

KINDS = ("a.npy", "scipy.nc", "h5netcdf.nc", "a.zarr")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The same grid in each format; packed into whole numbers in the stores, with one missing."""
    folder = tmp_path_factory.mktemp("grids")
    values = np.random.default_rng(1).integers(0, 100, (7, 11, 13)) / 4.0
    values[2, 3, 4] = np.nan
    np.save(folder / "a.npy", values)
    time = np.arange("2026-01-01", "2026-01-08", dtype="datetime64[D]").astype("datetime64[ns]")
    coords = {"time": time, "lat": np.arange(11.0), "lon": ("lon", np.arange(13.0) * 2)}
    coords["height"] = 2.0
    x = xr.DataArray(values, coords, ["time", "lat", "lon"], "t2m", {"units": "K"})
    packed = {"t2m": {"dtype": "int16", "scale_factor": 0.25, "_FillValue": -1}}
    for engine in ("scipy", "h5netcdf"):
        x.to_dataset().to_netcdf(folder / f"{engine}.nc", engine=engine, encoding=packed)
    chunked = {"t2m": {**packed["t2m"], "chunks": (2, 4, 13)}}
    x.to_dataset().to_zarr(folder / "a.zarr", consolidated=False, encoding=chunked, zarr_format=2)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_is_read_once_it_is_used(folder, kind):
    lazy, read = open_array(folder / kind), read_array(folder / kind)
    assert type(lazy.variable._data) is not np.ndarray
    xr.testing.assert_identical(lazy.load().drop_encoding(), read.drop_encoding())
    assert lazy.dtype == read.dtype


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(deadline=None, max_examples=20)
def test_every_section_is_that_of_the_whole(folder, kind, data):
    lazy, read = open_array(folder / kind), read_array(folder / kind)
    where = {}
    for dim, size in read.sizes.items():
        start = data.draw(st.integers(0, size))
        stop = data.draw(st.integers(start, size))
        step = data.draw(st.sampled_from([1, 2, -1]))
        where[dim] = data.draw(st.sampled_from([slice(start, stop), slice(None, None, step)]))
    np.testing.assert_array_equal(lazy.isel(where).to_numpy(), read.isel(where).to_numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_it_can_be_sent_to_another_process_and_be_chunked(folder, kind):
    lazy = pickle.loads(pickle.dumps(open_array(folder / kind)))
    np.testing.assert_array_equal(lazy, read_array(folder / kind))
    dim = str(lazy.dims[0])
    chunked = open_array(folder / kind).chunk({dim: 3})
    assert chunked.data.name == open_array(folder / kind).chunk({dim: 3}).data.name
    np.testing.assert_array_equal(chunked, read_array(folder / kind))


def test_a_store_says_its_chunks(folder):
    assert open_array(folder / "a.zarr").encoding["preferred_chunks"]["time"] == 2


def test_a_file_that_changes_in_between_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(5))
    x = open_array(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.zeros(6))
    with pytest.raises(ReadError, match="has changed since it was opened; open it again"):
        x.load()
    xr.Dataset({"a": ("x", np.zeros(5))}).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    x = open_array(tmp_path / "a.nc")
    xr.Dataset({"a": ("x", np.zeros(6))}).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(ReadError, match="has changed since it was opened"):
        x.load()


def test_what_cannot_be_opened_or_read_is_said(tmp_path, folder):
    (tmp_path / "cut.npy").write_bytes((folder / "a.npy").read_bytes()[:-8])
    with pytest.raises(ReadError, match=r"cannot be read .*; save it again"):
        open_array(tmp_path / "cut.npy")
    np.save(tmp_path / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ReadError, match="holds Python objects"):
        open_array(tmp_path / "object.npy")
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(ReadError, match="is not a NetCDF file, a Zarr store or an array of NumPy"):
        open_array(tmp_path / "a.txt")
    with pytest.raises(ParameterError, match="holds one array without a name"):
        open_array(folder / "a.npy", "t2m")
    with pytest.raises(ParameterError, match="has no variable 'T2M'; it has t2m"):
        open_array(folder / "h5netcdf.nc", "T2M")
    damaged = tmp_path / "b.nc"
    damaged.write_bytes((folder / "h5netcdf.nc").read_bytes())
    x = open_array(damaged)
    damaged.unlink()
    with pytest.raises(ReadError, match="cannot be read as HDF5"):
        x.load()


def test_a_section_of_a_long_file_takes_the_memory_of_a_section(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((1 << 10, 1 << 12), np.float32))
    x = open_array(tmp_path / "a.npy")
    tracemalloc.start()
    float(x[:, :8].sum())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes / 16


def test_the_diagnosis_of_an_opened_grid_is_that_of_one_in_memory(tmp_path):
    rng = np.random.default_rng(3)
    x = xr.DataArray(
        rng.standard_normal((40, 12, 16)), {"lon": np.arange(16.0) * 3}, ["time", "lat", "lon"], "t"
    )
    x.to_dataset().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    op = iv.MaxPool({"lon": 2})
    found = [
        iv.diagnose(op, each(tmp_path / "a.nc"), "lon", shifts=[3.0], most=2000)
        for each in (open_array, read_array)
    ]
    lazy, read = found
    assert lazy["lon"].attrs["segments"] == read["lon"].attrs["segments"] == 4
    for name in ("input_1", "input_1/axis_1"):
        assert lazy.tree[name].attrs == read.tree[name].attrs
        xr.testing.assert_identical(lazy.tree[name].to_dataset(), read.tree[name].to_dataset())
