"""Compared with a baseline: is the worst error larger than it was, and which layer made it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.readings import in_decibels, readings
from invarsig.diagnosis.baseline_file import Baseline, BaselineAxis
from invarsig.diagnosis.blame import Blame, blame
from invarsig.diagnosis.measured_baseline import digest_of, required_errors, silent
from invarsig.diagnosis.moves import judged_together, length_words, named, relative_words
from invarsig.diagnosis.parts_of_errors import parts_of_error
from invarsig.diagnosis.side_by_side import Progress
from invarsig.diagnosis.worst_errors import WorstErrors, same_steps, worst_errors
from invarsig.errors import DimError, ParameterError, UndecidableError
from invarsig.measures.norms import Norm
from invarsig.operators import Operator

__all__ = ["Regression", "check_against"]


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
        Where it is worse, the layer that made it so, counted from 1: a stage of a pipeline, or a
        node of a graph. 0 where it is no worse, where no layer has changed, or the layer is gone.
    path
        Its path, such as "layer2.conv1"; of a stage its number; "" where none is named.
    candidates
        Paths of all layers that have changed since the baseline, that one first. Where they are
        several, a baseline cannot tell which of them did it: the first is the one to whose part of
        the error most was added.
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
    path: str
    candidates: tuple[str, ...]
    sentence: str


def check_against(
    op: Operator,
    x: xr.DataArray,
    before: Baseline,
    *,
    tolerance: float = 0.5,
    norm: Norm | None = None,
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
    norm
        What errors are to be relative to: that of the baseline, which is the default.
    progress
        As for `diagnose`.

    Returns
    -------
    tuple of Regression
        One for each axis of the baseline, and one for its joint moves.

    Raises
    ------
    ParameterError
        If the input is another one, `tolerance` is negative, or the baseline is of another norm.
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
    if digest_of(x) != before.sha256:
        raise ParameterError(
            "The input is not the one that the baseline was measured on; make the baseline anew."
        )
    before.require_norm(norm)
    op = op.on(x)
    dims = dict.fromkeys(dim for axis in before.axes for dim in axis.dims)
    given = AsGiven.of(op, x, list(dims), before.norm)
    moves = [move for axis in before.axes for move in axis.moves]
    more = _more_moves(given, before)
    found = judged_together(given, [*moves, *more], progress or silent)
    return tuple(_held(given, before, old, found[old.dims], tolerance) for old in before.axes)


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


def _held(
    given: AsGiven,
    before: Baseline,
    old: BaselineAxis,
    judged: Sequence[Judged],
    tolerance: float,
) -> Regression:
    """Compare the worst errors along one axis; below the round-off all errors are alike."""
    units = tuple(given.along[dim].axis.length_unit for dim in old.dims)
    if old.units != units:
        raise DimError(
            f"The axis {old.dim!r} is in {named(units)!r} and the baseline in "
            f"{named(old.units)!r}; make the baseline anew."
        )
    required_errors(given, old.dims, judged)
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
    said = _blamed(given, before, old, chosen) if worse else Blame()
    sentence = f"Along {old.dim} {_compared(given, chosen, found, tolerance, worse)}{said.words}"
    if given.norm != "centered":
        sentence += f" {relative_words(given, old.dims)}"
    return Regression(
        old.dim, worse, in_decibels(chosen.before), now, move,
        said.stage, said.path, said.candidates, sentence,
    )  # fmt: skip


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


def _blamed(given: AsGiven, before: Baseline, old: BaselineAxis, chosen: WorstErrors) -> Blame:
    """The layer that made it worse; of a baseline without layers none."""
    if not before.layers:
        again = " The baseline has no layers to compare with: made anew, it tells which one it is."
        return Blame(words=again)
    now = parts_of_error(given, chosen.judged, chosen.now)
    return blame(given, before.layers, old.parts, chosen.before, now)
