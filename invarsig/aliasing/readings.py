"""Readings: the errors of a pipeline as it is given that a gate holds to a limit, and why.

Every gate (`check`, a baseline, `assert_equivariant`) reads the same errors: those of
`invarsig.aliasing.as_given`. A move gives up to two readings, one by rolling and one by two cuts,
each with its own measuring limit and the part of the output that it compares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.causes import CAUSES, ORDERS, CauseProtocol, causes, usual_units
from invarsig.aliasing.hidden_stages import RateChanges
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.measuring_limit import limit_of_rolling
from invarsig.aliasing.units import parts_of, paths_of
from invarsig.errors import InvarsigError
from invarsig.measures.known_samples import Indexers

__all__ = [
    "Outcome",
    "answer",
    "causes_in_words",
    "causes_of",
    "causes_over_all_stages",
    "in_decibels",
    "in_words",
    "main_parts",
    "readings",
    "size_in_words",
    "undefined",
    "worst",
]

Outcome = Literal["holds", "falls short", "undecidable"]

# Relative errors below this are written as this one, -300 dB.
_LEAST = 1e-15

# An error so many times its measuring limit is not the measurement's doing.
_CLEAR = 5.0

# Parts smaller than this share of an error are not named, nor are more of them than this.
_SMALL, _MOST = 0.05, 3

_WHY_WHOLE = {
    "infinite-reach": "a stage depends on the whole axis",
    "too-short": "the signal is too short to leave any of it out",
    "little-inside": "too little of it lies away from its ends to stand for the rest",
    "lost": "the output has lost the axis",
}


@dataclass(frozen=True)
class Reading:
    """One error at one move.

    Parameters
    ----------
    move
        The move.
    protocol
        "interior", a roll compared away from the ends; "roll", a roll over the whole output; "cut",
        two cuts of the signal.
    blind
        Whether it tells nothing: a roll by whole total strides, which is exact however much folds.
        Away from the ends an error of such a roll does tell something: some stage depends on where
        a sample stands.
    error, limit
        The relative error, and what a perfect pipeline might show.
    compared, region
        The part of the output that was compared, 0 to 1, and which one.
    why
        Why a roll is compared over the whole output.
    """

    move: Translate
    protocol: CauseProtocol
    blind: bool
    error: float
    limit: float
    compared: float
    region: Indexers
    why: str = ""

    def above(self, limit: float) -> bool:
        """Whether the error is above a limit in dB."""
        return in_decibels(self.error) > limit

    def certain(self, limit: float) -> bool:
        """Whether the measurement is fine enough to say that the error is above a limit in dB."""
        fine = in_decibels(self.limit) <= limit + 1e-9
        return self.above(limit) and (fine or self.error > _CLEAR * self.limit)


@dataclass(frozen=True)
class Answer:
    """What readings say of a limit.

    Parameters
    ----------
    outcome
        "holds", "falls short", or "undecidable".
    reading
        The reading that decides: the largest error of those that can.
    blind
        Whether it is undecidable since no move can tell how much folds.
    """

    outcome: Outcome
    reading: Reading
    blind: bool = False


def readings(given: AsGiven, judged: Sequence[Judged]) -> tuple[Reading, ...]:
    """All errors of moves that were judged, blind ones marked."""
    return tuple(reading for each in judged for reading in _of_move(given, each))


def _of_move(given: AsGiven, each: Judged) -> list[Reading]:
    found = []
    if math.isfinite(each.inside):
        region, compared = each.region, each.inside_compared
        blind = each.blind and each.inside <= each.inside_limit
        found.append(
            Reading(
                each.move,
                "interior",
                blind,
                each.inside,
                each.inside_limit,
                compared,
                region,
            )
        )
    else:
        why = _WHY_WHOLE.get(each.inside_reason, "")
        ends = limit_of_rolling(given.op, given.x, given.y, each.move, given.norm)
        limit = math.nan if each.blind else float(np.fmax(given.limit, ends))
        found.append(Reading(each.move, "roll", each.blind, each.roll, limit, 1.0, {}, why))
    if math.isfinite(each.cut):
        compared = each.cut_compared
        found.append(Reading(each.move, "cut", False, each.cut, each.cut_limit, compared, {}))
    return found


def worst(found: Sequence[Reading]) -> float:
    """The largest error of those that tell something; NaN where none does."""
    return max((each.error for each in found if not each.blind), default=math.nan)


def undefined(given: AsGiven, judged: Sequence[Judged]) -> bool:
    """Whether there is no error to speak of: the output holds NaN, or has no energy."""
    finite = np.isfinite(given.y.to_numpy()).all()
    return not (finite and all(math.isfinite(each.roll) for each in judged))


def answer(found: Sequence[Reading], limit: float) -> Answer:
    """Compare readings with a limit in dB.

    It is undecidable where no roll can tell how much folds and two cuts agree; and where the error
    is above the limit, and so is the measuring limit, unless the error is far above that, too.
    """
    telling = [each for each in found if not each.blind]
    certain = [each for each in telling if each.certain(limit)]
    if certain:
        return Answer("falls short", _largest(certain))
    above = [each for each in telling if each.above(limit)]
    if above:
        return Answer("undecidable", _largest(above))
    if all(each.protocol == "cut" for each in telling):
        return Answer("undecidable", _largest(found), blind=True)
    return Answer("holds", _largest(telling))


def _largest(found: Sequence[Reading]) -> Reading:
    return max(found, key=lambda each: each.error)


def in_decibels(error: float) -> float:
    """A relative error in dB; an exact zero reads -300 dB.

    Examples
    --------
    >>> in_decibels(0.1), in_decibels(0.0)
    (-20.0, -300.0)
    """
    return 20 * float(np.log10(max(error, _LEAST)))


def size_in_words(error: float) -> str:
    """How large an error is: in dB, and in percent where that is readable.

    Examples
    --------
    >>> size_in_words(0.1437), size_in_words(1e-14)
    ('-16.9 dB (14.4 %)', '-280.0 dB')
    """
    percent = f" ({100 * error:.3g} %)" if error >= 1e-4 else ""
    return f"{in_decibels(error):.1f} dB{percent}"


def in_words(given: AsGiven, reading: Reading) -> str:
    """How an error was measured, in plain words: by ..."""
    part = "all" if reading.compared > 0.9995 else f"{100 * reading.compared:.0f} %"
    if reading.protocol == "cut":
        return f"comparing two cuts of the signal, that far apart, where both overlap ({part})"
    rolling = f"rolling the signal round and comparing {part} of the output"
    if reading.protocol == "interior":
        return rolling if part == "all" else f"{rolling}, away from the ends"
    if any(not given.along[dim].axis.periodic for dim in reading.move.shifts):
        rolling += ", the seam where the ends meet included"
    return f"{rolling}, since {reading.why}" if reading.why else rolling


def causes_of(given: AsGiven, reading: Reading) -> xr.Dataset | None:
    """`causes` of the error of a reading, over all stages; None where they are unknown."""
    found = _causes_of(given, reading)
    return None if found.attrs["unknown"] else found


def _causes_of(given: AsGiven, reading: Reading) -> xr.Dataset:
    region = reading.region if reading.protocol == "interior" else None
    return causes_over_all_stages(given, reading.move, reading.protocol, region)


def causes_over_all_stages(
    given: AsGiven,
    move: Translate,
    protocol: CauseProtocol,
    region: Indexers | None,
    progress: Callable[[str, float], None] | None = None,
) -> xr.Dataset:
    """`causes`, with nothing for the stages before a dim that is cut exists; NaN where refused.

    ``attrs["unknown"]`` says why shares are NaN.

    Of a large graph what a block makes stands at the last of its layers that are one unit.
    """
    op, x, skipped = given.op, given.x, 0
    if protocol == "cut":
        # A dim that a stage creates is cut where it first exists.
        along = given.along[next(iter(move.shifts))]
        op, x, skipped = along.given_op, along.given, along.skipped
    try:
        found = causes(
            op, x, move, protocol,
            region=region, norm=given.norm, units=usual_units(op), progress=progress,
        )  # fmt: skip
    except InvarsigError as error:
        return _unknown(given, str(error))
    found = found.assign_coords(stage=found["stage"] + skipped)
    names = list(parts_of(given.op))
    if found.attrs["units"] != "layers":
        for stage, text in zip(found["stage"].values, found["operator"].values, strict=True):
            names[stage - 1] = str(text)
    every = found.reindex(stage=np.arange(1, len(names) + 1), fill_value=0.0)
    return every.assign_coords(operator=("stage", names), path=("stage", list(paths_of(given.op))))


def _unknown(given: AsGiven, reason: str) -> xr.Dataset:
    """What `causes` gives where there is nothing to be said, and why."""
    names = list(parts_of(given.op))
    of_cause = ("cause", np.full(len(CAUSES), np.nan))
    table = (("cause", "stage"), np.full((len(CAUSES), len(names)), np.nan))
    orders = (("order", "cause", "stage"), np.full((len(ORDERS), len(CAUSES), len(names)), np.nan))
    return xr.Dataset(
        {
            **dict.fromkeys(("share_of_cause", "uncertainty_of_cause", "size"), of_cause),
            **dict.fromkeys(("share", "uncertainty"), table),
            "share_by_order": orders,
            "total": np.nan,
        },
        coords={"operator": ("stage", names), "path": ("stage", list(paths_of(given.op)))},
        attrs={"units": "layers", "main_cause": "", "unknown": reason},
    )


def causes_in_words(given: AsGiven, reading: Reading) -> str:
    """The main causes of the error of a reading, and the stages that its move hides."""
    said = main_parts(_causes_of(given, reading))
    changes = RateChanges.of(given.op, given.x, tuple(reading.move.shifts))
    hidden = () if reading.protocol == "cut" else changes.hidden(reading.move)
    if not hidden:
        return said
    parts = parts_of(given.op)
    told = "; ".join(f"stage {place + 1}, {parts[place]}" for place in hidden[:_MOST])
    return (
        f"{said} This move is a whole number of steps of {told}: what folds there does not show. "
        "Try a shift that is not."
    )


def main_parts(found: xr.Dataset) -> str:
    """Name the main causes of an error, and where they stand, or say why they are unknown.

    A part is named if its share is larger than its uncertainty; where no cause is ahead of the
    others by more than the uncertainty, that is said.
    """
    reason = str(found.attrs.get("unknown", ""))
    if reason:
        return f"It cannot be split into causes: {reason.removesuffix('.')}."
    shares, doubts = found["share"].to_numpy(), found["uncertainty"].to_numpy()
    order = np.argsort(-np.abs(shares), axis=None, kind="stable")[:_MOST]
    parts = []
    for row, column in zip(*np.unravel_index(order, shares.shape), strict=True):
        share, doubt = float(shares[row, column]), float(doubts[row, column])
        if abs(share) < _SMALL or abs(share) < doubt:
            continue
        stage, operator = int(found["stage"][column]), str(found["operator"].to_numpy()[column])
        give = f" ± {100 * doubt:.0f}" if doubt >= 0.005 else ""
        cause = str(found["cause"].to_numpy()[row])
        parts.append(f"{100 * share:.0f}{give} % of it is {cause} at stage {stage}, {operator}")
    if not np.isfinite(doubts).all():
        start = "It was split in one of two orders alone, so how certain its parts are is not known"
        return f"{start}: {'; '.join(parts)}." if parts else f"{start}."
    if not found.attrs["main_cause"]:
        start = "No cause stands out from the others by more than the uncertainty"
        return f"{start}: {'; '.join(parts)}." if parts else f"{start}."
    return f"{'; '.join(parts)}."
