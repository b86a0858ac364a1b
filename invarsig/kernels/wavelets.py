"""Morlet wavelets and Gaussians by their frequency responses, periodically repeated by sampling.

Frequencies are in cycles per sample. A Gaussian in one dim has the standard deviation ``sigma``; in
two dims it has one along its wave and one across. Filters are sampled in space, so their responses
repeat at every whole frequency; all repetitions that matter are added up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["bells", "morlet_area", "morlet_response", "precision"]

_FAR = 7.5
"""Number of standard deviations beyond which a Gaussian is below 1e-12."""


def precision(along: float, across: float | None = None, angle: float = 0.0) -> np.ndarray:
    """Inverse covariance of a Gaussian in frequency; at angle 0 the wave is along the last dim."""
    if across is None:
        return np.array([[along**-2]])
    wave = np.array([math.sin(angle), math.cos(angle)])
    side = np.array([math.cos(angle), -math.sin(angle)])
    return np.asarray(np.outer(wave, wave) / along**2 + np.outer(side, side) / across**2)


def bells(
    frequencies: Sequence[np.ndarray], center: Sequence[float], inverse: np.ndarray
) -> np.ndarray:
    """Gaussians ``exp(-u' P u / 2)``, ``u = f + n - f0``, added up over all whole n.

    Parameters
    ----------
    frequencies
        One or two 1-D arrays; the result is over their outer grid.
    center
        f0, one number for each of them.
    inverse
        P, of shape ``(rank, rank)``.
    """
    widths = np.sqrt(np.diag(np.linalg.inv(inverse)))
    near = [_parts(f, c, w) for f, c, w in zip(frequencies, center, widths.tolist(), strict=True)]
    out = np.zeros([f.size for f in frequencies])
    if len(near) == 1:
        for place, u in near[0]:
            out[place] += np.exp(-0.5 * inverse[0, 0] * u**2)
        return out
    for row, u in near[0]:
        for column, v in near[1]:
            power = inverse[0, 0] * u[:, None] ** 2 + inverse[1, 1] * v**2
            power += 2 * inverse[0, 1] * u[:, None] * v
            out[np.ix_(row, column)] += np.exp(-0.5 * power)
    return out


def _parts(f: np.ndarray, center: float, width: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each whole number the positions that its repetition reaches, and their distances."""
    far = _FAR * width
    first, last = math.ceil(center - far - f.max()), math.floor(center + far - f.min())
    parts = []
    for whole in range(first, last + 1):
        away = f + (whole - center)
        (place,) = np.nonzero(np.abs(away) <= far)
        if place.size:
            parts.append((place, away[place]))
    return parts


def morlet_response(
    frequencies: Sequence[np.ndarray], center: Sequence[float], inverse: np.ndarray
) -> np.ndarray:
    """Gaussian around `center`, less a multiple of the one around 0: exactly 0 at frequency 0."""
    origin = [np.zeros(1)] * len(frequencies)
    still = [0.0] * len(frequencies)
    share = float(bells(origin, center, inverse).item() / bells(origin, still, inverse).item())
    return bells(frequencies, center, inverse) - share * bells(frequencies, still, inverse)


def morlet_area(center: float, sigma: float) -> float:
    """``sum_k |h[k]|`` of a Morlet wavelet along one dim whose response has peak 1."""
    half = math.ceil(9 / (2 * math.pi * sigma))
    k = np.arange(-half, half + 1)
    bell = math.sqrt(2 * math.pi) * sigma * np.exp(-2 * (np.pi * sigma * k) ** 2)
    wave = np.exp(2j * np.pi * center * k)
    share = (bell * wave).sum() / bell.sum()
    return float(np.abs(bell * (wave - share)).sum())
