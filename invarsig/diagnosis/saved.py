"""Saving a diagnosis to a file and loading it: netCDF, Zarr, or JSON, chosen by the suffix."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from invarsig.diagnosis.as_declared import require_declared
from invarsig.errors import ParameterError, ReadError
from invarsig.io.tree_json import read_json, to_json
from invarsig.io.tree_netcdf import from_netcdf, to_netcdf
from invarsig.io.tree_room import MOST_BYTES, Room
from invarsig.io.tree_zarr import from_zarr, write_zarr
from invarsig.io.whole_file import write_whole

__all__ = ["FORMATS", "format_of", "read_tree", "write_tree"]

_Name = str | os.PathLike[str]

# The format that the file declares, so that other JSON is not mistaken for it.
_FORMAT = "invarsig diagnosis"


def format_of(path: _Name) -> str:
    """Suffix of a path, if a diagnosis can be saved under it.

    Raises
    ------
    ParameterError
        If the suffix is another, or its package is missing.

    Examples
    --------
    >>> format_of("found.json")
    '.json'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        *first, last = FORMATS
        raise ParameterError(
            f"{str(path)!r} ends in {suffix!r}; a diagnosis is kept as {', '.join(first)} or "
            f"{last}."
        )
    needed = FORMATS[suffix]
    if needed and importlib.util.find_spec(needed) is None:
        raise ParameterError(
            f"A diagnosis as {suffix} needs {needed}: pip install 'invarsig[io]'; .json needs "
            "nothing more."
        )
    return suffix


# The package that each needs.
FORMATS = {".nc": "h5netcdf", ".zarr": "zarr", ".json": ""}


def write_tree(tree: xr.DataTree, path: _Name, suffix: str) -> Path:
    """Write a tree, whole or not at all; `suffix` is one of `FORMATS`.

    Raises
    ------
    WriteError
        If it cannot be written; what existed there before is untouched.
    ParameterError
        If the package that it needs is missing.
    """
    format_of(f"a{suffix}")
    if suffix == ".json":
        return write_whole(path, to_json(tree, _FORMAT))
    if suffix == ".nc":
        return write_whole(path, to_netcdf(tree))
    return write_zarr(tree, path)


def read_tree(path: _Name, suffix: str, most_bytes: int | None = MOST_BYTES) -> xr.DataTree:
    """Read a tree that `write_tree` wrote.

    Parameters
    ----------
    path, suffix
        The file, and one of `FORMATS`.
    most_bytes
        The most that its values may take in memory; None for no bound.

    Raises
    ------
    ReadError
        If there is no such file, or it holds no diagnosis.
    ParameterError
        If the package that it needs is missing.
    """
    format_of(f"a{suffix}")
    file = Path(path)
    if not _exists(file):
        raise ReadError(f"There is no {os.fspath(path)}; save a diagnosis first.")
    try:
        if not (file.is_dir() if suffix == ".zarr" else file.is_file()):
            raise ReadError("it is a folder, or no folder, or a device")
        tree = _READERS[suffix](file, Room(math.inf if most_bytes is None else most_bytes))
        require_declared(tree)
    except ReadError as error:
        raise ReadError(f"{os.fspath(path)} holds no diagnosis: {error}.") from error
    except Exception as error:  # whatever h5py, zarr or json raise for a foreign file
        raise ReadError(f"{os.fspath(path)} holds no diagnosis: {error!r}.") from error
    return tree


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


_READERS: dict[str, Callable[[Path, Room], xr.DataTree]] = {
    ".nc": from_netcdf,
    ".zarr": from_zarr,
    ".json": lambda path, room: read_json(path, _FORMAT, room),
}
