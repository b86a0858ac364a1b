"""What a claim expects of an effect, as data: a side, its limits and their unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from invarsig import parameters
from invarsig.experiments.effects import Effect, Met, spaced, worded

__all__ = ["Expectation", "Limited", "above", "below", "within"]

_Side = Literal["above", "below", "within"]


@dataclass(frozen=True)
class Expectation:
    """What a claim expects of an effect; made by `above`, `below` and `within`.

    Parameters
    ----------
    side
        On which side of the limits the effect is expected.
    limits
        One limit, or two for "within".
    unit
        Their unit; "1" for a plain number.
    """

    side: _Side
    limits: tuple[float, ...]
    unit: str = "1"

    def __post_init__(self) -> None:
        """Refuse limits that are not numbers."""
        parameters.one_of("side", self.side, _Side)
        for limit in self.limits:
            parameters.finite(limit, "limit")

    def __str__(self) -> str:
        """Say it: ``above −30 dB``."""
        text = " and ".join(worded(each) for each in self.limits)
        return f"{'between' if self.side == 'within' else self.side} {text}{spaced(self.unit)}"

    def of(self, effect: Effect) -> Effect:
        """Compare an effect with the limits: what is expected of it, whether it is met, and p.

        It is met where the whole 95 % interval keeps the limits, and not met where no part does.
        ``p`` is the two-sided probability by which the side that it is on is told from the other.

        Raises
        ------
        ParameterError
            If the effect is in another unit.

        Examples
        --------
        >>> effect = Effect("error", "dB", -31.0, -33.0, -29.5, 8, "recordings")
        >>> below(-20, "dB").of(effect).met
        'yes'
        """
        parameters.one_of(f"the unit of {effect.name!r}", effect.unit, (self.unit,))
        low, high = self._ends
        kept = low < effect.low and effect.high < high
        broken = effect.low >= high or effect.high <= low
        met: Met = "yes" if kept else "no" if broken else "unclear"
        return replace(effect, expected=str(self), met=met, p=self._chance(effect))

    def holds(self, value: float) -> bool:
        """Whether a number keeps the limits."""
        low, high = self._ends
        return bool(low < value < high)

    @property
    def _ends(self) -> tuple[float, float]:
        endless = float("inf")
        if self.side == "above":
            return self.limits[0], endless
        return (
            (-endless, self.limits[0]) if self.side == "below" else (self.limits[0], self.limits[1])
        )

    def _chance(self, effect: Effect) -> float:
        """Two-sided: of what is expected if the value keeps the limits, else of the opposite."""
        if effect.sample is None:
            return float("nan")
        low, high = self._ends
        over = {
            end: effect.sample.chance_above(end) for end in (low, high) if abs(end) < float("inf")
        }
        under = {end: effect.sample.chance_below(end) for end in over}
        if self.holds(effect.value):
            one = max(over[end] if end == low else under[end] for end in over)
        else:
            one = min(under[end] if end == low else over[end] for end in over)
        return min(1.0, 2 * one)


def above(limit: float, unit: str = "1") -> Expectation:
    """Expect an effect above a limit.

    Examples
    --------
    >>> str(above(-30, "dB"))
    'above −30 dB'
    """
    return Expectation("above", (float(limit),), unit)


def below(limit: float, unit: str = "1") -> Expectation:
    """Expect an effect below a limit."""
    return Expectation("below", (float(limit),), unit)


def within(low: float, high: float, unit: str = "1") -> Expectation:
    """Expect an effect between two limits."""
    return Expectation("within", (float(low), float(high)), unit)


@dataclass(frozen=True)
class Limited:
    """The limits within which a claim may still be true: part of what its words cover.

    Parameters
    ----------
    words
        The limits, as they complete "true within limits: ...": "for shifts of an eighth of the
        window".
    effect
        Name of the effect that is the primary one within them; the same is expected of it.
    """

    words: str
    effect: str
