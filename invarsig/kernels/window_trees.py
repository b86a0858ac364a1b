"""Windows along an axis as trees of joins; which samples they take and what lies beyond.

Of 9 samples three of three are joined, of 7 two of three and one more. Every window is put together
in the same way, wherever it stands, so a moved signal has the moved sums to the last digit; sums do
not drift, and a large value reaches no window but those that hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from invarsig.kernels.borders import Border, padded_indices, value_beyond

__all__ = ["BASE", "NONE", "SAME", "Pass", "Step", "fills", "places", "tree"]

NONE, SAME, BASE = range(3)
"""The third operand of a join: there is none, one of the same kind, or a single sample."""


class Pass(NamedTuple):
    """Windows along one axis."""

    axis: int
    size: int
    window: int
    stride: int
    apart: int
    before: int
    after: int
    border: Border

    @property
    def reach(self) -> int:
        """Samples from the first to the last one of a window."""
        return self.apart * (self.window - 1)

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return (self.before + self.size + self.after - self.reach - 1) // self.stride + 1

    @property
    def idle(self) -> bool:
        """Whether windows are the samples."""
        return self.window == self.stride == 1 and self.before == 0 and self.windows == self.size

    @property
    def extended(self) -> bool:
        """Whether windows meet the border."""
        return self.before > 0 or (self.windows - 1) * self.stride + self.reach >= self.size


class Step(NamedTuple):
    """Joins what covers some samples with its neighbors `far` samples away."""

    far: int
    third: int
    reach: int


@cache
def tree(window: int, apart: int) -> tuple[Step, ...]:
    """Steps that cover first a few, in the end all of the samples of a window.

    Examples
    --------
    >>> [(step.far, step.reach) for step in tree(7, 1)]
    [(1, 2), (3, 6)]
    """
    if window == 1:
        return (Step(0, NONE, 0),)
    part = window // 3 if window % 3 == 0 else window // 2
    third = SAME if window % 3 == 0 else BASE if window % 2 else NONE
    step = Step(part * apart, third, (window - 1) * apart)
    return (*tree(part, apart), step) if part > 1 else (step,)


@lru_cache(64)
def places(one: Pass) -> np.ndarray:
    """Where each sample that windows take comes from; -1 where it is the border's own value."""
    need = (one.windows - 1) * one.stride + one.reach + 1
    return padded_indices(one.size, one.before, need - one.before - one.size, one.border)


def fills(passes: Sequence[Pass], *, sums: bool) -> list[float]:
    """The value beyond each axis: of sums, that of the windows along the axes before it."""
    found, times = [], 1
    for one in passes:
        found.append((value_beyond(one.border) or 0.0) * times)
        times *= one.window if sums else 1
    return found
