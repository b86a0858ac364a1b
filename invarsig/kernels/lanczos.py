"""Translation by interpolation with few taps: the Lanczos kernel, on periodic axes.

A truncated kernel is not a translation: it attenuates high frequencies and delays them by more or
less than the nominal shift. Measures that interpolate with it have a ceiling, which
`invarsig.measures.eqt` shows.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["lanczos_moved", "lanczos_reach", "lanczos_taps"]


def lanczos_taps(fraction: float, order: int = 3) -> np.ndarray:
    """Taps that delay by a fraction of a sample: ``sinc(k - d) sinc((k - d) / a)``, of sum 1.

    For the lags ``k = -(a - 1) ... a``.

    Examples
    --------
    >>> lanczos_taps(0.5).round(3).tolist()
    [0.024, -0.136, 0.611, 0.611, -0.136, 0.024]
    """
    lag = np.arange(1 - order, order + 1) - fraction
    taps = np.sinc(lag) * np.sinc(lag / order)
    return np.asarray(taps / taps.sum())


def lanczos_moved(values: np.ndarray, axis: int, shift: float, order: int = 3) -> np.ndarray:
    """Translate a periodic array by any number of samples, by interpolation with ``2 a`` taps."""
    whole = math.floor(shift)
    out = np.zeros_like(values)
    for lag, tap in zip(
        range(1 - order, order + 1), lanczos_taps(shift - whole, order), strict=True
    ):
        out += values.dtype.type(tap) * np.roll(values, whole + lag, axis=axis)
    return out


def lanczos_reach(size: int, shift: float, order: int = 3) -> slice:
    """The part of an axis of `size` samples where interpolation reaches neither end."""
    whole = math.floor(shift)
    return slice(max(whole + order, 0), max(min(whole - order + 1, 0) + size, 0))
