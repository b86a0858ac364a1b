"""Pairs: two pipelines on the very same files, compared file by file.

Distributions of two pipelines may overlap widely where the one is better on every single file:
files differ more than pipelines do. So the difference is taken on each file, and then its median.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from invarsig.report.limits import ROUND_OFF
from invarsig.report.wording import printable, shortened, two_digits
from invarsig.survey.quantiles import quantile

__all__ = ["Cost", "Pair", "chance_in_words", "change_in_words", "pair", "times"]

# Differences that are written as 0.0 dB are none.
_ALIKE = 0.05

# Below this probability of a sign test the direction is not left to chance.
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Cost:
    """What the second pipeline costs, over the first one; NaN where that is not known.

    Parameters
    ----------
    work
        Real multiplications, as `iv.operators.work` counts them: the median ratio over files.
    output
        Number of output values: the median ratio over files.
    """

    work: float = float("nan")
    output: float = float("nan")


@dataclass(frozen=True)
class Pair:
    """How much larger the error of one pipeline is than that of another, file by file.

    Parameters
    ----------
    first, second
        Names of the pipelines.
    dim
        The axis.
    changes
        On each file the error of the second over that of the first, in dB: below 0 the second is
        better. Errors are compared down to round-off.
    names
        The files.
    cost
        What the second one costs.

    Examples
    --------
    >>> found = Pair("max", "blurred", "x", np.array([-6.0, -4.0, -5.0, 1.0]), ("a", "b", "c", "d"))
    >>> found.median, found.better, found.worse, found.alike
    (-4.5, 3, 1, 0)
    """

    first: str
    second: str
    dim: str
    changes: np.ndarray
    names: Sequence[str]
    cost: Cost = field(default=Cost())

    @property
    def files(self) -> int:
        """On how many files both errors are known."""
        return int(self.changes.size)

    @property
    def median(self) -> float:
        """The median change, in dB: between the two in the middle where the files are even."""
        return (quantile(self.changes, 0.5).value - quantile(-self.changes, 0.5).value) / 2

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of its 95 % interval of the bootstrap over files; NaN for one file."""
        low, high = quantile(self.changes, 0.5).low, -quantile(-self.changes, 0.5).low
        known = np.isfinite([low, high]).all()
        return (low, high) if known else (float("nan"), float("nan"))

    @property
    def better(self) -> int:
        """On how many files the second one is better."""
        return int((self.changes < -_ALIKE).sum())

    @property
    def worse(self) -> int:
        """On how many files it is worse."""
        return int((self.changes > _ALIKE).sum())

    @property
    def alike(self) -> int:
        """On how many files the two differ by less than 0.05 dB."""
        return self.files - self.better - self.worse

    @property
    def chance(self) -> float:
        """Probability of counts so uneven if either were as likely to be better.

        The two-sided sign test; files on which both are alike are left out. 1 where none is left.
        """
        from scipy.stats import binomtest

        told = self.better + self.worse
        return float(binomtest(self.better, told).pvalue) if told else 1.0

    @property
    def sentence(self) -> str:
        """The same in words."""
        first, second = (shortened(printable(each), 60) for each in (self.first, self.second))
        files = "1 file" if self.files == 1 else f"{self.files} files"
        against = f"{second} against {first}" if first != second else f"{second} now and before"
        said = f"{against}, along {printable(self.dim)}: "
        if self.alike == self.files:
            return f"{said}the same error on {files}{self.cost_clause}."
        sure = "" if self.chance < _UNLIKELY else ", which may be chance"
        low, high = self.interval
        interval = "" if np.isnan(low) else f", 95 % interval {_span(low, high)}"
        chance = chance_in_words(self.chance, "of ")
        return (
            f"{said}the error is {_size(self.median)} (median of {files}{interval}); "
            f"{_counts(self)}{sure} (sign test, p {chance}){self.cost_clause}."
        )

    @property
    def cost_clause(self) -> str:
        """What the second one costs, to be said behind the error; "" where that is not known."""
        work, output = self.cost.work, self.cost.output
        if not np.isfinite([work, output]).all():
            return ""
        return f"; it takes {times(work)} multiplications and gives {times(output)} values"


def pair(
    first: str,
    second: str,
    dim: str,
    errors: Mapping[str, tuple[float, float]],
    cost: Cost | None = None,
) -> Pair:
    """Compare two pipelines on the files on which both errors are known.

    Parameters
    ----------
    first, second
        Names of the pipelines.
    dim
        The axis.
    errors
        By file the error of the first and of the second.
    cost
        What the second one costs.
    """
    known = {name: both for name, both in errors.items() if np.isfinite(both).all()}
    values = np.maximum(np.array(list(known.values())).reshape(-1, 2), ROUND_OFF)
    changes = 20 * np.log10(values[:, 1] / values[:, 0])
    return Pair(first, second, dim, changes, tuple(known), cost or Cost())


def change_in_words(change: float) -> str:
    """A change with its sign.

    Examples
    --------
    >>> change_in_words(-5.234), change_in_words(0.3), change_in_words(0.01)
    ('-5.2 dB', '+0.3 dB', '0 dB')
    """
    if abs(change) < _ALIKE:
        return "0 dB"
    return f"{'-' if change < 0 else '+'}{two_digits(abs(change))} dB"


def chance_in_words(chance: float, lead: str = "") -> str:
    """A probability; below one in a thousand its size says nothing more.

    Examples
    --------
    >>> chance_in_words(0.0413), chance_in_words(0.0413, "of "), chance_in_words(1e-9, "of ")
    ('0.041', 'of 0.041', 'below 0.001')
    """
    return "below 0.001" if chance < 0.001 else f"{lead}{two_digits(chance)}"


def times(ratio: float) -> str:
    """How many times as much, in words.

    Examples
    --------
    >>> times(1.0), times(2.5)
    ('as many', '2.5 times as many')
    """
    return "as many" if abs(ratio - 1) < 0.005 else f"{two_digits(ratio)} times as many"


def _size(change: float) -> str:
    if abs(change) < _ALIKE:
        return "the same"
    return f"{two_digits(abs(change))} dB {'smaller' if change < 0 else 'larger'}"


def _span(low: float, high: float) -> str:
    """An interval of a change; its ends may be on two sides."""
    if low <= 0 <= high:
        ends = [f"{two_digits(-low)} dB smaller", f"{two_digits(high)} dB larger"]
        return f"from {ends[0]} to {ends[1]}"
    less, more = sorted((abs(low), abs(high)))
    return f"{two_digits(less)} to {two_digits(more)} dB {'smaller' if high < 0 else 'larger'}"


def _counts(found: Pair) -> str:
    told = [f"smaller on {found.better}", f"larger on {found.worse}"]
    if found.alike:
        told.append(f"the same on {found.alike}")
    return ", ".join(told)
