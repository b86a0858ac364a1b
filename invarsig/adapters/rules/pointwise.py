"""Operations on single samples, and what leaves them as they are."""

from __future__ import annotations

from collections.abc import Sequence

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import Layout, Part
from invarsig.adapters.rules.axes import (
    Rule,
    extent,
    only,
    place,
    replaced,
    touched,
)
from invarsig.adapters.tensors import is_constant, size_of_all
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _pointwise(tracer: Tracer, call: Call) -> Value:
    """Sample by sample, on operands that are broadcast against each other."""
    values = call.values
    layout, effects = _broadcast(tracer, call, values)
    plain = all(value.real for value in values)
    linear = call.name in ("neg", "mul", "div") and len(values) == 1
    linear |= call.name in ("add", "sub", "rsub") and len(values) == 2 and not effects
    first = call.args[0] if call.args else None
    if call.name == "div" and not isinstance(first, Value):
        linear = False
    if call.name in ("mul", "add") and any(True for value in values if not value.real):
        linear = False
    return tracer.made(call, layout, effects, linear=linear and plain)


def _broadcast(
    tracer: Tracer, call: Call, values: Sequence[Value]
) -> tuple[Layout, dict[str, Effect]]:
    """The layout of what is broadcast, and what constants that vary along a dim do to it."""
    layout: list[tuple[Part, ...]] = []
    effects: dict[str, Effect] = {}
    constants = [
        each
        for each in (*call.args, *call.kwargs.values())
        if is_constant(each) and size_of_all(each) > 1
    ]
    for back in range(len(call.shape), 0, -1):
        met = [value.layout[-back] for value in values if len(value.layout) >= back]
        held = next((axis for axis in met if axis and extent(axis) == call.shape[-back]), None)
        by = [each for each in constants if each.ndim >= back and each.shape[-back] > 1]
        if held is None and call.shape[-back] > 1:
            if not by:
                raise Unknown("an axis is expanded")
            others = (*layout, *(axis for value in values for axis in value.layout))
            held = tracer.channel((), others, call.shape[-back])
        layout.append(held or ())
        if by:
            effects |= touched([layout[-1]], Effect(shared=False))
    return tuple(layout), effects


def _gated(tracer: Tracer, call: Call) -> Value:
    """Half of the channels gate the other half."""
    value = only(call)
    axis = place(value, call.given["dim"])
    return replaced(tracer, call, value, axis, call.shape[axis])


def _identity(_: Tracer, call: Call) -> Value:
    return only(call)


def _dropout(_: Tracer, call: Call) -> Value:
    if call.given.get("train", call.given.get("training", False)):
        raise Unknown("it is random")
    return only(call)


def _batch_norm(tracer: Tracer, call: Call) -> Value:
    if call.given.get("training", False):
        raise Unknown("it is trained")
    value = only(call)
    return tracer.made(call, value.layout, touched([value.layout[1]], Effect(shared=False)))


def _prelu(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    several = size_of_all(call.given["weight"]) > 1
    effects = touched([value.layout[1]], Effect(shared=False)) if several else {}
    return tracer.made(call, value.layout, effects)


POINTWISE = (
    "relu",
    "relu6",
    "hardtanh",
    "sigmoid",
    "tanh",
    "silu",
    "gelu",
    "elu",
    "selu",
    "celu",
    "leaky_relu",
    "hardswish",
    "hardsigmoid",
    "softplus",
    "softsign",
    "mish",
    "log_sigmoid",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "abs",
    "neg",
    "pow",
    "square",
    "reciprocal",
    "sign",
    "floor",
    "ceil",
    "round",
    "trunc",
    "erf",
    "sin",
    "cos",
    "tan",
    "atan",
    "asin",
    "acos",
    "sinh",
    "cosh",
    "tanhshrink",
    "softshrink",
    "hardshrink",
    "logit",
    "threshold",
    "clamp",
    "clamp_min",
    "clamp_max",
    "clip",
    "add",
    "sub",
    "rsub",
    "mul",
    "div",
    "true_divide",
    "multiply",
    "divide",
    "subtract",
    "maximum",
    "minimum",
    "where",
    "gt",
    "lt",
    "ge",
    "le",
    "eq",
    "ne",
    "logical_and",
    "logical_or",
    "logical_not",
    "masked_fill",
    "addcmul",
    "addcdiv",
    "atan2",
    "fmod",
    "remainder",
    "nan_to_num",
    "isnan",
    "floor_divide",
    "to",
    "_to_copy",
    "type_as",
    "xlogy",
    "special_expit",
)


SAME = (
    "clone",
    "contiguous",
    "detach",
    "alias",
    "lift_fresh_copy",
    "positive",
    "real",
    "resolve_conj",
    "resolve_neg",
)


RULES: dict[str, Rule] = {
    **dict.fromkeys(POINTWISE, _pointwise),
    **dict.fromkeys(SAME, _identity),
    **dict.fromkeys(("dropout", "feature_dropout", "alpha_dropout", "native_dropout"), _dropout),
    "batch_norm": _batch_norm,
    "prelu": _prelu,
    "glu": _gated,
}
