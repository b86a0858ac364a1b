"""What one move reveals about a pipeline as given: rolled, away from its ends, and by two cuts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from invarsig.actions import Translate
from invarsig.measures.known_samples import Indexers

__all__ = ["Judged", "Parts", "Reason"]

Reason = Literal[
    "", "infinite-reach", "too-short", "little-inside", "not-whole", "refused", "lost", "periodic"
]
"""Why there is no value; "" where there is one."""

Parts = tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """What one move reveals about a pipeline as given.

    Parameters
    ----------
    move
        The move.
    blind
        Whether it is a whole multiple of the total stride along every dim: a roll by that is exact
        for any pipeline that is shift-invariant.
    roll
        Relative error of rolling, over the whole output.
    inside, inside_compared, inside_limit, region
        The error away from the ends and the seam, the part of the output that was compared, what a
        perfect pipeline might score, and where.
    inside_reason
        Why there is no such error.
    cut, cut_compared, cut_limit, cut_reason
        The same of two cuts.
    roll_parts, inside_parts, cut_parts
        The errors in parts of the output along one dim, as `relative_in_parts` has them.
    """

    move: Translate
    blind: bool
    roll: float
    inside: float
    inside_compared: float
    inside_limit: float
    inside_reason: Reason
    region: Indexers
    cut: float
    cut_compared: float
    cut_limit: float
    cut_reason: Reason
    roll_parts: Parts = ()
    inside_parts: Parts = ()
    cut_parts: Parts = ()

    @property
    def told(self) -> float:
        """The error that rolling reveals: away from the ends where that is available.

        A blind roll that is off there all the same is not folding: the pipeline follows position.
        """
        if self.blind:
            return self.inside if self.inside > self.inside_limit else math.nan
        return self.inside if math.isfinite(self.inside) else self.roll

    @property
    def worst(self) -> float:
        """The larger of the errors that rolling and cutting reveal; NaN where neither does."""
        return float(np.fmax(self.told, self.cut))

    @property
    def worst_parts(self) -> Parts:
        """The worst error, in parts of the output; empty where there are none."""
        if not math.isfinite(self.worst):
            return ()
        if math.isnan(self.told) or (math.isfinite(self.cut) and self.cut > self.told):
            return self.cut_parts
        return self.inside_parts if math.isfinite(self.inside) else self.roll_parts
