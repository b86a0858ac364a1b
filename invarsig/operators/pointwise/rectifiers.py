"""Rectifiers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axes
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import Pointwise, of_reals

__all__ = ["Relu"]


@dataclass(frozen=True)
class Relu(Pointwise):
    """Rectifier: ``y = max(x, 0)``. NaN is propagated.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Relu()(label([-1.0, 2.0], "x")).values.tolist()
    [0.0, 2.0]

    References
    ----------
    Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines.
    """

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""
        return of_reals("Relu", lambda values: np.maximum(values, 0))
