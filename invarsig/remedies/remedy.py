"""Remedies: changes to a pipeline that lessen what folds, each predicted and verified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing import folding_explains
from invarsig.aliasing.lift import total_stride
from invarsig.axes import difference
from invarsig.commutator import Align, moved_last
from invarsig.errors import InvarsigError, ParameterError
from invarsig.measures.equivariance import relative
from invarsig.measures.protocols import choose_protocol
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import require_operator, stages_of
from invarsig.operators.pipeline import told
from invarsig.operators.work import work
from invarsig.remedies.rewrites import Rewrite, lost_band, rewrites, whole_moves
from invarsig.remedies.unremedied_lift import UnremediedLift, unremedied_lift

__all__ = ["Remedy", "remedies"]


@dataclass(frozen=True)
class Remedy:
    """A rewritten pipeline, with what it gains and what it costs.

    Parameters
    ----------
    name
        What is changed, in a few words.
    pipeline
        The pipeline with the change, ready to use.
    predicted, measured
        Relative equivariance error, root mean square over the given shifts: from a spectrum, and by
        shifting.
    gain, gain_predicted
        Decibels below the pipeline as it is, measured and predicted.
    cost
        Multiplications, relative to the pipeline as it is, as `work` counts them. It is no time:
        between two pipelines processor time may differ from it by a factor of 2, where small
        windows of large pictures wait for memory.
    size
        Output size, relative to the pipeline as it is.
    reason
        Why it helps, and where it is exact.
    from_lift
        Whether the prediction needs only the lift of the pipeline as it is and the response of what
        is added; otherwise it is from the lift of the pipeline with the change.
    lost
        Share of the band below the new Nyquist frequency that an added low-pass takes away.
    aligned
        Whether results are compared after whole-sample alignment.
    best
        Whether no other remedy is as good in error, cost, output size and band, and better in one:
        the Pareto front.
    """

    name: str
    pipeline: Operator
    predicted: float
    measured: float
    gain: float
    gain_predicted: float
    cost: float
    size: float
    reason: str
    from_lift: bool = False
    lost: float = 0.0
    aligned: bool = False
    best: bool = True


# Below this error there is nothing to gain but other round-off.
_ROUND_OFF = 1e-10

# What rounding in single precision may leave of an error that alignment takes away.
_ALIGNED = 1e-3


def remedies(
    op: Operator,
    x: xr.DataArray,
    actions: Translate | Sequence[Translate],
    *,
    target: float | None = None,
    most: int | None = 6,
) -> tuple[Remedy, ...]:
    """Try changes to each stage, and rank those that help.

    Each is judged by the root mean square of its error over all the shifts given. One shift alone
    may be blind: half a stride of 4 is exact at 2 samples, and nowhere in between.

    Tried are, between a strided stage's dense form and its stride, a blur of 2 to 7 taps, a Kaiser
    low-pass, an ideal one and polyphase selection; half the stride, and for front ends half and a
    quarter of the hop; windows twice as wide; the stride of a complex bank behind the modulus that
    follows; and nonlinearities between filters. Low-passes and smaller strides are predicted from
    the lift of the pipeline as it is and the response of what is added. Where folding does not
    explain the pipeline (see `folding_explains`), predictions are of the folding part alone.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array, periodic along the dims that are moved along.
    actions
        The translations whose error should fall, along the same dims.
    target
        A wanted error in dB. Remedies that reach it come first, the cheapest in front.
    most
        How many to give back; None for all.

    Returns
    -------
    tuple of Remedy
        Those that gain at least 0.5 dB; best gain first where there is no target.

    Raises
    ------
    AxisError
        If an axis is not periodic.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> op, shifts = iv.MaxPool(window={"x": 4}), [iv.Translate(x=1), iv.Translate(x=3)]
    >>> exact = [each for each in iv.remedies(op, x, shifts) if each.measured < 1e-12]
    >>> sorted(each.name.split(" before ")[0].split(" in place ")[0] for each in exact)
    ['ideal low-pass', 'polyphase selection']
    >>> cheapest = iv.remedies(op, x, shifts, target=-30.0)[0]
    >>> bool(cheapest.measured <= 10 ** (-30.0 / 20))
    True
    """
    moves = _translations(actions)
    if target is not None:
        parameters.decibels(target, "target")
    dims = tuple(dict.fromkeys(dim for move in moves for dim in move.required))
    require_operator(op)
    for move in moves:
        choose_protocol("periodic", x, x, move)
    features = _features(op, x, moves)
    for dim in dims:
        total_stride(op, x, dim)
    before = _error(features[-1], moves)
    if not before > _ROUND_OFF:
        return ()
    as_it_is = _AsItIs(before, work(op, x), features[-1][0].size, features)
    changes: dict[str, Rewrite] = {}
    found = []
    for change in rewrites(op, x, dims, whole=whole_moves(x, moves)):
        try:
            remedy = _judged(change, x, moves, as_it_is)
        except InvarsigError:
            continue  # The change does not fit this signal: a shorter axis, say.
        # Where another stage strides too, or phases tie, selection is not what it is offered for.
        if remedy.aligned and remedy.measured > _ALIGNED * before:
            continue
        if remedy.gain >= 0.5:
            found.append(remedy)
            changes[remedy.name] = change
    ranked = sorted(_with_front(found), key=lambda remedy: _rank(remedy, target))[:most]
    if not ranked:
        return ()
    # Predictions cost passes of their own, so only those that are given back have one.
    lift = unremedied_lift(op, x, dims, places={changes[each.name].place for each in ranked})
    guess = lift.error_as_it_is(moves)
    explained = all(folding_explains(op, x, dim).attrs["explained"] for dim in dims)
    return tuple(
        _predicted(each, changes[each.name], moves, guess, lift, explained) for each in ranked
    )


def _translations(actions: object) -> list[Translate]:
    """List the translations that are given, or say what is none."""
    moves = []
    for action in actions if isinstance(actions, Iterable) else [actions]:
        if not isinstance(action, Translate):
            raise ParameterError(
                f"Remedies are judged by translations, and {action!r} is none; give some such as "
                "iv.Translate(x=1)."
            )
        moves.append(action)
    if not moves:
        raise ParameterError("No shift is given to judge the remedies by.")
    return moves


@dataclass(frozen=True)
class _AsItIs:
    """The pipeline without a change: its error, work and output.

    And what each stage meets, for the input as it is and for each moved one: what stands before a
    change is run once.
    """

    measured: float
    work: float
    size: int
    features: tuple[tuple[xr.DataArray, ...], ...]


def _features(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate]
) -> tuple[tuple[xr.DataArray, ...], ...]:
    """What each stage meets, for the input as it is and for each moved one; last what comes out."""
    rows = [(x, *(move(x) for move in moves))]
    for number, stage in enumerate(stages_of(op), 1):
        with told(stage, number, rows[-1][0]):
            rows.append(tuple(stage(feature) for feature in rows[-1]))
    return tuple(rows)


def _judged(
    change: Rewrite, x: xr.DataArray, moves: Sequence[Translate], as_it_is: _AsItIs
) -> Remedy:
    """Verify one change; what it was predicted to do comes later."""
    align: Align = "grid" if change.aligned else "fourier"
    rest = Pipeline(stages_of(change.pipeline)[change.place :])
    results = [rest(feature) for feature in as_it_is.features[change.place]]
    y, measured = results[0], _error(results, moves, align)
    return Remedy(
        change.name,
        change.pipeline,
        np.nan,
        measured,
        _gain(as_it_is.measured, measured),
        np.nan,
        work(change.pipeline, x) / as_it_is.work,
        y.size / as_it_is.size,
        change.reason,
        lost=lost_band(change.low_pass, x, change.strides or {}),
        aligned=change.aligned,
    )


def _error(
    results: Sequence[xr.DataArray], moves: Sequence[Translate], align: Align = "fourier"
) -> float:
    """Root mean square of the error, from the results of the input and of each moved one."""
    y, *firsts = results
    gaps = [
        difference(first, moved_last(y, first, move, align))
        for move, first in zip(moves, firsts, strict=True)
    ]
    return float(np.sqrt(np.mean([float(relative(gap, y, "centered")) ** 2 for gap in gaps])))


def _predicted(
    remedy: Remedy,
    change: Rewrite,
    moves: Sequence[Translate],
    guess: float,
    lift: UnremediedLift,
    explained: bool,
) -> Remedy:
    """Predict what a change leaves of the error: from the lift as it is, or from its own."""
    from_lift = False
    if change.aligned:
        predicted = 0.0  # The same samples are kept: what is left is rounding.
    elif explained and change.strides is not None and _is_followed_by_filters(change, lift.op):
        predicted = lift.error(moves, change.place, change.low_pass, change.strides)
        from_lift = True
    else:
        predicted = lift.rewritten(change.pipeline, change.place).error_as_it_is(moves)
    return replace(
        remedy,
        predicted=predicted,
        gain_predicted=_gain(guess, predicted),
        from_lift=from_lift,
    )


def _is_followed_by_filters(change: Rewrite, op: Operator) -> bool:
    """Whether what comes after a changed stage does the same to its spectrum as before.

    A nonlinear stage meets other values; at another stride a filter of so many samples reaches
    less far.
    """
    after = stages_of(op)[change.place + 1 :]
    return all(stage.linear for stage in after) and (change.low_pass is not None or not after)


def _with_front(found: Sequence[Remedy]) -> list[Remedy]:
    """Say of each remedy whether it is on the Pareto front."""

    def price(remedy: Remedy) -> np.ndarray:
        error = max(remedy.measured, _ROUND_OFF)
        return np.array([error, remedy.cost, remedy.size, remedy.lost])

    prices = [price(remedy) for remedy in found]
    beaten = [
        any((other <= own).all() and (other < own).any() for other in prices) for own in prices
    ]
    return [replace(each, best=not worse) for each, worse in zip(found, beaten, strict=True)]


def _rank(remedy: Remedy, target: float | None) -> tuple[bool, float, float]:
    """Those that reach the target by cost, then the others by gain."""
    reaches = target is not None and 20 * np.log10(max(remedy.measured, 1e-300)) <= target
    return (not reaches, remedy.cost if reaches else 0.0, -remedy.gain)


def _gain(before: float, after: float) -> float:
    """Decibels, counted down to the round-off."""
    return 20 * float(np.log10(max(before, 1e-300) / max(after, 1e-16)))
