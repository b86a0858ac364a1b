"""Remedies that a search finds, with what the search knows of them: which are worth measuring."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.leading import Beginnings
from invarsig.axes import axis_of
from invarsig.commutator import Align
from invarsig.errors import InvarsigError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.norms import Norm, usual_norm
from invarsig.operators import Graph, Operator
from invarsig.operators.work import work
from invarsig.remedies.as_given import is_blind, strides_met
from invarsig.remedies.course import Course
from invarsig.remedies.figures import Measured, changed, judge_alike
from invarsig.remedies.gain_range import with_range
from invarsig.remedies.held_out import in_two_parts
from invarsig.remedies.predicted import with_predictions
from invarsig.remedies.recommendation import ranked
from invarsig.remedies.remedy import ROUND_OFF, Remedy, decibels_gained
from invarsig.remedies.rewrite import Refused
from invarsig.remedies.search import GAIN, Attempt, root_mean_square, search
from invarsig.remedies.suspects import suspects, telling
from invarsig.remedies.trial import Trial

__all__ = ["Sought", "seek"]


@dataclass(frozen=True)
class Sought:
    """What a search found.

    Parameters
    ----------
    remedies
        The best of the changes tried, with the errors that the search measured.
    refused
        Sentences: which change cannot be made, and why.
    """

    remedies: tuple[Remedy, ...] = ()
    refused: tuple[str, ...] = ()


def seek(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    *,
    target: float,
    most: int | None,
    first_stage: int = 1,
    splits: Mapping[Translate, xr.Dataset] | None = None,
    norm: Norm | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Sought:
    """Try changes to each stage, and keep the best; parameters are those of `remedies`.

    The errors are those of the search, which compares results in a way of its own
    (`invarsig.remedies.as_given`): what is said of a remedy is `invarsig.remedies.figures`.
    """
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.shifts))
    strides = strides_met(op, x, dims)
    # Without a stride nothing folds; what the padding of a network does shows at any move.
    if not isinstance(op, Graph) or max(strides.values()) > 1:
        moves = [move for move in moves if not is_blind(move, x, strides)]
    given = _trial(op, x, moves, splits or {}, usual_norm(op, norm))
    if given is None:
        return Sought()
    parts = in_two_parts(given)
    there = given if parts is None else parts[0]
    whole = all(is_whole(move.samples(axis_of(x, dim))) for move in moves for dim in move.shifts)
    refused: list[Refused] = []
    attempts = [
        replace(each, numbers=tuple(number + first_stage - 1 for number in each.numbers))
        for each in search(
            there,
            dims,
            whole=whole,
            limit=10 ** (target / 20),
            only=given.places,
            refused=refused,
            tell=lambda part: None if progress is None else progress("what would help", part),
        )
    ]
    unchanged = _Unchanged.of(there)
    tried = [(_remedy(each, unchanged, target), each) for each in attempts]
    kept = ranked([remedy for remedy, _ in tried], target, most)
    chosen = [each for remedy, each in tried if any(remedy is one for one in kept)]
    found = _verified(chosen, given, None if parts is None else parts[1], target)
    said = [_refusal(op, each, first_stage) for each in refused]
    return Sought(tuple(with_predictions(found, given, dims)), tuple(said))


def _refusal(op: Operator, refused: Refused, first_stage: int) -> str:
    """One sentence."""
    node, reason = Course.of(op).nodes[refused.place], refused.reason.rstrip(".")
    if not isinstance(op, Graph):
        number = refused.place + first_stage
        return f"Not tried: to {refused.what} stage {number}: {reason}."
    return f"Refused: {refused.what} {node.name!r}: {refused.reason.rstrip('.')}."


def _trial(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    splits: Mapping[Translate, xr.Dataset],
    norm: Norm,
) -> Trial | None:
    """The pipeline on the signal and its copies; None where there is nothing to gain.

    Of a graph of many nodes only what the nodes that make most of the error need is kept.
    """
    if not moves:
        return None
    if not isinstance(op, Graph):
        given = Trial.of(op, x, moves, norm=norm)
        return given if root_mean_square(given.errors) > ROUND_OFF else None
    known = [move for move in moves if move in splits]
    if known:
        told = telling(op, x, known, range(len(known), 0, -1))
    else:
        given = Trial.of(op, x, moves, (), norm)
        if not root_mean_square(given.errors) > ROUND_OFF:
            return None
        told = telling(op, x, moves, given.errors)
    places = suspects(op, x, told, splits.get(told))
    given = Trial.of(op, x, moves, range(len(op)) if places is None else places, norm)
    return given if root_mean_square(given.errors) > ROUND_OFF else None


@dataclass(frozen=True)
class _Unchanged:
    """The pipeline without a change, on some signal: its errors, work and size of output."""

    op: Operator
    x: xr.DataArray
    moves: tuple[Translate, ...]
    errors: np.ndarray
    work: float
    size: int

    @classmethod
    def of(cls, trial: Trial) -> _Unchanged:
        whole = work(trial.op, trial.x)
        return cls(trial.op, trial.x, trial.moves, trial.errors, whole, trial.y.size)


def _remedy(attempt: Attempt, unchanged: _Unchanged, target: float) -> Remedy:
    """What an attempt gains and costs, on the signal that it was made on."""
    changes = attempt.rewrites
    return Remedy(
        name=" and ".join(change.name for change in changes),
        change=_in_words(attempt, unchanged),
        pipeline=attempt.pipeline,
        changes=tuple(change.name for change in changes),
        stages=tuple(sorted(attempt.numbers)),
        before=float(np.max(unchanged.errors)),
        after=float(np.max(attempt.errors)),
        rms=attempt.rms,
        gain=decibels_gained(root_mean_square(unchanged.errors), attempt.rms),
        cost=work(attempt.pipeline, unchanged.x) / unchanged.work,
        size=math.prod(attempt.shape) / unchanged.size,
        output=" x ".join(map(str, attempt.shape)),
        reason="; ".join(dict.fromkeys(change.reason for change in changes)),
        reaches=bool(np.max(attempt.errors) <= 10 ** (target / 20)),
        lost=1 - math.prod(1 - change.lost for change in changes),
        aligned=attempt.aligned,
        given=unchanged.op,
    )


def _in_words(attempt: Attempt, unchanged: _Unchanged) -> str:
    """What to do: each kind of change with the stages that it is done to, and along which dims."""
    stages: dict[str, list[int]] = {}
    for change, number in sorted(
        zip(attempt.rewrites, attempt.numbers, strict=True), key=lambda pair: pair[1]
    ):
        numbers = stages.setdefault(change.what, [])
        numbers += [] if change.everywhere else [number]
    parts = [
        f"{what} {_named(unchanged.op, numbers)}" if numbers else what
        for what, numbers in stages.items()
    ]
    dims = dict.fromkeys(dim for move in unchanged.moves for dim in move.shifts)
    return f"{'; '.join(parts)}, along {_listed(list(dims))}"


def _named(op: Operator, numbers: Sequence[int]) -> str:
    """Stages by their numbers, nodes by their names."""
    if isinstance(op, Graph):
        return _listed([repr(op.nodes[number - 1].name) for number in numbers])
    return f"stage{'s' if len(numbers) > 1 else ''} {_listed(numbers)}"


def _listed(items: Sequence[object]) -> str:
    """Such as "x", "y and x", "1, 2 and 3"."""
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last


def _verified(
    attempts: Sequence[Attempt], given: Trial, held: Trial | None, target: float
) -> list[tuple[Remedy, Attempt]]:
    """Remedies chosen on one part of a signal, on all of it, with their gain on the other part."""
    whole = _Unchanged.of(given)
    found = []
    for attempt in attempts:
        align: Align = "grid" if attempt.aligned else "fourier"
        try:
            errors, y, parts = given.judged_in_parts(attempt.pipeline, attempt.place, align)
        except InvarsigError:
            continue  # What fits a part of the signal need not fit all of it.
        again = replace(attempt, errors=errors, shape=y.shape)
        remedy = with_range(_remedy(again, whole, target), given.in_parts, parts)
        if remedy.gain >= GAIN:
            found.append((remedy, again))
    if held is None or not found:
        return found
    gains = _HeldOut(held).gains([attempt for _, attempt in found])
    return [
        (replace(remedy, held_out=gain), attempt)
        for (remedy, attempt), gain in zip(found, gains, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """The part of a signal that no change was chosen on."""

    trial: Trial

    @cached_property
    def before(self) -> Measured:
        """The unchanged pipeline there, measured as what is said of a remedy is."""
        one = self.trial
        dims = list(dict.fromkeys(dim for move in one.moves for dim in move.shifts))
        run = AsGiven.of(one.op, one.x, dims, one.norm)
        return Measured(run, tuple(run.judge(move) for move in one.moves))

    def gains(self, attempts: Sequence[Attempt]) -> list[float]:
        """Decibels; NaN for a changed pipeline that does not run there, which reaches too far, say.

        What all begin with is run once. One whose results agree only once the chosen samples are
        aligned is measured by the search.
        """
        try:
            before = self.before
        except InvarsigError:
            return [math.nan] * len(attempts)
        runs = [None if each.aligned else changed(before.run, each.pipeline) for each in attempts]
        ready = [run for run in runs if run is not None]
        beginnings = Beginnings.among([run.run for run in ready])
        rows = [judge_alike(ready, beginnings, each) for each in before.judged] if ready else []
        found = []
        for attempt, run in zip(attempts, runs, strict=True):
            if run is None:
                found.append(self._aligned(attempt) if attempt.aligned else math.nan)
                continue
            told = [row[ready.index(run)] for row in rows]
            judged = tuple(each for each in told if each is not None)
            whole = len(judged) == len(told)
            after = Measured(run, judged).rms if whole else math.nan
            found.append(decibels_gained(before.rms, after))
        return found

    def _aligned(self, attempt: Attempt) -> float:
        try:
            after, _ = self.trial.judged(attempt.pipeline, attempt.place, "grid")
        except InvarsigError:
            return math.nan
        return decibels_gained(root_mean_square(self.trial.errors), root_mean_square(after))
