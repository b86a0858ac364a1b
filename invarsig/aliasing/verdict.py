"""The verdict: the worst error that any of several moves reveals of a pipeline as given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.judged import Judged
from invarsig.axes import difference
from invarsig.measures.norms import relative

__all__ = ["Verdict", "verdict_of"]


@dataclass(frozen=True)
class Verdict:
    """The worst error that any move reveals.

    Parameters
    ----------
    state
        "known"; "blind", where no move can reveal how much folds, and cuts are exact; "nan", where
        the output holds NaN; "untried"; "empty", where the output has no energy; "constant", where
        it stays the same under every move.
    place
        Which of the moves.
    protocol, region
        How it was measured, and whether "inside" or over the "whole" output.
    error, compared
        The error, and the part of the output that was compared.
    seam
        Whether what rolling shows at the ends is only the test's own seam: real cuts agree.
    border
        The largest error between two cuts; NaN where there is none.
    """

    state: Literal["known", "blind", "nan", "untried", "empty", "constant"]
    place: int = -1
    protocol: Literal["roll", "cut"] = "roll"
    region: Literal["inside", "whole"] = "inside"
    error: float = math.nan
    compared: float = math.nan
    seam: bool = False
    border: float = math.nan


def verdict_of(given: AsGiven, judged: Sequence[Judged]) -> Verdict:
    """Take the worst error that any move reveals: of rolls that are not blind, and of all cuts.

    Parameters
    ----------
    given
        The pipeline and the signal.
    judged
        The moves, judged.
    """
    y = given.y
    if not judged:
        return Verdict("untried")
    if not np.isfinite(y.to_numpy()).all():
        return Verdict("nan")
    cuts = [each.cut for each in judged if math.isfinite(each.cut)]
    border = max(cuts, default=math.nan)
    agree = bool(cuts) and border <= given.limit
    if all(math.isnan(each.roll) for each in judged):
        return Verdict("empty", border=border)
    told = np.array([each.told for each in judged])
    worst = np.array([each.worst for each in judged])
    if not np.isfinite(told).any() and not border > given.limit:
        return Verdict("blind", seam=agree, border=border)
    place = int(np.nanargmax(worst))
    each = judged[place]
    if _constant(given, judged):
        return Verdict("constant", border=border)
    if math.isnan(each.told) or (math.isfinite(each.cut) and each.cut > each.told):
        compared = each.cut_compared
        return Verdict("known", place, "cut", "whole", each.cut, compared, agree, border)
    inside = math.isfinite(each.inside)
    compared = each.inside_compared if inside else 1.0
    region: Literal["inside", "whole"] = "inside" if inside else "whole"
    return Verdict("known", place, "roll", region, each.told, compared, agree, border)


def _constant(given: AsGiven, judged: Sequence[Judged]) -> bool:
    """Whether nothing changes, moved back or not, along dims that the output still has."""
    y = given.y
    if any(dim not in y.dims for dim in given.along):
        return False
    if any(max(each.roll, np.nan_to_num(each.cut)) > given.limit for each in judged):
        return False
    moved = (difference(each.move.rolled(y), y) for each in judged)
    return all(float(relative(gap, y, "centered")) <= given.limit for gap in moved)
