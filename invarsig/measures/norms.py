"""Norms of labeled arrays, and one relative to another, whatever their level.

What an error is divided by is decided here, by `mean_dims`, for every measure, verdict and report:

- ``"centered"``: the norm of the result without one mean over all of it.
- ``"channelwise"``: the norm without the mean of each channel, taken along the dims that move. A
  channel is one entry of all other dims. A constant that differs from channel to channel, as a bias
  does, stays the same under every move: it is left out.
- ``"total"``: the norm of the result, means included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import is_chunked, plain
from invarsig.errors import ParameterError
from invarsig.kernels.levels import energy_at_level, exponent_of, scaled
from invarsig.measures.chunked_norms import any_chunked, norm_by_tree, ratio_by_tree
from invarsig.operators import Operator

__all__ = [
    "Norm",
    "centered",
    "energy",
    "mean_dims",
    "norm_in_words",
    "norm_of",
    "relative",
    "relative_to",
    "size_of",
    "usual_norm",
    "without_mean",
]

Norm = Literal["centered", "channelwise", "total"]

_IN_WORDS: dict[Norm, str] = {
    "centered": "the output without its mean",
    "channelwise": "the output without the mean of each channel",
    "total": "the output, its mean included",
}


def usual_norm(op: Operator, norm: Norm | None = None) -> Norm:
    """The norm that is asked for; by default that of the operator's kind.

    A network (`Operator.network`) has biases, so its channels have a mean each; of any other
    operator one mean is taken over all of the output.

    Raises
    ------
    ParameterError
        If the norm is unknown.

    Examples
    --------
    >>> import invarsig as iv
    >>> usual_norm(iv.Relu()), usual_norm(iv.Relu(), "total")
    ('centered', 'total')
    """
    if norm is not None:
        parameters.one_of("norm", norm, Norm)
        return norm
    return "channelwise" if op.network else "centered"


def mean_dims(
    x: xr.DataArray, norm: Norm, along: Sequence[str] | None = None, keep: Sequence[str] = ()
) -> tuple[str, ...]:
    """Dims over which the mean is taken that an error's denominator is without; none for "total".

    Where a result has lost the dims that move, or has one sample along them, a mean of each channel
    would leave nothing: one mean is taken over all that is not kept. A single number is taken with
    its mean.

    Parameters
    ----------
    x
        The result.
    norm
        "centered", "channelwise" or "total".
    along
        The dims that move; "channelwise" needs them.
    keep
        Dims with a norm for each of their entries.

    Raises
    ------
    ParameterError
        If the norm is unknown, or the dims that move are.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([[1.0, 2.0], [3.0, 4.0]], "channel", "x")
    >>> mean_dims(x, "centered"), mean_dims(x, "channelwise", ["x"]), mean_dims(x, "total")
    (('channel', 'x'), ('x',), ())
    >>> mean_dims(x[:, 0], "channelwise", ["x"])  # it has lost the dim
    ('channel',)
    """
    parameters.one_of("norm", norm, Norm)
    if norm == "total":
        return ()
    others = tuple(str(dim) for dim in x.dims if dim not in keep)
    if norm == "channelwise":
        if along is None:
            raise ParameterError(
                "norm='channelwise' takes a mean along the dims that move; name them by along=."
            )
        moved = tuple(dim for dim in others if dim in along)
        if math.prod(x.sizes[dim] for dim in moved) > 1:
            return moved
    return others if math.prod(x.sizes[dim] for dim in others) != 1 else ()


def norm_in_words(
    norm: Norm, y: xr.DataArray | None = None, along: Sequence[str] | None = None
) -> str:
    """What an error is relative to.

    Parameters
    ----------
    norm
        The norm.
    y, along
        The result, and the dims that move: of one that has lost them the mean is one over all.

    Examples
    --------
    >>> norm_in_words("centered")
    'the output without its mean'
    """
    parameters.one_of("norm", norm, Norm)
    if y is not None and norm == "channelwise":
        lost = mean_dims(y, norm, along) == mean_dims(y, "centered")
        norm = "centered" if lost else norm
    return _IN_WORDS[norm]


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
    part: xr.DataArray,
    whole: xr.DataArray,
    norm: Norm,
    keep: Sequence[str] = (),
    along: Sequence[str] | None = None,
) -> xr.DataArray:
    """Norm of a part over the norm of the whole; NaN where the whole has no energy.

    Which mean the whole is taken without is up to `mean_dims`.
    """
    over = mean_dims(whole, norm, along, keep)
    if any_chunked(part, whole):
        return ratio_by_tree(part, whole, over, keep)
    if not keep:
        return xr.DataArray(relative_to(size_of(whole, norm, along), part.to_numpy()))
    against = _less_mean(whole, over) if over else whole
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


def size_of(whole: xr.DataArray, norm: Norm, along: Sequence[str] | None = None) -> Size:
    """Size of a result over all of it, without the mean that `mean_dims` says."""
    over, values = mean_dims(whole, norm, along), whole.to_numpy()
    kind = whole.dtype if whole.dtype.kind in "fc" else np.dtype(np.float64)
    all_of_it, level = energy_at_level(values)
    total, base = all_of_it, level
    if over and len(over) == whole.ndim:
        total, base = energy_at_level(values, centered=True)
    elif over:
        total, base = energy_at_level(_less_mean(whole, over).to_numpy())
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
    return _less_mean(x, [str(dim) for dim in x.dims if dim not in keep])


def without_mean(
    x: xr.DataArray, norm: Norm, along: Sequence[str] | None = None, keep: Sequence[str] = ()
) -> xr.DataArray:
    """The array without the mean that `mean_dims` says, whose norm an error is divided by."""
    over = mean_dims(x, norm, along, keep)
    return _less_mean(x, over) if over else x


def _less_mean(x: xr.DataArray, over: Sequence[str]) -> xr.DataArray:
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return wide - wide.mean(over, skipna=False)


def _above_round_off(
    total: xr.DataArray, base: np.ndarray, whole: xr.DataArray, keep: Sequence[str]
) -> np.ndarray:
    """Whether an energy in units of ``4^base`` is above the round-off of the output's own level."""
    kind = whole.dtype if whole.dtype.kind in "fc" else np.dtype(np.float64)
    all_of_it, level = _energy_at_level(whole, keep)
    least = np.ldexp(np.sqrt(all_of_it.to_numpy()) * float(np.finfo(kind).eps), level - base)
    return np.asarray(np.sqrt(total.to_numpy()) > least)
