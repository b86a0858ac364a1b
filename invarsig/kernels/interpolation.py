"""Translation of a finite array by any number of samples, with a windowed sinc.

A fraction of a sample on a finite interval is an interpolation: 33 taps, a Kaiser window. The
window's beta of 5 was chosen on 1/f noise; its resulting error is measured with every result (the
floor), not assumed.
"""

from __future__ import annotations

import math

import numpy as np

from invarsig.kernels.borders import padded

__all__ = ["HALF_WIDTH", "is_whole", "moved", "sinc_taps"]

HALF_WIDTH = 16
_BETA = 5.0


def is_whole(shift: float) -> bool:
    """Whether a shift is a whole number of samples, up to round-off."""
    return abs(shift - round(shift)) <= 1e-9


def sinc_taps(fraction: float, center: float | np.ndarray = 0.0) -> np.ndarray:
    """Taps that delay by a fraction of a sample, a windowed sinc.

    ``kaiser(k - d) sinc(k - d) exp(2 pi i c (k - d))``, which add up to 1 at the center frequency
    `center` c (cycles per sample).
    """
    from scipy import special

    lag = np.arange(-HALF_WIDTH, HALF_WIDTH + 1) - fraction
    bell = special.i0(_BETA * np.sqrt(np.clip(1 - (lag / (HALF_WIDTH + 1)) ** 2, 0, None)))
    taps = np.sinc(lag) * bell
    taps = taps / taps.sum()
    if not np.any(center):
        return np.asarray(taps)
    turn = np.asarray(center, dtype=np.float64)[..., np.newaxis]
    return np.asarray(taps * np.exp(2j * np.pi * turn * lag))


def moved(
    values: np.ndarray,
    axis: int,
    shift: float,
    boundary: str,
    center: float | np.ndarray = 0.0,
) -> np.ndarray:
    """Translate a finite array; `boundary` says what comes in from beyond the border."""
    size = values.shape[axis]
    # A half, up to round-off, is always rounded down: so one more whole sample moves by exactly one
    # more.
    whole = math.ceil(shift - 0.5 - 1e-9)
    if is_whole(shift):
        if boundary == "zero" and abs(whole) >= size:
            return np.zeros_like(values)
        wide = padded(values, axis, max(whole, 0), max(-whole, 0), boundary)
        keep = [slice(None)] * values.ndim
        keep[axis] = slice(max(-whole, 0), max(-whole, 0) + size)
        return np.array(wide[tuple(keep)])
    taps = sinc_taps(shift - whole, center).astype(values.dtype)
    last = np.moveaxis(values, axis, -1)
    before, after = HALF_WIDTH + max(whole, 0), HALF_WIDTH + max(-whole, 0)
    wide = padded(last, last.ndim - 1, before, after, boundary)
    start = HALF_WIDTH + max(-whole, 0)
    out = np.zeros_like(last)
    for index, lag in enumerate(range(-HALF_WIDTH, HALF_WIDTH + 1)):
        out += taps[..., index, np.newaxis] * wide[..., start - lag : start - lag + size]
    return np.moveaxis(out, -1, axis)
