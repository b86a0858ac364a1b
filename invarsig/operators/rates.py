"""Rates from the input to a result: how strides multiply along a way through operators."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from invarsig.axes import Axes
from invarsig.operators.plan import Plan
from invarsig.operators.strides import Rate, rate_of

__all__ = ["Rates", "lcm_of"]

# Rates that only the axes tell are fractions with denominators up to this.
_DENOMINATOR = 1024


@dataclass(frozen=True)
class Rates:
    """Rates from the input to a result, and what all results up to it have in common.

    With p/q the stride from the input to a result, in lowest terms: a shift by d input samples
    moves it by ``d q / p`` of its own, which is whole for multiples of p, and all results lie on a
    grid of 1/q of an input sample.

    Parameters
    ----------
    stride
        For each dim the stride from the input to this result.
    whole, finest
        Least common multiples of all p, and of all q, up to here.
    uneven
        Dims whose samples come out at a distance that no stage states as a stride.
    """

    stride: Mapping[str, Fraction] = field(default_factory=dict)
    whole: Mapping[str, int] = field(default_factory=dict)
    finest: Mapping[str, int] = field(default_factory=dict)
    uneven: frozenset[str] = frozenset()

    def then(self, step: Plan, lost: Collection[str] = ()) -> Rates:
        """Rates after an operator; dims that were lost before it are other ones of that name.

        Examples
        --------
        >>> up, down = (Plan((), (), {"x": by}) for by in (Fraction(1, 2), 3))
        >>> Rates().then(up).then(down)
        Rates(stride={'x': Fraction(3, 2)}, whole={'x': 3}, finest={'x': 2}, uneven=frozenset())
        """
        stride, whole, finest = dict(self.stride), dict(self.whole), dict(self.finest)
        named = {*step.stride, *step.lost_stride, *step.whole_shifts, *step.finest}
        for dim in named - set(lost):
            before = stride.get(dim, Fraction(1))
            stride[dim] = before * step.stride_along(dim)
            inner = before * step.whole_shift_along(dim)
            whole[dim] = math.lcm(whole.get(dim, 1), inner.numerator)
            outer = before / step.finest_along(dim)
            finest[dim] = math.lcm(finest.get(dim, 1), outer.denominator)
        return Rates(stride, whole, finest, self.uneven | _uneven(step))

    @classmethod
    def joined(cls, before: Sequence[tuple[Rates, Axes]], after: Axes) -> Rates:
        """Rates after a join of results with these rates, on these axes.

        Along each dim those of the first result that has it.
        """
        stride: dict[str, Fraction] = {}
        for rates, axes in before:
            for dim in axes:
                if dim in after and dim not in stride:
                    ratio = after.read_or_counted(dim).step / axes.read_or_counted(dim).step
                    by = Fraction(abs(ratio)).limit_denominator(_DENOMINATOR)
                    stride[dim] = rates.stride.get(dim, Fraction(1)) * by
        own = cls(
            stride,
            {dim: by.numerator for dim, by in stride.items()},
            {dim: by.denominator for dim, by in stride.items()},
        )
        return own.among(rates for rates, _ in before)

    def among(self, others: Iterable[Rates]) -> Rates:
        """The same, with what several results have in common: theirs, and those before them."""
        every = (self, *others)
        return replace(
            self,
            whole=_common([each.whole for each in every]),
            finest=_common([each.finest for each in every]),
            uneven=frozenset().union(*(each.uneven for each in every)),
        )

    def along(self, dims: Iterable[str]) -> dict[str, Rate]:
        """The strides along some dims; none where one is not known."""
        known = [dim for dim in dims if dim in self.stride and dim not in self.uneven]
        return {dim: rate_of(self.stride[dim]) for dim in known}

    def planned(self, plan: Plan) -> Plan:
        """Give a plan with these strides its common multiples, where its strides do not imply them.

        Only for dims that are the input's.
        """
        there = {axis.dim for axis in plan.in_axes} - self.uneven
        bare = replace(plan, whole_shifts={}, finest={})
        whole = {d: by for d, by in self.whole.items() if by != bare.whole_shift_along(d)}
        finest = {d: by for d, by in self.finest.items() if by != bare.finest_along(d)}
        return replace(
            plan,
            whole_shifts={dim: by for dim, by in whole.items() if dim in there},
            finest={dim: by for dim, by in finest.items() if dim in there},
        )


def lcm_of(strides: Iterable[Rate]) -> int:
    """Smallest whole number of input samples that is a multiple of all strides.

    Examples
    --------
    >>> lcm_of([2, Fraction(3, 2)])
    6
    """
    return math.lcm(*(Fraction(by).numerator for by in strides))


def _common(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in several:
        for dim, by in each.items():
            found[dim] = math.lcm(found.get(dim, 1), by)
    return found


def _uneven(plan: Plan) -> frozenset[str]:
    """Dims whose samples come out further apart, or closer, without a stride that says so."""
    steps = {axis.dim: axis.step for axis in plan.in_axes if axis.dim not in plan.stride}
    return frozenset(a.dim for a in plan.out_axes if steps.get(a.dim, a.step) != a.step)
