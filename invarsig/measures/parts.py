"""A relative error in each of several parts of a result, next to one another along one dim."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from invarsig.measures.norms import Norm, relative_to, size_of

__all__ = ["FEW", "PARTS", "Reference", "parts_of", "relative_in_parts"]

FEW = 4
"""Of so few samples or fewer a shift by a part of one is hardly known: of 2 samples the highest
frequency, which has no such shift, is half of all; of 4 it is a quarter."""

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


def relative_in_parts(
    part: xr.DataArray,
    whole: xr.DataArray,
    dim: str,
    count: int,
    norm: Norm = "centered",
    along: Sequence[str] | None = None,
) -> np.ndarray:
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
    norm, along
        Which mean each run is without, and the dims that move: see `mean_dims`.

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
    return Reference(whole, dim, count, norm, along).in_parts(part)


class Reference:
    """A result that others are relative to, in whole and in parts: its sizes are taken once.

    Parameters
    ----------
    whole, dim, count, norm, along
        As for `relative_in_parts`.
    """

    def __init__(
        self,
        whole: xr.DataArray,
        dim: str,
        count: int,
        norm: Norm = "centered",
        along: Sequence[str] | None = None,
    ) -> None:
        self._dim, edges = dim, list[int]()
        if count and dim in whole.dims and whole.sizes[dim] >= count:
            edges = [int(edge) for edge in np.linspace(0, whole.sizes[dim], count + 1).round()]
        self._runs = [slice(low, high) for low, high in pairwise(edges)]
        self._size = size_of(whole, norm, along)
        self._sizes = [size_of(each, norm, along) for each in self._cut(whole)]

    def off(self, part: xr.DataArray) -> float:
        """Size of a difference, relative to the whole."""
        return relative_to(self._size, part.to_numpy())

    def in_parts(self, part: xr.DataArray) -> np.ndarray:
        """As `relative_in_parts`."""
        pairs = zip(self._sizes, self._cut(part), strict=True)
        return np.array([relative_to(size, each.to_numpy()) for size, each in pairs])

    def _cut(self, values: xr.DataArray) -> list[xr.DataArray]:
        return [values.isel({self._dim: run}) for run in self._runs]
