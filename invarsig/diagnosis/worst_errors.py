"""The worst errors of before and of today, of what can be compared.

A move by whole steps of a pipeline is exact however much folds, so what it shows of one pipeline is
not compared with what it shows of another that has other steps. What is compared is the worst over
the moves that tell something of each. Of pipelines with the same steps rolls and cuts have a worst
each, since an error at the border would hide what folds; of others the samples that a border
reaches are others, so that cuts count in the worst over all alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from invarsig.actions import Translate
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.readings import in_decibels
from invarsig.diagnosis.baseline_file import BaselineAxis

__all__ = ["WorstErrors", "of_cuts", "of_rolls", "over_the_whole", "same_steps", "worst_errors"]

_Where = TypeVar("_Where", Translate, Judged)

_Kind = Literal["any", "roll", "whole", "cut"]

_KINDS: dict[_Kind, str] = {
    "any": "",
    "roll": " of rolling",
    "whole": " of rolling, ends included",
    "cut": " between two cuts",
}


@dataclass(frozen=True, eq=False)
class WorstErrors:
    """The worst error of before, and that of today, over one part of the output.

    Parameters
    ----------
    kind
        "roll", where both are compared over one part of the output; "whole", where only the whole
        output is that; "cut"; or "any", the worst of all of these.
    before, now
        The errors.
    was_at, judged
        The moves where each is the worst.
    """

    kind: _Kind
    before: float
    now: float
    was_at: Translate
    judged: Judged

    def grown(self, least: float, added: float = 0.0) -> float:
        """By how many dB it grew, without what measuring may have `added` to it.

        Below the round-off (`least`) all errors are alike.
        """
        return in_decibels(max(self.now - added, least)) - in_decibels(max(self.before, least))

    @property
    def words(self) -> str:
        """Of what it is the error, to be said behind it."""
        return _KINDS[self.kind]


def of_rolls(judged: Judged) -> float:
    """What rolling tells of folding; NaN of a move by whole total strides, which tells nothing."""
    return math.nan if judged.blind or math.isnan(judged.told) else judged.told


def of_cuts(judged: Judged) -> float:
    """What two cuts tell; a roll by whole total strides that is off tells the same."""
    blind = judged.told if judged.blind else math.nan
    found = float(np.fmax(judged.cut, blind))
    return math.nan if math.isnan(found) else found


def over_the_whole(judged: Judged) -> float:
    """The worst error of a move with rolling compared over the whole output, ends included."""
    found = float(np.fmax(math.nan if judged.blind else judged.roll, judged.cut))
    return math.nan if math.isnan(found) else found


def worst_errors(
    old: BaselineAxis, again: Sequence[Judged], more: Sequence[Judged]
) -> tuple[WorstErrors, ...]:
    """Pair the worst errors of before with those of today, of each kind that both have.

    Parameters
    ----------
    old
        The errors of before.
    again, more
        Today's, at the moves of before, and at moves of its own.

    Returns
    -------
    tuple of WorstErrors
        Empty where nothing can be compared.
    """
    moves, split = old.moves, bool(old.rolls)
    rolled = old.rolls if split else old.errors
    was: dict[_Kind, list[tuple[float, Translate]]] = {kind: [] for kind in _KINDS}
    now: dict[_Kind, list[tuple[float, Judged]]] = {kind: [] for kind in _KINDS}
    first: _Kind = "roll" if split else "any"
    for place, each in enumerate(again):
        if old.inside and old.inside[place] != math.isfinite(each.inside):
            was["whole"].append((old.whole[place], moves[place]))
            now["whole"].append((over_the_whole(each), each))
        else:
            was[first].append((rolled[place], moves[place]))
            now[first].append((of_rolls(each) if split else each.worst, each))
    for each in more:
        if math.isfinite(each.inside) in old.inside:
            now["roll"].append((of_rolls(each), each))
        else:
            was["whole"] += zip(old.whole, moves, strict=True)
            now["whole"].append((over_the_whole(each), each))
    if split:
        kind: _Kind = "cut" if same_steps(old, again, more) else "any"
        cuts = [(of_cuts(each), each) for each in (*again, *more)]
        was[kind] += [*zip(old.cuts, moves, strict=True)]
        now[kind] += cuts
        if kind == "any":
            was[kind] += [*was["roll"], *was["whole"]]
            now[kind] += [*now["roll"], *now["whole"]]
    found = []
    for kind in _KINDS:
        before, today = _worst(was[kind]), _worst(now[kind])
        if before and today:
            found.append(WorstErrors(kind, before[0], today[0], before[1], today[1]))
    return tuple(found)


def same_steps(old: BaselineAxis, again: Sequence[Judged], more: Sequence[Judged]) -> bool:
    """Whether the same moves tell of folding as did before: then the total strides are the same."""
    blind = [math.isnan(of_rolls(each)) for each in again]
    return not more and blind == list(map(math.isnan, old.rolls or old.errors))


def _worst(found: Iterable[tuple[float, _Where]]) -> tuple[float, _Where] | None:
    """The largest error, and where; None where there is none."""
    known = [pair for pair in found if not math.isnan(pair[0])]
    return max(known, key=lambda pair: pair[0], default=None)
