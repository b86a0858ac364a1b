"""Padding: more samples on either side, as an operator of its own or as part of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.onnx_rules.as_aten import RULES as AS_ATEN
from invarsig.adapters.onnx_rules.as_aten import numbers
from invarsig.adapters.onnx_runner import Runner
from invarsig.adapters.rules import Rule
from invarsig.adapters.tracer import Tracer

__all__ = ["RULES", "continued"]

# What torch, and the remedies, call a way of padding, and the version of ONNX that has it.
_MODES = {"reflect": ("reflect", 2), "replicate": ("edge", 2), "circular": ("wrap", 19)}

# From this version on the amounts are an input, and before it an attribute.
_AS_INPUT = 11


def _padded(tracer: Tracer, call: Call) -> Value:
    """Padding, which may be wider where what reads it is dilated, and continued in another way."""
    made = AS_ATEN["Pad"](tracer, call)
    assert isinstance(made, Value)

    def varied(kind: str, to: Any) -> Value | None:
        if kind == "dilation":
            return _scaled(tracer, call, to)
        return _in_mode(tracer, call, to) if kind == "padding" else None

    return replace(made, varied=varied)


def _scaled(tracer: Tracer, call: Call, by: Mapping[str, int]) -> Value | None:
    """The same, some times as wide."""
    layout = call.values[0].layout
    if call.given.get("axes") is not None:
        return None
    factors = [by.get(axis[0].dim, 1) if len(axis) == 1 else 1 for axis in layout]
    pads = [n * f for n, f in zip(numbers(call.given["pads"]), factors * 2, strict=True)]
    return _padded(tracer, _with_pads(call, pads))


def _with_pads(call: Call, pads: Sequence[int], **attributes: Any) -> Call:
    runner, array = call.target, np.asarray(pads, np.int64)
    assert isinstance(runner, Runner)
    if call.given["version"] < _AS_INPUT:
        return replace(
            call,
            target=runner.changed(pads=list(pads), **attributes),
            given={**call.given, **attributes, "pads": list(pads)},
        )
    return replace(
        call,
        target=runner.changed(**attributes).with_inputs({1: array}),
        args=(call.args[0], array, *call.args[2:]),
        given={**call.given, **attributes, "pads": array},
    )


def _in_mode(tracer: Tracer, call: Call, mode: str) -> Value | None:
    """The same in another mode, in place of zeros."""
    named, since = _MODES[mode]
    fill = call.given.get("constant_value", call.given.get("value"))
    zeros = fill is None or isinstance(fill, Value) or not np.any(fill)
    pads = numbers(call.given["pads"])
    mode_now = call.given.get("mode", "constant")
    if call.given["version"] < since or mode_now != "constant" or not zeros or min(pads) < 0:
        return None
    return _padded(tracer, _with_pads(call, pads, mode=named))


def continued(
    tracer: Tracer, call: Call, before: Sequence[int], behind: Sequence[int], mode: str
) -> Value | None:
    """The input of a window, continued by an operator of its own in place of the window's zeros."""
    from onnx import helper

    window, value = call.target, call.values[0]
    assert isinstance(window, Runner)
    named, since = _MODES[mode]
    version = window.opsets.version("")
    if version < since:
        return None
    lead = len(value.shape) - len(before)
    pads = [0] * lead + list(before) + [0] * lead + list(behind)
    amounts = np.asarray(pads, np.int64)
    name, out = f"{window.output} pads", f"{window.output} padded"
    first, label = window.names[0], f"{window.node.name or window.output}.padding"
    if version < _AS_INPUT:
        node = helper.make_node("Pad", [first], [out], label, mode=named, pads=pads)
        names, weights, args = (first,), dict[str, np.ndarray](), (value,)
    else:
        node = helper.make_node("Pad", [first, name], [out], label, mode=named)
        names, weights, args = (first, name), {name: amounts}, (value, amounts)  # type: ignore[assignment]
    kinds = {first: window.kinds[first]}
    runner = Runner(node, names, weights, {}, kinds, out, window.opsets)
    sides = zip(value.shape[lead:], before, behind, strict=True)
    shape = (*value.shape[:lead], *(n + less + more for n, less, more in sides))
    given = {"version": version, "mode": named, "pads": amounts}
    return _padded(tracer, Call(runner, args, {}, given, shape, "Pad"))


RULES: dict[str, Rule] = {"Pad": _padded}
