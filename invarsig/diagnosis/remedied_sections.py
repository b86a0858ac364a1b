"""Changed pipelines and the given one, judged at the same moves on sections of a long signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise

from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.leading import Beginnings, Leading
from invarsig.diagnosis.freed_memory import give_back
from invarsig.diagnosis.given import Given
from invarsig.diagnosis.judged_sections import JudgedSection, judged_as_one
from invarsig.diagnosis.side_by_side import Part, Progress, side_by_side
from invarsig.errors import InvarsigError
from invarsig.measures.parts import PARTS
from invarsig.operators import Operator

__all__ = ["judged_on_sections"]


@dataclass(frozen=True)
class _Section:
    """One section: the given pipeline, and each changed one; None for one that fails there."""

    before: JudgedSection
    after: list[JudgedSection | None]


def judged_on_sections(
    given: Given, changed: Sequence[Operator], tell: Progress
) -> tuple[tuple[Judged, ...], list[tuple[Judged, ...] | None]]:
    """Judge a pipeline and changed ones on the same sections, each as if on all of them at once.

    Parameters
    ----------
    given
        The pipeline, and the signal with its sections.
    changed
        The changed pipelines.
    tell
        Progress, 0 to 1.

    Returns
    -------
    tuple
        The given pipeline at every move; and each changed one, None for those that fail.
    """
    parts = [
        Part("what would help", partial(_on_section, given, changed, number))
        for number in given.sampled
    ]
    # One after the other: of each, results of all changed pipelines are held.
    found: list[_Section | None] = side_by_side(parts, 1, tell)
    known = [each for each in found if each is not None]
    if not known:
        return given.judged, [None] * len(changed)
    before, _ = judged_as_one(
        given.judged, _in_runs([each.before for each in known]), given.run.limit
    )
    after: list[tuple[Judged, ...] | None] = []
    for place in range(len(changed)):
        own = [each.after[place] for each in known]
        told = [each for each in own if each is not None]
        alike = len(told) == len(own)
        limit = given.run.limit
        after.append(judged_as_one(given.judged, _in_runs(told), limit)[0] if alike else None)
    return before, after


def _in_runs(found: Sequence[JudgedSection]) -> list[JudgedSection]:
    """Neighboring sections as one, so that they are as many as the parts of a signal."""
    edges = [round(k * len(found) / PARTS) for k in range(PARTS + 1)]
    runs = [found[low:high] for low, high in pairwise(edges) if high > low]
    return [reduce(lambda one, other: one + other, run) for run in runs]


def _on_section(given: Given, changed: Sequence[Operator], number: int) -> _Section | None:
    run = given.run_on_part(number)
    if run is None:
        return None
    cut = given.cut
    before = [run.judge(each.move) for each in given.judged]
    trials = [_changed(run, op) for op in changed]
    ready = [each for each in trials if each is not None]
    alike = Beginnings.among([each.run for each in ready])
    rows: list[list[Judged] | None] = [[] for _ in ready]
    for each in before:
        leading = Leading(alike, each.move)
        for place, trial in enumerate(ready):
            row = rows[place]
            if row is None:
                continue
            try:
                row.append(trial.judge_alike(each, leading))
            except InvarsigError:
                rows[place] = None
    told = iter(
        None if row is None else JudgedSection.of(trial, row, cut)
        for trial, row in zip(ready, rows, strict=True)
    )
    after = [None if trial is None else next(told) for trial in trials]
    give_back()
    return _Section(JudgedSection.of(run, before, cut), after)


def _changed(run: AsGiven, op: Operator) -> AsGiven | None:
    try:
        return run.changed(op).ready()
    except InvarsigError:
        return None
