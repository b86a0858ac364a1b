"""Sums over products: linear layers, products of matrices, attention, recurrent layers."""

from __future__ import annotations

from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import Part
from invarsig.adapters.rules.axes import (
    Rule,
    extent,
    only,
    replaced,
    touched,
)
from invarsig.adapters.tensors import is_constant
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _linear(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    plain = call.given.get("bias") is None
    weight = call.given["weight"]
    if isinstance(weight, Value):
        raise Unknown("its weights are computed")
    axis = len(value.layout) - 1
    held = value.layout[axis]
    places = len(held) > 0 and all(part.dim in tracer.spread for part in held)
    if places and extent(held) == call.shape[axis]:
        effects = touched([held], Effect.everywhere())
        return tracer.made(call, value.layout, effects, linear=plain, taps=value.shape[axis])
    size, taps = call.shape[axis], value.shape[axis]
    return replaced(tracer, call, value, axis, size, linear=plain, taps=taps)


def _matmul(tracer: Tracer, call: Call) -> Value:
    """A product of matrices: the last axis of the first with the last but one of the second."""
    operands = [each for each in call.args if isinstance(each, Value) or is_constant(each)][-2:]
    shapes = [tuple(each.shape) for each in operands]
    if min(map(len, shapes)) < 2:
        raise Unknown("it takes vectors")
    layouts = [each.layout if isinstance(each, Value) else ((),) * each.ndim for each in operands]
    lead: list[tuple[Part, ...]] = []
    for back in range(len(call.shape), 2, -1):
        met = [each[-back] for each in layouts if len(each) >= back]
        lead.append(next((axis for axis in met if axis), ()))
    ends = [layouts[0][-2], layouts[1][-1]]
    effects = touched([layouts[0][-1], layouts[1][-2]], Effect.everywhere())
    for place, (operand, end) in enumerate(zip(operands, ends, strict=True)):
        size = shapes[place][-2 if place == 0 else -1]
        if not isinstance(operand, Value):
            ends[place] = tracer.channel(layouts[1 - place][-2 + place], tuple(lead), size)
            effects |= touched([ends[place]], Effect.counted())
        elif end:
            effects |= touched([end], effects.get(end[0].dim, Effect()))
    product = all(isinstance(each, Value) for each in operands)
    # A dim that is contracted in one operand and kept from the other is read as a whole.
    linear = not product and call.name != "baddbmm"
    return tracer.made(call, (*lead, *ends), effects, linear=linear, taps=shapes[0][-1])


def _attention(tracer: Tracer, call: Call) -> Value:
    query, key, value = (call.given[name] for name in ("query", "key", "value"))
    if not all(isinstance(each, Value) for each in (query, key, value)):
        raise Unknown("a part of it is constant")
    layout = (*query.layout[:-1], value.layout[-1])
    effects = touched([query.layout[-2], key.layout[-2]], Effect.everywhere())
    effects |= touched([query.layout[-1]], Effect.counted())
    # A product of queries with keys, and one of what follows with the values.
    taps = key.shape[-2] * (1 + query.shape[-1] / value.shape[-1])
    return tracer.made(call, layout, effects, taps=taps)


def _recurrent(tracer: Tracer, call: Call) -> list[Value]:
    """A recurrent layer: global along time, with new channels. Its last states are not read."""
    value = call.given["input"]
    if not isinstance(value, Value) or "data" in call.given:
        raise Unknown("its input is packed")
    call = Call(
        call.target, call.args, call.kwargs, call.given, call.shape[0], call.name, call.real
    )
    items, states = int(not call.given["batch_first"]), call.given["hx"]
    states = [states] if not isinstance(states, (list, tuple)) else states
    if any(isinstance(each, Value) for each in states):
        raise Unknown("its first state is computed")

    def function(tensor: Any) -> Any:
        first = [each[:, :1].expand(-1, tensor.shape[items], -1).contiguous() for each in states]
        given = {"hx": first if isinstance(call.given["hx"], (list, tuple)) else first[0]}
        return call.function(given)(tensor)[0]

    rest = value.layout[:-1]
    if rest[1 if not call.given["batch_first"] else 0] == ():
        raise Unknown("it has no batch")
    new = tracer.channel(value.layout[-1], rest, call.shape[-1])
    time = rest[1 if call.given["batch_first"] else 0]
    effects = touched([time], Effect.everywhere()) | touched([value.layout[-1]], Effect.counted())
    taps = sum(each.numel() for each in call.given["params"] if each.ndim > 1) / call.shape[-1]
    return [tracer.made(call, (*rest, new), effects, function=function, taps=taps)]


RULES: dict[str, Rule] = {
    "linear": _linear,
    **dict.fromkeys(("matmul", "bmm", "mm", "baddbmm", "addmm"), _matmul),
    "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
}
