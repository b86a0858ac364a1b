"""What a remedy is expected to gain: from the lift of the pipeline, where its axes wrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from invarsig.actions import Translate
from invarsig.aliasing import folding_explains
from invarsig.axes import axis_of
from invarsig.errors import InvarsigError
from invarsig.operators import Graph, Operator
from invarsig.remedies.as_given import is_blind, strides_met
from invarsig.remedies.course import Course
from invarsig.remedies.remedy import Remedy, decibels_gained
from invarsig.remedies.rewrite import Rewrite
from invarsig.remedies.search import Attempt
from invarsig.remedies.trial import Trial
from invarsig.remedies.unremedied_lift import UnremediedLift, unremedied_lift

__all__ = ["with_predictions"]

# A lift of a graph that takes more passes than this is not computed, and nothing is predicted.
_MANY = 16


def with_predictions(
    found: Sequence[tuple[Remedy, Attempt]], given: Trial, dims: Sequence[str]
) -> list[Remedy]:
    """With predictions from the lift, where all axes that are moved along wrap."""
    unknown = [remedy for remedy, _ in found]
    if not found or not all(axis_of(given.x, dim).periodic for dim in dims):
        return unknown
    if isinstance(given.op, Graph) and _passes(given) > _MANY:
        return unknown
    op, x, moves = given.op, given.x, given.moves
    try:
        lift = unremedied_lift(
            op, x, dims, places={attempt.place for _, attempt in found}, norm=given.norm
        )
        guess = lift.error_as_it_is(moves)
        explained = all(folding_explains(op, x, dim).attrs["explained"] for dim in dims)
        return [
            _with_prediction(remedy, attempt, moves, guess, lift, explained)
            for remedy, attempt in found
        ]
    except InvarsigError:
        return unknown  # There is no lift: the stride does not divide the axis, say.


def _passes(given: Trial) -> int:
    """How often a graph, which has no form without its strides, is run for one lift."""
    dims = dict.fromkeys(dim for move in given.moves for dim in move.shifts)
    return math.prod(strides_met(given.op, given.x, tuple(dims)).values())


def _with_prediction(
    remedy: Remedy,
    attempt: Attempt,
    moves: Sequence[Translate],
    guess: float,
    lift: UnremediedLift,
    explained: bool,
) -> Remedy:
    """Predict what a change leaves of the error: from the lift as it is, or from its own."""
    from_lift, change = False, attempt.rewrites[0]
    single = len(attempt.rewrites) == 1
    if remedy.aligned:
        predicted = 0.0  # The same samples are kept: what is left is rounding.
    elif single and explained and change.strides and _is_followed_by_filters(change, lift.op):
        telling = _telling(attempt.pipeline, lift, moves)
        predicted = lift.error(telling, change.place, change.low_pass, change.strides)
        from_lift = True
    else:
        changed = lift.rewritten(attempt.pipeline, attempt.place)
        predicted = changed.error_as_it_is(_telling(attempt.pipeline, lift, moves))
    return replace(
        remedy,
        predicted=predicted,
        gain_predicted=decibels_gained(guess, predicted),
        from_lift=from_lift,
    )


def _telling(op: Operator, lift: UnremediedLift, moves: Sequence[Translate]) -> Sequence[Translate]:
    """The moves that a changed pipeline, which may have other strides, is not blind to."""
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.shifts))
    strides = strides_met(op, lift.x, dims)
    return [move for move in moves if not is_blind(move, lift.x, strides)] or moves


def _is_followed_by_filters(change: Rewrite, op: Operator) -> bool:
    """Whether what comes after a changed stage does the same to its spectrum as before.

    A nonlinear stage meets other values; at another stride a filter of so many samples reaches
    less far; what another branch brings has not been filtered.
    """
    course = Course.of(op)
    after = course.nodes[change.place + 1 :]
    alone = course.live(change.place + 1) <= {change.place + 1}
    linear = alone and all(node.linear for node in after)
    return linear and (change.low_pass is not None or not after)
