"""Operators that do what an operation of ATen does, under other names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.rules import RULES as ATEN
from invarsig.adapters.rules import Rule
from invarsig.adapters.rules.pointwise import POINTWISE
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]

Arguments = Callable[[Call, Value], Mapping[str, Any]]


def _as(name: str, arguments: Arguments | None = None) -> Rule:
    """The rule of an operation of ATen, with the arguments that it goes by."""

    def rule(tracer: Tracer, call: Call) -> Value | list[Value]:
        given = {} if arguments is None else arguments(call, call.values[0])
        made = ATEN[name](tracer, replace(call, name=name, given={**call.given, **given}))
        return made if isinstance(made, list) or made.text != name else _named(made, call)

    return rule


def _named(value: Value, call: Call) -> Value:
    """What it is called in the file."""
    return replace(value, text=call.name)


def numbers(given: Any) -> list[int]:
    """An attribute, or a constant input, that lists whole numbers."""
    if isinstance(given, Value):
        raise Unknown("its axes or sizes are computed")
    return [int(each) for each in np.ravel(given)]


def _permutation(call: Call, value: Value) -> Mapping[str, Any]:
    order = call.given.get("perm")
    return {"dims": list(order or range(len(value.layout) - 1, -1, -1))}


def _axes_dropped(call: Call, _: Value) -> Mapping[str, Any]:
    axes = call.given.get("axes")
    return {"dim": None if axes is None else numbers(axes)}


def _reduced_axes(call: Call, _: Value) -> Mapping[str, Any]:
    axes = call.given.get("axes")
    found = [] if axes is None else numbers(axes)
    if not found and call.given.get("noop_with_empty_axes"):
        raise Unknown("it reduces no axis")
    return {"dim": found or None, "keepdim": bool(call.given.get("keepdims", 1))}


def _best_of(call: Call, _: Value) -> Mapping[str, Any]:
    return {"dim": int(call.given["axis"]), "keepdim": bool(call.given["keepdims"])}


def _everywhere(_: Call, value: Value) -> Mapping[str, Any]:
    return {"dim": list(range(2, len(value.layout))), "keepdim": True}


def _from_axis_on(call: Call, value: Value) -> Mapping[str, Any]:
    """Before version 13 the axes from the given one on are taken together."""
    axis, rank = int(call.given["axis"]), len(value.layout)
    old = call.given["version"] < 13
    return {"dim": list(range(axis % rank, rank)) if old else axis}


def _one_axis(call: Call, _: Value) -> Mapping[str, Any]:
    return {"dim": numbers(call.given["axis"])}


def _several_axes(call: Call, _: Value) -> Mapping[str, Any]:
    return {"dim": numbers(call.given["axes"])}


def _normalized(call: Call, value: Value) -> Mapping[str, Any]:
    rank = len(value.layout)
    return {"normalized_shape": [0] * (rank - int(call.given.get("axis", -1)) % rank)}


def _of_training(call: Call, _: Value) -> Mapping[str, Any]:
    return {"training": bool(call.given.get("training_mode", 0))}


def _padding(call: Call, value: Value) -> Mapping[str, Any]:
    """Amounts on both sides, the last axis first."""
    rank = len(value.layout)
    pads = numbers(call.given["pads"])
    axes = call.given.get("axes")
    named = range(rank) if axes is None else [axis % rank for axis in numbers(axes)]
    half = len(pads) // 2
    sides = {axis: (pads[k], pads[half + k]) for k, axis in enumerate(named)}
    padded = [axis for axis, amounts in sides.items() if amounts != (0, 0)]
    first = min(padded, default=rank - 1)
    listed = [n for axis in range(rank - 1, first - 1, -1) for n in sides.get(axis, (0, 0))]
    fill = call.given.get("constant_value", call.given.get("value"))
    if isinstance(fill, Value):
        raise Unknown("what it pads with is computed")
    value_of = 0.0 if fill is None or np.size(fill) == 0 else float(np.ravel(fill)[0])
    return {"pad": listed, "mode": call.given.get("mode", "constant"), "value": value_of}


def _concatenation(tracer: Tracer, call: Call) -> Value | list[Value]:
    parts = list(call.args)
    joined = replace(
        call,
        target=np.concatenate,
        args=(parts,),
        given={"tensors": parts, "dim": int(call.given["axis"])},
    )
    return ATEN["cat"](tracer, joined)


def _by(name: str) -> Arguments:
    def arguments(call: Call, _: Value) -> Mapping[str, Any]:
        return {name: int(call.given["blocksize"])}

    return arguments


# Sample by sample, with operands that are broadcast; ATen knows the same under other names.
_RENAMED = {
    "LeakyRelu": "leaky_relu",
    "ThresholdedRelu": "threshold",
    "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish",
    "QuickGelu": "gelu",
    "Not": "logical_not",
    "And": "logical_and",
    "Or": "logical_or",
    "Equal": "eq",
    "Greater": "gt",
    "GreaterOrEqual": "ge",
    "Less": "lt",
    "LessOrEqual": "le",
    "Max": "maximum",
    "Min": "minimum",
    "Mod": "fmod",
    "Swish": "silu",
}
_ALIKE = (
    "Relu Sigmoid Tanh Elu Selu Celu Gelu Mish Softplus Softsign Clip Exp Log Sqrt Pow Abs Neg "
    "Reciprocal Sign Floor Ceil Round Erf Sin Cos Tan Atan Asin Acos Sinh Cosh IsNaN Where "
    "Add Sub Mul Div"
)
_RENAMED |= {name: name.lower() for name in _ALIKE.split()}
# And some that ATen writes otherwise, none of which is linear.
_NONLINEAR = (
    "PRelu Shrink Asinh Acosh Atanh IsInf Xor Sum Mean CastLike QuantizeLinear DequantizeLinear "
    "BitShift BiasGelu FastGelu"
)
_STATISTICS = "Max Min Prod L1 L2 LogSum LogSumExp SumSquare"
assert set(_RENAMED.values()) <= set(POINTWISE)

RULES: dict[str, Rule] = {
    **{onnx: _as(aten) for onnx, aten in _RENAMED.items()},
    **dict.fromkeys(_NONLINEAR.split(), _as("relu")),
    "Transpose": _as("permute", _permutation),
    **dict.fromkeys(("Reshape", "Flatten"), _as("reshape")),
    "Squeeze": _as("squeeze", _axes_dropped),
    "Expand": _as("expand"),
    "Concat": _concatenation,
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _as("softmax", _from_axis_on)),
    "LpNormalization": _as("softmax", _one_axis),
    "CumSum": _as("cumsum", _one_axis),
    "MeanVarianceNormalization": _as("softmax", _several_axes),
    **dict.fromkeys(("ReduceMean", "ReduceSum"), _as("mean", _reduced_axes)),
    **dict.fromkeys(
        (f"Reduce{kind}" for kind in _STATISTICS.split()),
        _as("amax", _reduced_axes),
    ),
    **dict.fromkeys(("ArgMax", "ArgMin"), _as("amax", _best_of)),
    "GlobalAveragePool": _as("mean", _everywhere),
    **dict.fromkeys(("GlobalMaxPool", "GlobalLpPool"), _as("amax", _everywhere)),
    **dict.fromkeys(
        ("LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization"),
        _as("layer_norm", _normalized),
    ),
    "GroupNormalization": _as("group_norm"),
    "InstanceNormalization": _as("instance_norm"),
    "BatchNormalization": _as("batch_norm", _of_training),
    "MatMul": _as("matmul"),
    "Pad": _as("pad", _padding),
    "DepthToSpace": _as("pixel_shuffle", _by("upscale_factor")),
    "SpaceToDepth": _as("pixel_unshuffle", _by("downscale_factor")),
}
"""Rules by names of operators."""
