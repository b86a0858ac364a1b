"""What would help: changed pipelines, judged like the original one, at the same moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.hidden_stages import most_telling
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.leading import Beginnings, Leading
from invarsig.axes import Axes
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.diagnosis.remedied_sections import judged_on_sections
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import InvarsigError
from invarsig.operators import Graph, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.work import work
from invarsig.remedies import Remedy, recommend, remedies
from invarsig.remedies.answers import compared
from invarsig.remedies.gain_range import with_range
from invarsig.remedies.padding import repadded
from invarsig.remedies.recommendation import ranked
from invarsig.remedies.remedy import decibels_gained, with_front
from invarsig.report import schema

__all__ = ["REMEDIES", "TARGET"]

TARGET = -40.0
"""The wanted error in dB: 1 %."""

# Number of remedies to keep, best first; and the smallest gain in decibels that counts.
_KEPT, _GAIN = 8, 0.5

# Number of worst moves along the same dims that guide the search, and number of changes from each
# starting stage that are verified at all moves.
_LEADING, _OFFERED = 2, 4

# About how long it takes, in runs of the pipeline, and what part of it the search is.
_IN_NETWORKS, _IN_PIPELINES, _SEARCH = 400.0, 4.0, 0.5

_TEXTS = ("name", "change", "reason", "code", "pipeline", "stages", "output")


def _remedies(given: Given) -> xr.Dataset:
    if given.refused:
        return xr.Dataset()
    verdict = given.verdict
    if verdict.state != "known" or not verdict.error > given.run.limit:
        return xr.Dataset()
    offered = [*_against_folding(given), *_against_borders(given)]
    tried = _verified(given, offered)
    worth = [each for each in tried if each.after < _less(each.before)]
    kept = _best(with_front(_once(worth)))
    found = recommend(kept, TARGET)
    columns = {name: [_column(each, name) for each in kept] for name in _names()}
    return schema.remedies.dataset(
        {
            "remedy_target": 10 ** (TARGET / 20),
            "remedy_recommended": _place(kept, found.recommended),
            "remedy_detail": _place(kept, found.detail),
        },
        **{f"remedy_{name}": values for name, values in columns.items()},
    )


def _less(error: float) -> float:
    return error * 10 ** (-_GAIN / 20)


def _names() -> list[str]:
    return [name.removeprefix("remedy_") for name in schema.remedies.names]


def _column(remedy: Remedy, name: str) -> str | float:
    if name == "stages":
        return ", ".join(map(str, remedy.stages))
    value = getattr(remedy, name)
    return str(value) if name in _TEXTS else float(value)


def _place(kept: Sequence[Remedy], one: Remedy | None) -> int:
    return next((place for place, each in enumerate(kept) if each is one), -1)


def _against_folding(given: Given) -> list[Remedy]:
    """Changes to the stages, searched for from each stage where a dim that moves first exists."""
    found: list[Remedy] = []
    telling = _leading(given)
    begins = {each.skipped: each for each in given.along.values()}
    for number, (skipped, along) in enumerate(sorted(begins.items())):
        there = {dim for dim in given.along if dim in along.given.dims}
        moves = [move for move in telling if set(move.shifts) <= there]
        if skipped and not any(given.along[d].skipped == skipped for m in moves for d in m.shifts):
            continue
        before = stages_of(given.op)[:skipped]
        try:
            offered = remedies(
                along.given_op,
                along.given,
                moves,
                target=_target_here(given),
                most=_OFFERED,
                first_stage=skipped + 1,
                splits={} if skipped else given.splits,
                progress=_searching(given, number, len(begins)),
            )
        except InvarsigError:
            continue
        found += [_behind(before, each) for each in offered]
    return found


def _target_here(given: Given) -> float:
    """The target of a search on the part at hand: with the gain that the whole signal needs."""
    here, whole = _worst(given.judged_here), _worst(given.judged)
    return TARGET + min(0.0, 20 * math.log10(here / whole)) if here > 0 and whole > 0 else TARGET


def _searching(given: Given, number: int, count: int) -> Progress:
    """Progress of one search of several."""
    return _part_of_all(given, _SEARCH * number / count, _SEARCH * (number + 1) / count)


def _part_of_all(given: Given, begin: float, end: float) -> Progress:
    """Progress between two parts of the finding."""
    return lambda text, part: given.tell_part(text, begin + (end - begin) * part)


def _runs(given: Given) -> float:
    """About how long it takes: in networks more than all the rest."""
    own = _IN_NETWORKS if isinstance(given.op, Graph) else _IN_PIPELINES
    return own * max(1, given.times_sampled)


def _leading(given: Given) -> list[Translate]:
    """The worst informative moves, along each dim and jointly, one of which hides no stage."""
    groups: dict[tuple[str, ...], list[Judged]] = {}
    for each in given.judged:
        if math.isfinite(each.told):
            groups.setdefault(tuple(each.move.shifts), []).append(each)
    found = []
    for group in groups.values():
        worst = sorted(group, key=lambda one: -one.told)[:_LEADING]
        changes, limit = given.rate_changes, given.run.limit
        telling = most_telling(changes, group, worst[0], lambda one: one.told, limit)
        found += worst if telling in worst else [*worst[: _LEADING - 1], telling]
    return [each.move for each in found]


def _behind(before: Sequence[Operator], remedy: Remedy) -> Remedy:
    """The remedy of the stages after some others, as one of the whole pipeline."""
    if not before:
        return remedy
    pipeline = Pipeline((*before, *stages_of(remedy.pipeline)))
    return replace(remedy, pipeline=pipeline, given=None)


def _against_borders(given: Given) -> list[Remedy]:
    """Other boundaries, where real cuts differ."""
    cuts = [each.cut for each in given.judged if math.isfinite(each.cut)]
    if not max(cuts, default=0.0) > given.run.limit:
        return []
    found = []
    for each in repadded(given.op, Axes.of(given.x)):
        where = each.where
        how = "drop the padding" if each.boundary == "valid" else f"pad by {each.boundary}"
        # Layers of a network call it by another name.
        named = "" if isinstance(given.op, Graph) else f" (boundary={each.boundary!r})"
        found.append(
            Remedy(
                name=f"{each.boundary} borders at {where}",
                change=f"{how} at {where}{named}",
                pipeline=each.pipeline,
                changes=(f"{each.boundary} borders",),
                stages=each.stages,
                before=math.nan,
                after=math.nan,
                rms=math.nan,
                gain=math.nan,
                cost=math.nan,
                size=math.nan,
                output="",
                reason=each.reason,
                reaches=False,
                given=given.op,
            )
        )
    return found


def _verified(given: Given, offered: Sequence[Remedy]) -> list[Remedy]:
    """Judge changed pipelines like the given one; without those that fail or reveal nothing.

    At one move after another all are judged, so that what stands before their changes is run once.
    """
    trials = [(each, _changed(given, each)) for each in offered]
    runs = [(remedy, run) for remedy, run in trials if run is not None]
    if not runs:
        return []
    before, after = _all_judged(given, runs)
    found = [
        _remedied(given, remedy, run, before, told)
        for (remedy, run), told in zip(runs, after, strict=True)
        if told is not None
    ]
    return [each for each in found if each is not None]


def _all_judged(
    given: Given, runs: Sequence[tuple[Remedy, AsGiven]]
) -> tuple[Sequence[Judged], Sequence[Sequence[Judged] | None]]:
    """The given pipeline and changed ones at all moves, on the same signal; None for failures."""
    verifying = _part_of_all(given, _SEARCH, 1.0)
    if given.sampled:
        return judged_on_sections(given, [remedy.pipeline for remedy, _ in runs], verifying)
    alike = Beginnings.among([run.run for _, run in runs])
    moves = [Part("what would help", partial(_judged, runs, alike, one)) for one in given.judged]
    rows = side_by_side(moves, at_once(given.op), verifying)
    several = ([row[place] for row in rows] for place in range(len(runs)))
    told = ([each for each in row if each is not None] for row in several)
    return given.judged, [row if len(row) == len(rows) else None for row in told]


def _changed(given: Given, remedy: Remedy) -> AsGiven | None:
    """A changed pipeline, run once; None where it fails."""
    try:
        return given.run.changed(remedy.pipeline).ready()
    except InvarsigError:
        return None


def _judged(
    runs: Sequence[tuple[Remedy, AsGiven]], alike: Beginnings, before: Judged
) -> list[Judged | None]:
    """Changed pipelines at one move; None for those that fail."""
    leading = Leading(alike, before.move)
    found: list[Judged | None] = []
    for _, run in runs:
        try:
            found.append(run.judge_alike(before, leading))
        except InvarsigError:
            found.append(None)
    return found


def _remedied(
    given: Given,
    remedy: Remedy,
    run: AsGiven,
    unchanged: Sequence[Judged],
    judged: Sequence[Judged],
) -> Remedy | None:
    """A remedy with what was judged of it, and of the given pipeline, at all moves."""
    worst = _worst(judged)
    if not math.isfinite(worst):
        return None
    before, after = _mean(unchanged), _mean(judged)
    verified = replace(
        remedy,
        reason=_with_answer(given, remedy, run.y, worst),
        before=_worst(unchanged),
        after=worst,
        rms=after,
        gain=decibels_gained(before, after),
        cost=work(remedy.pipeline, given.x) / work(given.op, given.x),
        size=run.y.size / given.run.y.size,
        output=" x ".join(str(size) for size in run.y.shape),
        reaches=bool(worst <= 10 ** (TARGET / 20)),
    )
    return with_range(verified, *_in_parts(unchanged, judged))


def _in_parts(before: Sequence[Judged], after: Sequence[Judged]) -> tuple[np.ndarray, np.ndarray]:
    """Errors by move and part, of the moves that are told in the same number of parts on both."""
    pairs = [(one.worst_parts, two.worst_parts) for one, two in zip(before, after, strict=True)]
    count = max((len(one) for one, _ in pairs), default=0)
    told = [pair for pair in pairs if len(pair[0]) == len(pair[1]) == count]
    first, last = (np.array([pair[k] for pair in told]).reshape(len(told), count) for k in (0, 1))
    return first, last


def _with_answer(given: Given, remedy: Remedy, y: xr.DataArray, error: float) -> str:
    """The reason, and what the change does to the answer of a network that gives one."""
    if not isinstance(given.op, Graph) or set(given.dims) & set(map(str, y.dims)):
        return remedy.reason
    found = compared([given.run.y], [y])
    return f"{remedy.reason}. {found.said(error)}" if found is not None else remedy.reason


def _worst(judged: Sequence[Judged]) -> float:
    values = [each.worst for each in judged if math.isfinite(each.worst)]
    return max(values, default=math.nan)


def _mean(judged: Sequence[Judged]) -> float:
    values = [each.worst for each in judged if math.isfinite(each.worst)]
    return float(np.sqrt(np.mean(np.square(values)))) if values else math.nan


def _once(found: Sequence[Remedy]) -> list[Remedy]:
    """Each pipeline once: the search starts at several stages."""
    return list({each.code: each for each in found}.values())


def _best(found: Sequence[Remedy]) -> list[Remedy]:
    """Best first by the rule of `recommend`, including the one for fine detail."""
    return ranked(found, TARGET, _KEPT)


REMEDIES = InputFinding(schema.remedies, _remedies, "what would help", _runs)
