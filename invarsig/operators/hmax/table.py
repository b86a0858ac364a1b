"""The parameter table of HMAX: sizes of filters, their widths and wavelengths, grids of the pools.

Serre et al. (2007), doi:10.1109/TPAMI.2007.56, table 1: sixteen filter sizes in eight bands of two,
each with a width and a wavelength to one decimal. Sizes of the table have the printed values.
Between and beyond them the authors' program uses ``λ = 2 s / (4 - (s - 7) / 40)``, ``σ = 0.8 λ``:
it gives 31 of the 32 printed numbers, and for s = 23 λ = 12.8 where 12.7 is printed. (The
polynomial ``σ = 0.0036 s² + 0.35 s + 0.18`` of Serre & Riesenhuber (2004) gives 8 of them.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig import parameters
from invarsig.errors import ParameterError

__all__ = [
    "ASPECT",
    "BANDS",
    "PATCH_SIZES",
    "Band",
    "band_of",
    "designed",
    "gabor_taps",
    "width_and_wavelength",
]

ASPECT = 0.3
"""Aspect ratio γ of the Gabor filters: they are 1/γ times as long across the wave as along it."""

BANDS = 8
"""Number of bands in the table."""

PATCH_SIZES = (4, 8, 12, 16)
"""Sizes of the S2 patches, in samples of C1."""


def width_and_wavelength(size: int) -> tuple[float, float]:
    """Width σ and wavelength λ in samples of the Gabor filter of a size.

    As printed for the sizes of the table, otherwise ``λ = 2 s / (4 - (s - 7) / 40)``,
    ``σ = 0.8 λ``.

    Examples
    --------
    >>> width_and_wavelength(7)
    (2.8, 3.5)
    """
    if size in _PRINTED:
        return _PRINTED[size]
    return designed(size)


def designed(size: int) -> tuple[float, float]:
    """Width and wavelength by the formula, to full precision."""
    divisor = 4 - (size - 7) / 40
    if divisor <= 0:
        raise ParameterError(f"A filter's size is {size} samples; the design is defined below 167.")
    wavelength = 2 * size / divisor
    return 0.8 * wavelength, wavelength


_PRINTED = {
    7: (2.8, 3.5),
    9: (3.6, 4.6),
    11: (4.5, 5.6),
    13: (5.4, 6.8),
    15: (6.3, 7.9),
    17: (7.3, 9.1),
    19: (8.2, 10.3),
    21: (9.2, 11.5),
    23: (10.2, 12.7),
    25: (11.3, 14.1),
    27: (12.3, 15.4),
    29: (13.4, 16.8),
    31: (14.6, 18.2),
    33: (15.8, 19.7),
    35: (17.0, 21.2),
    37: (18.2, 22.8),
}


@dataclass(frozen=True)
class Band:
    """One band: two sizes of filters, and the pool over both.

    Parameters
    ----------
    sizes
        Sizes of the filters, in samples.
    grid
        Width of the pool's window along either dim, in samples.
    stride
        Samples from one window to the next: windows overlap by half.
    """

    sizes: tuple[int, int]
    grid: int
    stride: int


def band_of(number: int) -> Band:
    """Row of the table, 1 to 8.

    Examples
    --------
    >>> band_of(2)
    Band(sizes=(11, 13), grid=10, stride=5)
    """
    row = parameters.count(number, "The number of a band")
    if row > BANDS:
        raise ParameterError(f"Band {row} is beyond the table, which has {BANDS}.")
    grid = 6 + 2 * row
    return Band((4 * row + 3, 4 * row + 5), grid, grid // 2)


def gabor_taps(size: int, orientations: tuple[float, ...]) -> np.ndarray:
    """Taps ``(orientation, row, column)`` of one size: mean 0 and norm 1 within a disc.

    ``exp(-(u² + γ² v²) / 2 σ²) cos(2 π u / λ)`` with u along the wave and v across it, 0 outside
    the disc of diameter `size`.
    """
    sigma, wavelength = width_and_wavelength(size)
    k = np.arange(size) - (size - 1) / 2
    rows, columns = np.meshgrid(k, k, indexing="ij")
    inside = rows**2 + columns**2 <= (size / 2) ** 2
    bank = []
    for angle in orientations:
        along = columns * math.cos(angle) + rows * math.sin(angle)
        across = rows * math.cos(angle) - columns * math.sin(angle)
        bell = np.exp(-(along**2 + (ASPECT * across) ** 2) / (2 * sigma**2))
        taps = np.where(inside, bell * np.cos(2 * np.pi * along / wavelength), 0.0)
        taps = np.where(inside, taps - taps[inside].mean(), 0.0)
        bank.append(taps / np.sqrt((taps**2).sum()))
    return np.stack(bank)
