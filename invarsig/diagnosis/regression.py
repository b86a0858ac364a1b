"""Baselines: what the errors were, so that a test can tell when they get worse.

A baseline holds, for each axis and jointly, the errors of a few moves, and what each stage
contributed to the worst. A later run makes the same moves and is compared with it.
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
        Whether some move is worse than before by more than the tolerance.
    before, now
        In dB, at the move that got worst.
    move
        That move.
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
    dims = dims_along(op, x, along)
    own = shifts_along(shifts, dims, axis_met(op, x))
    given = AsGiven.of(op, x, dims)
    return _baseline(given, default_moves_as_given(given.along, own), progress or _silent)


def _silent(_text: str, _part: float) -> None:
    """Report progress to nobody."""


def _baseline(given: AsGiven, moves: Sequence[Translate], tell: Progress) -> Baseline:
    found = judged_together(given, moves, tell)
    axes = tuple(_measured(given, dims, each) for dims, each in found.items())
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

    Parameters
    ----------
    op, x
        The pipeline of today, and the input of the baseline.
    before
        The baseline. The same moves are made.
    tolerance
        By how many dB an error may be larger than it was.
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
        If an error is undefined: the output holds NaN, or has no energy; or if no move of the
        baseline can tell how much folds today.

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
    found = judged_together(given, moves, progress or _silent)
    return tuple(_held(given, old, found[old.dims], tolerance) for old in before.axes)


def _required(given: AsGiven, dims: Sequence[str], judged: Sequence[Judged]) -> list[float]:
    """The errors, where they are defined, and some move can tell how much folds."""
    require_defined(dims, undefined(given, judged))
    if answer(readings(given, judged), in_decibels(given.limit)).blind:
        raise UndecidableError(
            f"Along {named(dims)} there is no error to keep: moving by "
            f"{length_words(given, judged[0].move)} {blind_words(given, dims)}."
        )
    return [worst(readings(given, [each])) for each in judged]


def _measured(given: AsGiven, dims: tuple[str, ...], judged: Sequence[Judged]) -> BaselineAxis:
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
        tuple(map(_over_the_whole, judged)),
    )


def _over_the_whole(judged: Judged) -> float:
    """The worst error of a move with rolling compared over the whole output, ends included."""
    found = float(np.fmax(math.nan if judged.blind else judged.roll, judged.cut))
    return math.nan if math.isnan(found) else found


def _alike(
    old: BaselineAxis, judged: Sequence[Judged], errors: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Errors of before and of today, each pair over one part of the output."""
    before, now = list(old.errors), list(errors)
    for place, (inside, each) in enumerate(zip(old.inside, judged, strict=False)):
        if inside != math.isfinite(each.inside):
            before[place], now[place] = old.whole[place], _over_the_whole(each)
    return before, now


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
    """Compare one axis, move by move; below the round-off all errors are alike."""
    units = tuple(given.along[dim].axis.length_unit for dim in old.dims)
    if old.units != units:
        raise DimError(
            f"The axis {old.dim!r} is in {named(units)!r} and the baseline in "
            f"{named(old.units)!r}; make the baseline anew."
        )
    was, today = _alike(old, judged, _required(given, old.dims, judged))
    pairs = zip(was, today, strict=True)
    growth = np.array([_grown(before, now, given.limit) for before, now in pairs])
    _require_comparable(given, old, judged, was, today, growth, tolerance)
    place = int(np.nanargmax(growth))
    worse = bool(growth[place] > tolerance)
    before, now = in_decibels(was[place]), in_decibels(today[place])
    move = judged[place].move
    sentence = (
        f"Along {old.dim} at {length_words(given, move)} the error is {now:.1f} dB, and was "
        f"{before:.1f} dB: "
    )
    if not worse:
        sentence += _no_worse(old.dim, was, today, growth, given.limit, tolerance)
        return Regression(old.dim, worse, before, now, move, 0, sentence)
    stages = parts_of(given.op)
    stage = _blamed(old, stages, _stage_errors(given, judged[place]))
    sentence += f"worse by {growth[place]:.1f} dB, where {tolerance:g} dB are allowed."
    if stage:
        sentence += f" It comes from stage {stage}, {stages[stage - 1]}"
        changed = _changed(old.stages, stages)
        was_there = changed.pop(stage, "")
        sentence += f", which was {was_there}." if was_there else "."
        sentence += "".join(
            f" Since the baseline stage {number} has become {stages[number - 1]}; it was {text}."
            for number, text in changed.items()
        )
    return Regression(old.dim, worse, before, now, move, stage, sentence)


def _changed(old: Sequence[str], stages: Sequence[str]) -> dict[int, str]:
    """What stages were, by number, of those that read otherwise; unknown of another number."""
    if len(old) != len(stages):
        return {}
    pairs = enumerate(zip(old, stages, strict=True), 1)
    return {number: was for number, (was, now) in pairs if was != now}


def _no_worse(
    dim: str,
    was: Sequence[float],
    errors: Sequence[float],
    growth: np.ndarray,
    least: float,
    tolerance: float,
) -> str:
    """That the move that changed most is no worse, and that the worst error got better if it did.

    Below the round-off (`least`) no error is better than another.
    """
    place = int(np.nanargmax(growth))
    better = growth[place] < -tolerance
    said = f"better by {-growth[place]:.1f} dB." if better else f"within {tolerance:g} dB."
    worst_before, worst_now = float(np.nanmax(was)), float(np.nanmax(errors))
    told, now = f"{in_decibels(worst_before):.1f} dB", f"{in_decibels(worst_now):.1f} dB"
    same_move = was[place] == worst_before and errors[place] == worst_now
    if same_move or told == now or not _grown(worst_before, worst_now, least) < 0:
        return said
    return f"{said} The worst error along {dim} is {now}, and was {told}."


def _require_comparable(
    given: AsGiven,
    old: BaselineAxis,
    judged: Sequence[Judged],
    was: Sequence[float],
    today: Sequence[float],
    growth: np.ndarray,
    tolerance: float,
) -> None:
    """Refuse a move that only one of both tells anything of, unless another one got worse anyway.

    What neither tells anything of is no loss: such a move told nothing from the beginning.
    """
    if (growth > tolerance).any():
        return
    for each, before, now in zip(judged, was, today, strict=True):
        if math.isnan(before) != math.isnan(now):
            who, other = ("the baseline", "today") if math.isnan(before) else ("today", "it")
            raise UndecidableError(
                f"Along {old.dim} at {length_words(given, each.move)} {who} has no error and "
                f"{other} has one, so they cannot be compared; make the baseline anew."
            )


def _grown(before: float, now: float, least: float) -> float:
    """By how many dB an error grew; NaN where one of both is unknown."""
    if math.isnan(before) or math.isnan(now):
        return math.nan
    return in_decibels(max(now, least)) - in_decibels(max(before, least))


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
