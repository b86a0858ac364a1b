"""Norms of labeled arrays, and one relative to another, whatever their level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.kernels.levels import exponent_of, scaled

__all__ = ["Norm", "centered", "energy", "norm_of", "relative"]

Norm = Literal["centered", "total"]


def energy(x: xr.DataArray, keep: Sequence[str] = ()) -> xr.DataArray:
    """Sum of squared moduli over all dims but `keep`, in double precision."""
    values = x.to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        wide = np.square(values.real, dtype=np.float64)
        if values.dtype.kind == "c":
            wide += np.square(values.imag, dtype=np.float64)
    squares = xr.DataArray(
        wide, dims=x.dims, coords={d: x.coords[d] for d in keep if d in x.coords}
    )
    return squares.sum([dim for dim in x.dims if dim not in keep], skipna=False)


def relative(
    part: xr.DataArray, whole: xr.DataArray, norm: Norm, keep: Sequence[str] = ()
) -> xr.DataArray:
    """Norm of a part over the norm of the whole; NaN where the whole has no energy.

    For a whole of a single number the mean is not removed.
    """
    parameters.one_of("norm", norm, Norm)
    lone = whole.size == math.prod(whole.sizes[dim] for dim in keep)
    against = centered(whole, keep) if norm == "centered" and not lone else whole
    (own, level), (total, base) = _energy_at_level(part, keep), _energy_at_level(against, keep)
    heard = _above_round_off(total, base, whole, keep)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = own / total.where(xr.DataArray(heard, dims=total.dims))
    return ratio.copy(data=np.ldexp(np.sqrt(ratio.to_numpy()), level - base))


def norm_of(x: xr.DataArray, keep: Sequence[str] = ()) -> xr.DataArray:
    """Root of the `energy`, which may itself lie outside the range of floating point."""
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
