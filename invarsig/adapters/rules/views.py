"""Views: only what the axes stand for changes."""

from __future__ import annotations

from invarsig.adapters.call import Call
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, reshaped, shape_of
from invarsig.adapters.rules.axes import (
    Rule,
    listed,
    only,
    place,
)
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _reshape(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    if shape_of(value.layout, {}) != tuple(value.shape):
        raise Unknown("it is expanded before")
    layout = reshaped(value.layout, call.shape)
    if layout is None:
        raise Unknown("the view cuts across an axis")
    return tracer.viewed(value, layout)


def _permuted(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    order = list(range(len(value.layout)))
    if "dims" in call.given:
        order = [axis % len(order) for axis in call.given["dims"]]
    elif "dim0" in call.given:
        one, other = (place(value, call.given[name]) for name in ("dim0", "dim1"))
        order[one], order[other] = order[other], order[one]
    elif call.name in ("t", "numpy_T"):
        order = order[::-1]
    else:
        raise Unknown("its axes are not named")
    shape = [value.shape[axis] for axis in order]
    return tracer.viewed(value, tuple(value.layout[axis] for axis in order), shape)


def _squeezed(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    given = call.given.get("dim")
    axes = range(len(value.layout)) if given is None else listed(given)
    gone = {place(value, axis) for axis in axes}
    gone = {axis for axis in gone if value.shape[axis] == 1}
    kept = [axis for axis in range(len(value.layout)) if axis not in gone]
    layout = tuple(value.layout[axis] for axis in kept)
    if any(part.dim == BATCH for axis in gone for part in value.layout[axis]):
        raise Unknown("it drops the batch")
    return tracer.viewed(value, layout, [value.shape[axis] for axis in kept])


def _unsqueezed(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    axis = call.given["dim"] % (len(value.layout) + 1)
    layout = (*value.layout[:axis], (), *value.layout[axis:])
    return tracer.viewed(value, layout, (*value.shape[:axis], 1, *value.shape[axis:]))


def _expanded(tracer: Tracer, call: Call) -> Value:
    """Axes of size 1 stay so: what reads the result broadcasts it."""
    value = only(call)
    missing = len(call.shape) - len(value.layout)
    layout = ((),) * missing + value.layout
    return tracer.viewed(value, layout, call.shape)


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as"), _reshape
    ),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T", "swapaxes"), _permuted),
    "squeeze": _squeezed,
    "unsqueeze": _unsqueezed,
    **dict.fromkeys(("expand", "expand_as"), _expanded),
}
