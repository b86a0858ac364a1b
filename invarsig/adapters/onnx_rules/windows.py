"""Windows that slide: convolutions, pools and changes of rate, padded differently on each side.

Padding that follows from the size of the input ("SAME_UPPER") is that of the input that was traced:
a longer input, such as a periodic continuation, is padded alike, or else its samples would stand
elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.expressions import Value
from invarsig.adapters.onnx_rules.padding import continued
from invarsig.adapters.onnx_runner import Runner
from invarsig.adapters.rules import Rule
from invarsig.adapters.rules.axes import touched
from invarsig.adapters.rules.sliding import slid, strides_of, window_taps, with_strides
from invarsig.adapters.tracer import Tracer, Unknown

__all__ = ["RULES"]

# The version of ONNX from which a pool may be dilated.
_DILATED_SINCE = {"MaxPool": 10, "AveragePool": 19, "LpPool": 18}


def _listed(call: Call, name: str, count: int) -> list[int]:
    given = call.given.get(name)
    return [1] * count if given is None else [int(each) for each in given]


def _pads(call: Call, sizes: Sequence[int], reaches: Sequence[int], strides: Sequence[int]) -> Any:
    """Padding before and after, for each axis."""
    count, auto = len(sizes), call.given.get("auto_pad", "NOTSET")
    if auto == "VALID":
        return [0] * count, [0] * count
    if auto == "NOTSET":
        given = call.given.get("pads") or [0] * (2 * count)
        return list(map(int, given[:count])), list(map(int, given[count:]))
    around = [
        max((-(-n // by) - 1) * by + reach + 1 - n, 0)
        for n, reach, by in zip(sizes, reaches, strides, strict=True)
    ]
    less, more = [each // 2 for each in around], [-(-each // 2) for each in around]
    return (less, more) if auto == "SAME_UPPER" else (more, less)


def _changed(call: Call, **attributes: Any) -> Any:
    """The function of an operator with other attributes."""
    runner = call.target
    assert isinstance(runner, Runner)
    return replace(call, target=runner.changed(**attributes)).function()


def _windowed(call: Call, value: Value, kernel: Sequence[int]) -> tuple[Any, ...]:
    """Strides, reaches, padding, and the function where its attributes do not say it all."""
    count = len(kernel)
    if len(value.layout) != count + 2:
        raise Unknown("it has no batch")
    own = _listed(call, "strides", count)
    strides = [int(each) for each in call.given.get("stride", own)]
    apart = _listed(call, "dilations", count)
    reaches = [step * (size - 1) for step, size in zip(apart, kernel, strict=True)]
    before, behind = _pads(call, value.shape[-count:], reaches, own)
    fixed = call.given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID")
    changes: dict[str, Any] = {"strides": strides} if strides != own else {}
    if fixed:
        changes |= {"auto_pad": "NOTSET", "pads": [*before, *behind]}
    if "varied" in call.given:
        changes |= {"strides": strides, "dilations": apart}
        changes |= {"auto_pad": None, "pads": [*before, *behind]}
    return strides, reaches, before, behind, _changed(call, **changes) if changes else None


def _varied(rule: Any, tracer: Tracer, call: Call, kernel: Sequence[int], since: int) -> Any:
    """The same windows with another dilation, or with their input continued in another way.

    `since` is the version of ONNX from which the operator has dilations; mean pools and max pools
    count what they pad with as nothing, and only convolutions are continued in another way.
    """
    value, count = call.values[0], len(kernel)
    names = [axis[0].dim if len(axis) == 1 else "" for axis in value.layout[-count:]]
    strides, _, before, behind, _ = _windowed(call, value, kernel)

    def again(other: Value | None, given: Mapping[str, Any]) -> Value | None:
        if other is None:
            return None
        more = {"auto_pad": "NOTSET", "strides": strides, "stride": strides, "varied": True}
        args = (other, *call.args[1:])
        made = rule(tracer, replace(call, args=args, given={**call.given, **more, **given}))
        return made if isinstance(made, Value) else None

    def wider(by: Mapping[str, int]) -> Value | None:
        if call.given["version"] < since:
            return None
        factors = [by.get(name, 1) for name in names]
        apart = _listed(call, "dilations", count)
        pads = [n * f for n, f in zip([*before, *behind], factors * 2, strict=True)]
        inner = value if not value.pending else value.varied and value.varied("dilation", by)
        wide = [a * f for a, f in zip(apart, factors, strict=True)]
        return again(inner or None, {"dilations": wide, "pads": pads})

    def varied(kind: str, to: Any) -> Value | None:
        if kind == "dilation":
            return wider(to)
        if kind != "padding" or rule is not _convolved:
            return None
        if value.pending:
            inner = value.varied and value.varied("padding", to)
            return again(inner or None, {"pads": [*before, *behind]})
        if not any((*before, *behind)):
            return None
        inner = continued(tracer, call, before, behind, to)
        return again(inner, {"pads": [0] * (2 * count)})

    return varied


def _convolved(tracer: Tracer, call: Call) -> Value:
    value, weight = call.values[0], call.given["W"]
    if len(call.values) != 1 or isinstance(weight, Value):
        raise Unknown("its weights are computed")
    count = weight.ndim - 2
    strides, reaches, before, behind, function = _windowed(call, value, weight.shape[2:])
    effects = [
        Effect(Fraction(by), reach / 2 - pad, reach / 2, reach / 2, shared=max(pad, end) <= 0)
        for by, reach, pad, end in zip(strides, reaches, before, behind, strict=True)
    ]
    axes, found = slid(tracer, value, call, effects)
    made = tracer.made(
        call,
        *_with_channels(tracer, call, value, axes, found),
        function=function,
        linear=call.given.get("B") is None,
        text=strides_of("convolution", value, strides),
        taps=window_taps(weight.shape, call.shape[1]),
    )
    again = with_strides(_convolved, tracer, call, value, count, strides)
    varied = _varied(_convolved, tracer, call, weight.shape[2:], 1)
    return replace(made, restrided=again, varied=varied)


def _transposed(tracer: Tracer, call: Call) -> Value:
    value, weight = call.values[0], call.given["W"]
    if len(call.values) != 1 or isinstance(weight, Value):
        raise Unknown("its weights are computed")
    strides, reaches, before, _, _ = _windowed(call, value, weight.shape[2:])
    function = None
    if call.given.get("output_shape") or call.given.get("auto_pad") in ("SAME_UPPER", "SAME_LOWER"):
        before, function = _cropped(call, value, strides, reaches)
    effects = [
        Effect(Fraction(1, by), (pad - reach / 2) / by, reach / 2 / by, reach / 2 / by, False)
        for by, reach, pad in zip(strides, reaches, before, strict=True)
    ]
    axes, found = slid(tracer, value, call, effects)
    return tracer.made(
        call,
        *_with_channels(tracer, call, value, axes, found),
        function=function,
        linear=call.given.get("B") is None,
        text=strides_of("transposed convolution", value, strides),
        taps=window_taps(weight.shape, call.shape[1], strides),
    )


def _cropped(call: Call, value: Value, strides: Sequence[int], reaches: Sequence[int]) -> Any:
    """What is cropped off the result where the file names its size; and the function that does."""
    count = len(strides)
    more = call.given.get("output_padding") or [0] * count
    whole = [
        (size - 1) * by + reach + 1 + int(extra)
        for size, by, reach, extra in zip(value.shape[-count:], strides, reaches, more, strict=True)
    ]
    off = [full - size for full, size in zip(whole, call.shape[-count:], strict=True)]
    if min(off) < 0:
        raise Unknown("its result is longer than its windows reach")
    less, rest = [each // 2 for each in off], [each - each // 2 for each in off]
    upper = call.given.get("auto_pad") == "SAME_UPPER"
    before, behind = (less, rest) if upper else (rest, less)
    changed = {"auto_pad": "NOTSET", "output_shape": None, "pads": [*before, *behind]}
    return before, _changed(call, **changed)


def _with_channels(tracer: Tracer, call: Call, value: Value, axes: Any, found: Any) -> Any:
    """The layout with new channels, and the effects along all axes."""
    channels = tracer.channel(value.layout[1], (value.layout[0], *axes), call.shape[1])
    found = found | touched([value.layout[1]], Effect.everywhere())
    found |= touched([channels], Effect.counted())
    return (value.layout[0], channels, *axes), found


def _pooled(tracer: Tracer, call: Call) -> Value:
    """The largest value of each window, or its mean, or its norm."""
    if len(call.values) != 1 or call.given["place"]:
        raise Unknown("it gives places")
    value, kernel = call.values[0], [int(each) for each in call.given["kernel_shape"]]
    count = len(kernel)
    strides, reaches, before, _, function = _windowed(call, value, kernel)
    effects = []
    for k, (by, reach, pad) in enumerate(zip(strides, reaches, before, strict=True)):
        over = (call.shape[k - count] - 1) * by + reach + 1 - value.shape[k - count] - pad
        effects.append(
            Effect(Fraction(by), reach / 2 - pad, reach / 2, reach / 2, pad <= 0 and over <= 0)
        )
    axes, found = slid(tracer, value, call, effects)
    mean = call.name == "AveragePool"
    kind = {"AveragePool": "mean pool", "MaxPool": "max pool"}.get(call.name, call.name)
    made = tracer.made(
        call,
        (*value.layout[:-count], *axes),
        found,
        function=function,
        linear=mean,
        text=strides_of(kind, value, strides),
    )
    again = with_strides(_pooled, tracer, call, value, count, strides)
    varied = _varied(_pooled, tracer, call, kernel, _DILATED_SINCE[call.name])
    return replace(made, restrided=again, varied=varied)


def _resized(tracer: Tracer, call: Call) -> Value:
    """More samples, or fewer, by interpolation between the given ones."""
    value, given = call.values[0], call.given
    if len(call.values) != 1:
        raise Unknown("its size is computed")
    how = str(given.get("coordinate_transformation_mode", "asymmetric"))
    effects = [
        _resizing(value.shape[axis], call.shape[axis], how, call)
        for axis in range(len(value.layout))
    ]
    count = len(effects) - next((k for k, each in enumerate(effects) if each != Effect()), 0)
    axes, found = slid(tracer, value, call, effects[-count:])
    kind = given.get("mode", "nearest")
    made = tracer.made(
        call,
        (*value.layout[:-count], *axes),
        found,
        function=_by_scales(call, value),
        linear=True,
        text=f"upsampling ({kind})",
    )

    def varied(way: str, to: Any) -> Value | None:
        # Before version 11 linear interpolation has its samples at other places.
        known = call.name == "Resize" and given["version"] >= 11
        if way != "interpolation" or to != "linear" or kind != "nearest" or not known:
            return None
        smooth = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        assert isinstance(call.target, Runner)
        target = call.target.changed(**smooth, nearest_mode=None)
        return _resized(tracer, replace(call, target=target, given={**given, **smooth}))

    return replace(made, varied=varied)


def _resizing(size: int, made: int, how: str, call: Call) -> Effect:
    """What it does along one axis."""
    if size == made:
        return Effect()
    ratio, mode = Fraction(size, made), call.given.get("mode", "nearest")
    if how == "align_corners":
        return Effect(Fraction(max(size - 1, 1), max(made - 1, 1))).unbounded()
    if how not in ("asymmetric", "half_pixel", "pytorch_half_pixel"):
        raise Unknown("its samples stand at places of their own")
    ahead = (ratio - 1) / 2 if how != "asymmetric" else Fraction(0)
    reach = {"nearest": 0.5, "cubic": 2.0}.get(mode, 1.0) * max(float(ratio), 1.0)
    if mode == "nearest":
        # Each sample is repeated, or some are: their middle is where they stand.
        which = str(call.given.get("nearest_mode", "floor"))
        first = ratio.denominator
        places = [k * ratio + ahead for k in range(first, 2 * first)]
        off = [_nearest(place, which) - k * ratio for k, place in enumerate(places, first)]
        ahead = Fraction(sum(off), first)
        reach = max(float(max(abs(each - ahead) for each in off)), 0.5)
    return Effect(ratio, float(ahead), reach, reach, shared=False)


def _nearest(place: Fraction, which: str) -> int:
    """The sample that is taken for a place."""
    if which == "floor":
        return math.floor(place)
    if which == "ceil":
        return math.ceil(place)
    half = Fraction(1, 2)
    return math.ceil(place - half) if which == "round_prefer_floor" else math.floor(place + half)


def _by_scales(call: Call, value: Value) -> Any:
    """The function for inputs of other sizes, too, where the file names the size of the result."""
    rates = [made / size for made, size in zip(call.shape, value.shape, strict=True)]
    named = call.given.get("sizes") is not None and call.given.get("axes") is None
    if not named or any(rate != int(rate) for rate in rates):
        return None
    runner = call.target
    assert isinstance(runner, Runner)
    other = runner.with_inputs({2: np.asarray(rates, np.float32), 3: None})
    return replace(call, target=other).function()


RULES: dict[str, Rule] = {
    "Conv": _convolved,
    "ConvTranspose": _transposed,
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _pooled),
    **dict.fromkeys(("Resize", "Upsample"), _resized),
}
