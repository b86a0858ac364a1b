"""A tree of Datasets as JSON text, and back: every number is recovered exactly."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.errors import ReadError
from invarsig.io.tree_room import Room

__all__ = ["from_json", "read_json", "to_json"]

_VERSION = 1

# Bytes of memory that a byte of the text may take.
_OBJECTS = 16


def to_json(tree: xr.DataTree, format: str) -> str:
    """Write a tree as text that identifies its own format.

    Parameters
    ----------
    tree
        Datasets with real, complex, whole or time values, or texts.
    format
        What it is, such as "invarsig diagnosis".

    Examples
    --------
    >>> tree = xr.DataTree(xr.Dataset({"a": ("x", [1.5, np.nan])}))
    >>> from_json(to_json(tree, "mine"), "mine")["a"].values.tolist()
    [1.5, nan]
    """
    return json.dumps(_content(tree, format), allow_nan=False, indent=1) + "\n"


def read_json(path: str | os.PathLike[str], format: str, room: Room) -> xr.DataTree:
    """Read a file of what `to_json` wrote.

    Raises
    ------
    ReadError
        As `from_json` does, or if it is larger than there is room for.
    """
    room.take((Path(path).stat().st_size,), _OBJECTS)
    return from_json(Path(path).read_text(encoding="utf-8"), format, room)


def from_json(text: str, format: str, room: Room | None = None) -> xr.DataTree:
    """Read what `to_json` wrote.

    Raises
    ------
    ReadError
        If it is of another format, or of another version, or holds more than there is room for.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.get("format") != format:
        raise ReadError(f"it does not say that it is an {format!r}")
    if content["version"] != _VERSION:
        raise ReadError(f"version {content['version']!r}; this release reads {_VERSION}")
    left = room or Room()
    return xr.DataTree.from_dict(
        {str(place): _dataset(node, left) for place, node in content["nodes"].items()}
    )


def _content(tree: xr.DataTree, format: str) -> dict[str, Any]:
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    return {
        "format": format,
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
    """Values as JSON has them; the shortest digits that give the same number."""
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
        # The digits of the number itself, not of the double that represents it.
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


def _dataset(node: Mapping[str, Any], room: Room) -> xr.Dataset:
    coords = {name: _read_variable(each, room) for name, each in node["coords"].items()}
    data = {name: _read_variable(each, room) for name, each in node["data"].items()}
    return xr.Dataset(data, coords, _read_attrs(node["attrs"]))


def _read_variable(content: Mapping[str, Any], room: Room) -> xr.Variable:
    kind, given = content["type"], content["values"]
    if kind == "text":
        # All take as much as the longest one.
        room.take(content["shape"], 4 * max(map(len, given), default=1))
        values = np.array([str(each) for each in given], dtype=str)
    else:
        dtype = np.dtype(kind)
        room.take(content["shape"], dtype.itemsize)
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
