"""Quantiles over files, each with the interval of its bootstrap, which is known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from invarsig import parameters
from invarsig.errors import ParameterError

__all__ = ["Quantile", "quantile"]


@dataclass(frozen=True)
class Quantile:
    """A quantile with the ends of its interval.

    Parameters
    ----------
    value
        The quantile.
    low, high
        Ends of the interval.
    count
        Over how many values.
    """

    value: float
    low: float
    high: float
    count: int


def quantile(values: ArrayLike, probability: float, *, confidence: float = 0.95) -> Quantile:
    """Quantile of values, with its percentile interval of the bootstrap.

    The quantile is the k-th smallest of n values, ``k = ceil(n p)``: one of them. The k-th smallest
    of n values drawn with replacement is at most the j-th smallest of all where k of the draws or
    more are, and so with the probability ``P(Binomial(n, j / n) >= k)``. The ends of the interval
    are the j at which this passes ``(1 - confidence) / 2`` and ``(1 + confidence) / 2``: what
    infinitely many resamples would give, without drawing any.

    Parameters
    ----------
    values
        Numbers; NaN are left out.
    probability
        Of the quantile, between 0 and 1: 0.9 for what nine in ten values do not exceed.
    confidence
        Of the interval, between 0 and 1.

    Returns
    -------
    Quantile
        NaN where there is no value. The interval of one value has no ends.

    Raises
    ------
    ParameterError
        If a probability is not between 0 and 1.

    Examples
    --------
    >>> found = quantile(range(1, 101), 0.5)
    >>> found.value, found.low, found.high
    (50.0, 40.0, 60.0)

    References
    ----------
    Efron (1979), Bootstrap methods: another look at the jackknife, section 3,
    doi:10.1214/aos/1176344552, of the median.
    """
    for name, given in (("probability", probability), ("confidence", confidence)):
        if not 0 < parameters.finite(given, name) < 1:
            raise ParameterError(f"{name} is {given!r}; give a number between 0 and 1.")
    known = np.asarray(values, dtype=np.float64).ravel()
    known = np.sort(known[~np.isnan(known)])
    if known.size == 0:
        return Quantile(math.nan, math.nan, math.nan, 0)
    place = _place(known.size, probability)
    value = float(known[place - 1])
    if known.size == 1:
        return Quantile(value, -math.inf, math.inf, 1)
    low, high = _ends(known.size, place, confidence)
    return Quantile(value, float(known[low - 1]), float(known[high - 1]), known.size)


def _place(count: int, probability: float) -> int:
    """Which of the sorted values it is, counted from 1."""
    # 0.9 of 10 is 9, though the product is a little more.
    return max(math.ceil(round(count * probability, 9)), 1)


def _ends(count: int, place: int, confidence: float) -> tuple[int, int]:
    from scipy.stats import binom

    below = binom.sf(place - 1, count, np.arange(1, count + 1) / count)
    tails = (1 - confidence) / 2, (1 + confidence) / 2
    low, high = (int(np.searchsorted(below, tail)) + 1 for tail in tails)
    return low, min(high, count)
