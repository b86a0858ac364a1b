"""Functions of whole axes: normalizations, statistics, spectra of frames."""

from __future__ import annotations

from fractions import Fraction

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.layout import BATCH
from invarsig.adapters.rules.axes import (
    Rule,
    extent,
    first_of,
    listed,
    only,
    place,
    touched,
)
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _along(*names: str) -> Rule:
    """A function of whole axes that keeps them, such as a softmax."""

    def rule(tracer: Tracer, call: Call) -> Value:
        value = only(call)
        given = next((call.given[name] for name in names if name in call.given), None)
        axes = range(len(value.layout)) if given is None else listed(given)
        held = [value.layout[place(value, axis)] for axis in axes]
        return tracer.made(call, value.layout, touched(held, Effect.everywhere()))

    return rule


def _layer_norm(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    axes = value.layout[len(value.layout) - len(call.given["normalized_shape"]) :]
    return tracer.made(call, value.layout, touched(axes, Effect.everywhere()))


def _group_norm(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    return tracer.made(call, value.layout, touched(value.layout[1:], Effect.everywhere()))


def _instance_norm(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    effects = touched(value.layout[2:], Effect.everywhere())
    effects |= touched([value.layout[1]], Effect(shared=False))
    return tracer.made(call, value.layout, effects)


def _rolled(tracer: Tracer, call: Call) -> Value:
    value = only(call)
    axes = call.given.get("dims") or range(len(value.layout))
    held = [value.layout[place(value, axis)] for axis in axes]
    return tracer.made(call, value.layout, touched(held, Effect.everywhere()), linear=True)


def _reduced(*, linear: bool = False) -> Rule:
    """A statistic of whole axes, which are lost."""

    def rule(tracer: Tracer, call: Call) -> Value:
        value = only(call)
        given = call.given.get("dim")
        keep = call.given.get("keepdim", False)
        every = given is None or given == []
        axes = {place(value, a) for a in (range(len(value.layout)) if every else listed(given))}
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


def _reduced_or_first(tracer: Tracer, call: Call) -> Value | list[Value]:
    """The largest value; of an axis together with its place, which is not followed."""
    rule = _reduced()
    return first_of(rule)(tracer, call) if isinstance(call.shape, list) else rule(tracer, call)


def _adaptive(*, linear: bool) -> Rule:
    """As many windows as are asked for, at whatever places that needs."""

    def rule(tracer: Tracer, call: Call) -> Value:

        value = only(call)
        layout = list(value.layout)
        effects: dict[str, Effect] = {}
        count = len(listed(call.given["output_size"]))
        for axis in range(len(layout) - count, len(layout)):
            held, size = layout[axis], call.shape[axis]
            if extent(held) == size:
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


def _spectrogram(tracer: Tracer, call: Call) -> Value:
    """Fourier transforms of frames."""
    value = only(call)
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


RULES: dict[str, Rule] = {
    **dict.fromkeys(("softmax", "log_softmax", "_softmax", "cumsum", "cumprod"), _along("dim")),
    "flip": _along("dims"),
    "roll": _rolled,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    **dict.fromkeys(("mean", "sum"), _reduced(linear=True)),
    **dict.fromkeys(("amax", "amin", "var", "std", "logsumexp", "prod"), _reduced()),
    **dict.fromkeys(("norm", "linalg_vector_norm"), _reduced()),
    **dict.fromkeys(("max", "min"), _reduced_or_first),
    "stft": _spectrogram,
    **{f"adaptive_avg_pool{n}d": _adaptive(linear=True) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": first_of(_adaptive(linear=False)) for n in (1, 2, 3)},
}
