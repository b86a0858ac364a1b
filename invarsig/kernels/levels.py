"""Levels of arrays: powers of two that bring squares into the range of floating point.

A square leaves that range at half the exponents that its root may have: from 1e154 on it is
infinite, and below 1e-154 it loses digits. Scaling by a power of two changes no digit, so a sum of
squares that is taken at a common level is the same to the bit wherever it can be represented.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["energy_at_level", "exponent_of", "norm", "scaled"]

# Exponents whose squares keep their digits without being scaled, sums of many of them too.
_MODERATE = 200

# Numbers that are squared at once: they stay in the first cache, and are too few for a BLAS to
# start threads for.
_BLOCK = 8192


def exponent_of(values: np.ndarray, axes: tuple[int, ...] | None = None) -> np.ndarray:
    """Exponent e with ``2^(e - 1) <= max |values| < 2^e``, over finite values; 0 where all are 0.

    Parameters
    ----------
    values
        Real or complex.
    axes
        Axes that share one exponent, which are kept with a size of 1; by default all.
    """
    if hasattr(values, "__dask_graph__"):
        return _exponent_by_tree(values, axes)  # type: ignore[no-any-return]
    parts = (values.real, values.imag) if np.iscomplexobj(values) else (values,)
    if values.size and values.dtype.kind in "fc":
        # Two passes without a temporary, where there is no NaN or infinity to leave out.
        ends = [
            (part.max(axis=axes, keepdims=True), part.min(axis=axes, keepdims=True))
            for part in parts
        ]
        top = np.maximum.reduce([np.maximum(high, -low) for high, low in ends])
        if np.isfinite(top).all():
            return np.where(top > 0, np.frexp(top)[1], 0)
    sizes = [np.abs(part).astype(np.float64, copy=False) for part in parts]
    tops = [
        np.max(size, axis=axes, keepdims=True, initial=0.0, where=np.isfinite(size))
        for size in sizes
    ]
    top = np.maximum.reduce(tops)
    return np.where(top > 0, np.frexp(top)[1], 0)


def _exponent_by_tree(values: Any, axes: tuple[int, ...] | None) -> Any:
    """The same of a dask array, which is not computed."""
    import dask.array as da

    top = da.reduction(  # type: ignore[no-untyped-call]
        values,
        _top,
        lambda tops, axis, keepdims: tops.max(axis=axis, keepdims=keepdims),
        axis=axes,
        keepdims=True,
        dtype=np.float64,
    )
    return top.map_blocks(
        lambda block: np.where(block > 0, np.frexp(block)[1], 0).astype(np.int64), dtype=np.int64
    )


def _top(values: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
    """The largest finite part."""
    sizes = [np.abs(part) for part in (values.real, values.imag)]
    found = [
        np.max(size, axis=axis, keepdims=keepdims, initial=0.0, where=np.isfinite(size))
        for size in sizes
    ]
    return np.asarray(np.maximum(*found), dtype=np.float64)


def scaled(values: np.ndarray, exponent: np.ndarray | int) -> np.ndarray:
    """``values * 2^exponent``, exactly, in the type of the values."""
    if hasattr(values, "__dask_graph__") or hasattr(exponent, "__dask_graph__"):
        import dask.array as da

        chunked: Any = da
        given = chunked.asarray(values)
        return chunked.map_blocks(scaled, given, chunked.asarray(exponent), dtype=given.dtype)  # type: ignore[no-any-return]
    if np.iscomplexobj(values):
        out = np.empty(np.broadcast_shapes(values.shape, np.shape(exponent)), values.dtype)
        out.real, out.imag = scaled(values.real, exponent), scaled(values.imag, exponent)
        return out
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(values, exponent))


def energy_at_level(values: np.ndarray, *, centered: bool = False) -> tuple[float, int]:
    """Sum of squared moduli in units of ``4^e``, and e; NaN is propagated.

    Parameters
    ----------
    values
        Real or complex.
    centered
        Whether the mean is taken off first.

    Examples
    --------
    >>> energy_at_level(np.array([3.0, 4.0])), energy_at_level(np.array([3.0, 5.0]), centered=True)
    ((25.0, 0), (2.0, 0))
    """
    kind = np.complex128 if np.iscomplexobj(values) else np.float64
    exponent = int(exponent_of(values).ravel()[0]) if values.size else 0
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.mean(dtype=kind) if centered and values.size else kind(0)
        if abs(exponent) <= _MODERATE:
            return _energy(values, mean), 0
        wide = values.astype(kind) - mean
        exponent = int(exponent_of(wide).ravel()[0])
        return _energy(scaled(wide, -exponent), kind(0)), exponent


def _energy(values: np.ndarray, mean: np.generic) -> float:
    """Sum of squared moduli about a mean, in double precision, block by block."""
    flat = values.reshape(-1)
    sums = []
    for begin in range(0, flat.size, _BLOCK):
        block = flat[begin : begin + _BLOCK].astype(mean.dtype, copy=False)
        block = block - mean if mean else np.ascontiguousarray(block)
        block = block.view(np.float64)
        sums.append(block @ block)
    return float(np.sum(sums))


def norm(values: np.ndarray) -> float:
    """Euclidean norm over all values, whatever their level; NaN is propagated.

    Examples
    --------
    >>> norm(np.array([3 * 2.0**-900, 4 * 2.0**-900])) == 5 * 2.0**-900
    True
    >>> norm(np.array([3 * 2.0**900, -4 * 2.0**900])) == 5 * 2.0**900
    True
    """
    total, exponent = energy_at_level(np.asarray(values))
    return float(np.ldexp(np.sqrt(total), exponent))
