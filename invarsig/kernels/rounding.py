"""Rounding of lengths to whole samples, up or down, tolerant of round-off.

A length over a step is a quotient of two rounded numbers. Where it should be 32 it may be
32.000000000000004, and one of two equally long windows would then get two more taps.
"""

from __future__ import annotations

import numpy as np

__all__ = ["rounded_down", "rounded_up"]

# Relative; steps of axes that begin far from 0 are known to about as many digits.
_ROUND_OFF = 1e-9


def rounded_up(samples: float | np.ndarray) -> np.ndarray:
    """Least whole number of samples that is not below, up to round-off.

    Examples
    --------
    >>> rounded_up(np.array([31.5, 32.0, 32 + 1e-13, 32.001])).tolist()
    [32.0, 32.0, 32.0, 33.0]
    """
    return np.asarray(np.ceil(_settled(samples)))


def rounded_down(samples: float | np.ndarray) -> np.ndarray:
    """Largest whole number of samples that is not above, up to round-off.

    Examples
    --------
    >>> rounded_down(np.array([31.5, 32.0, 32 - 1e-13, 31.999])).tolist()
    [31.0, 32.0, 32.0, 31.0]
    """
    return np.asarray(np.floor(_settled(samples)))


def _settled(samples: float | np.ndarray) -> np.ndarray:
    """The numbers, with those within round-off of a whole number replaced by it."""
    values = np.asarray(samples, dtype=np.float64)
    whole = np.round(values)
    with np.errstate(invalid="ignore"):  # infinity stays what it is
        near = np.abs(values - whole) <= _ROUND_OFF * np.maximum(1.0, np.abs(whole))
    return np.asarray(np.where(near, whole, values))
