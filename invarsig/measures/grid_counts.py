"""Counts of one picture's answers on a grid of shifts, from its scores on plain arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from invarsig.measures.first_class import (
    agreement,
    among_first,
    change_of_first,
    changed,
    first_class,
)

__all__ = ["GridCounts"]

# The places before and after each step along one axis of the grid.
_Step = tuple[tuple[slice, ...], tuple[slice, ...]]


@dataclass(frozen=True)
class GridCounts:
    """Answers of a classifier to one picture at every shift of a grid.

    Parameters
    ----------
    scores
        (shift along each dim, class), as the classifier gives them.
    probabilities
        The same as probabilities.
    middle
        Where in the grid the picture is not moved.
    top
        How many classes count as the first ones.
    """

    scores: np.ndarray
    probabilities: np.ndarray
    middle: tuple[int, ...]
    top: int

    @cached_property
    def first(self) -> np.ndarray:
        """Index of the first class at each shift; NaN where a score is."""
        return first_class(self.scores)

    @property
    def unmoved(self) -> float:
        """The first class of the picture that is not moved."""
        return float(self.first[self.middle])

    def maps(self) -> dict[str, np.ndarray]:
        """What is known at each shift: the answer, and how sure it is."""
        sure = np.sort(self.probabilities, axis=-1)  # NaN come last
        gone = np.isnan(self.first)
        own = np.full(self.first.shape, np.nan)
        if not np.isnan(self.unmoved):
            own = self.probabilities[..., int(self.unmoved)]
        return {
            "first": self.first,
            "confidence": np.where(gone, np.nan, sure[..., -1]),
            "margin": np.where(gone, np.nan, sure[..., -1] - sure[..., -2]),
            "kept": np.where(gone, np.nan, own),
        }

    def of_picture(self) -> dict[str, float]:
        """One number for the picture from all shifts and steps."""
        steps = [self._step(axis) for axis in range(self.first.ndim)]
        change = _joined(changed(old, new) for old, new in self._pairs(steps, self.first))
        turned = changed(self.first, np.full(self.first.shape, self.unmoved))
        # A sweep is a row or a column of the grid.
        sweeps = [
            changed(*pair).sum(axis=axis).ravel()
            for axis, pair in enumerate(self._pairs(steps, self.first))
        ]
        return {
            "consistency": float(agreement(self.first.ravel())),
            "top1_change": float(change.mean()),
            "topk_change": self._out_of_the_first(steps),
            "mean_absolute_change": self._mean_absolute_change(steps),
            "jaggedness": float(np.concatenate(sweeps).mean()),
            "flipped": float(turned.mean()),
            "unstable": float(turned.max()),
            "worst_probability": float(self.maps()["kept"].min()),
            "tied": float(self._ties().mean()),
        }

    def right(self, truth: int) -> dict[str, float]:
        """How often the answer is right over the grid, and whether it always is."""
        hit = 1 - changed(self.first, np.full(self.first.shape, float(truth)))
        return {"accuracy": float(hit.mean()), "worst_accuracy": float(hit.min())}

    def _step(self, axis: int) -> _Step:
        """The places before and after a step by one sample along an axis of the grid."""
        every = [slice(None)] * self.first.ndim
        before, after = list(every), list(every)
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        return tuple(before), tuple(after)

    @staticmethod
    def _pairs(
        steps: Sequence[_Step], values: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return ((values[before], values[after]) for before, after in steps)

    def _out_of_the_first(self, steps: Sequence[_Step]) -> float:
        """How often the first class on one side of a step is not among the first on the other."""
        gone = [
            1 - among_first(self.first[here], self.scores[there], self.top)
            for before, after in steps
            for here, there in ((before, after), (after, before))
        ]
        return float(_joined(iter(gone)).mean())

    def _mean_absolute_change(self, steps: Sequence[_Step]) -> float:
        pairs = self._pairs(steps, self.probabilities)
        return float(_joined(change_of_first(old, new) for old, new in pairs).mean())

    def _ties(self) -> np.ndarray:
        """Where two classes share the highest score, 0 or 1: which is first is their order's."""
        highest = self.scores == self.scores.max(axis=-1, keepdims=True)
        return np.where(np.isnan(self.first), np.nan, highest.sum(axis=-1) > 1)


def _joined(parts: Iterator[np.ndarray]) -> np.ndarray:
    return np.concatenate([each.ravel() for each in parts])
