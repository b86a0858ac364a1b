"""Random labeled arrays: any axes, any precision, any place in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axis, label
from invarsig.testing.strategies.axes import KINDS, AxisKind, axis
from invarsig.testing.strategies.drawn import Chance, drawn

__all__ = ["DTYPES", "Layout", "arrays"]

Layout = Literal["C", "Fortran", "reversed", "strided", "read-only"]
"""How an array stands in memory."""

LAYOUTS: tuple[Layout, ...] = get_args(Layout)

DTYPES = (
    *("float64", "float32", "float16", "complex128", "complex64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "bool"),
    *(">f8", ">f4", ">f2", ">c16", ">c8", ">i4"),
)
"""Types of values, in single, double and half precision, whole numbers, and swapped bytes."""

_DIMS = ("x", "y", "time")
_CONTENTS = ("noise", "sparse", "walk", "constant")


@drawn
def arrays(
    chance: Chance,
    /,
    *,
    dims: Sequence[str] | None = None,
    kinds: Sequence[AxisKind] = KINDS,
    sizes: tuple[int, int] = (1, 24),
    periodic: bool | None = None,
    descending: bool | None = None,
    dtypes: Sequence[str] = DTYPES,
    layouts: Sequence[Layout] = LAYOUTS,
    auxiliary: bool = True,
) -> xr.DataArray:
    """Draw a labeled array: noise, impulses, a random walk, or one value, on random axes.

    Parameters
    ----------
    dims
        Its dims; by default one or two of "x", "y" and "time".
    kinds, sizes, periodic, descending
        As for `axes`, for each dim.
    dtypes
        Types of its values, as numpy names them.
    layouts
        Among "C", "Fortran", "reversed", "strided" and "read-only".
    auxiliary
        Whether it may have coordinates besides those of its dims, a name and attributes.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of labeled arrays of finite values.

    Raises
    ------
    ParameterError
        If hypothesis is not installed, or a kind or layout is unknown.

    Examples
    --------
    >>> import hypothesis
    >>> import invarsig as iv
    >>> @hypothesis.settings(max_examples=5, database=None, deadline=None)
    ... @hypothesis.given(iv.testing.strategies.arrays(dims=["x"], dtypes=[">i4"]))
    ... def law(x):
    ...     assert iv.Relu()(x).dtype == "float64"
    >>> law()

    References
    ----------
    MacIver & Donaldson (2020), Test-case reduction via test-case generation,
    doi:10.4230/LIPIcs.ECOOP.2020.13.
    """
    for layout in layouts:
        parameters.one_of("layouts", layout, Layout)
    if dims is None:
        several = chance.count(1, 2)
        start = chance.count(0, len(_DIMS) - 1)
        dims = [_DIMS[(start + k) % len(_DIMS)] for k in range(several)]
    placed = [axis(chance, dim, kinds, sizes, periodic, descending) for dim in dims]
    shape = [each.size if isinstance(each, Axis) else chance.count(*sizes) for each in placed]
    values = _values(chance, shape, np.dtype(chance.one_of(dtypes)))
    x = label(_placed(values, chance.one_of(layouts)), *placed)
    return _decorated(chance, x) if auxiliary else x


def _values(chance: Chance, shape: Sequence[int], dtype: np.dtype[np.generic]) -> np.ndarray:
    """Finite values of a type, of a size near 1, or of a few units for whole numbers."""
    rng, content = np.random.default_rng(chance.seed()), chance.one_of(_CONTENTS)
    values = rng.standard_normal(shape)
    if dtype.kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    if content == "sparse":
        values = np.where(rng.random(shape) < 0.2, values, 0.0)
    elif content == "walk":
        for place, size in enumerate(shape):
            values = np.cumsum(values, axis=place) / np.sqrt(size)
    elif content == "constant":
        values = np.full_like(values, values.flat[0])
    if dtype.kind in "iu":
        least = np.iinfo(dtype).min  # type: ignore[type-var]
        values = np.clip(np.rint(8 * values), max(least, -60), 60)
    elif dtype.kind == "b":
        return np.asarray(values > 0)
    return values.astype(dtype)


def _placed(values: np.ndarray, layout: Layout) -> np.ndarray:
    """The same values, elsewhere in memory."""
    if layout == "Fortran":
        return np.asfortranarray(values)
    if layout == "reversed":
        return np.flip(np.flip(values).copy())
    if layout == "strided":
        wide = np.repeat(values, 2, axis=-1)
        return np.asarray(wide[..., ::2])
    if layout == "read-only":
        values.flags.writeable = False
    return values


def _decorated(chance: Chance, x: xr.DataArray) -> xr.DataArray:
    """With a name, attributes and auxiliary coordinates, or without."""
    first, last = x.dims[0], x.dims[-1]
    if chance.yes():
        x = x.rename("level").assign_attrs(source="drawn", gain=2.0)
    if chance.yes():
        numbers = np.linspace(-1.0, 2.0, x.sizes[first])
        x = x.assign_coords(reading=(first, numbers, {"units": "K"}), take=3)
    if chance.yes():
        names = np.array([f"n{k}" for k in range(x.sizes[last])])
        x = x.assign_coords(name=(last, names))
    if x.ndim > 1 and chance.yes():
        grid = np.arange(float(x.size)).reshape(x.shape)
        x = x.assign_coords(depth=(x.dims, grid))
    return x
