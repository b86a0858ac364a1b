"""The range that a gain is said as: what it may be on a part of the signal that was not seen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from invarsig.remedies.remedy import ROUND_OFF, Remedy, decibels_gained

__all__ = ["GainRange", "gain_range", "with_range"]

# Parts that a range needs; and Student's t that nineteen in twenty stay below, by degrees of
# freedom from two on.
_FEWEST = 3
_STUDENT = (2.920, 2.353, 2.132, 2.015, 1.943, 1.895)


class GainRange(NamedTuple):
    """A gain on parts of a signal.

    Parameters
    ----------
    low, high
        Decibels between which nine in ten parts that were not seen are expected; NaN where fewer
        than three parts have an error to take away.
    worst
        The largest relative error over the parts, with the change; NaN where there are none.
    """

    low: float
    high: float
    worst: float


def gain_range(gain: float, before: np.ndarray, after: np.ndarray) -> GainRange:
    r"""A gain as a range that holds on nine in ten parts that were not seen.

    .. math:: G \pm t_{k-1} \sqrt{1 + 1/k}\; s, \qquad
              s^2 = \frac{1}{k - 1} \sum_{i=1}^{k} (g_i - G)^2

    with the gain ``G`` over the whole signal, and ``g_i`` in its k parts: decibels between the root
    mean squares over the moves. ``t`` is the 95th percentile of Student's distribution. Around the
    mean of the parts this is the interval that a further part of the same normal population falls
    into nine times in ten; around ``G``, which loud parts weigh most in, it is wider, by as much as
    ``G`` differs from that mean.

    It does not see that another recording, or the other half of one, may be of another population.

    Parameters
    ----------
    gain
        Decibels over all of the signal.
    before, after
        Relative errors of shape ``(move, part)``, without and with the change. Parts whose error is
        round-off without it, or not known, are left out.

    Examples
    --------
    >>> import numpy as np
    >>> found = gain_range(20.0, np.full((2, 4), 0.1), np.full((2, 4), 0.1) / [10, 9, 11, 10])
    >>> round(found.low, 1), round(found.high, 1), round(found.worst, 3)
    (18.1, 21.9, 0.011)

    References
    ----------
    Student, "The Probable Error of a Mean", Biometrika 6 (1908), doi:10.2307/2331554;
    the interval for a further observation: Hahn and Meeker, "Statistical Intervals" (1991),
    doi:10.1002/9780470316771.
    """
    if before.ndim != 2 or before.shape != after.shape or not before.size:
        return GainRange(math.nan, math.nan, math.nan)
    known = np.isfinite(before).any(axis=1) & np.isfinite(after).any(axis=1)
    before, after = before[known], after[known]
    worst = float(np.max(after[np.isfinite(after)], initial=-np.inf))
    worst = worst if worst >= 0 else math.nan
    if not before.size:
        return GainRange(math.nan, math.nan, math.nan)
    first, last = (np.sqrt(np.mean(np.square(each), axis=0)) for each in (before, after))
    counted = np.isfinite(first) & np.isfinite(last) & (first > ROUND_OFF)
    pairs = zip(first[counted], last[counted], strict=True)
    gains = np.array([decibels_gained(float(one), float(other)) for one, other in pairs])
    if gains.size < _FEWEST or not math.isfinite(gain):
        return GainRange(math.nan, math.nan, worst)
    spread = math.sqrt(float(np.sum((gains - gain) ** 2)) / (gains.size - 1))
    half = _STUDENT[gains.size - _FEWEST] * math.sqrt(1 + 1 / gains.size) * spread
    return GainRange(gain - half, gain + half, worst)


def with_range(remedy: Remedy, before: np.ndarray, after: np.ndarray) -> Remedy:
    """A remedy whose gain is told as a range, given its errors by move and part."""
    low, high, worst = gain_range(remedy.gain, before, after)
    return replace(remedy, gain_low=low, gain_high=high, worst_part=worst)
