"""Labels of a long axis that are computed where they are read: an hour of sound has 1.3 GB of them.

A slice of such an axis has the very labels that a slice of the whole coordinate has, and is lazy
again. `in_memory` writes them out, as of a part that is run.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from xarray.core.indexing import IndexSelResult
from xarray.indexes import CoordinateTransform, CoordinateTransformIndex

from invarsig.axes.axis import Axis

__all__ = ["in_memory", "lazy_axis", "lazy_labels"]


class _Labels(CoordinateTransform):
    """The label of each sample that is kept of an axis."""

    def __init__(self, axis: Axis, kept: range) -> None:
        super().__init__([axis.dim], {axis.dim: len(kept)}, np.dtype(np.float64))
        self.axis, self.kept = axis, kept

    def forward(self, dim_positions: dict[str, Any]) -> dict[Hashable, Any]:
        """Labels at places, as `Axis.positions` has them."""
        places = self.kept.start + self.kept.step * dim_positions[self.dims[0]]
        return {self.coord_names[0]: self.axis.start + self.axis.step * places}

    def reverse(self, coord_labels: dict[Hashable, Any]) -> dict[str, Any]:
        """Places of labels."""
        places = (coord_labels[self.coord_names[0]] - self.axis.start) / self.axis.step
        return {self.dims[0]: (places - self.kept.start) / self.kept.step}

    def equals(self, other: CoordinateTransform, **_: Any) -> bool:
        """Whether all labels are the same."""
        if not isinstance(other, _Labels):
            return False
        return bool(self.axis == other.axis and self.kept == other.kept)


class _LazyIndex(CoordinateTransformIndex):
    """The index of such labels; that of a slice is one too."""

    @property
    def axis(self) -> Axis:
        """The axis of what is kept."""
        own: Any = self.transform
        start = own.axis.start + own.axis.step * own.kept.start
        step = own.axis.step * own.kept.step
        return _on(own.axis, own.dims[0], start, step, len(own.kept))

    def isel(self, indexers: Mapping[Any, Any]) -> _LazyIndex | None:
        """The index of a slice; labels that are picked otherwise have none."""
        own: Any = self.transform
        by = indexers[own.dims[0]]
        if not isinstance(by, slice):
            return None
        return _LazyIndex(_Labels(replace(own.axis, dim=own.dims[0]), own.kept[by]))

    @classmethod
    def concat(cls, indexes: Sequence[Any], dim: Hashable, positions: Any = None) -> Any:
        """An index of labels in memory: parts that are joined may lie anywhere."""
        parts = [each.transform.generate_coords() for each in indexes]
        labels = [np.asarray(value) for part in parts for value in part.values()]
        if positions is None:
            return xr.indexes.PandasIndex(np.concatenate(labels), dim)
        joined = np.empty(sum(map(len, labels)))
        for place, own in zip(positions, labels, strict=True):
            joined[place] = own
        return xr.indexes.PandasIndex(joined, dim)

    def sel(
        self, labels: dict[Any, Any], method: Any = None, tolerance: Any = None
    ) -> IndexSelResult:
        """Places of labels: of a slice, both ends of which belong to it, of one or of several."""
        own: Any = self.transform
        ((_, wanted),) = labels.items()
        if isinstance(wanted, slice):
            return IndexSelResult({own.dims[0]: self._between(wanted)})
        given = np.asarray(getattr(wanted, "values", wanted), dtype=np.float64)
        places = np.rint(self._places(given)).astype(int).clip(0, len(own.kept) - 1)
        off = np.abs(self._at(places) - given)
        most = np.inf if method == "nearest" else 0.0
        if method not in (None, "nearest") or (off > (tolerance or most)).any():
            raise KeyError(f"{wanted} is no label of {own.dims[0]!r}; give method='nearest'.")
        found = xr.Variable(getattr(wanted, "dims", ("points",) * given.ndim), places)
        return IndexSelResult({own.dims[0]: found if hasattr(wanted, "dims") else places[()]})

    def _between(self, wanted: slice) -> slice:
        own: Any = self.transform
        count, rising = len(own.kept), self._rising
        ends = (wanted.start, wanted.stop) if rising else (wanted.stop, wanted.start)
        low, high = (None if end is None else float(end) for end in ends)
        first = 0 if low is None else self._first(low, after=False)
        last = count if high is None else self._first(high, after=True)
        if not rising:
            first, last = count - last, count - first
        return slice(first, max(first, last), wanted.step)

    def _first(self, label: float, *, after: bool) -> int:
        """How many labels, in rising order, lie below one, or up to it."""
        own: Any = self.transform
        count, rising = len(own.kept), self._rising
        place = float(self._places(np.float64(label)))
        guess = math.floor(min(max(place if rising else count - 1 - place, 0.0), float(count)))
        near = np.arange(max(guess - 2, 0), min(guess + 3, count))
        labels = self._at(near if rising else count - 1 - near)
        return int(near[0] + (labels <= label if after else labels < label).sum()) if count else 0

    @property
    def _rising(self) -> bool:
        """Whether labels rise; one alone counts as such."""
        own: Any = self.transform
        return bool(own.axis.step * own.kept.step > 0 or len(own.kept) < 2)

    def _places(self, labels: np.ndarray | np.float64) -> np.ndarray:
        own: Any = self.transform
        return np.asarray(own.reverse({own.coord_names[0]: labels})[own.dims[0]])

    def _at(self, places: np.ndarray) -> np.ndarray:
        own: Any = self.transform
        return np.asarray(own.forward({own.dims[0]: places})[own.coord_names[0]])


def _on(axis: Axis, dim: str, start: float, step: float, size: int) -> Axis:
    return replace(axis, dim=dim, start=start, step=step, size=size)


def lazy_labels(axis: Axis) -> xr.Coordinates:
    """The coordinate of an axis, computed when it is read.

    Parameters
    ----------
    axis
        A linear axis without dates.

    Examples
    --------
    >>> coords = lazy_labels(Axis("time", step=0.25, size=10**12, unit="s"))
    >>> x = xr.DataArray(np.broadcast_to(0.0, 10**12), coords, ["time"])
    >>> x[8:16:4].time.values.tolist(), x.time.attrs
    ([2.0, 3.0], {'units': 's'})
    """
    index = _LazyIndex(_Labels(axis, range(axis.size)))
    coords: xr.Coordinates = xr.Coordinates.from_xindex(index)
    coords[axis.dim].attrs.update(axis.attrs())
    return coords


def lazy_axis(x: xr.DataArray, dim: str) -> Axis | None:
    """The axis along a dim whose labels are lazy, without computing them; None where they are not.

    Examples
    --------
    >>> coords = lazy_labels(Axis("time", step=0.25, size=10**12, unit="s"))
    >>> x = xr.DataArray(np.broadcast_to(0.0, 10**12), coords, ["time"])
    >>> lazy_axis(x[8:16:4], "time")
    Axis(dim='time', start=2.0, step=1.0, size=2, unit='s', period=None, scale='linear', epoch=None)
    """
    index = x.xindexes.get(dim)
    return index.axis if isinstance(index, _LazyIndex) else None


def in_memory(x: xr.DataArray) -> xr.DataArray:
    """An array with its values and labels in memory; one that has them is given back as it is.

    Examples
    --------
    >>> coords = lazy_labels(Axis("time", step=0.25, size=10**12, unit="s"))
    >>> x = xr.DataArray(np.broadcast_to(0.0, 10**12), coords, ["time"])
    >>> type(in_memory(x[:4]).xindexes["time"]).__name__
    'PandasIndex'
    """
    lazy = [str(dim) for dim in x.dims if lazy_axis(x, str(dim)) is not None]
    if not lazy and type(x.variable._data) is np.ndarray:
        return x
    x = x.compute()
    for dim in lazy:
        labels, attrs = x[dim].to_numpy(), x[dim].attrs
        labels.setflags(write=False)
        index = xr.indexes.PandasIndex(pd.Index(labels, name=dim), dim, labels.dtype)
        coords = xr.Coordinates.from_xindex(index)
        coords[dim].attrs.update(attrs)
        x = x.drop_indexes(dim).drop_vars(dim).assign_coords(coords)
    return x
