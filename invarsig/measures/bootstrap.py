"""How sure a mean over items is: the interval of a bootstrap."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["bootstrap_interval"]

# Resamples of a bootstrap: their scatter moves an end of a 95 % interval by a few hundredths of its
# width.
_RESAMPLES = 2000


def bootstrap_interval(
    items: np.ndarray, rng: np.random.Generator, statistic: Callable[..., Any] = np.mean
) -> tuple[float, float]:
    """Ends of the 95 % bootstrap interval of a statistic over the first axis.

    Items are drawn with replacement; BCa intervals (Efron 1987), percentiles where the
    acceleration is undefined, no width where all resamples agree. Resamples for which the statistic
    is undefined, such as one item drawn each time, are left out. One item alone says nothing of
    others: its interval has no ends.

    Parameters
    ----------
    items
        Array whose first axis counts the items; the statistic gets a resample of it.
    rng
        Where resamples are drawn from.
    statistic
        From an array like `items` to one number: the mean by default.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> low, high = bootstrap_interval(np.array([0.1, 0.2, 0.3, 0.4]), np.random.default_rng(0))
    >>> 0.1 < low < 0.25 < high < 0.4
    True
    >>> bootstrap_interval(np.array([0.1]), np.random.default_rng(0))
    (-inf, inf)

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, doi:10.1080/01621459.1987.10478410.
    """
    from scipy.stats import bootstrap

    if len(items) == 1:
        return -math.inf, math.inf

    # The mean of numbers is taken of many resamples at once, which is much faster.
    plain = statistic is np.mean and items.ndim == 1

    def of_resample(which: np.ndarray, axis: int = -1) -> Any:
        return items[which].mean(axis=axis) if plain else float(statistic(items[which]))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # degenerate resamples: NaN, which is handled below
        found = bootstrap(
            (np.arange(len(items)),), of_resample, n_resamples=_RESAMPLES, vectorized=plain,
            method="BCa", rng=rng,
        )  # fmt: skip
        ends = np.array(found.confidence_interval)
        if math.isfinite(float(statistic(items))) and not np.isfinite(ends).all():
            ends = np.nanquantile(found.bootstrap_distribution, [0.025, 0.975])
    return float(ends[0]), float(ends[1])
