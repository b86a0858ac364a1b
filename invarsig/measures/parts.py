"""A relative error in each of several parts of a result, next to one another along one dim."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr

from invarsig.kernels.levels import norm

__all__ = ["PARTS", "parts_of", "relative_in_parts"]

PARTS = 8
"""Number of parts of a result; half of them where it is short."""

# The fewest samples of a part.
_SAMPLES = 4


def parts_of(size: int) -> int:
    """Number of parts that so many samples are cut into: 8, 4, or none where they are too few.

    Examples
    --------
    >>> [parts_of(size) for size in (100, 32, 31, 15)]
    [8, 8, 4, 0]
    """
    return next((count for count in (PARTS, PARTS // 2) if size >= count * _SAMPLES), 0)


def relative_in_parts(part: xr.DataArray, whole: xr.DataArray, dim: str, count: int) -> np.ndarray:
    r"""Norm of a part over that of the whole without its mean, in each of `count` runs along a dim.

    .. math:: r_i = \lVert p_i \rVert / \lVert w_i - \bar w_i \rVert

    Each run is treated as a signal of its own: it has its own mean.

    Parameters
    ----------
    part, whole
        Of the same dims and sizes.
    dim
        The dim that is cut, into runs that differ by one sample at most.
    count
        Number of runs.

    Returns
    -------
    numpy.ndarray
        Shape ``(count,)``; NaN where a run has no energy but round-off. Empty where the results
        lack the dim, or have fewer samples than runs.

    Examples
    --------
    >>> import invarsig as iv
    >>> whole = iv.label([1.0, -1.0, 2.0, -2.0], iv.Axis("x"))
    >>> relative_in_parts(whole * [0.1, 0.1, 0.5, 0.5], whole, "x", 2)
    array([0.1, 0.5])
    """
    if not count or dim not in whole.dims or whole.sizes[dim] < count:
        return np.empty(0)
    edges = np.linspace(0, whole.sizes[dim], count + 1).round().astype(int)
    gaps, signals = (
        np.moveaxis(each.transpose(*whole.dims).to_numpy(), whole.get_axis_num(dim), 0)
        for each in (part, whole)
    )
    return np.array([_relative(gaps[low:high], signals[low:high]) for low, high in pairwise(edges)])


def _relative(gap: np.ndarray, signal: np.ndarray) -> float:
    wide = signal.astype(np.complex128 if np.iscomplexobj(signal) else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        size = norm(wide - wide.mean())
    kind = signal.dtype if signal.dtype.kind in "fc" else np.dtype(np.float64)
    heard = size > float(np.finfo(kind).eps) * norm(wide)
    return norm(gap) / size if heard else np.nan
