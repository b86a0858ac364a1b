"""Resampling of a finite signal at positions denser or sparser than its samples.

The kernel is a sinc under a Kaiser window. Where places lie more than a sample apart it is
stretched by as much, so that it is a low-pass as well: what the sparser grid cannot hold is
removed. Up to `passband` of the lower of the two Nyquist frequencies tones are exact to -94 dB (-88
dB where the kernel is half as wide); from there to the same distance beyond that frequency it rolls
off.
"""

from __future__ import annotations

import math

import numpy as np

from invarsig.kernels.rounding import rounded_up

__all__ = ["HALF_WIDTH", "passband", "sampled_at", "seen_whole", "spread_of"]

HALF_WIDTH = 16
_DECIBELS = 100.0


def passband(half_width: int = HALF_WIDTH) -> float:
    """Share of the Nyquist frequency up to which the kernel is practically exact.

    ``1 - (A - 8) / (2.285 * 4 pi H)``, which is Kaiser's rule for the width of a transition band.

    Examples
    --------
    >>> round(passband(16), 2), round(passband(32), 2)
    (0.8, 0.9)
    """
    return 1 - (_DECIBELS - 8) / (2.285 * 4 * math.pi * half_width)


def spread_of(places: np.ndarray) -> np.ndarray:
    """By how much the kernel is stretched at each position: the spacing in samples, at least 1."""
    there = np.isfinite(places)
    spread = np.ones(places.shape)
    if there.sum() > 1:
        spread[there] = np.maximum(np.abs(np.gradient(places[there])), 1.0)
    return spread


def seen_whole(
    given: np.ndarray, axis: int, places: np.ndarray, half_width: int = HALF_WIDTH
) -> np.ndarray:
    """At which positions the kernel lies within the given samples, or on one of them.

    Parameters
    ----------
    given
        Boolean: which samples are.
    axis, places, half_width
        As for `sampled_at`.

    Examples
    --------
    >>> given = np.ones(40, dtype=bool)
    >>> np.flatnonzero(seen_whole(given, 0, np.arange(40) + 0.5)).tolist()
    [15, 16, 17, 18, 19, 20, 21, 22, 23]
    >>> np.flatnonzero(seen_whole(given, 0, np.arange(40) + 38.0)).tolist()
    [0, 1]
    """
    last = np.moveaxis(given, axis, -1)
    size = last.shape[-1]
    spread = spread_of(places)
    on_one = (np.abs(places - np.round(places)) <= 1e-9) & (spread <= 1 + 1e-9)
    reach = np.where(on_one, 0.0, half_width * spread)
    here = np.where(np.isfinite(places), places, -1e9)
    first = np.ceil(here - reach - 1e-9).astype(np.int64)
    end = np.floor(here + reach + 1e-9).astype(np.int64) + 1
    missing = np.cumsum(~last, axis=-1)
    missing = np.concatenate([np.zeros_like(missing[..., :1]), missing], axis=-1)
    between = missing[..., np.clip(end, 0, size)] - missing[..., np.clip(first, 0, size)]
    return np.moveaxis((first >= 0) & (end <= size) & (between == 0), -1, axis)


def sampled_at(
    values: np.ndarray, axis: int, places: np.ndarray, half_width: int = HALF_WIDTH
) -> np.ndarray:
    """Sample an array at other positions along one axis; beyond its ends there is zero.

    ``y[n] = sum_k x[k] sinc(u) w(u / H) / sum_k sinc(u) w(u / H)`` with ``u = (k - p[n]) / s[n]``,
    the distance s[n] between neighboring places p (at least 1), and a Kaiser window w.

    Parameters
    ----------
    values
        Real or complex array.
    axis
        Which axis to read along.
    places
        In samples from the first; NaN for places where there is nothing.
    half_width
        H: the kernel has 2 H + 1 taps, multiplied by the stretch.

    Examples
    --------
    >>> x = np.cos(0.3 * np.arange(100))
    >>> bool(abs(sampled_at(x, 0, np.array([50.0, 50.5])) - np.cos([15.0, 15.15])).max() < 1e-5)
    True
    """
    last = np.moveaxis(values, axis, -1)
    size = last.shape[-1]
    out = np.zeros((*last.shape[:-1], len(places)), dtype=last.dtype)
    # A kernel that lies beyond the ends reads zeros: where places are far apart, nearly all do.
    spread = spread_of(places)
    reach = half_width * spread
    meets = np.isfinite(places) & (places + reach >= 0) & (places - reach <= size - 1)
    if meets.any():
        out[..., meets] = _weighted(last, places[meets], spread[meets], half_width)
    return np.moveaxis(out, -1, axis)


def _weighted(
    last: np.ndarray, here: np.ndarray, spread: np.ndarray, half_width: int
) -> np.ndarray:
    """Weighted means of samples about finite places along the last axis."""
    size = last.shape[-1]
    beyond = np.zeros((*last.shape[:-1], 1), dtype=last.dtype)
    wide = np.concatenate([last, beyond], axis=-1)
    base = np.round(here).astype(np.int64)
    taps = int(rounded_up(half_width * float(spread.max())))
    out = np.zeros((*last.shape[:-1], len(here)), dtype=last.dtype)
    total = np.zeros(len(here))
    real = last.real.dtype
    for lag in range(-taps, taps + 1):
        index = base + lag
        weight = _weight((index - here) / spread, half_width)
        total += weight
        used = (index >= 0) & (index < size) & (weight != 0)
        if used.any():
            out += weight.astype(real) * wide[..., np.where(used, index, size)]
    out /= total.astype(real)
    return out


def _weight(away: np.ndarray, half_width: int) -> np.ndarray:
    """The windowed sinc, with a number of its zeros to either side."""
    from scipy import special

    beta = 0.1102 * (_DECIBELS - 8.7)
    inside = 1 - (away / half_width) ** 2
    bell = special.i0e(beta * np.sqrt(np.clip(inside, 0, None)))
    grown = np.exp(beta * (np.sqrt(np.clip(inside, 0, None)) - 1))
    return np.asarray(np.where(inside >= 0, np.sinc(away) * bell * grown, 0.0))
