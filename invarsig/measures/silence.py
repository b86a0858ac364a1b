"""Whether a result is nothing but round-off of what it was made of."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import is_chunked, on_blocks, plain, promoted
from invarsig.measures.norms import Norm, norm_of, without_mean
from invarsig.operators import Operator

__all__ = ["is_round_off", "without"]

# How many times its answer to round-off of the input a result has to be, to be one.
_LEAST = 16.0


def is_round_off(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    norm: Norm = "total",
    keep: Sequence[str] = (),
    along: Sequence[str] | None = None,
) -> xr.DataArray:
    """Whether a result is as small as what round-off of the input alone makes of it.

    The input's samples are changed by their own round-off, at random; ``f(x)`` is nothing where it
    is no more than 16 times as large as the change that comes out. A pipeline that damps its input
    damps its round-off as well, so a small result is a result.

    Parameters
    ----------
    op, x, y
        Pipeline, input and result.
    norm, along
        Which mean the result is meant without, and the dims that move: see `mean_dims`.
    keep
        Dims with an answer for each of their entries.
    """
    if is_chunked(y):
        return _is_round_off_lazily(op, x, y, without_mean(y, norm, along, keep), keep)
    size = norm_of(without_mean(y, norm, along, keep), keep)
    given, made = promoted(x.to_numpy()), promoted(y.to_numpy()[:0] if y.ndim else y.to_numpy())
    eps = max(float(np.finfo(each.dtype).eps) for each in (given, made))
    items = max(y.size / max(size.size, 1), 1)
    level = float(norm_of(x)) / max(x.size, 1) ** 0.5
    near = size.to_numpy() <= np.sqrt(eps) * level * np.sqrt(items)
    # Most results are far from it, and need no second run.
    if not (near.any() and np.isfinite(given).all()):
        return size.copy(data=np.zeros(size.shape, dtype=bool))
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=given.shape)
    other = op(x.copy(data=(given * (1 + eps * signs)).astype(given.dtype)))
    if other.sizes != y.sizes:
        return size.copy(data=np.zeros(size.shape, dtype=bool))
    gap = y.copy(data=promoted(other.transpose(*y.dims).to_numpy()) - promoted(y.to_numpy()))
    return size.copy(data=near & (size.to_numpy() <= _LEAST * norm_of(gap, keep).to_numpy()))


def without(found: xr.DataArray, nothing: xr.DataArray) -> xr.DataArray:
    """What was found, and NaN where it is of nothing but round-off."""
    if not is_chunked(nothing) and not nothing.any():
        return found
    return found.where(~plain(nothing, nothing.dims))


def _is_round_off_lazily(
    op: Operator, x: xr.DataArray, y: xr.DataArray, meant: xr.DataArray, keep: Sequence[str]
) -> xr.DataArray:
    """The same of chunked arrays: whether the second run is needed is not known, so it is made."""
    size = norm_of(meant, keep)
    eps = max(float(np.finfo(_kind(each)).eps) for each in (x, y))
    items = max(y.size / max(size.size, 1), 1)
    level = norm_of(x) / max(x.size, 1) ** 0.5
    near = size <= np.sqrt(eps) * level * np.sqrt(items)
    # A level that is not finite is that of an input whose round-off is unknown.
    known = np.isfinite(level)
    other = op(on_blocks(partial(_rounded_otherwise, eps=eps), x, (), "is_round_off"))
    if other.sizes != y.sizes:
        return xr.zeros_like(size, dtype=bool)
    gap = y.copy(data=promoted(plain(other, y.dims)) - promoted(plain(y, y.dims)))
    found: xr.DataArray = near & known & (size <= _LEAST * norm_of(gap, keep))
    return found


def _kind(x: xr.DataArray) -> Any:
    return x.dtype if x.dtype.kind in "fc" else np.dtype(np.float64)


def _rounded_otherwise(block: xr.DataArray, eps: float) -> xr.DataArray:
    """A block whose samples are changed by their own round-off, at random: by its own signs."""
    given = promoted(block.to_numpy())
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(given).tobytes()))
    signs = rng.choice([-1.0, 1.0], size=given.shape)
    return block.copy(data=(given * (1 + eps * signs)).astype(given.dtype))
