r"""Relative errors of several sections of a signal, as one: numerators and denominators add up.

.. math:: e^2 = \frac{\sum_i \lVert d_i \rVert^2}{\lVert f - \bar f \rVert^2}, \qquad
          \lVert f - \bar f \rVert^2
          = \sum_i \lVert f_i - \bar f_i \rVert^2 + \sum_i n_i \lvert \bar f_i - \bar f \rvert^2

A mean of the sections' own errors would count a silent section as much as a loud one; and energies
without the sections' own means would lose how far these means lie apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Energies", "relative_sizes"]


@dataclass(frozen=True)
class Energies:
    """Energies of differences, and of what they are relative to, for several moves at once.

    Parameters
    ----------
    gap
        Energy of the difference at each move.
    around
        Energy of the reference around its own mean.
    mean
        That mean.
    count
        Number of samples; 0 where nothing is compared.
    """

    gap: np.ndarray
    around: np.ndarray
    mean: np.ndarray
    count: np.ndarray

    @classmethod
    def none(cls, moves: int) -> Energies:
        """Nothing compared at any of so many moves."""
        zeros = np.zeros(moves)
        return cls(zeros, zeros, zeros.astype(complex), zeros)

    @classmethod
    def of(cls, errors: Sequence[float], references: Sequence[np.ndarray | None]) -> Energies:
        """From relative errors, and the values that they are relative to; None for no comparison.

        Examples
        --------
        >>> two = [Energies.of([0.1], [np.array([1.0, 3.0])]), Energies.of([0.5], [np.zeros(2)])]
        >>> (two[0] + two[1]).around  # of the samples 1, 3, 0, 0
        array([6.])
        """
        moments: dict[int, tuple[float, complex, float]] = {}
        for values in references:
            if id(values) not in moments:
                moments[id(values)] = _moments(values)
        around, mean, count = map(
            np.array, zip(*(moments[id(each)] for each in references), strict=True)
        )
        # Where there is no energy there is no relative error, and no difference either.
        gap = np.where(around > 0, np.square(np.asarray(errors, dtype=float)) * around, 0.0)
        return cls(gap, around, mean, count)

    def __add__(self, other: Energies) -> Energies:
        """Of both together: as of one signal that holds the samples of both."""
        count = self.count + other.count
        share = np.divide(other.count, count, out=np.zeros_like(count), where=count > 0)
        apart = other.mean - self.mean
        between = self.count * share * np.abs(apart) ** 2
        return Energies(
            self.gap + other.gap,
            self.around + other.around + between,
            self.mean + share * apart,
            count,
        )


def _moments(values: np.ndarray | None) -> tuple[float, complex, float]:
    """Energy around the mean, the mean, and how many values there are."""
    if values is None or not values.size:
        return 0.0, 0j, 0.0
    mean = np.mean(values, dtype=np.complex128 if values.dtype.kind == "c" else np.float64)
    apart = values - mean
    around = float(np.vdot(apart, apart).real)
    return around, complex(mean), float(values.size)


def relative_sizes(energies: Energies) -> np.ndarray:
    """The relative error at each move; NaN where nothing is compared or there is no energy."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.sqrt(energies.gap / energies.around)
    return np.where(energies.around > 0, found, np.nan)
