"""Windows with another dilation, or with their input continued in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.rules.axes import Rule
from invarsig.adapters.rules.sliding import each_of
from invarsig.adapters.tracer import Tracer

__all__ = ["again", "dilated", "factors", "repadded"]


def again(rule: Rule, tracer: Tracer, call: Call, changed: Mapping[str, Any]) -> Value | None:
    """The same operation with other arguments, its input included."""
    given = {**call.given, **changed}
    made = rule(tracer, Call(call.target, (), given, given, call.shape, call.name, call.real))
    return made if isinstance(made, Value) else None


def factors(value: Value, count: int, by: Mapping[str, int]) -> list[int]:
    """A number for each of the last axes, given by dim."""
    return [by.get(axis[0].dim, 1) if len(axis) == 1 else 1 for axis in value.layout[-count:]]


def _varied_input(value: Value, kind: str, to: Any) -> Value | None:
    """An input that is padding for this operation, varied with it; one that is a result as is."""
    if not value.pending:
        return value
    return None if value.varied is None else value.varied(kind, to)


def dilated(
    rule: Rule, tracer: Tracer, call: Call, count: int, by: Mapping[str, int]
) -> Value | None:
    """The same windows, whose samples stand further apart."""
    value = _varied_input(call.values[0], "dilation", by)
    if value is None or "dilation" not in call.given:
        return None
    each = factors(value, count, by)
    wide = [a * b for a, b in zip(each_of(call.given["dilation"], count), each, strict=True)]
    padding = call.given["padding"]
    if not isinstance(padding, str):
        padding = [a * b for a, b in zip(each_of(padding, count), each, strict=True)]
    named = "input" if "input" in call.given else "self"
    return again(rule, tracer, call, {named: value, "dilation": wide, "padding": padding})


def repadded(
    rule: Rule,
    padded: Rule,
    tracer: Tracer,
    call: Call,
    count: int,
    reaches: Sequence[int],
    mode: str,
) -> Value | None:
    """A convolution whose input is continued in another way than by zeros."""
    import torch

    value, padding = call.values[0], call.given["padding"]
    if value.pending:
        inner = None if value.varied is None else value.varied("padding", mode)
        return None if inner is None else again(rule, tracer, call, {"input": inner})
    if padding == "same":
        sides = [(reach // 2, reach - reach // 2) for reach in reaches]
    elif padding == "valid":
        return None
    else:
        sides = [(pad, pad) for pad in each_of(padding, count)]
    if not any(sum(side) for side in sides):
        return None
    flat = [pad for side in reversed(sides) for pad in side]
    size = [n + sum(side) for n, side in zip(value.shape[-count:], sides, strict=True)]
    given = {"self": value, "pad": flat, "mode": mode, "value": None}
    pad = Call(torch.ops.aten.pad.default, (), given, given, (*value.shape[:-count], *size), "pad")
    # It is run as part of the convolution, whose expression it enters.
    return again(rule, tracer, call, {"input": padded(tracer, pad), "padding": [0] * count})
