"""Operators that ATen has no single operation for: slices, lookups, recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.onnx_rules.as_aten import numbers
from invarsig.adapters.rules import RULES as ATEN
from invarsig.adapters.rules import Rule
from invarsig.adapters.rules.axes import only, place, replaced, touched
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]

_FURTHEST = 2**31


def _cast(tracer: Tracer, call: Call) -> Value:
    """Another type; floating-point numbers that stay as wide are the same."""
    value = only(call)
    if call.given["was"] == call.given["kind"]:
        return value
    return _one(ATEN["to"](tracer, replace(call, name="to")))


def _unsqueezed(tracer: Tracer, call: Call) -> Value:
    value = call.values[0]
    rank = len(call.shape)
    new = {axis % rank for axis in numbers(call.given["axes"])}
    old = iter(value.layout)
    layout = tuple(() if axis in new else next(old) for axis in range(rank))
    shape = iter(value.shape)
    return tracer.viewed(value, layout, [1 if a in new else next(shape) for a in range(rank)])


def _cut(
    tracer: Tracer, call: Call, value: Value, axis: int, start: int, end: int, by: int
) -> Value:
    """Every so many samples of one axis, from one to before another."""
    size = value.shape[axis]
    if by < 1:
        raise Unknown("it runs backwards")
    start, end, _ = slice(start, end).indices(size)
    count = max(-(-(end - start) // by), 0)
    shape = (*value.shape[:axis], count, *value.shape[axis + 1 :])
    given = {"dim": axis, "start": start, "end": end, "step": by}
    one = Call(call.target, (value,), {}, given, shape, call.name, call.real)
    return _one(ATEN["slice"](tracer, one))


def _one(made: Value | list[Value]) -> Value:
    return made[0] if isinstance(made, list) else made


def _sliced(tracer: Tracer, call: Call) -> Value:
    given, value = call.given, only(call)
    starts, ends = numbers(given["starts"]), numbers(given["ends"])
    axes, steps = given.get("axes"), given.get("steps")
    for axis, start, end, by in zip(
        range(len(starts)) if axes is None else numbers(axes),
        starts,
        ends,
        [1] * len(starts) if steps is None else numbers(steps),
        strict=True,
    ):
        value = _cut(tracer, call, value, place(value, axis), start, min(end, _FURTHEST), by)
    return value


def _split(tracer: Tracer, call: Call) -> Value:
    """One of the parts."""
    given, value = call.given, only(call)
    axis, which = place(value, int(given["axis"])), int(given["place"])
    sizes = given.get("split")
    size = value.shape[axis]
    each = -(-size // int(given["several"]))
    ends = np.cumsum([each] * int(given["several"]) if sizes is None else numbers(sizes))
    start = int(ends[which - 1]) if which else 0
    return _cut(tracer, call, value, axis, start, int(min(ends[which], size)), 1)


def _gathered(tracer: Tracer, call: Call) -> Value:
    """Samples at known places of an axis."""
    data, indices = call.given["data"], call.given["indices"]
    if not isinstance(data, Value) or isinstance(indices, Value):
        raise Unknown("where it looks up is computed")
    axis = place(data, int(call.given["axis"]))
    size = data.shape[axis]
    at = [index % size for index in numbers(indices)]
    if np.ndim(indices) == 0:
        given = {"dim": axis, "index": at[0]}
        return _one(ATEN["select"](tracer, replace(call, args=(data,), given=given)))
    if np.ndim(indices) > 1 or not at:
        raise Unknown("it looks up a table")
    steps = set(np.diff(at).tolist()) or {1}
    if len(steps) == 1 and min(steps) > 0:
        return _cut(tracer, call, data, axis, at[0], at[-1] + 1, steps.pop())
    return replaced(tracer, call, data, axis, len(at), linear=True)


def _fully_connected(tracer: Tracer, call: Call) -> Value:
    """``alpha A B + beta C`` with A computed."""
    value = only(call)
    if call.given["A"] is not value or call.given.get("transA"):
        raise Unknown("its matrix is computed")
    linear = call.given.get("C") is None
    size, taps = call.shape[1], value.shape[1]
    return replaced(tracer, call, value, 1, size, linear=linear, taps=taps)


def _recurrent(tracer: Tracer, call: Call) -> Value:
    """A recurrent layer: global along time. Its result has time, directions, batch, features."""
    value = only(call)
    if call.given["X"] is not value or call.given.get("layout"):
        raise Unknown("its weights or states are computed, or its axes in another order")
    time, items, features = value.layout
    several = len(call.shape) == 4
    rest = (time, items) if several else (items,)
    axis = 1 if several else 0
    directions = tracer.channel((), (*rest, features), call.shape[axis])
    new = tracer.channel(features, (*rest, directions), call.shape[-1])
    layout = (time, directions, items, new) if several else (directions, items, new)
    effects = touched([time, features], Effect.everywhere())
    effects |= touched([directions, new], Effect.counted())
    steps = 1 if several else value.shape[0]
    products = steps * (np.size(call.given["W"]) + np.size(call.given["R"]))
    taps = products / (call.shape[axis] * call.shape[-1])
    return tracer.made(call, layout, effects, taps=taps)


def _across_channels(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    return tracer.made(call, value.layout, touched([value.layout[1]], Effect.everywhere()))


def _kept(_: Tracer, call: Call) -> Value:
    """What trains with noise, and runs without."""
    mode: Any = call.given.get("training_mode")
    if mode is not None and bool(np.any(mode)):
        raise Unknown("it is random")
    values: Sequence[Value] = call.values
    return values[0]


RULES: dict[str, Rule] = {
    "Cast": _cast,
    "Unsqueeze": _unsqueezed,
    "Slice": _sliced,
    "Split": _split,
    "Gather": _gathered,
    "Gemm": _fully_connected,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _recurrent),
    "LRN": _across_channels,
    "Dropout": _kept,
}
