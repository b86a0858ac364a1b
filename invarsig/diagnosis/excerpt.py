"""Excerpts: the part of a long input that holds the most energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.axes import axis_of, promoted

__all__ = ["excerpt"]


def excerpt(x: xr.DataArray, dims: Sequence[str], most: int | None) -> tuple[xr.DataArray, str]:
    """Cut a long input down along the dims that end, to where it has the most energy.

    Parameters
    ----------
    x
        Labelled array.
    dims
        Dims that may be cut; those of them that go round stay whole.
    most
        How many samples may be left, or None for all.

    Returns
    -------
    xarray.DataArray, str
        The excerpt, and a sentence on what was cut ("" if nothing was).

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 0.0, 3.0, 2.0, 0.0, 0.0], iv.Axis("time", step=0.5, unit="s"))
    >>> excerpt(x, ["time"], 3)[0].values.tolist()
    [0.0, 3.0, 2.0]
    """
    ending = [dim for dim in dims if dim in x.dims and not axis_of(x, dim).periodic]
    if most is None or x.size <= most or not ending:
        return x, ""
    share = (most / x.size) ** (1 / len(ending))
    parts, whole = [], x.size
    sizes = dict(x.sizes)
    for dim in ending:
        size = max(int(share * sizes[dim]), 1)
        start = _loudest(x, dim, size)
        x = x.isel({dim: slice(start, start + size)})
        axis = axis_of(x, dim)
        end = axis.start + (axis.size - 1) * axis.step
        parts.append(f"{dim} {axis.start:.6g} to {end:.6g} {axis.length_unit}".rstrip())
    text = (
        f"The input has {whole} samples; diagnosed at once is the part with the most energy, "
        f"{', '.join(parts)}. All of it is with most=None (--whole)."
    )
    return x, text


def _loudest(x: xr.DataArray, dim: str, size: int) -> int:
    """Where a window of so many samples holds the most energy, the mean taken off."""
    values = promoted(x.to_numpy())
    others = tuple(axis for axis, name in enumerate(x.dims) if name != dim)
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.nan_to_num(np.abs(values - np.nanmean(values)) ** 2).sum(axis=others)
    total = np.concatenate([[0.0], np.cumsum(power)])
    return int(np.argmax(total[size:] - total[:-size]))
