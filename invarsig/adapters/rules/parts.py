"""Putting results together, and taking them apart."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.rules.axes import (
    Rule,
    extent,
    only,
    place,
    single,
    touched,
)
from invarsig.adapters.tensors import expanded
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _concatenated(tracer: Tracer, call: Call) -> Value:
    parts = call.given["tensors"]
    axis = call.given["dim"] % len(call.shape)
    known = [each for each in parts if isinstance(each, Value)]
    layout: list[tuple[Part, ...]] = []
    for k, size in enumerate(call.shape):
        met = [value.layout[k] for value in known]
        if k == axis:
            rest = [one for value in known for j, one in enumerate(value.layout) if j != k]
            if any(part.dim == BATCH for one in met for part in one):
                raise Unknown("it joins along the batch")
            layout.append(tracer.channel(met[0], tuple(rest), size))
            continue
        held = next((one for one in met if one), ())
        if size > 1 and extent(held) != size:
            raise Unknown("an axis is expanded")
        layout.append(held)
    effects = touched([value.layout[axis] for value in known], Effect.everywhere())
    effects |= touched([layout[axis]], Effect.counted())

    def function(*tensors: Any) -> Any:
        left = iter(tensors)
        here = [next(left) if isinstance(each, Value) else each for each in parts]
        shapes = [(*each.shape[:axis], 1, *each.shape[axis + 1 :]) for each in here]
        lead = np.broadcast_shapes(*shapes)
        wide = [
            expanded(each, (*lead[:axis], each.shape[axis], *lead[axis + 1 :])) for each in here
        ]
        return call.target(wide, axis)

    linear = len(known) == len(parts)
    return tracer.made(call, tuple(layout), effects, function=function, linear=linear)


def _stacked(tracer: Tracer, call: Call) -> Value:
    parts = call.given["tensors"]
    axis = call.given["dim"] % len(call.shape)
    first = next(each for each in parts if isinstance(each, Value))
    new = tracer.channel((), first.layout, call.shape[axis])
    layout = (*first.layout[:axis], new, *first.layout[axis:])
    linear = all(isinstance(each, Value) for each in parts)
    return tracer.made(call, layout, touched([new], Effect.counted()), linear=linear)


def _sliced(tracer: Tracer, call: Call) -> Value:

    value = only(call)
    axis = place(value, call.given["dim"])
    size, by = value.shape[axis], call.given.get("step") or 1
    start = call.given.get("start") or 0
    end = call.given.get("end")
    end = size if end is None else end
    start, end, _ = slice(start, end).indices(size)
    if (start, end, by) == (0, size, 1):
        return value
    held = single(value.layout[axis])
    if any(part.dim == BATCH for part in held):
        raise Unknown("it takes some items of a batch")
    behind = size - end
    where = (slice(None),) * axis

    def function(tensor: Any) -> Any:
        # What is left out at the end is counted from there.
        return tensor[(*where, slice(start, tensor.shape[axis] - behind, by))]

    made = call.shape[axis]
    if len(held) == 1 and not held[0].path and made > 1:
        part = held[0]
        new: tuple[Part, ...] = (tracer.fresh(part.dim, made),)
        # What is left out has to be there.
        effects = {part.dim: Effect(Fraction(by), float(start), float(start), float(behind))}
        if part.dim not in tracer.spread:
            effects = {part.dim: Effect.counted()}
    else:
        rest = value.layout[:axis] + value.layout[axis + 1 :]
        new = tracer.channel(held, rest, made) if made > 1 else ()
        effects = touched([held], Effect.everywhere()) | touched([new], Effect.counted())
    layout = (*value.layout[:axis], new, *value.layout[axis + 1 :])
    return tracer.made(call, layout, effects, function=function, linear=True)


def _selected(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    axis = place(value, call.given["dim"])
    return _taken(tracer, call, value, axis, call.given["index"])


def _taken(tracer: Tracer, call: Call, value: Value, axis: int, index: int) -> Value:
    held = value.layout[axis]
    if any(part.dim == BATCH for part in held):
        raise Unknown("it takes one item of a batch")
    where = (slice(None),) * axis
    layout = value.layout[:axis] + value.layout[axis + 1 :]
    return tracer.made(
        call,
        layout,
        touched([held], Effect.everywhere()),
        function=lambda tensor: tensor[(*where, index)],
        linear=True,
        values=[value],
    )


def _unbound(tracer: Tracer, call: Call) -> list[Value]:
    value = only(call)
    axis = place(value, call.given["dim"])
    found = []
    for index, shape in enumerate(call.shape):
        one = Call(call.target, call.args, call.kwargs, call.given, shape, call.name, call.real)
        found.append(_taken(tracer, one, value, axis, index))
    return found


def _split(tracer: Tracer, call: Call) -> list[Value]:
    value = only(call)
    axis = place(value, call.given["dim"])
    found, first = [], 0
    for shape in call.shape:
        given = {"dim": axis, "start": first, "end": first + shape[axis], "step": 1}
        first += shape[axis]
        one = Call(call.target, (value,), {}, given, shape, call.name, call.real)
        found.append(_sliced(tracer, one))
    return found


RULES: dict[str, Rule] = {
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenated),
    "stack": _stacked,
    **dict.fromkeys(("slice", "narrow"), _sliced),
    "select": _selected,
    "unbind": _unbound,
    **dict.fromkeys(("split", "split_with_sizes", "chunk"), _split),
}
