"""Which remedy to take, by a written rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from invarsig.remedies.remedy import Remedy

__all__ = ["Recommendation", "ranked", "recommend"]

_NEAR = 2.0  # 6 dB


class Recommendation(NamedTuple):
    """One remedy to take, and another one for those who need fine detail; None where there is none.

    Parameters
    ----------
    recommended
        The one to take.
    detail
        The one that keeps more detail.
    """

    recommended: Remedy | None
    detail: Remedy | None


def recommend(remedies: Sequence[Remedy], target: float) -> Recommendation:
    """Choose the remedy to take, and one for those who need fine detail.

    0. None where the pipeline reaches the target as it is: what is left of so small an error, and
       what a change gains, follows the signal more than the pipeline.
    1. Never one whose results agree only after alignment, nor one whose worst error does not fall,
       nor one that misses the target and gains no more than the uncertainty of its gain (whose
       `gain_low` is not above 0).
    2. Among those whose worst error reaches the target: those that keep the output's size; if none
       does, those that change it by a tenth at most, as a valid window does at the ends; if none
       does, all of them. Of these the one with the least work.
    3. If none reaches the target: the one with the lowest worst error.

    For fine detail: among those that reach the target or come within 6 dB of the one recommended,
    the one that damps the least of the band below the new Nyquist frequency, if it damps less than
    that one; among those that keep the size as well as it, if there are any.

    Parameters
    ----------
    remedies
        As `invarsig.remedies` gives them.
    target
        The wanted error in dB.

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.remedies import recommend
    >>> x = iv.power_law_noise(iv.Axis("x", size=96, period=96.0), exponent=1.0, rng=1)
    >>> op, shifts = iv.MaxPool(window={"x": 4}), [iv.Translate(x=1), iv.Translate(x=3)]
    >>> found = iv.remedies(op, x, shifts, target=-25.0)
    >>> recommend(found, -25.0).recommended.change
    'put an ideal low-pass before the stride of stage 1, along x'
    """
    limit = 10 ** (target / 20)
    able = [each for each in remedies if not each.aligned and _gains(each, limit)]
    if not able or max(each.before for each in able) <= limit:
        return Recommendation(None, None)
    first = min(able, key=lambda each: _key(each, limit))
    near = max(limit, _NEAR * first.after)
    finer = [each for each in able if each.after <= near and _lost(each) < _lost(first)]
    alike = [each for each in finer if _resized(each) <= _resized(first)]
    detail = min(alike or finer, key=lambda each: (each.lost, each.cost), default=None)
    return Recommendation(first, detail)


def _gains(remedy: Remedy, limit: float) -> bool:
    """Whether the worst error falls: to the target, or on nine in ten other parts as well."""
    return remedy.after < remedy.before and (remedy.after <= limit or not remedy.gain_low <= 0)


def ranked(remedies: Sequence[Remedy], target: float, most: int | None) -> list[Remedy]:
    """Best first, by the same rule; the one for fine detail is kept where only some are."""
    limit = 10 ** (target / 20)
    order = sorted(
        remedies, key=lambda each: (each.aligned, not _gains(each, limit), *_key(each, limit))
    )
    kept = order[:most]
    detail = recommend(remedies, target).detail
    if kept and detail is not None and all(each is not detail for each in kept):
        kept = [*kept[:-1], detail] if len(kept) > 1 else kept
    return kept


def _key(remedy: Remedy, limit: float) -> tuple[bool, int, float, float]:
    """Those that reach by size and work, then the others by their worst error."""
    if remedy.after <= limit:
        return False, _resized(remedy), remedy.cost, remedy.after
    return True, 0, 0.0, remedy.after


def _resized(remedy: Remedy) -> int:
    """0 where the output keeps its size, 1 where it changes by a tenth at most, or else 2."""
    changed = abs(remedy.size - 1)
    return 0 if changed < 1e-12 else 1 if changed <= 0.1 else 2


def _lost(remedy: Remedy) -> float:
    return 1.0 if np.isnan(remedy.lost) else remedy.lost
