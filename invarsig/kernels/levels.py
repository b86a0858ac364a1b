"""Levels of arrays: powers of two that bring squares into the range of floating point.

A square leaves that range at half the exponents that its root may have: from 1e154 on it is
infinite, and below 1e-154 it loses digits. Scaling by a power of two changes no digit, so a sum of
squares that is taken at a common level is the same to the bit wherever it can be represented.
"""

from __future__ import annotations

import numpy as np

__all__ = ["exponent_of", "norm", "scaled"]


def exponent_of(values: np.ndarray, axes: tuple[int, ...] | None = None) -> np.ndarray:
    """Exponent e with ``2^(e - 1) <= max |values| < 2^e``, over finite values; 0 where all are 0.

    Parameters
    ----------
    values
        Real or complex.
    axes
        Axes that share one exponent, which are kept with a size of 1; by default all.
    """
    parts = (values.real, values.imag) if np.iscomplexobj(values) else (values,)
    sizes = [np.abs(part).astype(np.float64, copy=False) for part in parts]
    tops = [
        np.max(size, axis=axes, keepdims=True, initial=0.0, where=np.isfinite(size))
        for size in sizes
    ]
    top = np.maximum.reduce(tops)
    return np.where(top > 0, np.frexp(top)[1], 0)


def scaled(values: np.ndarray, exponent: np.ndarray | int) -> np.ndarray:
    """``values * 2^exponent``, exactly, in the type of the values."""
    if np.iscomplexobj(values):
        out = np.empty(np.broadcast_shapes(values.shape, np.shape(exponent)), values.dtype)
        out.real, out.imag = scaled(values.real, exponent), scaled(values.imag, exponent)
        return out
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(values, exponent))


def norm(values: np.ndarray) -> float:
    """Euclidean norm over all values, whatever their level; NaN is propagated.

    Examples
    --------
    >>> norm(np.array([3 * 2.0**-900, 4 * 2.0**-900])) == 5 * 2.0**-900
    True
    >>> norm(np.array([3 * 2.0**900, -4 * 2.0**900])) == 5 * 2.0**900
    True
    """
    wide = np.asarray(values).astype(np.complex128 if np.iscomplexobj(values) else np.float64)
    exponent = int(exponent_of(wide).ravel()[0]) if wide.size else 0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.ldexp(np.linalg.norm(scaled(wide, -exponent).ravel()), exponent))
