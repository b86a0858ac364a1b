"""What is known of single tensor operations: which axes come out, and what is done along each.

A rule takes the tracer and a `Call`, and gives the result as a `Value` (several for an operation
with several results). `RULES` has one for each operation of ATen that is known; what is not known,
and a known one in a form that its rule does not cover (`Unknown`), is measured instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH, Layout, Part, reshaped, shape_of
from invarsig.adapters.tracer import Call, Tracer, Unknown
from invarsig.adapters.windows import convolved, padded, pooled, shuffled, unshuffled, upsampled

__all__ = ["RULES", "Rule"]

Rule = Callable[[Tracer, Call], "Value | list[Value]"]


def _only(call: Call) -> Value:
    values = call.values
    if len(values) != 1:
        raise Unknown("it joins several results")
    return values[0]


def _axis(value: Value, axis: int) -> int:
    return axis % len(value.layout)


def touched(axes: Sequence[Sequence[Part]], effect: Effect) -> dict[str, Effect]:
    """The same effect along all dims of some axes."""
    return {part.dim: effect for axis in axes for part in axis if part.dim != BATCH}


def _same(value: Value) -> Value:
    return value


# Point by point -------------------------------------------------------------------------------


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
    import torch

    layout: list[tuple[Part, ...]] = []
    effects: dict[str, Effect] = {}
    constants = [
        each
        for each in (*call.args, *call.kwargs.values())
        if isinstance(each, torch.Tensor) and each.numel() > 1
    ]
    for back in range(len(call.shape), 0, -1):
        met = [value.layout[-back] for value in values if len(value.layout) >= back]
        held = next((axis for axis in met if axis and _extent(axis) == call.shape[-back]), None)
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


def _extent(axis: Sequence[Part]) -> int:
    return math.prod(part.size for part in axis)


def _gated(tracer: Tracer, call: Call) -> Value:
    """Half of the channels gate the other half."""
    value = _only(call)
    axis = _axis(value, call.given["dim"])
    return _replaced(tracer, call, value, axis, call.shape[axis])


def _replaced(
    tracer: Tracer, call: Call, value: Value, axis: int, size: int, *, linear: bool = False
) -> Value:
    """New channels in place of an axis."""
    rest = value.layout[:axis] + value.layout[axis + 1 :]
    if any(part.dim == BATCH for part in value.layout[axis]):
        raise Unknown("it mixes the items of a batch")
    new = tracer.channel(value.layout[axis], rest, size)
    layout = (*value.layout[:axis], new, *value.layout[axis + 1 :])
    effects = touched([value.layout[axis]], Effect.everywhere())
    effects |= touched([new], Effect.counted())
    return tracer.made(call, layout, effects, linear=linear)


def _identity(_: Tracer, call: Call) -> Value:
    return _only(call)


def _dropout(_: Tracer, call: Call) -> Value:
    if call.given.get("train", call.given.get("training", False)):
        raise Unknown("it is random")
    return _only(call)


# Along axes -----------------------------------------------------------------------------------


def _along(*names: str) -> Rule:
    """A function of whole axes that keeps them, such as a softmax."""

    def rule(tracer: Tracer, call: Call) -> Value:
        value = _only(call)
        given = next((call.given[name] for name in names if name in call.given), None)
        axes = range(len(value.layout)) if given is None else _listed(given)
        held = [value.layout[_axis(value, axis)] for axis in axes]
        return tracer.made(call, value.layout, touched(held, Effect.everywhere()))

    return rule


def _listed(given: Any) -> list[int]:
    return [given] if isinstance(given, int) else list(given)


def _layer_norm(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    axes = value.layout[len(value.layout) - len(call.given["normalized_shape"]) :]
    return tracer.made(call, value.layout, touched(axes, Effect.everywhere()))


def _group_norm(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    return tracer.made(call, value.layout, touched(value.layout[1:], Effect.everywhere()))


def _instance_norm(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    effects = touched(value.layout[2:], Effect.everywhere())
    effects |= touched([value.layout[1]], Effect(shared=False))
    return tracer.made(call, value.layout, effects)


def _batch_norm(tracer: Tracer, call: Call) -> Value:
    if call.given.get("training", False):
        raise Unknown("it is trained")
    value = _only(call)
    return tracer.made(call, value.layout, touched([value.layout[1]], Effect(shared=False)))


def _prelu(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    several = call.given["weight"].numel() > 1
    effects = touched([value.layout[1]], Effect(shared=False)) if several else {}
    return tracer.made(call, value.layout, effects)


def _reduced(*, linear: bool = False) -> Rule:
    """A statistic of whole axes, which are lost."""

    def rule(tracer: Tracer, call: Call) -> Value:
        value = _only(call)
        given = call.given.get("dim")
        keep = call.given.get("keepdim", False)
        every = given is None or given == []
        axes = {_axis(value, a) for a in (range(len(value.layout)) if every else _listed(given))}
        held = [value.layout[axis] for axis in axes]
        if any(part.dim == BATCH for axis in held for part in axis):
            raise Unknown("it mixes the items of a batch")
        layout = tuple(
            () if axis in axes else parts
            for axis, parts in enumerate(value.layout)
            if keep or axis not in axes
        )
        return tracer.made(call, layout, touched(held, Effect.everywhere()), linear=linear)

    return rule


def _adaptive(*, linear: bool) -> Rule:
    """As many windows as are asked for, at whatever places that needs."""

    def rule(tracer: Tracer, call: Call) -> Value:
        from fractions import Fraction

        value = _only(call)
        layout = list(value.layout)
        effects: dict[str, Effect] = {}
        count = len(_listed(call.given["output_size"]))
        for axis in range(len(layout) - count, len(layout)):
            held, size = layout[axis], call.shape[axis]
            if _extent(held) == size:
                continue
            if size == 1:
                effects |= touched([held], Effect.everywhere())
                layout[axis] = ()
                continue
            if len(held) != 1:
                raise Unknown("its windows lie along several dims")
            part = held[0]
            ratio = Fraction(part.size, size)
            effects[part.dim] = Effect(ratio, (float(ratio) - 1) / 2).unbounded()
            layout[axis] = (tracer.fresh(part.dim, size),)
            tracer.spread.add(part.dim)
        if tuple(layout) == value.layout:
            return value
        return tracer.made(call, tuple(layout), effects, linear=linear)

    return rule


# Contractions ---------------------------------------------------------------------------------


def _linear(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    plain = call.given.get("bias") is None
    weight = call.given["weight"]
    if isinstance(weight, Value):
        raise Unknown("its weights are computed")
    axis = len(value.layout) - 1
    held = value.layout[axis]
    places = len(held) > 0 and all(part.dim in tracer.spread for part in held)
    if places and _extent(held) == call.shape[axis]:
        return tracer.made(call, value.layout, touched([held], Effect.everywhere()), linear=plain)
    return _replaced(tracer, call, value, axis, call.shape[axis], linear=plain)


def _matmul(tracer: Tracer, call: Call) -> Value:
    """A product of matrices: the last axis of the first with the last but one of the second."""
    import torch

    operands = [each for each in call.args if isinstance(each, (Value, torch.Tensor))][-2:]
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
    return tracer.made(call, (*lead, *ends), effects, linear=not product and call.name != "baddbmm")


def _attention(tracer: Tracer, call: Call) -> Value:
    query, key, value = (call.given[name] for name in ("query", "key", "value"))
    if not all(isinstance(each, Value) for each in (query, key, value)):
        raise Unknown("a part of it is constant")
    layout = (*query.layout[:-1], value.layout[-1])
    effects = touched([query.layout[-2], key.layout[-2]], Effect.everywhere())
    effects |= touched([query.layout[-1]], Effect.counted())
    return tracer.made(call, layout, effects)


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
    return [tracer.made(call, (*rest, new), effects, function=function)]


# Putting together and taking apart ---------------------------------------------------------------


def _concatenated(tracer: Tracer, call: Call) -> Value:
    import torch

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
        if size > 1 and _extent(held) != size:
            raise Unknown("an axis is expanded")
        layout.append(held)
    effects = touched([value.layout[axis] for value in known], Effect.everywhere())
    effects |= touched([layout[axis]], Effect.counted())

    def function(*tensors: Any) -> Any:
        left = iter(tensors)
        here = [next(left) if isinstance(each, Value) else each for each in parts]
        lead = torch.broadcast_shapes(*(each.narrow(axis, 0, 1).shape for each in here))
        wide = [each.expand(*lead[:axis], each.shape[axis], *lead[axis + 1 :]) for each in here]
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
    from fractions import Fraction

    value = _only(call)
    axis = _axis(value, call.given["dim"])
    size, by = value.shape[axis], call.given.get("step") or 1
    start = call.given.get("start") or 0
    end = call.given.get("end")
    end = size if end is None else end
    start, end, _ = slice(start, end).indices(size)
    if (start, end, by) == (0, size, 1):
        return value
    held = value.layout[axis]
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
    value = _only(call)
    axis = _axis(value, call.given["dim"])
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
    value = _only(call)
    axis = _axis(value, call.given["dim"])
    found = []
    for index, shape in enumerate(call.shape):
        one = Call(call.target, call.args, call.kwargs, call.given, shape, call.name, call.real)
        found.append(_taken(tracer, one, value, axis, index))
    return found


def _split(tracer: Tracer, call: Call) -> list[Value]:
    value = _only(call)
    axis = _axis(value, call.given["dim"])
    found, first = [], 0
    for shape in call.shape:
        given = {"dim": axis, "start": first, "end": first + shape[axis], "step": 1}
        first += shape[axis]
        one = Call(call.target, (value,), {}, given, shape, call.name, call.real)
        found.append(_sliced(tracer, one))
    return found


def _reduced_or_first(tracer: Tracer, call: Call) -> Value | list[Value]:
    """The largest value; of an axis together with its place, which is not followed."""
    rule = _reduced()
    return _first(rule)(tracer, call) if isinstance(call.shape, list) else rule(tracer, call)


def _spectrogram(tracer: Tracer, call: Call) -> Value:
    """Fourier transforms of frames."""
    from fractions import Fraction

    value = _only(call)
    held, size = value.layout[-1], int(call.given["n_fft"])
    if len(held) != 1 or held[0].dim == BATCH or call.given.get("center"):
        raise Unknown("its frames lie along several dims")
    hop, half = int(call.given["hop_length"] or size // 4), (size - 1) / 2
    frames = tracer.fresh(held[0].dim, call.shape[-1])
    tracer.spread.add(held[0].dim)
    bins = tracer.channel((), value.layout, call.shape[-2])
    effects = {held[0].dim: Effect(Fraction(hop), half, half, half)}
    effects |= touched([bins], Effect.counted())
    layout = (*value.layout[:-1], bins, (frames,))
    return tracer.made(call, layout, effects, linear=True)


def _first(rule: Rule) -> Rule:
    """The first of several results; the others are not read."""

    def several(tracer: Tracer, call: Call) -> list[Value]:
        made = rule(tracer, call.first())
        return [made] if isinstance(made, Value) else made

    return several


# Views ----------------------------------------------------------------------------------------


def _reshape(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    if shape_of(value.layout, {}) != tuple(value.shape):
        raise Unknown("it is expanded before")
    layout = reshaped(value.layout, call.shape)
    if layout is None:
        raise Unknown("the view cuts across an axis")
    return tracer.viewed(value, layout)


def _permuted(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    order = list(range(len(value.layout)))
    if "dims" in call.given:
        order = [axis % len(order) for axis in call.given["dims"]]
    elif "dim0" in call.given:
        one, other = (_axis(value, call.given[name]) for name in ("dim0", "dim1"))
        order[one], order[other] = order[other], order[one]
    elif call.name in ("t", "numpy_T"):
        order = order[::-1]
    else:
        raise Unknown("its axes are not named")
    shape = [value.shape[axis] for axis in order]
    return tracer.viewed(value, tuple(value.layout[axis] for axis in order), shape)


def _squeezed(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    given = call.given.get("dim")
    axes = range(len(value.layout)) if given is None else _listed(given)
    gone = {_axis(value, axis) for axis in axes}
    gone = {axis for axis in gone if value.shape[axis] == 1}
    kept = [axis for axis in range(len(value.layout)) if axis not in gone]
    layout = tuple(value.layout[axis] for axis in kept)
    if any(part.dim == BATCH for axis in gone for part in value.layout[axis]):
        raise Unknown("it drops the batch")
    return tracer.viewed(value, layout, [value.shape[axis] for axis in kept])


def _unsqueezed(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    axis = call.given["dim"] % (len(value.layout) + 1)
    layout = (*value.layout[:axis], (), *value.layout[axis:])
    return tracer.viewed(value, layout, (*value.shape[:axis], 1, *value.shape[axis:]))


def _expanded(tracer: Tracer, call: Call) -> Value:
    """Axes of size 1 stay so: what reads the result broadcasts it."""
    value = _only(call)
    missing = len(call.shape) - len(value.layout)
    layout = ((),) * missing + value.layout
    return tracer.viewed(value, layout, call.shape)


def _rolled(tracer: Tracer, call: Call) -> Value:
    value = _only(call)
    axes = call.given.get("dims") or range(len(value.layout))
    held = [value.layout[_axis(value, axis)] for axis in axes]
    return tracer.made(call, value.layout, touched(held, Effect.everywhere()), linear=True)


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
    **dict.fromkeys(("softmax", "log_softmax", "_softmax", "cumsum", "cumprod"), _along("dim")),
    **dict.fromkeys(("flip",), _along("dims")),
    "roll": _rolled,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "batch_norm": _batch_norm,
    "prelu": _prelu,
    "glu": _gated,
    **dict.fromkeys(("mean", "sum"), _reduced(linear=True)),
    **dict.fromkeys(("amax", "amin", "var", "std", "logsumexp", "prod"), _reduced()),
    **dict.fromkeys(("norm", "linalg_vector_norm"), _reduced()),
    **dict.fromkeys(("max", "min"), _reduced_or_first),
    "stft": _spectrogram,
    **{f"adaptive_avg_pool{n}d": _adaptive(linear=True) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _first(_adaptive(linear=False)) for n in (1, 2, 3)},
    "linear": _linear,
    **dict.fromkeys(("matmul", "bmm", "mm", "baddbmm", "addmm"), _matmul),
    "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenated),
    "stack": _stacked,
    "slice": _sliced,
    "narrow": _sliced,
    "select": _selected,
    "unbind": _unbound,
    **dict.fromkeys(("split", "split_with_sizes", "chunk"), _split),
    **dict.fromkeys(
        ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as"), _reshape
    ),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T", "swapaxes"), _permuted),
    "squeeze": _squeezed,
    "unsqueeze": _unsqueezed,
    **dict.fromkeys(("expand", "expand_as"), _expanded),
    **{f"conv{n}d": convolved for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": convolved for n in (1, 2, 3)},
    "convolution": convolved,
    **{f"{kind}_pool{n}d": pooled for n in (1, 2, 3) for kind in ("max", "avg")},
    **{f"max_pool{n}d_with_indices": _first(pooled) for n in (1, 2, 3)},
    **dict.fromkeys(("pad", "constant_pad_nd"), padded),
    **{f"{kind}_pad{n}d": padded for n in (1, 2, 3) for kind in ("reflection", "replication")},
    **dict.fromkeys(
        (
            "upsample_nearest1d",
            "upsample_nearest2d",
            "upsample_nearest3d",
            "_upsample_nearest_exact1d",
            "_upsample_nearest_exact2d",
            "upsample_linear1d",
            "upsample_bilinear2d",
            "upsample_trilinear3d",
            "upsample_bicubic2d",
        ),
        upsampled,
    ),
    "pixel_shuffle": shuffled,
    "pixel_unshuffle": unshuffled,
}
