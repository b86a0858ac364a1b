"""Norms of chunked arrays, by a tree of partial sums: nothing is computed.

Squares are taken at the level of the largest sample, as those of plain arrays are where it matters,
so that results differ by the order of sums alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import is_chunked, plain
from invarsig.kernels.levels import exponent_of, scaled

__all__ = ["any_chunked", "norm_by_tree", "ratio_by_tree"]


def any_chunked(*arrays: xr.DataArray) -> bool:
    """Whether one of several arrays is chunked.

    Examples
    --------
    >>> x = xr.DataArray(np.zeros(4), dims="x")
    >>> any_chunked(x, x), any_chunked(x, x.chunk(x=2))
    (False, True)
    """
    return any(is_chunked(x) for x in arrays)


def norm_by_tree(x: xr.DataArray, keep: Sequence[str]) -> xr.DataArray:
    """Norm over all dims but `keep`."""
    own, level = _energy_at_level(_wide(x), _others(x, keep))
    return _over(x, keep, _times_power(np.sqrt(own), level))


def ratio_by_tree(
    part: xr.DataArray, whole: xr.DataArray, mean_over: Sequence[str], keep: Sequence[str]
) -> xr.DataArray:
    """Norm of a part over that of a whole, without its mean or with it; NaN where that is nothing.

    Parameters
    ----------
    part, whole
        Arrays over the dims `keep` and others.
    mean_over
        Dims over which the mean is taken that the whole is without; none for the whole with it.
    keep
        Dims with a ratio for each of their entries.
    """
    values, others = _wide(whole), _others(whole, keep)
    every, top = _energy_at_level(values, others)
    total, base = every, top
    if mean_over:
        axes = tuple(whole.get_axis_num(dim) for dim in mean_over)
        total, base = _energy_at_level(values - values.mean(axis=axes, keepdims=True), others)
    kind = whole.dtype if whole.dtype.kind in "fc" else np.dtype(np.float64)
    least = _times_power(np.sqrt(every) * float(np.finfo(kind).eps), top - base)
    own, level = _energy_at_level(_wide(part), _others(part, keep))
    ratio = np.sqrt(own / np.where(np.sqrt(total) > least, total, np.nan))
    return _over(whole, keep, _times_power(ratio, level - base))


def _others(x: xr.DataArray, keep: Sequence[str]) -> tuple[int, ...]:
    return tuple(k for k, dim in enumerate(x.dims) if dim not in keep)


def _wide(x: xr.DataArray) -> Any:
    import dask.array as da

    values = da.asarray(plain(x, x.dims))  # type: ignore[no-untyped-call]
    return values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)


def _energy_at_level(values: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Energy in units of 4^e, and e."""
    level = exponent_of(values, axes)
    even = scaled(values, -level)
    squares = even.real**2 + even.imag**2 if values.dtype.kind == "c" else even**2
    return squares.sum(axis=axes), np.squeeze(level, axis=axes)


def _times_power(values: Any, exponent: Any) -> Any:
    return scaled(values, exponent)


def _over(x: xr.DataArray, keep: Sequence[str], values: Any) -> xr.DataArray:
    """Values over the kept dims, with their coordinates."""
    dims = [dim for dim in x.dims if dim in keep]
    coords = {dim: x.coords[dim] for dim in dims if dim in x.coords}
    return xr.DataArray(xr.Variable(dims, values), coords, dims)
