"""The sections that a long input is cut into, each read when it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import xarray as xr

from invarsig.axes import in_memory

__all__ = ["LOTS", "SPREAD", "Sections", "spread"]

LOTS = 32
"""Lots of sections at most, of each of which results are held until the end."""

SPREAD = 4
"""Number of sections, evenly spread, for what takes too long to be measured on all of many."""


@dataclass(frozen=True, eq=False)
class Sections:
    """An input in sections along one dim, the last of which may be shorter.

    Parameters
    ----------
    x
        The whole input, which need not be in memory.
    dim, size
        The dim, and the samples of a section.

    Examples
    --------
    >>> import numpy as np
    >>> sections = Sections(xr.DataArray(np.arange(10.0), dims="x"), "x", 4)
    >>> len(sections), sections.read(2).values.tolist()
    (3, [8.0, 9.0])
    """

    x: xr.DataArray
    dim: str
    size: int

    def __len__(self) -> int:
        """How many there are."""
        return math.ceil(self.x.sizes[self.dim] / self.size)

    def read(self, number: int, most: int | None = None) -> xr.DataArray:
        """One section, in memory, or as many samples of its middle at most; they count from 0."""
        start = number * self.size
        stop = min(start + self.size, self.x.sizes[self.dim])
        if most is not None and stop - start > most:
            start += (stop - start - most) // 2
            stop = start + most
        return in_memory(self.x.isel({self.dim: slice(start, stop)}))


def spread(count: int, most: int = SPREAD) -> tuple[int, ...]:
    """Numbers of at most so many of `count` sections: the middles of equal parts of the whole.

    Examples
    --------
    >>> spread(3), spread(10, 4), spread(1000, 4)
    ((0, 1, 2), (1, 3, 6, 8), (125, 375, 625, 875))
    """
    if count <= most:
        return tuple(range(count))
    return tuple(int((number + 0.5) * count / most) for number in range(most))
