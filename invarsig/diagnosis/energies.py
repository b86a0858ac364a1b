r"""Relative errors of several sections of a signal, as one: numerators and denominators add up.

.. math:: e^2 = \frac{\sum_i \lVert d_i \rVert^2}{\lVert f - \bar f \rVert^2}, \qquad
          \lVert f - \bar f \rVert^2
          = \sum_i \lVert f_i - \bar f_i \rVert^2 + \sum_i n_i \lvert \bar f_i - \bar f \rvert^2

A mean of the sections' own errors would count a silent section as much as a loud one; and energies
without the sections' own means would lose how far these means lie apart. Where each channel has a
mean of its own (``norm="channelwise"``) this holds for each of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.measures.norms import Norm, mean_dims

__all__ = ["NOTHING", "Energies", "Moments", "joined", "relative_sizes"]


@dataclass(frozen=True)
class Moments:
    """Energy of a reference without the means that its norm says, these means, and their samples.

    Parameters
    ----------
    around
        The energy.
    means
        Shape ``(channels,)``: those that other sections share. Empty where no mean is taken out, or
        where each section has channels of its own: then energies add up.
    count
        Number of samples of a channel; 0 where nothing is compared.
    """

    around: float
    means: np.ndarray
    count: float

    @classmethod
    def of(
        cls, y: xr.DataArray, norm: Norm = "centered", along: Sequence[str] = (), cut: str = ""
    ) -> Moments:
        """Of a result, or a part of it.

        Parameters
        ----------
        y, norm, along
            The result, the norm, and the dims that move: see `mean_dims`.
        cut
            The dim that sections lie next to one another along.

        Examples
        --------
        >>> x = xr.DataArray([[1.0, 3.0], [5.0, 5.0]], dims=("channel", "x"))
        >>> Moments.of(x, "channelwise", ["x"], cut="x")
        Moments(around=2.0, means=array([2., 5.]), count=2.0)
        """
        if not y.size:
            return NOTHING
        over = mean_dims(y, norm, along)
        if norm != "total" and not over:  # one number, which is one of several of the whole
            over = tuple(map(str, y.dims))
        values = y.to_numpy()
        wide = np.complex128 if values.dtype.kind == "c" else np.float64
        axes = tuple(y.get_axis_num(dim) for dim in over)
        if not axes:
            return cls(float(np.sum(np.abs(values.astype(wide)) ** 2)), np.zeros(0), 1.0)
        means = np.asarray(np.mean(values, axis=axes, keepdims=True, dtype=wide))
        apart = values - means
        around = float(np.vdot(apart, apart).real)
        if cut in y.dims and cut not in over:
            means = means[..., :0]
        return cls(around, means.reshape(-1), float(math.prod(y.sizes[dim] for dim in over)))


NOTHING = Moments(0.0, np.zeros(1), 0.0)


@dataclass(frozen=True)
class Energies:
    """Energies of differences, and of what they are relative to, for several moves at once.

    Parameters
    ----------
    gap
        Energy of the difference at each move.
    references
        The moments of what it is relative to.
    """

    gap: np.ndarray
    references: tuple[Moments, ...]

    @classmethod
    def of(cls, errors: Sequence[float], references: Sequence[Moments | None]) -> Energies:
        """From relative errors, and what they are relative to; None for no comparison.

        Examples
        --------
        >>> one, two = (
        ...     Moments.of(xr.DataArray(values, dims="x")) for values in ([1.0, 3.0], [0.0, 0.0])
        ... )
        >>> (Energies.of([0.1], [one]) + Energies.of([0.5], [two])).around  # of 1, 3, 0, 0
        array([6.])
        """
        told = tuple(NOTHING if each is None else each for each in references)
        around = np.array([each.around for each in told])
        # Where there is no energy there is no relative error, and no difference either.
        gap = np.where(around > 0, np.square(np.asarray(errors, dtype=float)) * around, 0.0)
        return cls(gap, told)

    @property
    def around(self) -> np.ndarray:
        """Energy of the reference at each move."""
        return np.array([each.around for each in self.references])

    def __add__(self, other: Energies) -> Energies:
        """Of both together: as of one signal that holds the samples of both."""
        pairs = zip(self.references, other.references, strict=True)
        return Energies(self.gap + other.gap, tuple(joined(*pair) for pair in pairs))


def joined(one: Moments, other: Moments) -> Moments:
    """The moments of two sections as one."""
    count = one.count + other.count
    share = other.count / count if count else 0.0
    apart = other.means - one.means
    between = one.count * share * float(np.sum(np.abs(apart) ** 2))
    return Moments(one.around + other.around + between, one.means + share * apart, count)


def relative_sizes(energies: Energies) -> np.ndarray:
    """The relative error at each move; NaN where nothing is compared or there is no energy."""
    around = energies.around
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.sqrt(energies.gap / around)
    return np.where(around > 0, found, np.nan)
