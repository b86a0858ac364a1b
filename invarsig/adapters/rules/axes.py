"""The axes of the values that an operation reads: what all rules need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["Rule", "extent", "first_of", "listed", "only", "place", "replaced", "single", "touched"]


Rule = Callable[[Tracer, Call], "Value | list[Value]"]


def only(call: Call) -> Value:
    """The one traced tensor among the arguments."""
    values = call.values
    if len(values) != 1:
        raise Unknown("it joins several results")
    return values[0]


def place(value: Value, axis: int) -> int:
    """An axis, counted from the first one."""
    return axis % len(value.layout)


def touched(axes: Sequence[Sequence[Part]], effect: Effect) -> dict[str, Effect]:
    """The same effect along all dims of some axes."""
    return {part.dim: effect for axis in axes for part in axis if part.dim != BATCH}


def single(axis: tuple[Part, ...]) -> tuple[Part, ...]:
    """The one part of an axis that has several samples, where there is one; or else the axis."""
    long = tuple(part for part in axis if part.size > 1)
    return long if len(long) == 1 and len(axis) > 1 else axis


def extent(axis: Sequence[Part]) -> int:
    """Size of an axis."""
    return math.prod(part.size for part in axis)


def listed(given: Any) -> list[int]:
    """One axis, or several, as a list."""
    return [given] if isinstance(given, int) else list(given)


def replaced(
    tracer: Tracer,
    call: Call,
    value: Value,
    axis: int,
    size: int,
    *,
    linear: bool = False,
    taps: float = 0.0,
) -> Value:
    """New channels in place of an axis."""
    rest = value.layout[:axis] + value.layout[axis + 1 :]
    if any(part.dim == BATCH for part in value.layout[axis]):
        raise Unknown("it mixes the items of a batch")
    new = tracer.channel(value.layout[axis], rest, size)
    layout = (*value.layout[:axis], new, *value.layout[axis + 1 :])
    effects = touched([value.layout[axis]], Effect.everywhere())
    effects |= touched([new], Effect.counted())
    return tracer.made(call, layout, effects, linear=linear, taps=taps)


def first_of(rule: Rule) -> Rule:
    """The first of several results; the others are not read."""

    def several(tracer: Tracer, call: Call) -> list[Value]:
        made = rule(tracer, call.first())
        return [made] if isinstance(made, Value) else made

    return several
