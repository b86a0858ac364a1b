"""An input, block by block in the order of its values: it need not be in memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

__all__ = ["digest", "in_blocks", "not_finite", "stored_along"]

# Values that are worked on at once, and values that are read at once where a file or a graph has
# them in chunks: a chunk that is read for each of its rows is decoded as often.
_BLOCK = 1 << 18
_READ = 1 << 24


def in_blocks(x: xr.DataArray) -> Iterator[np.ndarray]:
    """Yield the values in C order, in blocks along one axis after the other.

    Examples
    --------
    >>> x = xr.DataArray(np.arange(6.0).reshape(2, 3))
    >>> [block.tolist() for block in in_blocks(x)]
    [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]
    """
    shape, lead = x.shape, 0
    if not shape:
        yield x.to_numpy()
        return
    for axis in range(x.ndim):
        lead, chunk = axis, stored_along(x, axis)
        rest = math.prod(shape[axis + 1 :])
        if rest <= _BLOCK or (chunk > 1 and chunk * rest <= _READ):
            break
    rest = max(math.prod(shape[lead + 1 :]), 1)
    count = max(1, _BLOCK // rest)
    chunk = stored_along(x, lead)
    read = -(-count // chunk) * chunk if chunk * rest <= _READ else count
    for place in np.ndindex(*shape[:lead]):
        part = x.variable[place]
        for first in range(0, shape[lead], read):
            values = part[first : first + read].to_numpy()
            for begin in range(0, len(values), count):
                yield values[begin : begin + count]


def stored_along(x: xr.DataArray, axis: int) -> int:
    """How many samples along an axis a file or a graph has in one chunk; 1 where it has none.

    Examples
    --------
    >>> x = xr.DataArray(np.zeros((4, 6)), dims=["y", "x"])
    >>> stored_along(x, 0), stored_along(x.chunk(y=2), 0)
    (1, 2)
    """
    if type(x.variable._data) is np.ndarray:
        return 1
    if x.chunks is not None:
        return max(*x.chunks[axis], 1)
    stored = (x.encoding.get("preferred_chunks") or {}).get(x.dims[axis], 1)
    return max(int(np.max(stored)), 1)


def digest(x: xr.DataArray) -> str:
    """SHA-256 of the values, in hexadecimal digits."""
    made = hashlib.sha256()
    for block in in_blocks(x):
        made.update(np.ascontiguousarray(block).reshape(-1).view(np.uint8).data)
    return made.hexdigest()


def not_finite(x: xr.DataArray) -> int:
    """How many values are NaN or infinite."""
    if x.dtype.kind not in "fc":
        return 0
    return sum(int((~np.isfinite(block)).sum()) for block in in_blocks(x))
