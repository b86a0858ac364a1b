"""Intervals over what was drawn: a bootstrap of the studentized mean, with units that nest.

Conventions
-----------
The unit is what was drawn at random and what one wants to speak of: a speaker, a photograph, an
instrument, a network. Items inside a unit (words of a speaker, notes of an instrument) are kept
together: whole units are left out and drawn again. A statistic other than the mean is replaced by
its jackknife pseudo-values, one for each unit, whose mean it is to first order.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

__all__ = ["FEWEST", "Studentized", "studentized"]

FEWEST: Final = 10
"""Units below which an interval is called a pilot's."""

# Resamples: the smallest probability that Holm's rule asks of 40 effects is 0.00125.
_RESAMPLES: Final = 9999
# Below so many units a resample is too often one unit alone; from so many on Student's t covers
# within a point for a skewness of 2.
_FEW: Final = 5
_MANY: Final = 100
_POWER: Final = 0.8


@dataclass(frozen=True)
class Studentized:
    """An estimate, its standard error and how the ratio of the two is distributed.

    Parameters
    ----------
    value
        The estimate.
    error
        Its standard error over units.
    count
        Number of units.
    draws
        Sorted values of (estimate of a resample - estimate) / (error of the resample); None where
        Student's t with ``count - 1`` degrees of freedom takes their place.
    """

    value: float
    error: float
    count: int
    draws: np.ndarray | None = None

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Ends of the two-sided interval; without ends for a single unit.

        Where all units agree there is no spread to judge by. The interval from the least to the
        largest of n units misses their middle with a chance of ``2 / 2**n``: where that is more
        than is allowed (fewer than six units at 95 %), there are no ends.

        Examples
        --------
        >>> import numpy as np
        >>> low, high = studentized([0.1, 0.2, 0.3, 0.4], np.random.default_rng(0)).interval()
        >>> low < 0.25 < high
        True
        """
        if math.isnan(self.value):
            return math.nan, math.nan
        if self.count < 2:
            return -math.inf, math.inf
        if self.error == 0:
            sure = 2 * 0.5**self.count <= 1 - level
            return (self.value, self.value) if sure else (-math.inf, math.inf)
        tail = (1 - level) / 2
        if self.draws is None:
            from scipy.stats import t

            reach = float(t.ppf(1 - tail, self.count - 1))
            return self.value - reach * self.error, self.value + reach * self.error
        # The ends between resamples are taken outwards.
        low = float(np.quantile(self.draws, tail, method="lower"))
        high = float(np.quantile(self.draws, 1 - tail, method="higher"))
        return self.value - high * self.error, self.value - low * self.error

    def chance_above(self, limit: float) -> float:
        """One-sided probability of so high an estimate if the truth were at the limit.

        Examples
        --------
        >>> import numpy as np
        >>> found = studentized(np.arange(20.0), np.random.default_rng(0))
        >>> found.chance_above(5.0) < 0.01, found.chance_above(9.5) > 0.4
        (True, True)
        """
        return self._chance(limit, 1)

    def chance_below(self, limit: float) -> float:
        """One-sided probability of so low an estimate if the truth were at the limit."""
        return self._chance(limit, -1)

    def smallest_seen(self, level: float = 0.95) -> float:
        """Distance from a limit at which four studies in five of this size would have decided."""
        low, _ = self.interval(level)
        if math.isnan(self.error) or low == -math.inf:
            return math.inf
        from scipy.stats import t

        both = t.ppf((1 + level) / 2, self.count - 1) + t.ppf(_POWER, self.count - 1)
        return float(both * self.error)

    def _chance(self, limit: float, side: int) -> float:
        if self.count < 2 or math.isnan(self.value):
            return 1.0
        away = side * (self.value - limit)
        if self.error == 0:
            return 0.5**self.count if away > 0 else 1.0
        if self.draws is None:
            from scipy.stats import t

            return float(t.sf(away / self.error, self.count - 1))
        # A truth at the limit gives such an estimate where a resample lies as far from its own.
        reached = int(np.count_nonzero(side * self.draws >= away / self.error))
        return (reached + 1) / (self.draws.size + 1)


def studentized(
    values: Any,
    rng: np.random.Generator,
    *,
    units: Any = None,
    statistic: Callable[..., Any] = np.mean,
) -> Studentized:
    """Estimate a statistic over units, and how sure it is.

    The interval that follows is ``value - q s``, with the quantiles q of ``(m* - m) / s*`` over
    resamples of the units' pseudo-values ``k v - (k - 1) v_(-i)``, where ``v_(-i)`` leaves out unit
    i of k. For the mean of equal units they are the units' own means. Below 5 units and from 100
    on, q is Student's.

    Parameters
    ----------
    values
        Array whose first axis counts items.
    rng
        Where resamples are drawn from.
    units
        The unit that each item belongs to; without it each item is one. The mean is then that of
        the units' means, so that a unit with many items counts like one with few.
    statistic
        From an array like `values` to one number: the mean by default.

    Returns
    -------
    Studentized

    Examples
    --------
    >>> import numpy as np
    >>> words = [1, 1, 0, 0, 0, 0]
    >>> studentized(words, np.random.default_rng(0), units=["june"] * 3 + ["carlo"] * 3).count
    2

    References
    ----------
    Efron (1981), Nonparametric standard errors and confidence intervals, doi:10.2307/3314608.
    Davison & Hinkley (1997), Bootstrap methods and their application, section 3.8 (units that
    nest), doi:10.1017/CBO9780511802843.
    """
    items = np.asarray(values)
    groups = _grouped(len(items), units)
    if statistic is np.mean and items.ndim == 1:
        pseudo = np.array([items[each].mean() for each in groups], dtype=np.float64)
        value = float(pseudo.mean())
    else:
        value, pseudo = _pseudo_values(items, groups, statistic)
    count = len(pseudo)
    if count < 2 or not np.isfinite(pseudo).all():
        return Studentized(value if np.isfinite(pseudo).all() else math.nan, math.nan, count)
    error = float(pseudo.std(ddof=1) / math.sqrt(count))
    if error <= 1e-12 * abs(value):
        error = 0.0  # units that agree to round-off
    draws = _draws(pseudo, rng) if _FEW <= count < _MANY and error > 0 else None
    return Studentized(value, error, count, draws)


def _grouped(count: int, units: Any) -> list[np.ndarray]:
    """Items of each unit."""
    if units is None:
        return [np.array([k]) for k in range(count)]
    names = np.asarray(units)
    return [np.flatnonzero(names == each) for each in dict.fromkeys(names.tolist())]


def _pseudo_values(
    items: np.ndarray, groups: list[np.ndarray], statistic: Callable[..., Any]
) -> tuple[float, np.ndarray]:
    """The statistic, and its jackknife pseudo-value for each unit."""
    count = len(groups)
    value = float(statistic(items))
    if count < 2:
        return value, np.array([value])
    kept = np.ones(len(items), dtype=bool)
    without = []
    for group in groups:
        kept[group] = False
        without.append(float(statistic(items[kept])))
        kept[group] = True
    return value, count * value - (count - 1) * np.array(without)


def _draws(pseudo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Studentized means of resamples, sorted; those without a spread are infinite."""
    count = len(pseudo)
    some = pseudo[rng.integers(0, count, (_RESAMPLES, count))]
    away = some.mean(axis=1) - pseudo.mean()
    error = some.std(axis=1, ddof=1) / math.sqrt(count)
    error[error <= 1e-12 * pseudo.std()] = 0.0
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        found = np.where(error > 0, away / error, np.copysign(np.inf, away))
    return np.sort(found)
