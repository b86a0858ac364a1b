"""What would help: changed pipelines, judged like the original one, at the same moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.hidden_stages import most_telling
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.leading import Beginnings
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.verdict import verdict_of
from invarsig.axes import Axes
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import InvarsigError
from invarsig.measures.parts import parts_of
from invarsig.operators import Graph, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.remedies import Recommendation, Remedy, recommend
from invarsig.remedies.answers import compared
from invarsig.remedies.figures import (
    Measured,
    changed,
    helps,
    judge_alike,
    judge_anew,
    with_figures,
)
from invarsig.remedies.padding import repadded
from invarsig.remedies.recommendation import ranked
from invarsig.remedies.remedy import with_front
from invarsig.remedies.sought import seek
from invarsig.report import schema
from invarsig.report.limits import FEW

__all__ = ["REMEDIES", "TARGET"]

TARGET = -40.0
"""The wanted error in dB: 1 %."""

# Number of remedies to keep, best first.
_KEPT = 8

# Number of worst moves along the same dims that guide the search, and number of changes from each
# starting stage that are verified at all moves.
_LEADING, _OFFERED = 2, 4

# About how long it takes, in runs of the pipeline, and what part of it the search is.
_IN_NETWORKS, _IN_PIPELINES, _SEARCH = 400.0, 4.0, 0.5

_TEXTS = ("name", "change", "reason", "code", "pipeline", "stages", "output")


def _remedies(given: Given) -> xr.Dataset:
    if given.refused:
        return xr.Dataset()
    verdict = verdict_of(given.run, given.judged)
    if verdict.state != "known" or not verdict.error > given.run.limit:
        return xr.Dataset()
    against_folding, untried = _against_folding(given)
    tried = _verified(given, [*against_folding, *_against_borders(given)])
    worth = [each for each in tried if helps(each)]
    kept = _best(with_front(_once(worth)))
    found = recommend(kept, TARGET)
    withheld = _withheld(given, kept, found)
    if withheld:
        found = Recommendation(None, None)
    columns = {name: [_column(each, name) for each in kept] for name in _names()}
    return schema.remedies.dataset(
        {
            "remedy_target": 10 ** (TARGET / 20),
            "remedy_recommended": _place(kept, found.recommended),
            "remedy_detail": _place(kept, found.detail),
            "remedy_withheld": withheld,
        },
        remedy_untried=untried,
        **{f"remedy_{name}": values for name, values in columns.items()},
    )


def _withheld(given: Given, kept: Sequence[Remedy], found: Recommendation) -> str:
    """Why none of the remedies is recommended; "" where one is, or none is needed.

    A gain is doubted by how much it differs between parts of the signal: of so few samples that it
    has no parts nothing is known of that, and what moves by a part of a sample is guessed.
    """
    if verdict_of(given.run, given.judged).error <= 10 ** (TARGET / 20):
        return ""
    y, sizes = given.run.y, [each.axis.size for each in given.along.values()]
    left = [y.sizes[dim] for dim in given.along if dim in y.dims]
    if not any(map(parts_of, sizes)) or 1 < max(left, default=0) <= FEW:
        return "few"
    if not kept:
        return "none"
    return "" if found.recommended is not None else "doubt"


def _names() -> list[str]:
    names = [each.name for each in schema.remedies.variables if each.dims == ("remedy",)]
    return [name.removeprefix("remedy_") for name in names]


def _column(remedy: Remedy, name: str) -> str | float:
    if name == "stages":
        return ", ".join(map(str, remedy.stages))
    value = getattr(remedy, name)
    return str(value) if name in _TEXTS else float(value)


def _place(kept: Sequence[Remedy], one: Remedy | None) -> int:
    return next((place for place, each in enumerate(kept) if each is one), -1)


def _against_folding(given: Given) -> tuple[list[Remedy], list[str]]:
    """Changes to the stages, searched for from each stage where a dim that moves first exists.

    And sentences on those that cannot be made.
    """
    found: list[Remedy] = []
    untried: list[str] = []
    telling = _leading(given)
    begins = {each.skipped: each for each in given.along.values()}
    for number, (skipped, along) in enumerate(sorted(begins.items())):
        there = {dim for dim in given.along if dim in along.given.dims}
        moves = [move for move in telling if set(move.shifts) <= there]
        if skipped and not any(given.along[d].skipped == skipped for m in moves for d in m.shifts):
            continue
        before = stages_of(given.op)[:skipped]
        try:
            sought = seek(
                along.given_op,
                along.given,
                moves,
                target=TARGET,
                most=_OFFERED,
                first_stage=skipped + 1,
                splits={} if skipped else given.splits,
                norm=given.run.norm,
                progress=_searching(given, number, len(begins)),
            )
        except InvarsigError as error:
            untried.append(f"Not tried: to change a stage from stage {skipped + 1} on: {error}")
            continue
        found += [_behind(before, each) for each in sought.remedies]
        untried += [each for each in sought.refused if each not in untried]
    return found, untried


def _searching(given: Given, number: int, count: int) -> Progress:
    """Progress of one search of several."""
    return _part_of_all(given, _SEARCH * number / count, _SEARCH * (number + 1) / count)


def _part_of_all(given: Given, begin: float, end: float) -> Progress:
    """Progress between two parts of the finding."""
    return lambda text, part: given.tell_part(text, begin + (end - begin) * part)


def _runs(given: Given) -> float:
    """About how long it takes: in networks more than all the rest."""
    return _IN_NETWORKS if isinstance(given.op, Graph) else _IN_PIPELINES


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
    Those with strides of their own have usual moves of their own, as a report of them would.
    """
    trials = [(each, changed(given.run, each.pipeline)) for each in offered]
    runs = [(remedy, run) for remedy, run in trials if run is not None]
    before = Measured(given.run, given.judged)
    own = {run: _own_moves(given, run) for _, run in runs}
    alike = [run for run, moves in own.items() if moves is None]
    beginnings = Beginnings.among([run.run for run in alike])
    text = "what would help"
    parts = [Part(text, partial(judge_alike, alike, beginnings, one)) for one in given.judged]
    parts = parts if alike else []
    anew = [(run, move) for run, moves in own.items() for move in moves or ()]
    parts += [Part(text, partial(judge_anew, run, move, given.judged)) for run, move in anew]
    verifying = _part_of_all(given, _SEARCH, 1.0)
    told = side_by_side(parts, at_once(given.op), verifying) if parts else []
    rows = told[: len(told) - len(anew)]
    judged = {run: [row[place] for row in rows] for place, run in enumerate(alike)}
    for (run, _), one in zip(anew, told[len(rows) :], strict=True):
        judged.setdefault(run, []).append(one)
    found = [_remedied(given, remedy, before, run, judged.get(run, [])) for remedy, run in runs]
    return [each for each in found if each is not None]


def _own_moves(given: Given, run: AsGiven) -> list[Translate] | None:
    """The usual moves of a changed pipeline; None where they are those of the given one."""
    moves = default_moves_as_given(run.along, given.shifts)
    return None if moves == [each.move for each in given.judged] else moves


def _remedied(
    given: Given, remedy: Remedy, before: Measured, run: AsGiven, told: Sequence[Judged | None]
) -> Remedy | None:
    """A remedy with what was judged of it at all moves."""
    after = Measured(run, tuple(each for each in told if each is not None))
    if len(after.judged) < len(told) or not math.isfinite(after.worst):
        return None
    limit, reason = 10 ** (TARGET / 20), _with_answer(given, remedy, run.y, after.worst)
    return with_figures(remedy, before, after, limit, reason=reason)


def _with_answer(given: Given, remedy: Remedy, y: xr.DataArray, error: float) -> str:
    """The reason, and what the change does to the answer of a network that gives one."""
    if not isinstance(given.op, Graph) or set(given.dims) & set(map(str, y.dims)):
        return remedy.reason
    found = compared([given.run.y], [y])
    return f"{remedy.reason}. {found.said(error)}" if found is not None else remedy.reason


def _once(found: Sequence[Remedy]) -> list[Remedy]:
    """Each pipeline once: the search starts at several stages."""
    return list({each.code: each for each in found}.values())


def _best(found: Sequence[Remedy]) -> list[Remedy]:
    """Best first by the rule of `recommend`, including the one for fine detail."""
    return ranked(found, TARGET, _KEPT)


REMEDIES = InputFinding(schema.remedies, _remedies, "what would help", _runs)
