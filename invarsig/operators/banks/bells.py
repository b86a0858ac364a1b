"""Gaussian bells on plain arrays: taps of several widths, and of derivatives.

A bell of width σ (in samples) has the taps ``exp(-k² / 2 σ²)``, normalized to sum 1 over the
samples within `truncate` widths; its n-th derivative has ``(-1/σ)^n He_n(k/σ)`` times these, with
the Hermite polynomials He_n of probability. Sampling repeats the response at every whole frequency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from invarsig.kernels.rounding import rounded_up

__all__ = ["bell_taps", "discrete_taps", "outer"]


def bell_taps(widths: np.ndarray, truncate: float, order: int = 0) -> np.ndarray:
    """Sampled Gaussians, or their derivatives with respect to the sample, ``(widths, taps)``."""
    half = int(rounded_up(truncate * widths.max()))
    k = np.arange(-half, half + 1)
    w = widths[:, None]
    bells = np.exp(-0.5 * (k / w) ** 2)
    bells[np.abs(k) > rounded_up(truncate * w)] = 0
    bells /= bells.sum(axis=1, keepdims=True)
    hermite = np.polynomial.hermite_e.hermeval(k / w, [*[0.0] * order, 1.0])
    return np.asarray((-1 / w) ** order * hermite * bells)


def discrete_taps(widths: np.ndarray, truncate: float, order: int = 0, most: int = 0) -> np.ndarray:
    """Lindeberg's discrete Gaussians ``T(n, σ²) = exp(-σ²) I_n(σ²)``, ``(widths, taps)``.

    Each is cut where the remaining tail is as small as that of a Gaussian beyond `truncate` widths,
    and normalized to sum 1. Derivatives are central differences of them: for each two orders the
    second difference ``[1, -2, 1]``, for one left over ``[1, 0, -1] / 2``; `most` is the highest
    order that room is left for.
    """
    from scipy.special import ive

    left = math.erfc(truncate / math.sqrt(2))
    # By Bernstein's inequality the remaining tail of the widest is smaller than that from here on.
    last = int(rounded_up(truncate * float(widths.max()) + truncate**2)) + 4
    n = np.arange(last + 1)
    sides = ive(n, widths[:, None] ** 2)
    beyond = 2 * (np.cumsum(sides[:, ::-1], axis=1)[:, ::-1] - sides)
    halves = (beyond > left).sum(axis=1)
    sides[n > halves[:, None]] = 0
    kept = sides[:, : halves.max() + 1]
    taps = np.concatenate([kept[:, :0:-1], kept], axis=1)
    taps = taps / taps.sum(axis=1, keepdims=True)
    room = (max(order, most) + 1) // 2
    taps = np.pad(taps, ((0, 0), (room, room)))
    for _ in range(order // 2):
        taps = np.roll(taps, 1, axis=1) - 2 * taps + np.roll(taps, -1, axis=1)
    if order % 2:
        taps = (np.roll(taps, -1, axis=1) - np.roll(taps, 1, axis=1)) / 2
    return np.asarray(taps)


def outer(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Outer product over the last axes of arrays ``(*lead, n)`` that share the axes in front."""
    out = parts[0]
    for place, part in enumerate(parts[1:], start=1):
        out = out[..., None] * part.reshape(*part.shape[:-1], *(1,) * place, part.shape[-1])
    return out
