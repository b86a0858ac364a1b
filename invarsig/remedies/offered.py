"""Remedies of a pipeline as given: searched for, verified, predicted and ranked."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing import folding_explains
from invarsig.axes import axis_of
from invarsig.commutator import Align
from invarsig.errors import InvarsigError, ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.operators import Graph, Operator
from invarsig.operators.base import require_operator
from invarsig.operators.work import work
from invarsig.remedies.answers import answers, pictures_of
from invarsig.remedies.as_given import is_blind, strides_met
from invarsig.remedies.course import Course
from invarsig.remedies.gain_range import with_range
from invarsig.remedies.held_out import in_two_parts
from invarsig.remedies.recommendation import ranked
from invarsig.remedies.remedy import ROUND_OFF, Remedy, decibels_gained, with_front
from invarsig.remedies.rewrite import Refused, Rewrite
from invarsig.remedies.search import GAIN, Attempt, root_mean_square, search
from invarsig.remedies.suspects import suspects, telling
from invarsig.remedies.trial import Trial
from invarsig.remedies.unremedied_lift import UnremediedLift, unremedied_lift

__all__ = ["Remedies", "remedies"]

# A lift of a graph that takes more passes than this is not computed, and nothing is predicted.
_MANY = 16


def remedies(
    op: Operator,
    x: xr.DataArray,
    actions: Translate | Sequence[Translate],
    *,
    target: float = -40.0,
    most: int | None = 6,
    first_stage: int = 1,
    pictures: xr.DataArray | Sequence[xr.DataArray] = (),
    splits: Mapping[Translate, xr.Dataset] = MappingProxyType({}),
    progress: Callable[[str, float], None] | None = None,
) -> Remedies:
    """Try changes to each stage, on the signal as given, and rank those that help.

    Every remedy is a pipeline with the boundaries of the one that was given; it has been run on
    `x`, and its error is measured there (see `invarsig.remedies.as_given`) at all the moves that
    are not blind. A move by a whole multiple of the total stride along every dim is blind.

    Tried are, between a strided stage's dense form and its stride, a blur of 2 to 7 taps, a Kaiser
    low-pass, and, where the axes wrap, an ideal one and polyphase selection; half the stride, and
    for front ends half and a quarter of the hop; windows twice as wide; the stride of a complex
    bank behind the modulus that follows; and, where the axes wrap, nonlinearities between filters.
    If no single change reaches the target, the best ones are followed by one or two more, at other
    stages.

    A gain is of the signal that it was measured on. So it is told as a range as well, from parts of
    the results, which nine in ten other parts are expected in (`invarsig.remedies.gain_range`).
    Where the signal is long enough, the remedies are chosen on one half of it, and the gain on the
    other half is told as well. Along axes that wrap the gain is also predicted: from the lift of
    the pipeline without the change and the response of what is added, or, behind what is not
    linear, from a lift of its own. Where folding does not explain the pipeline (see
    `folding_explains`), predictions are of the folding part alone.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array; its axes may wrap or end.
    actions
        The translations whose error should fall, along one dim or several at once.
    target
        The wanted error in dB, of the worst move.
    most
        How many to give back; None for all.
    first_stage
        Number of the first stage, where `op` is the rest of a longer pipeline.
    pictures
        Inputs of a network, as a sequence or along one more dim: what each remedy does to the
        answer on these is `Remedy.answers`.
    splits
        Results of `causes` that are known, by move: changes to a network are tried at the nodes
        that make most of the worst move's error.
    progress
        Called while the search goes on, with what it is at and the part of it that is done, 0 to 1.

    Returns
    -------
    tuple of Remedy
        Those that gain at least 0.5 dB, best first by the rule of `invarsig.remedies.recommend`;
        `Remedy.reaches` says which of them reach the target. Empty where nothing is wrong, and
        where all moves are blind.

    Raises
    ------
    ParameterError
        If no move is given, one is not a translation, or the target is not a finite number of
        decibels below 0.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> op, shifts = iv.MaxPool(window={"x": 4}), [iv.Translate(x=1), iv.Translate(x=3)]
    >>> best = iv.remedies(op, x, shifts)[0]
    >>> best.change, best.reaches
    ('put an ideal low-pass before the stride of stage 1, along x', True)
    >>> print(best.code.replace(" >> ", chr(10) + " >> "))
    (iv.MaxPool(window={'x': 4}, stride={'x': 1}, padding={'x': 0})
     >> iv.SpectralPool(stride={'x': 4}))

    On an axis that ends nothing that reaches over all of it is offered:

    >>> x = iv.power_law_noise(iv.Axis("x", size=512), exponent=1.0, rng=1)
    >>> best = iv.remedies(op, x, shifts)[0]
    >>> best.change, best.reaches
    ('put a Kaiser low-pass before the stride of stage 1, along x', True)
    """
    moves = [move.on(x) for move in _checked(actions, target)]
    require_operator(op)
    op = op.on(x)
    shown = pictures_of(pictures, x)
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.shifts))
    strides = strides_met(op, x, dims)
    # Without a stride nothing folds; what the padding of a network does shows at any move.
    if not isinstance(op, Graph) or max(strides.values()) > 1:
        moves = [move for move in moves if not is_blind(move, x, strides)]
    given = _trial(op, x, moves, splits)
    if given is None:
        return Remedies()
    parts = in_two_parts(given)
    there = given if parts is None else parts[0]
    whole = all(is_whole(move.samples(axis_of(x, dim))) for move in moves for dim in move.shifts)
    refused: list[Refused] = []
    limit = 10 ** (target / 20)
    attempts = [
        replace(each, numbers=tuple(number + first_stage - 1 for number in each.numbers))
        for each in search(
            there,
            dims,
            whole=whole,
            limit=limit,
            only=given.places,
            refused=refused,
            tell=lambda part: None if progress is None else progress("what would help", part),
        )
    ]
    unchanged = _Unchanged.of(there)
    tried = [(_remedy(each, unchanged, target), each) for each in attempts]
    kept = ranked([remedy for remedy, _ in tried], target, most)
    chosen = [each for remedy, each in tried if any(remedy is one for one in kept)]
    tried = _verified(chosen, given, None if parts is None else parts[1], target)
    made = ranked(with_front(_predicted(tried, given, dims)), target, None)
    before = [op(each) for each in shown]
    answered = [replace(each, answers=answers(before, each.pipeline, shown)) for each in made]
    return Remedies(answered, [_refusal(op, each) for each in refused])


class Remedies(tuple[Remedy, ...]):  # noqa: SLOT001 -- a tuple has room for a name
    """Remedies, best first, and what was refused.

    Parameters
    ----------
    found
        The remedies.
    refused
        Sentences: which change cannot be made, and why.
    """

    refused: tuple[str, ...]

    def __new__(cls, found: Iterable[Remedy] = (), refused: Iterable[str] = ()) -> Self:
        """Make it."""
        made = super().__new__(cls, found)
        made.refused = tuple(refused)
        return made


def _refusal(op: Operator, refused: Refused) -> str:
    """One sentence."""
    node = Course.of(op).nodes[refused.place]
    return f"Refused: {refused.what} {node.name!r}: {refused.reason.rstrip('.')}."


def _trial(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    splits: Mapping[Translate, xr.Dataset],
) -> Trial | None:
    """The pipeline on the signal and its copies; None where there is nothing to gain.

    Of a graph of many nodes only what the nodes that make most of the error need is kept.
    """
    if not moves:
        return None
    if not isinstance(op, Graph):
        given = Trial.of(op, x, moves)
        return given if root_mean_square(given.errors) > ROUND_OFF else None
    known = [move for move in moves if move in splits]
    if known:
        told = telling(op, x, known, range(len(known), 0, -1))
    else:
        given = Trial.of(op, x, moves, ())
        if not root_mean_square(given.errors) > ROUND_OFF:
            return None
        told = telling(op, x, moves, given.errors)
    places = suspects(op, x, told, splits.get(told))
    given = Trial.of(op, x, moves, range(len(op)) if places is None else places)
    return given if root_mean_square(given.errors) > ROUND_OFF else None


def _checked(actions: Translate | Sequence[Translate], target: float) -> list[Translate]:
    """The moves, if they are moves, and the target is one."""
    moves = list(actions) if isinstance(actions, Iterable) else [actions]
    if not moves:
        raise ParameterError("No shift is given to judge the remedies by.")
    for move in moves:
        if not isinstance(move, Translate):
            raise ParameterError(
                f"Remedies are for translations, not {move!r}; give one such as iv.Translate(x=1)."
            )
    parameters.decibels(target, "target", zero=False)
    return moves


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
        remedy = _remedy(again, whole, target)
        remedy = with_range(remedy, given.in_parts, parts)
        # Where it reaches too far for the other part, that stays unknown.
        with contextlib.suppress(InvarsigError):
            remedy = replace(remedy, held_out=_gain(attempt, held, align))
        if remedy.gain >= GAIN:
            found.append((remedy, again))
    return found


def _gain(attempt: Attempt, held: Trial | None, align: Align) -> float:
    """Decibels on a held-out part; NaN without one."""
    if held is None:
        return math.nan
    after = root_mean_square(held.judged(attempt.pipeline, attempt.place, align)[0])
    return decibels_gained(root_mean_square(held.errors), after)


def _predicted(
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
        lift = unremedied_lift(op, x, dims, places={attempt.place for _, attempt in found})
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
        predicted = lift.error(moves, change.place, change.low_pass, change.strides)
        from_lift = True
    else:
        predicted = lift.rewritten(attempt.pipeline, attempt.place).error_as_it_is(moves)
    return replace(
        remedy,
        predicted=predicted,
        gain_predicted=decibels_gained(guess, predicted),
        from_lift=from_lift,
    )


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
