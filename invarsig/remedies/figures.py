"""The figures of a remedy: its errors, measured as every report and every check measures them.

A search judges many changes quickly, by a measure of its own. What is said of those that are kept
is measured here and nowhere else: so a report, `invarsig.remedies`, and whoever applies the change
and measures anew, read the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.leading import Beginnings, Leading
from invarsig.errors import InvarsigError
from invarsig.operators import Operator
from invarsig.operators.work import work
from invarsig.remedies.gain_range import with_range
from invarsig.remedies.remedy import Remedy, decibels_gained
from invarsig.remedies.search import GAIN

__all__ = ["Measured", "changed", "helps", "judge_alike", "judge_anew", "with_figures"]


@dataclass(frozen=True, eq=False)
class Measured:
    """A pipeline and a signal, both as given, judged at some moves.

    Parameters
    ----------
    run
        The pipeline.
    judged
        What each move reveals.
    """

    run: AsGiven
    judged: tuple[Judged, ...]

    @property
    def moves(self) -> tuple[Translate, ...]:
        """The moves."""
        return tuple(each.move for each in self.judged)

    @property
    def _known(self) -> list[Judged]:
        return [each for each in self.judged if math.isfinite(each.worst)]

    @property
    def worst(self) -> float:
        """The largest error over the moves that tell something; NaN where none does."""
        return max((each.worst for each in self._known), default=math.nan)

    @property
    def rms(self) -> float:
        """Root mean square of the errors over those moves."""
        values = [each.worst for each in self._known]
        return float(np.sqrt(np.mean(np.square(values)))) if values else math.nan

    @cached_property
    def limit(self) -> float:
        """The measuring limit of the largest error; NaN where there is none."""
        if not self._known:
            return math.nan
        return self.run.limit_of(max(self._known, key=lambda each: each.worst))

    @cached_property
    def work(self) -> float:
        """Multiplications, as `invarsig.remedies.work` counts them."""
        return float(work(self.run.op, self.run.x))


def changed(run: AsGiven, op: Operator) -> AsGiven | None:
    """A changed pipeline, run once; None where it fails."""
    try:
        return run.changed(op).ready()
    except InvarsigError:
        return None


def judge_alike(
    runs: Sequence[AsGiven], beginnings: Beginnings, before: Judged
) -> list[Judged | None]:
    """Judge changed pipelines at a move, each over the part that was compared before.

    None for those that fail. What pipelines begin with alike is run once.
    """
    leading = Leading(beginnings, before.move)
    found: list[Judged | None] = []
    for run in runs:
        try:
            found.append(run.judge_alike(before, leading))
        except InvarsigError:
            found.append(None)
    return found


def judge_anew(run: AsGiven, move: Translate, before: Sequence[Judged]) -> Judged | None:
    """Judge a changed pipeline at a move of its own; None where that fails.

    Where before nothing was left inside along the same dims the whole output is compared, as then.
    """
    try:
        found = run.judge(move)
    except InvarsigError:
        return None
    alike = [each for each in before if set(each.move.shifts) == set(move.shifts)]
    if any(math.isfinite(each.inside) for each in alike):
        return found
    return replace(found, inside=math.nan, inside_parts=())


def with_figures(
    remedy: Remedy, before: Measured, after: Measured, limit: float, *, reason: str = ""
) -> Remedy:
    """A remedy with what was measured of the pipeline without and with the change.

    Parameters
    ----------
    remedy
        The remedy.
    before, after
        The pipeline without and with the change.
    limit
        The error that is wanted.
    reason
        Why it helps; by default what the remedy says.
    """
    told = replace(
        remedy,
        reason=reason or remedy.reason,
        before=before.worst,
        after=after.worst,
        doubt=float(np.fmax(before.limit, after.limit)),
        rms=after.rms,
        gain=decibels_gained(before.rms, after.rms),
        cost=after.work / before.work,
        size=after.run.y.size / before.run.y.size,
        output=" x ".join(str(size) for size in after.run.y.shape),
        reaches=bool(after.worst <= limit),
    )
    first, last = _in_parts(before, after)
    found = with_range(told, first, last)
    parts = [part for each in after.judged for part in each.worst_parts if math.isfinite(part)]
    return replace(found, worst_part=max(parts, default=math.nan))


def helps(remedy: Remedy) -> bool:
    """Whether the worst error falls, by half a decibel and by more than the measuring limit."""
    fall = remedy.before - remedy.after
    enough = remedy.after < remedy.before * 10 ** (-GAIN / 20)
    return enough and not fall <= remedy.doubt


def _in_parts(before: Measured, after: Measured) -> tuple[np.ndarray, np.ndarray]:
    """Errors by move and part, before and after, of moves that are told in as many parts.

    Where a change has moves of its own, the root mean squares over the moves take their place.
    """
    rows = [[each.worst_parts for each in one.judged] for one in (before, after)]
    count = max((len(row) for row in rows[0]), default=0)
    if before.moves == after.moves:
        pairs = [pair for pair in zip(*rows, strict=True) if {*map(len, pair)} == {count}]
        both = np.array(pairs).reshape(len(pairs), 2, count)
        return both[:, 0], both[:, 1]
    told = [[row for row in each if len(row) == count] for each in rows]
    if not all(told):
        return np.empty((0, count)), np.empty((0, count))
    first, last = (np.sqrt(np.mean(np.square(each), axis=0, keepdims=True)) for each in told)
    return first, last
