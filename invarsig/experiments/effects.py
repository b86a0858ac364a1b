"""Effects: a number with its interval over what was drawn, and how it stands to its limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError
from invarsig.experiments.intervals import FEWEST, Studentized, studentized

__all__ = [
    "Effect",
    "Met",
    "decibels_of",
    "estimated",
    "largest_mean",
    "least_mean",
    "spaced",
    "worded",
]

Met = Literal["yes", "no", "unclear", ""]
"""Whether an effect keeps what is expected of it; empty where nothing is."""


@dataclass(frozen=True)
class Effect:
    """An effect size with its confidence interval, and what the claim expects of it.

    Parameters
    ----------
    name
        What was measured, in words.
    unit
        Its unit; "1" for a plain number.
    value, low, high
        The estimate and the ends of its 95 % interval.
    count, of
        Number and kind of units: 7 of "voices".
    expected
        What the claim expects, in words; empty where the effect decides nothing.
    met
        "yes" where the whole interval keeps what is expected, "no" where none of it does,
        "unclear" between.
    p
        Two-sided probability by which the side of the limit that it is on is told from the other;
        NaN where nothing is expected.
    seen
        The smallest distance from a limit that four studies in five with so many units would have
        seen.
    sample
        What it was estimated from; not kept in files.
    """

    name: str
    unit: str
    value: float
    low: float
    high: float
    count: int
    of: str
    expected: str = ""
    met: Met = ""
    p: float = field(default=math.nan, compare=False)
    seen: float = math.nan
    sample: Studentized | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse an unknown outcome."""
        parameters.one_of("met", self.met, Met)

    @property
    def pilot(self) -> bool:
        """Whether there are too few units for more than a pilot."""
        return self.count < FEWEST

    def __str__(self) -> str:
        """Say the value with its interval: ``-31.0 dB (-33.0 to -29.5)``; there may be none."""
        digits = _digits(self.value, self.low, self.high)
        value, low, high = (worded(each, digits) for each in (self.value, self.low, self.high))
        if self.low == -math.inf and self.high == math.inf:
            return f"{value}{spaced(self.unit)} (no interval: too few)"
        if value == low == high:
            return f"{value}{spaced(self.unit)}"
        return f"{value}{spaced(self.unit)} ({low} to {high})"


def estimated(
    name: str,
    unit: str,
    values: Any,
    *,
    of: str,
    rng: np.random.Generator,
    statistic: Callable[..., Any] = np.mean,
    units: Any = None,
) -> Effect:
    """Estimate an effect over what was drawn, with its 95 % interval.

    The interval is that of `invarsig.experiments.intervals.studentized`.

    Parameters
    ----------
    name, unit, of
        As for `Effect`; `of` names the units.
    values
        Array whose first axis counts the items; the statistic gets some of them.
    rng
        Where resamples are drawn from.
    statistic
        From an array like `values` to one number: the mean by default. A smooth function of its
        items, which a median is not.
    units
        The unit that each item belongs to, such as the speaker of each word; without it each item
        is one.

    Returns
    -------
    Effect

    Raises
    ------
    ParameterError
        If there is no item.

    Examples
    --------
    >>> import numpy as np
    >>> effect = estimated("error", "dB", [-30.0, -31.0, -32.0, -33.0], of="recordings",
    ...                    rng=np.random.default_rng(0))
    >>> effect.value, effect.low < -31.5 < effect.high
    (-31.5, True)
    """
    items = np.asarray(values)
    if items.ndim == 0 or len(items) == 0:
        raise ParameterError(f"{name!r}: there is no item to estimate from.")
    sample = studentized(items, rng, units=units, statistic=statistic)
    low, high = sample.interval()
    return Effect(
        name, unit, sample.value, low, high, sample.count, of, seen=sample.smallest_seen(),
        sample=sample,
    )  # fmt: skip


def least_mean(values: np.ndarray) -> float:
    """The least of several conditions' means: of an array over (item, condition).

    Examples
    --------
    >>> import numpy as np
    >>> least_mean(np.array([[0.0, 3.0], [2.0, 3.0]]))
    1.0
    """
    return float(np.mean(values, axis=0).min())


def largest_mean(values: np.ndarray) -> float:
    """The largest of several conditions' means: of an array over (item, condition)."""
    return float(np.mean(values, axis=0).max())


def decibels_of(error: xr.DataArray) -> xr.DataArray:
    """Relative errors in decibels; an exact zero counts as 1e-16, which is -320 dB.

    This keeps a mean over recordings finite where a single one is exact.
    """
    values = np.maximum(np.asarray(error.to_numpy(), dtype=np.float64), 1e-16)
    return error.copy(data=20 * np.log10(values)).assign_attrs(units="dB")


def _digits(value: float, low: float, high: float) -> int:
    """Decimals that show the interval's width with two figures, and the value with three."""
    width = abs(high - low)
    if not math.isfinite(width) or width == 0:
        width = abs(value) / 10 or 1.0
    if not math.isfinite(width):
        return 0
    return int(np.clip(1 - math.floor(math.log10(width)), 0, 6))


def worded(value: float, digits: int | None = None) -> str:
    """Write a number, with a true minus and so many decimals."""
    if not math.isfinite(value):
        return str(value).replace("inf", "∞").replace("-", "\N{MINUS SIGN}")
    small = 0 < abs(value) < 1e-4
    text = f"{value:.2g}" if small else f"{value:.6g}" if digits is None else f"{value:.{digits}f}"
    return ("0" if float(text) == 0 else text).replace("-", "\N{MINUS SIGN}")


def spaced(unit: str) -> str:
    """Write a unit after a number; nothing for a plain one."""
    return "" if unit == "1" else f" {unit}"
