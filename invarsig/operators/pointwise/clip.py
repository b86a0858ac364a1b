"""Clipping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.base import Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.pointwise.pointwise import Pointwise, of_reals

__all__ = ["Clip"]


@dataclass(frozen=True)
class Clip(Pointwise):
    """Clipping: ``y = min(max(x, low), high)``. NaN is propagated.

    From 0 to 6 it is the rectifier of small networks (ReLU6), from -1 to 1 the hard tanh.

    Parameters
    ----------
    low, high
        The limits, in the unit of the samples; `high` above `low`.

    Raises
    ------
    ParameterError
        If a limit is not a finite number, or they are not in order.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Clip(0, 6)(label([-1.0, 2.0, 9.0], "x")).values.tolist()
    [0.0, 2.0, 6.0]

    References
    ----------
    Krizhevsky (2010), Convolutional deep belief networks on CIFAR-10.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, parameters.finite(getattr(self, name), name))
        if not self.low < self.high:
            raise ParameterError(
                f"low is {self.low:g} and high {self.high:g}; give a high above the low."
            )

    def result_unit(self, unit: str) -> str:
        """The unit of the samples, which the limits are in."""
        return unit

    def plan(self, axes: Axes) -> Plan:
        """The plan, which is the same on any axes."""
        return of_reals("Clip", lambda values: np.clip(values, self.low, self.high))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Limits on either side of 0, and at it."""
        yield cls(-0.5, 0.7), noise_picture(rng)
        yield cls(0, 6), noise_picture(rng)
