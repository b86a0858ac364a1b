"""Operations on windows that slide along axes: convolutions, pools, padding, and changes of rate.

Positions are those of the windows' centers, so a convolution that keeps the size of its input keeps
the position of each sample, and an even window moves the grid by half a sample.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.rules.axes import Rule, first_of
from invarsig.adapters.rules.sliding import each_of, slid, strides_of, window_taps, with_strides
from invarsig.adapters.rules.variations import again, dilated, factors, repadded
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]


def _convolved(tracer: Tracer, call: Call) -> Value:
    """Convolutions, dilated, grouped and transposed ones included."""
    values = call.values
    weight = call.given["weight"]
    if len(values) != 1 or isinstance(weight, Value):
        raise Unknown("its weights are computed")
    value, count = values[0], weight.ndim - 2
    if len(value.layout) != count + 2:
        raise Unknown("it has no batch")
    strides, dilations = (each_of(call.given[name], count) for name in ("stride", "dilation"))
    transposed = call.given.get("transposed", "transpose" in call.name)
    reaches = [d * (k - 1) for d, k in zip(dilations, weight.shape[2:], strict=True)]
    padding = call.given["padding"]
    if padding == "same":
        before, around = [reach // 2 for reach in reaches], [reach > 0 for reach in reaches]
    else:
        before = [0] * count if padding == "valid" else each_of(padding, count)
        around = [pad > 0 for pad in before]
    effects = []
    for by, reach, pad, has in zip(strides, reaches, before, around, strict=True):
        center = reach / 2 - pad
        if transposed:
            half = reach / 2 / by
            effects.append(Effect(Fraction(1, by), -center / by, half, half, shared=False))
        else:
            effects.append(Effect(Fraction(by), center, reach / 2, reach / 2, shared=not has))
    axes, found = slid(tracer, value, call, effects)
    rest = (value.layout[0], *axes)
    channels = tracer.channel(value.layout[1], rest, call.shape[1])
    layout = (value.layout[0], channels, *axes)
    found |= {part.dim: Effect.everywhere() for part in value.layout[1]}
    found |= {part.dim: Effect.counted() for part in channels}
    default = list(call.given["stride"])
    function = call.function({"stride": strides}) if _changed(call) else None
    made = tracer.made(
        call,
        layout,
        found,
        function=function,
        linear=call.given.get("bias") is None,
        text=strides_of("transposed convolution" if transposed else "convolution", value, strides),
        taps=window_taps(weight.shape, call.shape[1], strides if transposed else ()),
    )
    if transposed:
        return made

    def varied(kind: str, to: Any) -> Value | None:
        if kind == "dilation":
            return dilated(_convolved, tracer, call, count, to)
        if kind == "padding":
            return repadded(_convolved, _padded, tracer, call, count, reaches, to)
        return None

    again = with_strides(_convolved, tracer, call, value, count, each_of(default, count))
    return replace(made, restrided=again, varied=varied)


def _changed(call: Call) -> bool:
    """Whether its stride is another one than the program's own."""
    own = {**call.kwargs}.get("stride")
    if own is None:
        named = list(call.given)
        place = named.index("stride")
        own = call.args[place] if place < len(call.args) else None
    return own is None or list(each_of(own, 1)) != list(call.given["stride"])


def _pooled(tracer: Tracer, call: Call) -> Value:
    """The largest value of each window, or its mean."""
    if len(call.values) != 1:
        raise Unknown("it joins several results")
    value = call.values[0]
    count = int(call.name.split("pool")[1][0])
    if len(value.layout) != count + 2:
        raise Unknown("it has no batch")
    sizes = each_of(call.given["kernel_size"], count)
    strides = each_of(call.given["stride"] or sizes, count)
    paddings = each_of(call.given["padding"], count)
    dilations = each_of(call.given.get("dilation", 1), count)
    effects = []
    for k, (size, by, pad, apart) in enumerate(
        zip(sizes, strides, paddings, dilations, strict=True)
    ):
        reach, n = apart * (size - 1), value.shape[k - count]
        over = (call.shape[k - count] - 1) * by + reach + 1 - n - pad
        effects.append(
            Effect(Fraction(by), reach / 2 - pad, reach / 2, reach / 2, pad <= 0 and over <= 0)
        )
    axes, found = slid(tracer, value, call, effects)
    mean = call.name.startswith("avg")
    given = {"stride": strides} if list(call.given["stride"] or sizes) != strides else None
    function = call.function({"stride": strides, **(given or {})}) if _changed(call) else None
    made = tracer.made(
        call,
        (*value.layout[:-count], *axes),
        found,
        function=function,
        linear=mean,
        text=strides_of("mean pool" if mean else "max pool", value, strides),
    )

    def varied(kind: str, to: Any) -> Value | None:
        # A mean pool of torch has no dilation.
        return dilated(_pooled, tracer, call, count, to) if kind == "dilation" else None

    again = with_strides(_pooled, tracer, call, value, count, strides)
    return replace(made, restrided=again, varied=varied)


def _padded(tracer: Tracer, call: Call) -> Value:
    """More samples on either side, or fewer."""
    value = call.values[0]
    given = call.given["pad"] if "pad" in call.given else call.given["padding"]
    sides = list(zip(given[::2], given[1::2], strict=True))[::-1]
    inside = call.given.get("mode", call.name) not in ("constant", "constant_pad_nd")
    effects = [
        Effect(
            offset=-float(left),
            # What is cut off has to be there.
            left=max(2.0 * right if inside else 0.0, float(-left), 0.0),
            right=max(2.0 * left if inside else 0.0, float(-right), 0.0),
            shared=left <= 0 and right <= 0,
        )
        if (left, right) != (0, 0)
        else Effect()
        for left, right in sides
    ]
    axes, found = slid(tracer, value, call, effects)
    plain = not call.given.get("value")
    made = tracer.made(
        call, (*value.layout[: -len(sides)], *axes), found, linear=plain, text="padding"
    )
    zeros = plain and not inside

    def varied(kind: str, to: Any) -> Value | None:
        import torch

        if kind == "dilation":
            by = factors(value, len(sides), to)
            wide = [pad * f for side, f in zip(sides, by, strict=True) for pad in side]
            flat = [pad for k in range(len(wide) - 2, -1, -2) for pad in wide[k : k + 2]]
            return again(_padded, tracer, call, {"pad" if "pad" in call.given else "padding": flat})
        if kind != "padding" or not zeros or any(pad < 0 for side in sides for pad in side):
            return None
        mode = {"self": value, "pad": given, "mode": to, "value": None}
        target = torch.ops.aten.pad.default
        return _padded(tracer, Call(target, (), mode, mode, call.shape, "pad"))

    return replace(made, varied=varied)


def _upsampled(tracer: Tracer, call: Call) -> Value:
    """More samples, or fewer, by interpolation between the given ones."""
    value = call.values[0]
    count = len(call.shape) - 2
    if len(value.layout) != count + 2:
        raise Unknown("it has no batch")
    ratios = [Fraction(value.shape[axis], call.shape[axis]) for axis in range(-count, 0)]
    corners = bool(call.given.get("align_corners"))
    reach = 2.0 if "bicubic" in call.name else 0.5 if "nearest" in call.name else 1.0
    effects = []
    for axis, ratio in zip(range(-count, 0), ratios, strict=True):
        if ratio == 1:
            effects.append(Effect())
        elif corners:
            apart = Fraction(max(value.shape[axis] - 1, 1), max(call.shape[axis] - 1, 1))
            effects.append(Effect(apart).unbounded())
        else:
            far = max(reach, float(ratio) / 2) if reach < 1 else reach
            effects.append(Effect(ratio, (float(ratio) - 1) / 2, far, far, shared=False))
    axes, found = slid(tracer, value, call, effects)
    own = call.function()
    whole = call.given.get("scale_factors") is None and not corners
    places = list(zip(range(-count, 0), ratios, strict=True))

    def function(tensor: Any) -> Any:
        size = [tensor.shape[axis] / ratio for axis, ratio in places]
        if not whole or any(each.denominator > 1 for each in size):
            return own(tensor)
        return call.function({"output_size": list(map(int, size))})(tensor)

    kind = call.name.split("upsample_")[1].rstrip("123d")
    made = tracer.made(
        call,
        (*value.layout[:-count], *axes),
        found,
        function=function,
        linear=True,
        text=f"upsampling ({kind})",
    )

    def varied(how: str, to: Any) -> Value | None:
        if how != "interpolation" or to != "linear" or "nearest" not in call.name:
            return None
        return _interpolated(tracer, call, count)

    return replace(made, varied=varied)


def _interpolated(tracer: Tracer, call: Call, count: int) -> Value | None:
    """Linear interpolation in place of the nearest sample."""
    import torch

    name = f"upsample_{('linear', 'bilinear', 'trilinear')[count - 1]}{count}d"
    packet = getattr(torch.ops.aten, name)
    given = {**call.given, "align_corners": False}
    target = packet.vec if "scale_factors" in given else packet.default
    return _upsampled(tracer, Call(target, (), given, given, call.shape, name, call.real))


def _shuffled(tracer: Tracer, call: Call) -> Value:
    """Channels that become samples between the others."""
    value, by = call.values[0], int(call.given["upscale_factor"])
    half = (by - 1) / 2 / by
    return _regrouped(
        tracer, call, value, Effect(Fraction(1, by), -half, half, half), "pixel shuffle"
    )


def _unshuffled(tracer: Tracer, call: Call) -> Value:
    """Samples that become channels."""
    value, by = call.values[0], int(call.given["downscale_factor"])
    half = (by - 1) / 2
    return _regrouped(
        tracer, call, value, Effect(Fraction(by), half, half, half), "pixel unshuffle"
    )


def _regrouped(tracer: Tracer, call: Call, value: Value, effect: Effect, text: str) -> Value:
    axes, found = slid(tracer, value, call, [effect, effect])
    rest = (*value.layout[:-3], *axes)
    channels = tracer.channel(value.layout[-3], rest, call.shape[-3])
    found |= {part.dim: Effect.everywhere() for part in value.layout[-3]}
    found |= {part.dim: Effect.counted() for part in channels}
    return tracer.made(call, (*value.layout[:-3], channels, *axes), found, linear=True, text=text)


RULES: dict[str, Rule] = {
    **{f"conv{n}d": _convolved for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": _convolved for n in (1, 2, 3)},
    "convolution": _convolved,
    **{f"{kind}_pool{n}d": _pooled for n in (1, 2, 3) for kind in ("max", "avg")},
    **{f"max_pool{n}d_with_indices": first_of(_pooled) for n in (1, 2, 3)},
    **dict.fromkeys(("pad", "constant_pad_nd"), _padded),
    **{f"{kind}_pad{n}d": _padded for n in (1, 2, 3) for kind in ("reflection", "replication")},
    **{f"upsample_nearest{n}d": _upsampled for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": _upsampled for n in (1, 2, 3)},
    **{
        f"upsample_{kind}": _upsampled
        for kind in ("linear1d", "bilinear2d", "trilinear3d", "bicubic2d")
    },
    "pixel_shuffle": _shuffled,
    "pixel_unshuffle": _unshuffled,
}
