"""Labeled grids: a variable of a NetCDF file or Zarr store, an array of NumPy; whole or opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import xarray as xr

from invarsig.errors import MissingError, ParameterError, ReadError
from invarsig.io.array_sections import SavedByNumpy, StoredVariable
from invarsig.io.by_section import sections_of
from invarsig.io.content import content_of
from invarsig.io.numpy_file import load_npy
from invarsig.io.source import as_text, readable
from invarsig.suggestions import did_you_mean

__all__ = ["open_array", "read_array"]

_ENGINES = {
    "netCDF": ("scipy", "scipy"),
    "HDF5, as netCDF is": ("h5netcdf", "h5netcdf"),
    "Zarr": ("zarr", "zarr"),
}
"""Of each format xarray's engine, and the package that has it."""


def read_array(path: str | os.PathLike[str], variable: str | None = None) -> xr.DataArray:
    """Read one variable of a NetCDF file or a Zarr store, or an array that NumPy saved.

    Parameters
    ----------
    path
        A NetCDF file, the folder of a Zarr store, or an ``.npy`` file without Python objects.
    variable
        Name of the variable; it may be left out where there is one alone.

    Returns
    -------
    xarray.DataArray
        In memory, with the dims, coordinates and attributes that the file gives; of an ``.npy``
        file with the dims ``dim_0``, ``dim_1`` and so on.

    Raises
    ------
    ReadError
        If the file cannot be read, or is of another kind.
    ParameterError
        If there is no such variable, or none is named of several.
    MissingError
        If the package that reads the format is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.zeros((2, 3)))
    ...     dict(read_array(f"{folder}/a.npy").sizes)
    {'dim_0': 2, 'dim_1': 3}
    """
    file, name = _known(path)
    if name == _NUMPY:
        return _saved_by_numpy(file, variable)
    return _variable(file, name, variable)


def open_array(path: str | os.PathLike[str], variable: str | None = None) -> xr.DataArray:
    """Open one variable of a NetCDF file or a Zarr store, or an array of NumPy, without reading it.

    A section is read when it is used; the labels of the axes are read at once.

    Parameters
    ----------
    path, variable
        As for `read_array`.

    Returns
    -------
    xarray.DataArray
        As `read_array` gives it, but for its values, which are read by section; attributes and
        ``encoding["preferred_chunks"]``, where the file is in chunks, are those of the file.

    Raises
    ------
    ReadError
        If the file cannot be opened, or is of another kind; and, when a section is used, if that
        cannot be read.
    ParameterError
        If there is no such variable, or none is named of several.
    MissingError
        If the package that reads the format is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(6.0).reshape(2, 3))
    ...     open_array(f"{folder}/a.npy")[:, 1].values
    array([1., 4.])
    """
    file, name = _known(path)
    if name == _NUMPY:
        _no_name(file, variable)
        source = SavedByNumpy(file)
        dims = [f"dim_{number}" for number in range(len(source.shape))]
        return xr.DataArray(sections_of(source, dims), name=as_text(file.stem))
    engine = _engine(file, name)
    try:
        with xr.open_dataset(file, engine=engine, **_options(engine)) as dataset:
            chosen = dataset[_chosen(dataset, file, variable)]
            stored = StoredVariable(
                file, engine, _options(engine), str(chosen.name), chosen.shape, chosen.dtype, name
            )
            lazy = sections_of(stored, list(map(str, chosen.dims)))
            lazy.attrs = dict(chosen.attrs)
            labels = chosen.coords.to_dataset().load().coords
            found = xr.DataArray(lazy, labels, name=chosen.name)
            found.encoding = dict(chosen.encoding)
            return found
    except (ReadError, ParameterError):
        raise
    except Exception as error:  # whatever a decoder raises for a damaged or foreign file
        raise ReadError(f"{str(file)!r} cannot be read as {name} ({error}).") from error


_NUMPY = "an array of NumPy"


def _known(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """A file, and the name of its format.

    Raises
    ------
    ReadError
        If it is of no format that is read here.
    """
    file = Path(path)
    if file.is_dir():
        return file, "Zarr"
    found = content_of(readable(file))
    name = found.name if found is not None else "of an unknown kind"
    if name == _NUMPY or name in _ENGINES:
        return file, name
    remedy = f": {found.remedy}" if found is not None else ""
    raise ReadError(
        f"{str(file)!r} is not a NetCDF file, a Zarr store or an array of NumPy; it is {name}"
        f"{remedy}."
    )


def _saved_by_numpy(file: Path, variable: str | None) -> xr.DataArray:
    _no_name(file, variable)
    return xr.DataArray(load_npy(file), name=as_text(file.stem))


def _no_name(file: Path, variable: str | None) -> None:
    if variable is not None:
        raise ParameterError(f"{str(file)!r} holds one array without a name; name no variable.")


def _engine(file: Path, format_name: str) -> str:
    """The engine of xarray that reads a format.

    Raises
    ------
    MissingError
        If its package is not installed.
    """
    engine, package = _ENGINES[format_name]
    if engine not in xr.backends.list_engines():
        raise MissingError(
            f"{str(file)!r} is {format_name}, which needs the package {package}; install it: pip "
            "install 'invarsig[io]'."
        )
    return engine


def _options(engine: str) -> dict[str, Any]:
    return {"consolidated": False} if engine == "zarr" else {}


def _variable(file: Path, format_name: str, variable: str | None) -> xr.DataArray:
    engine = _engine(file, format_name)
    try:
        with xr.open_dataset(file, engine=engine, **_options(engine)) as dataset:
            chosen = _chosen(dataset, file, variable)
            return dataset[chosen].load()
    except (ReadError, ParameterError):
        raise
    except Exception as error:  # whatever a decoder raises for a damaged or foreign file
        raise ReadError(f"{str(file)!r} cannot be read as {format_name} ({error}).") from error


def _chosen(dataset: xr.Dataset, file: Path, variable: str | None) -> str:
    """The variable that is meant: what is named, or the only one over any dim."""
    names = [str(name) for name, each in dataset.data_vars.items() if each.dims]
    if variable is not None:
        if variable in dataset.variables:
            return variable
        raise ParameterError(
            f"{str(file)!r} has no variable {variable!r}; it has {', '.join(names) or 'none'}."
            f"{did_you_mean(variable, names)}"
        )
    if len(names) == 1:
        return names[0]
    if not names:
        raise ReadError(f"{str(file)!r} holds no variable over any dim.")
    raise ParameterError(
        f"{str(file)!r} has {len(names)} variables, {', '.join(names)}; name one of them."
    )
