"""Saving a diagnosis to a file and loading it: netCDF, Zarr, or JSON, chosen by the suffix."""

from __future__ import annotations

import importlib.util
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from invarsig.errors import ParameterError, ReadError, WriteError
from invarsig.io.tree_json import from_json, to_json
from invarsig.io.whole_file import whole_file, write_whole

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
        with whole_file(path) as temporary:
            tree.to_netcdf(temporary, engine="h5netcdf")
        return Path(path)
    return _write_zarr(tree, Path(path))


def read_tree(path: _Name, suffix: str) -> xr.DataTree:
    """Read a tree that `write_tree` wrote.

    Raises
    ------
    ReadError
        If there is no such file, or it holds no diagnosis.
    ParameterError
        If the package that it needs is missing.
    """
    format_of(f"a{suffix}")
    if not Path(path).exists():
        raise ReadError(f"There is no {os.fspath(path)}; save a diagnosis first.")
    read = _READERS[suffix]
    try:
        tree = read(Path(path))
    except Exception as error:  # whatever h5py, zarr or json raise for a foreign file
        raise ReadError(f"{os.fspath(path)} holds no diagnosis: {error!r}.") from error
    entries = list(tree.children.values())
    axes = [axis for entry in entries for axis in entry.children.values()]
    judged = any("verdict_state" in entry.attrs for entry in entries)
    if not (axes or judged) or any("dim" not in axis.attrs for axis in axes):
        raise ReadError(
            f"{os.fspath(path)} holds no diagnosis: a diagnosis has a node for each input and, in "
            "it, one for each axis that names its dim."
        )
    return tree


def _read_netcdf(path: Path) -> xr.DataTree:
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


def _write_zarr(tree: xr.DataTree, path: Path) -> Path:
    """Write a folder beside the place, and move it there."""
    if path.exists() and not (path / ".zgroup").is_file():
        raise WriteError(f"{str(path)!r} is there and is not a Zarr group; name another place.")
    if not path.absolute().parent.is_dir():
        raise WriteError(
            f"Cannot write {path.name!r}: {str(path.absolute().parent)!r} is not a folder; make it "
            "first, or give another path."
        )
    unfinished = path.absolute().parent / f".{uuid.uuid4().hex}.zarr"
    old = unfinished.with_suffix(".old")
    try:
        # Version 3 has no specification for fixed-length strings yet, and warns about each.
        tree.to_zarr(unfinished, zarr_format=2, consolidated=False)
        if path.exists():
            path.replace(old)
        unfinished.replace(path)
    except OSError as error:
        raise WriteError(
            f"Cannot write {path.name!r} in the folder {str(path.absolute().parent)!r} "
            f"({error.strerror or error}); free some space or its permissions, or give another "
            "path."
        ) from error
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        for left in (unfinished, old):
            shutil.rmtree(left, ignore_errors=True)
    return path


def _read_zarr(path: Path) -> xr.DataTree:
    with xr.open_datatree(path, engine="zarr", consolidated=False) as tree:
        nodes = {node.path: node.to_dataset(inherit=False) for node in tree.load().subtree}
    # A folder lists its contents in any order.
    return xr.DataTree.from_dict(dict(sorted(nodes.items(), key=lambda each: _place(each[0]))))


def _place(path: str) -> list[tuple[str, int]]:
    """Sort key of a node: input_10 after input_9."""
    parts = [each.rpartition("_") for each in path.split("/") if each]
    return [(name, int(number) if number.isdigit() else -1) for name, _, number in parts]


def _read_json(path: Path) -> xr.DataTree:
    return from_json(path.read_text(encoding="utf-8"), _FORMAT)


_READERS: dict[str, Callable[[Path], xr.DataTree]] = {
    ".nc": _read_netcdf,
    ".zarr": _read_zarr,
    ".json": _read_json,
}
