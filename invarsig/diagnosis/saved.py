"""A diagnosis in a file, and out of it again: netCDF, Zarr, or JSON, told apart by the suffix."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.errors import ParameterError, ReadError, WriteError
from invarsig.io.whole_file import whole_file, write_whole

__all__ = ["FORMATS", "format_of", "read_tree", "write_tree"]

_Name = str | os.PathLike[str]

# What the file says of itself, so that another JSON is not taken for one.
_FORMAT, _VERSION = "invarsig diagnosis", 1


def format_of(path: _Name) -> str:
    """Suffix of a path, where a diagnosis can be kept under it.

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
    """Write a tree, whole or not at all; `suffix` says how, as in `FORMATS`.

    Raises
    ------
    WriteError
        If it cannot be written; what stood there before is untouched.
    ParameterError
        If the package that it needs is missing.
    """
    format_of(f"a{suffix}")
    if suffix == ".json":
        text = json.dumps(_content(tree), allow_nan=False, indent=1)
        return write_whole(path, text + "\n")
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
    except Exception as error:  # whatever h5py, zarr or json say of what is not theirs
        raise ReadError(f"{os.fspath(path)} holds no diagnosis: {error!r}.") from error
    axes = [axis for entry in tree.children.values() for axis in entry.children.values()]
    if not axes or any("dim" not in axis.attrs for axis in axes):
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
        raise WriteError(f"{str(path)!r} is there and is no Zarr group; name another place.")
    if not path.absolute().parent.is_dir():
        raise WriteError(
            f"Cannot write {path.name!r}: {str(path.absolute().parent)!r} is no folder; make it "
            "first, or give another path."
        )
    unfinished = path.absolute().parent / f".{uuid.uuid4().hex}.zarr"
    old = unfinished.with_suffix(".old")
    try:
        # Version 3 has no specification for texts of one length yet, and warns of each.
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
    # A folder lists what is in it in any order.
    return xr.DataTree.from_dict(dict(sorted(nodes.items(), key=lambda each: _place(each[0]))))


def _place(path: str) -> list[tuple[str, int]]:
    """Where a node stands: input_10 after input_9."""
    parts = [each.rpartition("_") for each in path.split("/") if each]
    return [(name, int(number) if number.isdigit() else -1) for name, _, number in parts]


def _read_json(path: Path) -> xr.DataTree:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ReadError(f"it does not say that it is an {_FORMAT!r}")
    if content["version"] != _VERSION:
        raise ReadError(f"version {content['version']!r}; this release reads {_VERSION}")
    return xr.DataTree.from_dict(
        {str(place): _dataset(node) for place, node in content["nodes"].items()}
    )


_READERS: dict[str, Callable[[Path], xr.DataTree]] = {
    ".nc": _read_netcdf,
    ".zarr": _read_zarr,
    ".json": _read_json,
}


def _content(tree: xr.DataTree) -> dict[str, Any]:
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "nodes": {
            place: {
                "attrs": _attrs(data.attrs),
                "coords": {str(name): _variable(data[name].variable) for name in data.coords},
                "data": {str(name): _variable(data[name].variable) for name in data.data_vars},
            }
            for place, data in nodes.items()
        },
    }


def _variable(variable: xr.Variable) -> dict[str, Any]:
    values = np.asarray(variable.to_numpy())
    kind = "text" if values.dtype.kind in "OUST" else values.dtype.str
    return {
        "dims": [str(dim) for dim in variable.dims],
        "attrs": _attrs(variable.attrs),
        "type": kind,
        "shape": list(values.shape),
        "values": _numbers(values.ravel()),
    }


def _numbers(values: np.ndarray) -> list[Any]:
    """Values as JSON has them; the shortest digits that give the same number again."""
    kind = values.dtype.kind
    if kind in "OUST":
        return [str(each) for each in values.tolist()]
    if kind in "mM":
        return [int(each) for each in values.view(np.int64)]
    if kind == "c":
        parts = np.stack([values.real, values.imag], axis=-1).ravel()
        return _numbers(parts)
    if kind != "f":
        return list(values.tolist())
    if values.dtype.itemsize < 8:
        # The digits of the number as it is, not of the double that stands for it.
        values = values.astype(str).astype(np.float64)
    return [each if np.isfinite(each) else str(each) for each in values.tolist()]


def _attrs(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes; a number that JSON does not have becomes ``{"number": "nan"}``."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, np.ndarray | list | tuple):
            return [plain(each) for each in value]
        if isinstance(value, float) and not np.isfinite(value):
            return {"number": str(value)}
        return value if isinstance(value, str | int | float | bool) else str(value)

    return {str(name): plain(value) for name, value in attrs.items()}


def _dataset(node: Mapping[str, Any]) -> xr.Dataset:
    coords = {name: _read_variable(each) for name, each in node["coords"].items()}
    data = {name: _read_variable(each) for name, each in node["data"].items()}
    return xr.Dataset(data, coords, _read_attrs(node["attrs"]))


def _read_variable(content: Mapping[str, Any]) -> xr.Variable:
    kind, given = content["type"], content["values"]
    if kind == "text":
        values = np.array([str(each) for each in given], dtype=str)
    else:
        dtype = np.dtype(kind)
        if dtype.kind in "mM":
            values = np.array(given, dtype=np.int64).view(dtype)
        elif dtype.kind == "c":
            half = np.empty(0, dtype).real.dtype
            values = np.array([float(each) for each in given], dtype=half).view(dtype)
        elif dtype.kind == "f":
            values = np.array([float(each) for each in given], dtype=dtype)
        elif dtype.kind in "biu":
            values = np.array(given, dtype=dtype)
        else:
            raise ReadError(f"values of the type {kind!r}")
    return xr.Variable(
        content["dims"], values.reshape(content["shape"]), _read_attrs(content["attrs"])
    )


def _read_attrs(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): float(value["number"]) if isinstance(value, dict) else value
        for name, value in content.items()
    }
