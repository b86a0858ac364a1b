"""What an operation does along one dim: its rate, where its samples stand, how far it reaches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from invarsig.axes import Axis
from invarsig.operators.strides import Rate, rate_of

__all__ = ["Effect", "Effects", "after", "alike", "gridded", "rates_of", "together"]


@dataclass(frozen=True)
class Effect:
    """What an operation does along one dim.

    Parameters
    ----------
    ratio
        Input samples per output sample.
    offset
        Where the first output sample stands, in input samples after the first one.
    left, right
        Reach to either side of an output's position, in input samples.
    shared
        Whether every place is treated alike, apart from what lies beyond the ends.
    fresh
        Whether new samples are counted, such as channels: they have no position.
    """

    ratio: Fraction = Fraction(1)
    offset: float = 0.0
    left: float = 0.0
    right: float = 0.0
    shared: bool = True
    fresh: bool = False

    @classmethod
    def everywhere(cls) -> Effect:
        """An effect that depends on the whole axis, and keeps its samples."""
        return cls(left=math.inf, right=math.inf, shared=False)

    @classmethod
    def counted(cls) -> Effect:
        """New samples, each of which depends on the whole axis."""
        return cls(left=math.inf, right=math.inf, shared=False, fresh=True)

    @property
    def finite(self) -> bool:
        """Whether its reach is finite."""
        return math.isfinite(self.left + self.right)

    @property
    def moves(self) -> bool:
        """Whether samples stand elsewhere afterwards."""
        return self.fresh or self.ratio != 1 or self.offset != 0

    def then(self, other: Effect) -> Effect:
        """Both, one after the other."""
        rate = float(self.ratio)
        return Effect(
            self.ratio * other.ratio,
            self.offset + rate * other.offset,
            self.left + rate * other.left,
            self.right + rate * other.right,
            self.shared and other.shared,
            self.fresh or other.fresh,
        )

    def unbounded(self) -> Effect:
        """The same grid, with a reach that is not known."""
        return replace(self, left=math.inf, right=math.inf, shared=False)


Effects = Mapping[str, Effect]


def after(first: Effects, second: Effects) -> dict[str, Effect]:
    """Effects of two operations, one after the other."""
    both = dict(first)
    for dim, effect in second.items():
        both[dim] = first[dim].then(effect) if dim in first else effect
    return both


def together(branches: Sequence[Effects]) -> dict[str, Effect]:
    """Effects of several branches that meet: the first one's grid, and the widest reach."""
    found: dict[str, Effect] = {}
    for branch in branches:
        for dim, effect in branch.items():
            one = found.setdefault(dim, effect)
            if one != effect:
                found[dim] = one.unbounded()
    return found


def gridded(axis: Axis, effect: Effect, size: int) -> Axis:
    """The axis after an operation."""
    if effect.fresh:
        return Axis(axis.dim, size=size)
    return replace(
        axis,
        start=axis.start + effect.offset * axis.step,
        step=axis.step * float(effect.ratio),
        size=size,
        period=axis.period if axis.periodic else None,
    )


def alike(one: Axis, other: Axis) -> bool:
    """Whether two axes have as many samples, equally far apart."""
    return one.size == other.size and abs(other.step / one.step - 1) <= 1e-6


def rates_of(effects: Mapping[str, Effect]) -> dict[str, Rate]:
    """The strides along dims that come out at another rate.

    Between aligned corners samples are a fraction apart that follows from the size of the axis:
    that is no rate.

    Examples
    --------
    >>> rates_of({"x": Effect(Fraction(2)), "y": Effect(), "channel": Effect.counted()})
    {'x': 2}
    """
    return {
        dim: rate_of(each.ratio)
        for dim, each in effects.items()
        if each.ratio != 1 and not each.fresh and (each.ratio.denominator == 1 or each.finite)
    }
