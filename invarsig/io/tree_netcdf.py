"""A tree of Datasets as netCDF, and back: encoded in memory, inspected before it is read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from invarsig.errors import ReadError, WriteError
from invarsig.io.tree_room import Room
from invarsig.io.tree_text import written_text

if TYPE_CHECKING:
    import h5py

__all__ = ["from_netcdf", "signed", "to_netcdf"]

# Stands between the content and its checksum.
_MARK = b"invarsig"

# Deeper than a root, its inputs and their axes nothing is written.
_DEEPEST = 3

# Bytes that a text counts at least, so that their number is bounded too.
_TEXT = 8192

# Bytes that texts may take which are read at once, to be counted.
_AT_ONCE = 2**26


def to_netcdf(tree: xr.DataTree) -> bytes:
    r"""Encode a tree in memory: HDF5 that runs out of disk ends the process.

    Text that no encoding can write (lone surrogates, from names of files that are not UTF-8) is
    written as an escape.

    Raises
    ------
    WriteError
        If netCDF has no type for some value, such as a complex number.

    Examples
    --------
    >>> tree = xr.DataTree(xr.Dataset(attrs={"name": "Gl\\udcfcck"}))
    >>> to_netcdf(tree)[1:4]
    b'HDF'
    """
    try:
        return signed(bytes(written_text(tree).to_netcdf(None, engine="h5netcdf")))
    except (TypeError, ValueError, KeyError, OSError) as error:
        raise WriteError(f"netCDF cannot hold it ({error}); .json can.") from error


def signed(content: bytes) -> bytes:
    """HDF5 with its checksum behind its end, where HDF5 does not look.

    Of damaged HDF5 the library may never come back, so a checksum is compared before it is asked.
    """
    return content + _MARK + hashlib.sha256(content).digest()


def _require_undamaged(path: str | os.PathLike[str], room: Room) -> None:
    room.take((Path(path).stat().st_size,), 1)
    content = Path(path).read_bytes()
    if content != signed(content[: -len(_MARK) - 32]):
        raise ReadError(
            "its checksum does not fit: it is damaged, cut off, or was written by something else"
        )


def from_netcdf(path: str | os.PathLike[str], room: Room) -> xr.DataTree:
    """Read what `to_netcdf` encoded.

    HDF5 can point to other files, to values computed from other values, and to compression that
    other libraries do. None of it is written here, so none of it is followed.

    Raises
    ------
    ReadError
        If it was damaged, or holds more than there is room for, or anything that `to_netcdf` does
        not write.
    """
    import h5py

    _require_undamaged(path, room)
    with h5py.File(path, "r") as file:
        _inspect(file, room, {_place(file)}, 0)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


def _inspect(group: h5py.Group, room: Room, seen: set[Any], depth: int) -> None:
    """Refuse what was not written here."""
    import h5py

    _inspect_attrs(group, room)
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ReadError(f"{name!r} is a link to somewhere else")
        each = group[name]
        if _place(each) in seen:
            raise ReadError(f"{name!r} is there under two names")
        seen.add(_place(each))
        if isinstance(each, h5py.Dataset):
            _inspect_attrs(each, room)
            _inspect_values(each, room)
        elif isinstance(each, h5py.Group) and depth < _DEEPEST:
            _inspect(each, room, seen, depth + 1)
        elif not isinstance(each, h5py.Datatype):  # that of complex numbers has a name
            raise ReadError(f"{name!r} is neither an array nor a group of a diagnosis")


def _place(each: h5py.Group | h5py.Dataset) -> Any:
    import h5py

    return h5py.h5o.get_info(each.id).addr


def _inspect_values(values: h5py.Dataset, room: Room) -> None:
    """Refuse an array with values elsewhere, compressed, of another type, or too large."""
    import h5py

    shape, filters = values.shape or (), values.id.get_create_plist().get_nfilters()
    if values.is_virtual or values.external or filters:
        raise ReadError(f"{values.name!r} has its values elsewhere, or compressed")
    if h5py.check_string_dtype(values.dtype) is None:
        if values.dtype.kind not in "biufc":
            raise ReadError(f"{values.name!r} holds values of the type {values.dtype}")
        room.take(shape, values.dtype.itemsize)
        return
    # Many texts may be one and the same in the file, and each may be as long as the file.
    room.take(shape, _TEXT)
    *outer, size = shape or (1,)
    some = max(_AT_ONCE // values.file.id.get_filesize(), 1)
    for index in np.ndindex(*outer):
        for start in range(0, size, some):
            part = values[(*index, slice(start, start + some))] if shape else [values[()]]
            room.take((sum(map(len, part)),), 1)


def _inspect_attrs(each: h5py.Group | h5py.Dataset, room: Room) -> None:
    """Refuse attributes whose texts might be too large: each may be as long as the file."""
    import h5py

    size = each.file.id.get_filesize()
    for name in each.attrs:
        said = each.attrs.get_id(name)
        if h5py.check_string_dtype(said.dtype) is not None:
            Room(room.left).take((*said.shape, size), 1)
