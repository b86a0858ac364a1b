"""Weighted sums of values of which some are not finite, by methods that would spread them.

A Fourier transform spreads one NaN over everything, and a product of matrices over all filters. A
sum is NaN only where a NaN meets a tap other than 0. So the method runs on the finite values alone,
and counts where the others meet which taps: the cost stays of the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["keeping_nonfinite"]

Method = Callable[[np.ndarray, np.ndarray], np.ndarray]


def keeping_nonfinite(method: Method, values: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Apply a method of weighted sums, with NaN and infinities as in direct sums.

    A tap of 0 is not part of the window: it lets nothing in.

    Parameters
    ----------
    method
        Weighted sums of finite values: from values and taps to ``(batch, filters, ...)``.
    values
        ``(batch, ...)``, real or complex.
    taps
        ``(filters, ...)``, finite.

    Examples
    --------
    >>> def lines(values, taps):
    ...     return np.array([[np.convolve(x, h, mode="valid") for h in taps] for x in values])
    >>> x = np.array([[1.0, np.nan, 1.0, 1.0, np.inf]])
    >>> keeping_nonfinite(lines, x, np.array([[1.0, 1.0], [0.0, -1.0]]))[0].tolist()
    [[nan, nan, 2.0, inf], [-1.0, nan, -1.0, -1.0]]
    """
    finite = np.isfinite(values)
    if finite.all():
        return method(values, taps)
    out = method(np.where(finite, values, 0), taps)
    (hit,) = np.nonzero(~finite.all(axis=tuple(range(1, values.ndim))))
    own = values[hit]
    if np.isinf(own).any():
        out[hit] += _infinities(method, own, taps)
    lost = np.isnan(own)
    if lost.any():
        nothing = complex(np.nan, np.nan) if _complex(out) else np.nan
        met = _meets(method, lost, taps != 0)
        # Item by item: indexed by those that are hit, all their results would be copied twice.
        for item, own in zip(hit, met, strict=True) if met.ndim else ():
            np.copyto(out[item], nothing, where=own)
    return out


def _meets(method: Method, places: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Where windows meet one of the places with one of the taps; equal windows counted once."""
    if not (places.any() and taps.any()):
        return np.zeros((), dtype=bool)
    windows = [window.tobytes() for window in taps]
    first = {window: windows.index(window) for window in windows}
    count = method(places.astype(np.float64), taps[list(first.values())].astype(np.float64))
    order = {window: place for place, window in enumerate(first)}
    return np.asarray((count > 0.5)[:, [order[window] for window in windows]])


def _infinities(method: Method, values: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """What infinite values add: infinity of either sign, or NaN where both meet or one meets 0."""
    support = taps != 0
    real = [(values.real, taps.real)]
    if not (_complex(values) or _complex(taps)):
        return _infinite_part(method, real, support)
    imaginary = [(values.real, taps.imag)]
    if _complex(values):
        real.append((values.imag, -taps.imag))
        imaginary.append((values.imag, taps.real))
    parts = [_infinite_part(method, pairs, support) for pairs in (real, imaginary)]
    out = np.empty(np.broadcast(*parts).shape, dtype=np.complex128)
    out.real = parts[0]
    out.imag = parts[1]  # written apart: multiplied by 1j, infinities would give NaN
    return out


def _infinite_part(
    method: Method, pairs: Sequence[tuple[np.ndarray, np.ndarray]], support: np.ndarray
) -> np.ndarray:
    """Sum of products of infinite values and taps, over pairs of real arrays; 0 without any."""
    up, down, void = (np.zeros((), dtype=bool) for _ in range(3))
    for values, taps in pairs:
        for sign in (1, -1):
            places = values == sign * np.inf
            up = up | _meets(method, places, sign * taps > 0)
            down = down | _meets(method, places, sign * taps < 0)
            void = void | _meets(method, places, support & (taps == 0))
    out = np.where(up, np.inf, np.where(down, -np.inf, 0.0))
    return np.where(void | (up & down), np.nan, out)


def _complex(values: np.ndarray) -> bool:
    return values.dtype.kind == "c"
