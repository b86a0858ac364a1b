"""Laws: identities that hold to round-off, which are asserted of every item and not estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from invarsig.experiments.effects import spaced, worded
from invarsig.experiments.expectations import Expectation

__all__ = ["Law"]


@dataclass(frozen=True)
class Law:
    """An identity: what holds of every single item, up to the arithmetic.

    Parameters
    ----------
    name
        What holds, in words.
    worst
        The value of the item that keeps it least.
    bound
        What every item keeps.
    """

    name: str
    worst: float
    bound: Expectation

    @classmethod
    def of(cls, name: str, values: Any, bound: Expectation) -> Law:
        """Take the item that keeps the bound least.

        Examples
        --------
        >>> from invarsig.experiments.expectations import below
        >>> Law.of("convolution commutes", [-310.0, -305.0], below(-200, "dB")).worst
        -305.0
        """
        items = np.ravel(np.asarray(values, dtype=np.float64))
        away = {"below": items, "above": -items, "within": abs(items - np.mean(bound.limits))}
        return cls(name, float(items[np.argmax(away[bound.side])]), bound)

    @property
    def holds(self) -> bool:
        """Whether the worst item keeps the bound."""
        return self.bound.holds(self.worst)

    def __str__(self) -> str:
        """Say it, with the worst item."""
        return f"{self.name}: {worded(round(self.worst, 3))}{spaced(self.bound.unit)}, {self.bound}"
