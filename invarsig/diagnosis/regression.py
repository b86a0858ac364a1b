"""Baselines: what the errors were, so that a test can tell when they get worse.

A baseline holds, for each axis and jointly, the errors of a few moves, and what each stage
contributed to the worst. A later run makes the same moves, and those that are usual for its own
pipeline, and the worst errors of both are compared (`invarsig.diagnosis.worst_errors`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven, Judged, default_moves_as_given
from invarsig.aliasing.prepared_axis import axis_met, dims_along
from invarsig.aliasing.readings import (
    Reading,
    answer,
    causes_of,
    in_decibels,
    readings,
    undefined,
    worst,
)
from invarsig.aliasing.shifts import Shifts, shifts_along
from invarsig.aliasing.units import parts_of
from invarsig.diagnosis.baseline_file import Baseline, BaselineAxis
from invarsig.diagnosis.moves import (
    blind_words,
    judged_together,
    length_words,
    named,
    require_defined,
)
from invarsig.diagnosis.side_by_side import Progress
from invarsig.diagnosis.worst_errors import (
    WorstErrors,
    of_cuts,
    of_rolls,
    over_the_whole,
    same_steps,
    worst_errors,
)
from invarsig.errors import DimError, ParameterError, UndecidableError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Regression", "baseline", "check_against"]


@dataclass(frozen=True)
class Regression:
    """How an axis does against its baseline.

    Parameters
    ----------
    dim
        The axis; of joint moves all of them, such as "y and x".
    worse
        Whether the worst error is larger than before by more than the tolerance: that of rolling,
        or that between two cuts.
    before, now
        The worst errors, in dB: of the one that is worse, and else of the larger one.
    move
        The move at which the error of today is the worst.
    stage
        Where it is worse, the stage, counted from 1, whose part of the error grew most; 0 where
        it is no worse, or where the error cannot be split.
    sentence
        The same in words.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.MeanPool({"x": 2}), x, "x", shifts=[1.0])
    >>> (now,) = iv.diagnosis.check_against(iv.MeanPool({"x": 2}), x, before)
    >>> now.worse, now.before == now.now
    (False, True)
    """

    dim: str
    worse: bool
    before: float
    now: float
    move: Translate
    stage: int
    sentence: str


def baseline(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    progress: Progress | None = None,
) -> Baseline:
    """Measure what a later run is to be compared with.

    Errors are those of `check`: of the pipeline as it is given on the signal as it is given, along
    each axis and jointly.

    Parameters
    ----------
    op, x, along, shifts, progress
        As for `diagnose`.

    Returns
    -------
    Baseline

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy; or if no shift along an
        axis can tell how much folds.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.MeanPool({"x": 2}), x, "x", shifts=[1.0])
    >>> before.pipeline, len(before.axes)
    ('MeanPool(x: 2)', 1)
    """
    require_operator(op)
    op = op.on(x)
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims, axis_met(op, x))
    given = AsGiven.of(op, x, dims)
    moves = default_moves_as_given(given.along, own)
    return _baseline(given, moves, progress or _silent, frozenset(own))


def _silent(_text: str, _part: float) -> None:
    """Report progress to nobody."""


def _baseline(
    given: AsGiven, moves: Sequence[Translate], tell: Progress, chosen: frozenset[str]
) -> Baseline:
    found = judged_together(given, moves, tell)
    axes = tuple(
        _measured(given, dims, each, usual=chosen.isdisjoint(dims)) for dims, each in found.items()
    )
    return Baseline(str(given.op), _digest(given.x), axes)


def check_against(
    op: Operator,
    x: xr.DataArray,
    before: Baseline,
    *,
    tolerance: float = 0.5,
    progress: Progress | None = None,
) -> tuple[Regression, ...]:
    """Hold a pipeline against a baseline: is any axis worse by more than a tolerance, and where.

    Of both the worst error counts, over the moves that tell something of each: a move by whole
    total strides tells nothing, and these are others where the pipeline has another stride. So
    today's pipeline makes the moves of the baseline, and, unless shifts were given for that, those
    that are usual for itself. Rolling and cutting are compared each with its own.

    Parameters
    ----------
    op, x
        The pipeline of today, and the input of the baseline.
    before
        The baseline.
    tolerance
        By how many dB the worst error may be larger than it was.
    progress
        As for `diagnose`.

    Returns
    -------
    tuple of Regression
        One for each axis of the baseline, and one for its joint moves.

    Raises
    ------
    ParameterError
        If the input is another one, or `tolerance` is negative.
    UndecidableError
        If an error is undefined: the output holds NaN, or has no energy; or if no move can tell
        how much folds today, or could when the baseline was made.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> before = iv.baseline(iv.MeanPool({"x": 2}), x, "x", shifts=[1.0])
    >>> (now,) = iv.diagnosis.check_against(iv.Subsample({"x": 2}), x, before)
    >>> now.worse, now.stage
    (True, 1)
    """
    if not (parameters.is_finite(tolerance) and tolerance >= 0):
        raise ParameterError(f"tolerance is {tolerance!r} dB; give a finite number of at least 0.")
    if _digest(x) != before.sha256:
        raise ParameterError(
            "The input is not the one that the baseline was measured on; make the baseline anew."
        )
    dims = dict.fromkeys(dim for axis in before.axes for dim in axis.dims)
    given = AsGiven.of(op, x, list(dims))
    moves = [move for axis in before.axes for move in axis.moves]
    more = _more_moves(given, before)
    found = judged_together(given, [*moves, *more], progress or _silent)
    return tuple(_held(given, old, found[old.dims], tolerance) for old in before.axes)


def _more_moves(given: AsGiven, before: Baseline) -> list[Translate]:
    """Moves that are usual for the pipeline of today, and that the baseline does not have."""
    kept = {axis.dims: axis.lengths for axis in before.axes if axis.usual}
    return [
        move
        for move in default_moves_as_given(given.along)
        if (dims := tuple(move.shifts)) in kept
        and not any(
            np.allclose(each, list(move.shifts.values()), rtol=1e-9, atol=0) for each in kept[dims]
        )
    ]


def _required(given: AsGiven, dims: Sequence[str], judged: Sequence[Judged]) -> list[float]:
    """The errors, where they are defined, and some move can tell how much folds."""
    require_defined(dims, undefined(given, judged))
    if answer(readings(given, judged), in_decibels(given.limit)).blind:
        raise UndecidableError(
            f"Along {named(dims)} there is no error to keep: moving by "
            f"{length_words(given, judged[0].move)} {blind_words(given, dims)}."
        )
    return [worst(readings(given, [each])) for each in judged]


def _measured(
    given: AsGiven, dims: tuple[str, ...], judged: Sequence[Judged], *, usual: bool
) -> BaselineAxis:
    errors = _required(given, dims, judged)
    sizes = _stage_errors(given, judged[int(np.nanargmax(errors))])
    return BaselineAxis(
        dims,
        tuple(given.along[dim].axis.length_unit for dim in dims),
        tuple(tuple(each.move.shifts[dim] for dim in dims) for each in judged),
        tuple(errors),
        parts_of(given.op),
        tuple(map(float, sizes)),
        tuple(math.isfinite(each.inside) for each in judged),
        tuple(map(over_the_whole, judged)),
        tuple(map(of_rolls, judged)),
        tuple(map(of_cuts, judged)),
        usual,
    )


def _stage_errors(given: AsGiven, judged: Judged) -> np.ndarray:
    """What each stage has to do with the error of a move, over all causes; NaN if unknown."""
    telling = [each for each in readings(given, [judged]) if not each.blind]
    reading: Reading = max(telling, key=lambda each: each.error)
    found = causes_of(given, reading)
    if found is None:
        return np.full(len(parts_of(given.op)), np.nan)
    parts = np.abs(found["share"].to_numpy()).sum(axis=0)
    return np.asarray(reading.error * np.sqrt(parts))


def _held(
    given: AsGiven, old: BaselineAxis, judged: Sequence[Judged], tolerance: float
) -> Regression:
    """Compare the worst errors along one axis; below the round-off all errors are alike."""
    units = tuple(given.along[dim].axis.length_unit for dim in old.dims)
    if old.units != units:
        raise DimError(
            f"The axis {old.dim!r} is in {named(units)!r} and the baseline in "
            f"{named(old.units)!r}; make the baseline anew."
        )
    _required(given, old.dims, judged)
    again, more = judged[: len(old.lengths)], judged[len(old.lengths) :]
    found = worst_errors(old, again, more)
    if {each.kind for each in found} <= {"cut"}:
        raise UndecidableError(
            f"Along {old.dim} the baseline has no error of rolling and today has one, so they "
            "cannot be compared; make the baseline anew."
        )
    # The ones that are worse first, and the largest of them.
    alike = same_steps(old, again, more)
    added = {each: _added(given, each, alike=alike) for each in found}
    grown = {each: each.grown(given.limit, added[each]) for each in found}
    chosen = max(found, key=lambda each: (grown[each] > tolerance, each.now))
    worse = grown[chosen] > tolerance
    now, move = in_decibels(chosen.now), chosen.judged.move
    stage, blame = _blame(given, old, chosen.judged) if worse else (0, "")
    sentence = f"Along {old.dim} {_compared(given, chosen, found, tolerance, worse)}{blame}"
    return Regression(old.dim, worse, in_decibels(chosen.before), now, move, stage, sentence)


def _added(given: AsGiven, found: WorstErrors, *, alike: bool) -> float:
    """What measuring may have added to the error of today that it had not added to that of before.

    At one move of pipelines with one total stride both have it. At other moves, and on other grids,
    it is another.
    """
    if found.kind == "cut" or (alike and found.was_at == found.judged.move):
        return 0.0
    rolled = [each for each in readings(given, [found.judged]) if each.protocol != "cut"]
    return float(np.fmax.reduce([0.0, *(each.limit for each in rolled)]))


def _compared(
    given: AsGiven,
    chosen: WorstErrors,
    found: Sequence[WorstErrors],
    tolerance: float,
    worse: bool,
) -> str:
    """What the worst error is, what it was, and by how much it is worse or better."""
    move, once = chosen.judged.move, length_words(given, chosen.was_at)
    place = length_words(given, move)
    is_worst = all(
        each.now <= chosen.now and (each.before <= chosen.before or each.kind == chosen.kind)
        for each in found
    )
    was = "" if place == once else f", at {once}"
    said = (
        f"the worst error{'' if is_worst else chosen.words} is {in_decibels(chosen.now):.1f} dB, "
        f"at {place}, and was {in_decibels(chosen.before):.1f} dB{was}: "
    )
    grown = chosen.grown(given.limit)
    if worse:
        return f"{said}worse by {grown:.1f} dB, where {tolerance:g} dB are allowed."
    if grown > tolerance:
        added = in_decibels(_added(given, chosen, alike=False))
        return f"{said}no worse, as measuring itself may add {added:.1f} dB at that move."
    if grown < -tolerance:
        return f"{said}better by {-grown:.1f} dB."
    return f"{said}within {tolerance:g} dB."


def _blame(given: AsGiven, old: BaselineAxis, judged: Judged) -> tuple[int, str]:
    """The stage that made it worse, and a sentence on it; 0 and "" where that is not known."""
    stages = parts_of(given.op)
    stage = _blamed(old, stages, _stage_errors(given, judged))
    if not stage:
        return 0, ""
    changed = _changed(old.stages, stages)
    was_there = changed.pop(stage, "")
    said = f" It comes from stage {stage}, {stages[stage - 1]}"
    said += f", which was {was_there}." if was_there else "."
    return stage, said + "".join(
        f" Since the baseline stage {number} has become {stages[number - 1]}; it was {text}."
        for number, text in changed.items()
    )


def _changed(old: Sequence[str], stages: Sequence[str]) -> dict[int, str]:
    """What stages were, by number, of those that read otherwise; unknown of another number."""
    if len(old) != len(stages):
        return {}
    pairs = enumerate(zip(old, stages, strict=True), 1)
    return {number: was for number, (was, now) in pairs if was != now}


def _blamed(old: BaselineAxis, stages: Sequence[str], sizes: np.ndarray) -> int:
    """The stage, from 1, whose part grew most; of another number of stages, the largest part."""
    if np.isnan(sizes).any():
        return 0
    grown = np.square(sizes)
    if len(old.stages) == len(stages):
        grown = grown - np.square(np.nan_to_num(old.stage_errors))
    return int(np.argmax(grown)) + 1


def _digest(x: xr.DataArray) -> str:
    return hashlib.sha256(np.ascontiguousarray(x.to_numpy()).tobytes()).hexdigest()
