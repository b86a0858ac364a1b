"""A tree of Datasets as a Zarr of version 2, and back: inspected before it is read."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.errors import ReadError, WriteError
from invarsig.io.tree_room import Room
from invarsig.io.tree_text import written_text
from invarsig.io.whole_folder import whole_folder

__all__ = ["from_zarr", "write_zarr"]

# The most bytes of a file of metadata.
_METADATA = 2**20

# Blosc begins with 16 bytes, of which the second four say how much comes out.
_HEADER, _DECODED = 16, slice(4, 8)


# Numbers with points between them, and "0" for a single value.
_CHUNK = re.compile(r"[0-9]+(\.[0-9]+)*")


def write_zarr(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a tree as a folder, whole or not at all.

    Raises
    ------
    WriteError
        If it cannot be written, or something else stands there.
    """
    there = Path(path)
    if there.exists() and not (there / ".zgroup").is_file():
        raise WriteError(f"{str(path)!r} is there and is not a Zarr group; name another place.")
    with whole_folder(path) as temporary:
        # Version 3 has no specification for fixed-length strings yet, and warns about each.
        written_text(tree, kind="U").to_zarr(temporary, zarr_format=2, consolidated=False)
    return there


def from_zarr(path: str | os.PathLike[str], room: Room) -> xr.DataTree:
    """Read what `write_zarr` wrote.

    Raises
    ------
    ReadError
        If it holds more than there is room for, or anything that `write_zarr` does not write.
    """
    _inspect(Path(path), room)
    with xr.open_datatree(path, engine="zarr", zarr_format=2, consolidated=False) as tree:
        nodes = {node.path: node.to_dataset(inherit=False) for node in tree.load().subtree}
    # A folder lists its contents in any order.
    return xr.DataTree.from_dict(dict(sorted(nodes.items(), key=lambda each: _place(each[0]))))


def _place(path: str) -> list[tuple[str, int]]:
    """Sort key of a node: input_10 after input_9."""
    parts = [each.rpartition("_") for each in path.split("/") if each]
    return [(name, int(number) if number.isdecimal() else -1) for name, _, number in parts]


def _inspect(folder: Path, room: Room) -> None:
    """Refuse what was not written here, before anything in it is looked up or decoded."""
    for place, folders, names in os.walk(folder, onerror=_raise):
        if any((Path(place) / name).is_symlink() for name in folders):
            raise ReadError(f"{Path(place).name!r} holds a link to somewhere else")
        for name in names:
            _inspect_file(Path(place) / name, room)


def _raise(error: OSError) -> None:
    raise error


def _inspect_file(file: Path, room: Room) -> None:
    said = file.lstat()
    if not stat.S_ISREG(said.st_mode):
        raise ReadError(f"{file.name!r} is a link, a device or a pipe")
    if file.name in (".zgroup", ".zattrs", ".zarray"):
        if said.st_size > _METADATA:
            raise ReadError(f"{file.name!r} has {said.st_size} bytes")
        metadata = json.loads(file.read_text(encoding="utf-8"))
        if file.name == ".zarray":
            _inspect_array(metadata, room)
    elif _CHUNK.fullmatch(file.name):
        with file.open("rb") as content:
            header = content.read(_HEADER)
        room.take((int.from_bytes(header[_DECODED], "little"),), 1)
    else:
        raise ReadError(f"{file.name!r} is no part of what is written here")


def _inspect_array(said: Mapping[str, Any], room: Room) -> None:
    """Refuse an array that is encoded in another way, or is too large.

    Filters and compressors are names that numcodecs looks up, and one of them unpickles, which runs
    code.
    """
    if said["filters"] or said["compressor"]["id"] != "blosc":
        raise ReadError("it asks for filters or a compressor that are not used here")
    dtype = np.dtype(said["dtype"])
    if dtype.kind not in "biufcmMU":
        raise ReadError(f"it holds values of the type {dtype}")
    room.take(said["shape"], dtype.itemsize)
    room.take(said["chunks"], dtype.itemsize)
