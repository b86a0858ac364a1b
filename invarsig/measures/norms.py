"""Norms of labeled arrays, and one relative to another, whatever their level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import is_chunked, plain
from invarsig.kernels.levels import energy_at_level, exponent_of, scaled
from invarsig.measures.chunked_norms import any_chunked, norm_by_tree, ratio_by_tree

__all__ = ["Norm", "centered", "energy", "norm_of", "relative", "relative_to", "size_of"]

Norm = Literal["centered", "total"]


def energy(x: xr.DataArray, keep: Sequence[str] = ()) -> xr.DataArray:
    """Sum of squared moduli over all dims but `keep`, in double precision."""
    values = plain(x, x.dims)
    with np.errstate(over="ignore", invalid="ignore"):
        wide = np.square(values.real, dtype=np.float64)
        if values.dtype.kind == "c":
            wide = wide + np.square(values.imag, dtype=np.float64)
    squares = xr.DataArray(
        xr.Variable(x.dims, wide), {d: x.coords[d] for d in keep if d in x.coords}, x.dims
    )
    return squares.sum([dim for dim in x.dims if dim not in keep], skipna=False)


def relative(
    part: xr.DataArray, whole: xr.DataArray, norm: Norm, keep: Sequence[str] = ()
) -> xr.DataArray:
    """Norm of a part over the norm of the whole; NaN where the whole has no energy.

    For a whole of a single number the mean is not removed.
    """
    parameters.one_of("norm", norm, Norm)
    if any_chunked(part, whole):
        return ratio_by_tree(part, whole, norm == "centered", keep)
    if not keep:
        return xr.DataArray(relative_to(size_of(whole.to_numpy(), norm), part.to_numpy()))
    lone = whole.size == math.prod(whole.sizes[dim] for dim in keep)
    against = centered(whole, keep) if norm == "centered" and not lone else whole
    (own, level), (total, base) = _energy_at_level(part, keep), _energy_at_level(against, keep)
    heard = _above_round_off(total, base, whole, keep)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = own / total.where(xr.DataArray(heard, dims=total.dims))
    return ratio.copy(data=np.ldexp(np.sqrt(ratio.to_numpy()), level - base))


@dataclass(frozen=True)
class Size:
    """Size of a result, which others are relative to: its energy in units of ``4^level``.

    Parameters
    ----------
    energy, level
        The energy; NaN where it is nothing but round-off of the result's own level.
    """

    energy: float
    level: int


def size_of(whole: np.ndarray, norm: Norm) -> Size:
    """Size of a result over all of it; for a single number the mean is not removed."""
    parameters.one_of("norm", norm, Norm)
    lone = whole.size == 1
    total, base = energy_at_level(whole, centered=norm == "centered" and not lone)
    kind = whole.dtype if whole.dtype.kind in "fc" else np.dtype(np.float64)
    all_of_it, level = (total, base) if norm == "total" else energy_at_level(whole)
    least = np.ldexp(np.sqrt(all_of_it) * float(np.finfo(kind).eps), level - base)
    return Size(total if np.sqrt(total) > least else math.nan, base)


def relative_to(whole: Size, part: np.ndarray) -> float:
    """Norm of a part, relative to the size of the whole."""
    own, level = energy_at_level(part)
    return float(np.ldexp(np.sqrt(own / whole.energy), level - whole.level))


def norm_of(x: xr.DataArray, keep: Sequence[str] = ()) -> xr.DataArray:
    """Root of the `energy`, which may itself lie outside the range of floating point."""
    if is_chunked(x):
        return norm_by_tree(x, keep)
    if not keep:
        own, exponent = energy_at_level(x.to_numpy())
        return xr.DataArray(np.ldexp(np.sqrt(own), exponent))
    total, level = _energy_at_level(x, keep)
    return total.copy(data=np.ldexp(np.sqrt(total.to_numpy()), level))


def _energy_at_level(x: xr.DataArray, keep: Sequence[str]) -> tuple[xr.DataArray, np.ndarray]:
    """Energy in units of 4^e, and e, for which squares keep their digits."""
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64).to_numpy()
    axes = tuple(k for k, dim in enumerate(x.dims) if dim not in keep)
    level = exponent_of(wide, axes)
    total = energy(x.copy(data=scaled(wide, -level)), keep)
    return total, level.reshape(total.shape)


def centered(x: xr.DataArray, keep: Sequence[str] = ()) -> xr.DataArray:
    """The array without its mean, per kept dims."""
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return wide - wide.mean([dim for dim in x.dims if dim not in keep], skipna=False)


def _above_round_off(
    total: xr.DataArray, base: np.ndarray, whole: xr.DataArray, keep: Sequence[str]
) -> np.ndarray:
    """Whether an energy in units of ``4^base`` is above the round-off of the output's own level."""
    kind = whole.dtype if whole.dtype.kind in "fc" else np.dtype(np.float64)
    all_of_it, level = _energy_at_level(whole, keep)
    least = np.ldexp(np.sqrt(all_of_it.to_numpy()) * float(np.finfo(kind).eps), level - base)
    return np.asarray(np.sqrt(total.to_numpy()) > least)
