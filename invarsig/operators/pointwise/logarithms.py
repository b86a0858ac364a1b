"""Logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import PlainPointwise, of_reals

__all__ = ["Decibel", "Log", "Log1p"]

Quantity = Literal["power", "amplitude"]


@dataclass(frozen=True)
class Log(PlainPointwise):
    """Natural logarithm: ``y = ln(x + offset)``. Below zero the result is NaN, at zero -inf.

    Parameters
    ----------
    offset
        Added before the logarithm; in the unit of the samples.

    Raises
    ------
    ParameterError
        If the offset is not a finite number of at least 0.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Log(offset=1.0)(label([0.0], "x")).values.tolist()
    [0.0]

    References
    ----------
    Stevens (1957), doi:10.1037/h0046162, on why loudness is perceived on a compressive scale.
    """

    offset: float = 0.0

    def __post_init__(self) -> None:
        wanted = "a finite value of at least 0"
        parameters.finite(self.offset, "offset", least=0, wanted=wanted)

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def logarithm(values: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(np.log(values + np.asarray(self.offset, values.dtype)))

        return of_reals("Log", logarithm)


@dataclass(frozen=True)
class Log1p(PlainPointwise):
    """Logarithm of one more: ``y = ln(1 + x)``, exact near 0. Below -1 it is NaN, at -1 -inf.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Log1p()(label([0.0, 1e-20], "x")).values.tolist()
    [0.0, 1e-20]

    References
    ----------
    Goldberg (1991), What every computer scientist should know about floating-point arithmetic,
    doi:10.1145/103162.103163, theorem 4.
    """

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def logarithm(values: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(np.log1p(values))

        return of_reals("Log1p", logarithm)


@dataclass(frozen=True)
class Decibel(PlainPointwise):
    """Level in decibels: ``10 lg(x / reference)`` of a power, ``20 lg(|x| / reference)`` else.

    Without a floor zero gives -inf, and a power below zero, which has no level, NaN. With one both
    are raised to it, as the smallest power above zero is. NaN stays NaN.

    Parameters
    ----------
    of
        "power", or "amplitude", which may be complex.
    reference
        What 0 dB is, in the unit of the samples; above 0.
    floor
        Levels below are raised to it, in dB; None leaves them unchanged.

    Raises
    ------
    ParameterError
        If the reference is not above 0, the floor not finite, or `of` unknown.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([1.0, 0.1, 0.0], "x")
    >>> Decibel()(x).values.round(6).tolist()
    [0.0, -10.0, -inf]
    >>> Decibel(of="amplitude", floor=-60)(x).values.round(6).tolist()
    [0.0, -20.0, -60.0]
    >>> Decibel(floor=-60)(label([-1e-20, 0.0, 1e-20], "x")).values.tolist()
    [-60.0, -60.0, -60.0]

    References
    ----------
    IEC 60027-3:2002, Letter symbols to be used in electrical technology, part 3: logarithmic and
    related quantities, and their units.
    """

    of: Quantity = "power"
    reference: float = 1.0
    floor: float | None = None

    def __post_init__(self) -> None:
        parameters.one_of("of", self.of, Quantity)
        parameters.positive(self.reference, "reference", wanted="a finite value above 0")
        if self.floor is not None:
            parameters.finite(self.floor, "floor", " dB", wanted="a finite level, or None")

    def result_unit(self, unit: str) -> str:
        """Decibels."""
        return "dB"

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def level(values: np.ndarray) -> np.ndarray:
            per_bel = 10 if self.of == "power" else 20
            size = values if self.of == "power" else np.abs(values)
            if self.floor is not None:
                size = np.maximum(size, 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                out = np.asarray(per_bel * np.log10(size / np.asarray(self.reference, size.dtype)))
            return out if self.floor is None else np.maximum(out, self.floor)

        return of_reals("Decibel", level) if self.of == "power" else Plan((), (), kernel=level)
