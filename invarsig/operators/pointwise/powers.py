"""Moduli, squares and other powers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axes
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import Pointwise

__all__ = ["Modulus", "Square"]


@dataclass(frozen=True)
class Modulus(Pointwise):
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

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""
        return Plan((), (), kernel=np.abs)


@dataclass(frozen=True)
class Square(Pointwise):
    """Squared modulus: ``y = |x|²``. It doubles the band, so it folds from a quarter rate on.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Square()(label([3 + 4j, -2], "x")).values.tolist()
    [25.0, 4.0]

    References
    ----------
    Adelson & Bergen (1985), doi:10.1364/JOSAA.2.000284.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""

        def square(values: np.ndarray) -> np.ndarray:
            return values.real**2 + values.imag**2 if np.iscomplexobj(values) else values**2

        return Plan((), (), kernel=square)
