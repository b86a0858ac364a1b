"""A labeled array of parts that are ready: values, coordinate variables and their indexes.

The public constructor of xarray copies every coordinate and checks every index again, which takes
longer than most operators on a small array. Its ``fastpath`` takes the parts unchanged. It is not
public: where a release has none, or the parts do not fit each other, the public constructor is
used, and says what does not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from invarsig.axes.axis import Axis

__all__ = ["Coordinates", "coordinates_of", "labeled", "same_coordinate", "with_values"]

FAST = (
    all("fastpath" in signature(each).parameters for each in (xr.DataArray, xr.Variable))
    and {"_coords", "_indexes"} <= set(xr.DataArray.__slots__)
    and {each for cls in xr.IndexVariable.__mro__ for each in getattr(cls, "__slots__", ())}
    == {"_dims", "_data", "_attrs", "_encoding"}
)
"""Whether this release of xarray gives and takes parts that are ready."""

_LONGEST = 1 << 16
"""How many samples a grid has at most that is kept: half a MiB of labels."""


class Coordinates(NamedTuple):
    """Coordinate variables by name, and the indexes of those that have one."""

    variables: dict[Any, xr.Variable]
    indexes: dict[Any, xr.Index]

    def put_grid(self, axis: Axis, attrs: Mapping[Any, Any]) -> None:
        """Put in the coordinate of an axis, over the attributes that it had before."""
        # Equal axes may hold numbers of other types, and so have labels of other types.
        types = (type(axis.start), type(axis.step), getattr(axis.epoch, "dtype", None))
        grid, index = (_kept_grid if axis.size <= _LONGEST else _grid)(axis, types)
        stale = ("units", "period", "scale", "step")
        kept = {key: value for key, value in attrs.items() if key not in stale} if attrs else {}
        variable = _copied(grid)
        variable.attrs = {**kept, **axis.attrs()}
        self.variables[axis.dim], self.indexes[axis.dim] = variable, index

    def put(self, name: Any, variable: xr.Variable) -> None:
        """Put in any coordinate, with an index where it is that of its dim."""
        self.indexes.pop(name, None)
        if variable.dims == (name,):
            ready = xr.Coordinates({name: variable})
            self.indexes[name], variable = ready.xindexes[name], ready.variables[name]
        self.variables[name] = variable

    def fit(self, sizes: Mapping[Any, int], names: Collection[Any]) -> bool:
        """Whether some coordinates have the sizes of an array."""
        return all(
            sizes.get(dim) == size
            for name in names
            for dim, size in zip(self.variables[name].dims, self.variables[name].shape, strict=True)
        )


def labeled(
    values: Any,
    dims: Sequence[Any],
    coords: Coordinates,
    name: Any = None,
    attrs: Mapping[Any, Any] | None = None,
    *,
    fit: bool = True,
) -> xr.DataArray:
    """Put the parts of a labeled array together; `fit` says that they fit each other.

    Examples
    --------
    >>> coords = Coordinates({}, {})
    >>> coords.put_grid(Axis("x", size=2, step=0.5), {})
    >>> labeled(np.zeros(2), ("x",), coords).x.values.tolist()
    [0.0, 0.5]
    """
    chunked = hasattr(values, "__dask_graph__")
    if chunked and not (FAST and fit):
        # A dask array has a name, which is not that of the labeled one.
        values = xr.Variable(dims, values)
    elif FAST and fit and (chunked or type(values) is np.ndarray) and values.dtype.kind in "fciub":
        whole = xr.Variable(dims, values, attrs, fastpath=True)
        return xr.DataArray(
            whole, coords.variables, name=name, indexes=coords.indexes, fastpath=True
        )
    return xr.DataArray(values, xr.Coordinates(*coords), dims, name, attrs)


def with_values(x: xr.DataArray, values: Any) -> xr.DataArray:
    """An array with other values of the same shape, and with the labels of `x`."""
    return labeled(values, x.dims, coordinates_of(x), x.name, x.attrs)


def coordinates_of(x: xr.DataArray, left_out: Collection[Any] = ()) -> Coordinates:
    """Coordinates of an array, copied where they can change.

    An index cannot: its labels are shared, and attributes are not. One that is over coordinates
    that are left out is lost.
    """
    given, indexes = (x._coords, x._indexes) if FAST else (x.coords.variables, x.xindexes)
    lost = [indexes[name] for name in left_out if name in indexes]
    kept = {
        name: indexes[name]
        for name in (given if left_out else indexes)  # in the order that xarray's isel gives
        if name in indexes and name not in left_out
        if not any(indexes[name] is each for each in lost)
    }
    variables = {
        name: _copied(variable) if name in kept else variable.copy()
        for name, variable in given.items()
        if name not in left_out
    }
    return Coordinates(variables, kept)


def same_coordinate(one: xr.Variable, other: xr.Variable) -> bool:
    """Whether two coordinates are equal; of chunked ones, whether they are made in the same way.

    Nothing is computed to find out.

    Examples
    --------
    >>> one, other = xr.Variable("x", [1.0, 2.0]), xr.Variable("x", [1.0, 2.0])
    >>> same_coordinate(one, other), same_coordinate(one, other.chunk(x=1))
    (True, False)
    """
    if one.chunks is None and other.chunks is None:
        return bool(one.equals(other))  # type: ignore[no-untyped-call]
    if one.chunks is None or other.chunks is None or one.dims != other.dims:
        return False
    return bool(one.data.name == other.data.name)


def _copied(variable: xr.Variable) -> xr.Variable:
    """A coordinate with the same labels, which cannot change, and attributes of its own."""
    if not FAST or type(variable) is not xr.IndexVariable:
        return variable.copy(deep=False)
    made: Any = object.__new__(xr.IndexVariable)
    made._dims, made._data = variable._dims, variable._data
    made._attrs = dict(variable._attrs) if variable._attrs else None
    made._encoding = dict(variable._encoding) if variable._encoding else None
    return made  # type: ignore[no-any-return]


def _grid(axis: Axis, _types: tuple[Any, ...]) -> tuple[xr.Variable, xr.Index]:
    """Labels of an axis, which cannot be written to, and their index."""
    labels = axis.coordinate()
    labels.setflags(write=False)
    # Given an index of pandas, xarray does not import dask to find out whether labels are lazy.
    index = xr.indexes.PandasIndex(pd.Index(labels, name=axis.dim), axis.dim, labels.dtype)
    return index.create_variables()[axis.dim], index


_kept_grid = lru_cache(maxsize=128)(_grid)
