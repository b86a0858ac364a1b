"""Arrays that are read from their file by section, when they are asked for."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

__all__ = ["BySection", "Source", "sections_of"]


class Source(ABC):
    """A file that gives any box of its samples, one at a time.

    It can be pickled and read from several threads: its identity is what it was made of.

    Parameters
    ----------
    shape, dtype
        Of all of it.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, box: tuple[slice, ...]) -> np.ndarray:
        """Samples of a box: of each axis a slice with a start, a stop and a step of 1."""

    @abstractmethod
    def identity(self) -> tuple[Any, ...]:
        """What it depends on: two sources of one identity give the same samples."""


class BySection(BackendArray):
    """What xarray indexes in place of an array: a section is read, and no more.

    Parameters
    ----------
    source
        What it is read from.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape, self.dtype = source.shape, source.dtype
        self._lock = threading.Lock()

    def __getstate__(self) -> Source:
        return self.source

    def __setstate__(self, source: Source) -> None:
        BySection.__init__(self, source)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return self.source.identity()

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._basic
        )

    def _basic(self, key: Sequence[int | slice]) -> np.ndarray:
        """Read whole numbers and slices of any step."""
        box, within = [], []
        for each, size in zip(key, self.shape, strict=True):
            if isinstance(each, slice):
                kept = range(size)[each]
                low, high = sorted((kept[0], kept[-1])) if kept else (0, -1)
                box.append(slice(low, high + 1))
                # Backwards from the end of the section, which is where it begins.
                within.append(slice(kept[0] - low if kept else 0, None, kept.step))
            else:
                place = range(size)[each]
                box.append(slice(place, place + 1))
                within.append(0)  # type: ignore[arg-type]
        if any(each.start == each.stop for each in box):
            return np.empty([each.stop - each.start for each in box], self.dtype)[tuple(within)]
        with self._lock:
            values = self.source.read(tuple(box))
        found = values[tuple(within)]
        # What is left of a large section would keep all of it.
        return found if found.size * 2 > values.size else found.copy()


def sections_of(source: Source, dims: Sequence[str]) -> xr.Variable:
    """A lazy variable over a source.

    Parameters
    ----------
    source
        The source.
    dims
        Names of its axes.
    """
    return xr.Variable(dims, indexing.LazilyIndexedArray(BySection(source)))
