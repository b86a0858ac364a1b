"""Logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.base import Plan
from invarsig.operators.pointwise.pointwise import Pointwise, of_reals

__all__ = ["Log"]


@dataclass(frozen=True)
class Log(Pointwise):
    """Natural logarithm: ``y = ln(x + offset)``. Below zero the result is NaN, at zero -inf.

    Parameters
    ----------
    offset
        Added before the logarithm; in the unit of the samples.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> Log(offset=1.0)(label([0.0], "x")).values.tolist()
    [0.0]

    References
    ----------
    Stevens (1957), doi:10.1037/h0046162, on why loudness is heard on a compressive scale.
    """

    offset: float = 0.0

    def __post_init__(self) -> None:
        real = isinstance(self.offset, (int, float, np.integer, np.floating))
        if not real or not np.isfinite(self.offset) or self.offset < 0:
            raise ParameterError(f"offset is {self.offset!r}; give a finite value of at least 0.")

    def plan(self, axes: Axes) -> Plan:
        """The same on any axes."""

        def logarithm(values: np.ndarray) -> np.ndarray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(np.log(values + np.asarray(self.offset, values.dtype)))

        return of_reals("Log", logarithm)
