"""The wavelets of scattering transforms: their centers, widths, scales and angles.

The tables are those of kymatio 0.3.0, in cycles per sample. Along one dim: centers fall by
``2^(-1/Q)`` from ``max(1 / (1 + 2^(3/Q)), 0.35)`` on, with widths in proportion, until the width
has come down to ``0.1 / 2^J``; Q - 1 more follow at equal steps down to 0, with that width. In two
dims: J octaves down from 3/8, L angles in each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.kernels.wavelets import bells, morlet_area, morlet_response, precision

__all__ = ["LowPass", "Wavelet", "low_pass", "wavelet_width", "wavelets_along", "wavelets_in_plane"]

# kymatio writes 3.1415 for pi where it normalizes Gaussians in two dims; kept, to reproduce its
# numbers.
_AREA = math.pi / 3.1415

_LOW_PASS, _MARGIN = 0.1, 5.0
"""Width of the low-pass at scale 1, and how many widths above its center a wavelet ends."""


@dataclass(frozen=True)
class Wavelet:
    """A Morlet wavelet, in cycles per sample.

    Parameters
    ----------
    frequency
        Center.
    sigma
        Standard deviation of its Gaussian in frequency, along the wave.
    octave
        j: its result is taken to lie on a grid of every 2^j-th sample.
    angle
        In two dims, where the wave runs: 0 along the last one.
    slant
        In two dims, width across the wave over the width along it, in frequency.
    """

    frequency: float
    sigma: float
    octave: int
    angle: float | None = None
    slant: float = 1.0

    def response(self, frequencies: list[np.ndarray]) -> np.ndarray:
        """Frequency response at the outer grid of 1-D frequencies."""
        if self.angle is None:
            inverse = precision(self.sigma)
            area = morlet_area(self.frequency, self.sigma)
            return morlet_response(frequencies, [self.frequency], inverse) / area
        inverse = precision(self.sigma, self.slant * self.sigma, self.angle)
        wave = [self.frequency * math.sin(self.angle), self.frequency * math.cos(self.angle)]
        return np.asarray(_AREA * morlet_response(frequencies, wave, inverse))


@dataclass(frozen=True)
class LowPass:
    """A Gaussian along one dim, by its standard deviation in cycles per sample and its sum."""

    sigma: float
    area: float

    def response(self, frequencies: list[np.ndarray]) -> np.ndarray:
        """Frequency response at the frequencies of one dim."""
        inverse = precision(self.sigma)
        whole = bells([np.zeros(1)], [0.0], inverse) if self.area == 1 else 1.0
        return np.asarray(self.area * bells(frequencies, [0.0], inverse) / whole)


def wavelet_width(frequency: float, per_octave: float) -> float:
    """Width at which neighbors ``2^(1/Q)`` apart cross at ``sqrt(1/2)`` of their peaks."""
    ratio = float(2.0 ** (-1.0 / per_octave))
    return frequency * (1 - ratio) / (1 + ratio) / math.sqrt(math.log(2))


def wavelets_along(J: int, Q: int) -> list[Wavelet]:
    """Wavelets of a scattering transform along one dim, from the highest to the lowest."""
    least = _LOW_PASS / 2**J
    frequency = max(1 / (1 + 2.0 ** (3 / Q)), 0.35)
    sigma = wavelet_width(frequency, Q)
    pairs = [(frequency, sigma)] if sigma > least else []
    while pairs and pairs[-1][1] > least * 2.0 ** (1 / Q):
        pairs.append((pairs[-1][0] / 2.0 ** (1 / Q), pairs[-1][1] / 2.0 ** (1 / Q)))
    elbow = pairs[-1][0] if pairs else sigma
    pairs += [(elbow * (1 - q / Q), least) for q in range(1, Q)]
    return [Wavelet(f, s, _octave(f, s)) for f, s in pairs]


def _octave(frequency: float, sigma: float) -> int:
    """Largest j at which the wavelet ends below the Nyquist frequency of every 2^j-th sample."""
    return math.floor(-math.log2(min(frequency + _MARGIN * sigma, 0.5))) - 1


def wavelets_in_plane(J: int, L: int) -> list[Wavelet]:
    """Wavelets of a scattering transform over two dims: for each octave all angles."""
    first = max(L // 2 - 1, 0)
    angles = [math.pi / 2 - (first - k) * math.pi / L for k in range(L)]
    return [
        Wavelet(3 / 8 / 2**j, 1 / (1.6 * math.pi * 2**j), j, angle, 4 / L)
        for j in range(J)
        for angle in angles
    ]


def low_pass(J: int, rank: int) -> LowPass:
    """The Gaussian that averages over 2^J samples, along one of `rank` dims."""
    if rank == 1:
        return LowPass(_LOW_PASS / 2**J, 1.0)
    return LowPass(1 / (0.8 * math.pi * 2**J), math.sqrt(_AREA))
