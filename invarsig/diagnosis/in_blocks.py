"""An input, block by block in the order of its values: it need not be in memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

__all__ = ["digest", "in_blocks", "not_finite"]

# Values that are read at once.
_BLOCK = 1 << 18


def in_blocks(x: xr.DataArray) -> Iterator[np.ndarray]:
    """Yield the values in C order, in blocks along one axis after the other.

    Examples
    --------
    >>> x = xr.DataArray(np.arange(6.0).reshape(2, 3))
    >>> [block.tolist() for block in in_blocks(x)]
    [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]
    """
    shape, lead = x.shape, 0
    while lead < x.ndim - 1 and math.prod(shape[lead + 1 :]) > _BLOCK:
        lead += 1
    if not shape:
        yield x.to_numpy()
        return
    count = max(1, _BLOCK // max(math.prod(shape[lead + 1 :]), 1))
    for place in np.ndindex(*shape[:lead]):
        part = x.variable[place]
        for first in range(0, shape[lead], count):
            yield part[first : first + count].to_numpy()


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
