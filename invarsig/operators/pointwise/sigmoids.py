"""Squashing functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axes
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import PlainPointwise, of_reals

__all__ = ["Sigmoid", "Tanh"]


@dataclass(frozen=True)
class Sigmoid(PlainPointwise):
    """Logistic function: ``y = 1 / (1 + exp(-x))``.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(Sigmoid()(label(0.0)))
    0.5

    References
    ----------
    Verhulst (1845); Bishop (2006), Pattern recognition and machine learning, section 4.2.
    """

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def logistic(values: np.ndarray) -> np.ndarray:
            from scipy import special

            return np.asarray(special.expit(values))

        return of_reals("Sigmoid", logistic)


@dataclass(frozen=True)
class Tanh(PlainPointwise):
    """Hyperbolic tangent: ``y = tanh(x)``.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> float(Tanh()(label(0.0)))
    0.0

    References
    ----------
    LeCun et al. (1998), Efficient backprop, doi:10.1007/3-540-49430-8_2.
    """

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""
        return of_reals("Tanh", np.tanh)
