"""Moduli, squares and other powers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import DtypeError
from invarsig.operators.base import Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.pointwise.pointwise import PlainPointwise, Pointwise

__all__ = ["Modulus", "Power", "Square"]


@dataclass(frozen=True)
class Modulus(PlainPointwise):
    """Modulus: ``y = |x|``, the envelope of a complex channel. The result is real.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Modulus()(label([3 + 4j, -2], "x")).values.tolist()
    [5.0, 2.0]

    References
    ----------
    Mallat (2012), Group invariant scattering, doi:10.1002/cpa.21413.
    """

    @property
    def homogeneity(self) -> float:
        """1: a modulus keeps the scale."""
        return 1

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""
        return Plan((), (), kernel=np.abs)


@dataclass(frozen=True)
class Square(PlainPointwise):
    """Squared modulus: ``y = |x|²``. It doubles the band, so it folds above a quarter of the rate.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Square()(label([3 + 4j, -2], "x")).values.tolist()
    [25.0, 4.0]

    References
    ----------
    Adelson & Bergen (1985), doi:10.1364/JOSAA.2.000284.
    """

    @property
    def homogeneity(self) -> float:
        """2."""
        return 2

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def square(values: np.ndarray) -> np.ndarray:
            return values.real**2 + values.imag**2 if np.iscomplexobj(values) else values**2

        return Plan((), (), kernel=square)


@dataclass(frozen=True)
class Power(Pointwise):
    """Power: ``y = x^exponent``.

    A whole exponent n widens the band n times. Of negative samples only whole powers are real:
    others are NaN, so put a `Modulus` before them.

    Parameters
    ----------
    exponent
        Above 0.

    Raises
    ------
    ParameterError
        If the exponent is not a finite number above 0.
    DtypeError
        If complex samples meet an exponent that is not whole: such a power has several values.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Power(3)(label([-2.0, 2.0], "x")).values.tolist()
    [-8.0, 8.0]
    >>> Power(0.5)(label([4.0], "x")).values.tolist()
    [2.0]

    References
    ----------
    Stevens (1957), doi:10.1037/h0046162.
    """

    exponent: float

    def __post_init__(self) -> None:
        parameters.positive(self.exponent, "exponent", wanted="a finite value above 0")

    @property
    def homogeneity(self) -> float:
        """The exponent."""
        return self.exponent

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""
        whole = float(self.exponent).is_integer()

        def power(values: np.ndarray) -> np.ndarray:
            if np.iscomplexobj(values) and not whole:
                raise DtypeError(
                    f"A power of {self.exponent:g} is not defined for complex values; put a "
                    "Modulus before it, or take a whole exponent."
                )
            with np.errstate(invalid="ignore"):
                return np.asarray(values ** float(self.exponent))

        return Plan((), (), kernel=power)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Whole and fractional exponents."""
        yield cls(3), noise_picture(rng)
        yield cls(1 / 3), abs(noise_picture(rng))
        yield cls(2.5), noise_picture(rng)
