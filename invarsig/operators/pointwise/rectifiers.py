"""Rectifiers, sharp and smooth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import PlainPointwise, of_reals

__all__ = ["Gelu", "LeakyRelu", "Relu", "Softplus"]


@dataclass(frozen=True)
class Relu(PlainPointwise):
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

    @property
    def homogeneity(self) -> float:
        """1: a rectifier keeps the scale."""
        return 1

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""
        return of_reals("Relu", lambda values: np.maximum(values, 0))


@dataclass(frozen=True)
class LeakyRelu(PlainPointwise):
    """Leaky rectifier: ``y = x`` above 0, and ``slope * x`` below. NaN is propagated.

    Parameters
    ----------
    slope
        Slope below 0; 0 is `Relu`, 1 the identity.

    Raises
    ------
    ParameterError
        If the slope is not a finite number.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> LeakyRelu(slope=0.5)(label([-1.0, 2.0], "x")).values.tolist()
    [-0.5, 2.0]

    References
    ----------
    Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models.
    """

    slope: float = 0.01

    def __post_init__(self) -> None:
        parameters.finite(self.slope, "slope")

    @property
    def homogeneity(self) -> float:
        """1: a rectifier keeps the scale."""
        return 1

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def leaky(values: np.ndarray) -> np.ndarray:
            return np.where(values < 0, np.asarray(self.slope, values.dtype) * values, values)

        return of_reals("LeakyRelu", leaky)


@dataclass(frozen=True)
class Gelu(PlainPointwise):
    """Gaussian error linear unit: ``y = x (1 + erf(x / sqrt(2))) / 2``, exactly.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Gelu()(label([-1.0, 0.0, 1.0], "x")).values.round(4).tolist()
    [-0.1587, 0.0, 0.8413]

    References
    ----------
    Hendrycks & Gimpel (2016), Gaussian error linear units, arXiv:1606.08415.
    """

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def gelu(values: np.ndarray) -> np.ndarray:
            from scipy import special

            # At -inf the product is 0 times infinity, and its limit is 0.
            share = np.asarray(special.ndtr(values))
            return np.where(np.isneginf(values), 0, values * share)

        return of_reals("Gelu", gelu)


@dataclass(frozen=True)
class Softplus(PlainPointwise):
    """Smooth rectifier: ``y = ln(1 + exp(x))``. Its slope is the logistic function.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Softplus()(label([-1000.0, 0.0, 1000.0], "x")).values.round(4).tolist()
    [0.0, 0.6931, 1000.0]

    References
    ----------
    Dugas et al. (2000), Incorporating second-order functional knowledge for better option pricing.
    """

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""

        def softplus(values: np.ndarray) -> np.ndarray:
            return np.asarray(np.logaddexp(np.zeros((), values.dtype), values))

        return of_reals("Softplus", softplus)
