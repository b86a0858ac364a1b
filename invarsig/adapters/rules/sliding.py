"""Windows that slide along the last axes of a tensor: their axes afterwards, and other strides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.rules.axes import single
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["each_of", "slid", "strides_of", "window_taps", "with_strides"]


def each_of(given: Any, count: int) -> list[Any]:
    """One value for each axis."""
    if isinstance(given, (list, tuple)):
        return list(given) * count if len(given) == 1 else list(given)
    return [given] * count


def slid(
    tracer: Tracer, value: Value, call: Call, effects: Sequence[Effect]
) -> tuple[list[tuple[Part, ...]], dict[str, Effect]]:
    """The last axes of a value after an operation on windows along them."""
    axes: list[tuple[Part, ...]] = []
    found: dict[str, Effect] = {}
    for axis, effect in zip(range(-len(effects), 0), effects, strict=True):
        held, size = value.layout[axis], call.shape[axis]
        if not held:
            if size > 1:
                raise Unknown("it spreads one sample out")
            axes.append(())
            continue
        if effect == Effect():
            axes.append(held)
            continue
        held = single(held)
        if len(held) > 1 or held[0].dim == BATCH:
            raise Unknown("its windows lie along several dims")
        part = held[0]
        if effect.moves or effect.left or effect.right:
            tracer.spread.add(part.dim)
        found[part.dim] = effect
        axes.append((tracer.fresh(part.dim, size),))
    return axes, found


def with_strides(
    rule: Any, tracer: Tracer, call: Call, value: Value, count: int, given: Sequence[int]
) -> Any:
    """The same operation with other strides by dim; sizes are those that follow."""
    held = value.layout[-count:]

    def restrided(strides: Mapping[str, int]) -> Value | None:
        names = [axis[0].dim if len(axis) == 1 else "" for axis in held]
        new = [strides.get(name, by) for name, by in zip(names, given, strict=True)]
        shape = list(call.shape)
        for k, (old, by) in enumerate(zip(given, new, strict=True)):
            # Only the layout is read off it; the sizes are found by running.
            shape[k - count] = (shape[k - count] - 1) * old // by + 1
        other = Call(
            call.target,
            call.args,
            call.kwargs,
            {**call.given, "stride": new},
            tuple(shape),
            call.name,
        )
        made = rule(tracer, other)
        return made if isinstance(made, Value) else None

    return restrided


def strides_of(name: str, value: Value, strides: Sequence[int]) -> str:
    """What an operation does, with its strides along dims."""
    by = [
        f"{axis[0].dim} {stride}"
        for axis, stride in zip(value.layout[-len(strides) :], strides, strict=True)
        if stride != 1 and len(axis) == 1
    ]
    return f"{name}(stride {', '.join(by)})" if by else name


def window_taps(weights: Sequence[int], channels: int, apart: Sequence[int] = ()) -> float:
    """How many products each sample of a convolution's result sums over, padding included.

    Each weight of a channel takes part once; of a transposed convolution, once in each of the
    strides by which its result is finer.
    """
    return math.prod(weights) / channels / math.prod(apart)
