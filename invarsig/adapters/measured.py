"""What is found about an operation by running it: whether claims hold, where dims have gone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import xarray as xr

from invarsig.adapters.call import Call
from invarsig.adapters.effects import Effect
from invarsig.adapters.layout import BATCH, Part
from invarsig.adapters.step import Step
from invarsig.adapters.tensor_operators import TensorJoin, TensorOperator
from invarsig.adapters.tracer import Tracer, Unknown
from invarsig.errors import InvarsigError

__all__ = ["confirmed", "measured", "rounding"]

# A difference below this part of the largest value is rounding, in double and in single precision.
_DOUBLE, _SINGLE = 1e-9, 1e-4

# An axis is kept if moving the input along it moves the result along one axis, up to this error.
_MOVED = 0.5

# A result with more samples than this for each of the input's holds other dims as well.
_FINEST = 8


def rounding(dtype: np.dtype[Any]) -> float:
    """The part of the largest value below which a difference is rounding."""
    return _DOUBLE if dtype == np.dtype(np.float64) else _SINGLE


def confirmed(
    op: TensorOperator | TensorJoin, values: Sequence[xr.DataArray], y: xr.DataArray
) -> TensorOperator | TensorJoin:
    """The same operator, or one that claims less where what it claims does not hold.

    Its input is cut at both ends, by as many samples as the rate asks for. Away from the ends the
    result has to be the one of before, a whole number of samples further.
    """
    step = op.step
    dims = [dim for dim in step.dims if _claims(step, dim) and _long(step, dim, values)]
    if not dims or _holds(step, dims, values, y):
        return op
    wrong = [dim for dim in dims if not _holds(step, [dim], values, y)] or dims
    effects = dict(step.effects)
    for dim in wrong:
        effects[dim] = effects.get(dim, Effect()).unbounded()
    return replace(op, step=replace(step, effects=effects))


def _claims(step: Step, dim: str) -> bool:
    """Whether it says of a dim that all places are treated alike, away from the ends."""
    effect = step.effects.get(dim, Effect())
    there = any(dim in step.own_dims(read) for read in step.reads)
    varies = not effect.shared and not (effect.moves or effect.left or effect.right)
    return there and effect.finite and not effect.fresh and not varies


def _long(step: Step, dim: str, values: Sequence[xr.DataArray]) -> bool:
    effect = step.effects.get(dim, Effect())
    size = max(value.sizes.get(step.named(dim), 0) for value in values)
    return size > 2 * effect.ratio.numerator + effect.left + effect.right + 1


def _holds(
    step: Step, dims: Sequence[str], values: Sequence[xr.DataArray], y: xr.DataArray
) -> bool:
    cuts, first, second = {}, {}, {}
    for dim in dims:
        name, effect = step.named(dim), step.effects.get(dim, Effect())
        size = max(value.sizes.get(name, 0) for value in values)
        by = effect.ratio.numerator
        cuts[name] = slice(by, size - by)
        further = effect.ratio.denominator
        there = effect.offset + float(effect.ratio) * np.arange(y.sizes[name])
        inside = (there - effect.left >= by - 1e-6) & (there + effect.right <= size - by - 1 + 1e-6)
        kept = np.flatnonzero(inside)
        kept = kept[kept >= further]
        if not kept.size:
            return True  # Nothing is left to compare.
        first[name], second[name] = kept, kept - further
    try:
        cut = step.labeled(
            [value.isel({d: s for d, s in cuts.items() if d in value.dims}) for value in values]
        )
    except InvarsigError:
        return False
    for name, places in second.items():
        if places.max() >= cut.sizes[name]:
            return False
    a = y.isel(first).to_numpy()
    b = cut.isel(second).transpose(*y.dims).to_numpy()
    scale = float(np.abs(y.to_numpy()).max(initial=0.0))
    gap = np.nan_to_num(np.abs(a - b), nan=0.0, posinf=0.0).max(initial=0.0)
    return bool(gap <= rounding(y.dtype) * scale)


def measured(tracer: Tracer, call: Call, tensors: Sequence[Any]) -> Any:
    """An operation of which nothing is known, as one that depends on everything.

    A dim is kept where moving the input along it moves the result along one of its axes; other axes
    of the result are new. The items of a batch have to be treated one by one.
    """
    values, function = call.values, _on_arrays(tracer, call, tensors)
    arrays = [
        _several(value, tracer.home.array(tensor))
        for value, tensor in zip(values, tensors, strict=True)
    ]
    y = function(*arrays)
    layout: list[tuple[Part, ...]] = [()] * y.ndim
    if tracer.items:
        layout[_axis_of_batch(values, arrays, y, function)] = tracer.items
    effects: dict[str, Effect] = {}
    for value in values:
        for part in {part for axis in value.layout for part in axis if part.dim != BATCH}:
            effects[part.dim] = Effect.everywhere()
    for dim, axes in _places(values).items():
        size = values[axes[0][0]].shape[axes[0][1]]
        free = [k for k in range(y.ndim) if not layout[k]]
        axis = _moved_along(axes, arrays, y, function, size, free)
        if axis is not None and dim in tracer.spread:
            ratio = Fraction(size, y.shape[axis])
            layout[axis] = (tracer.fresh(dim, y.shape[axis]),)
            effects[dim] = Effect(ratio, (float(ratio) - 1) / 2).unbounded()
    for axis, size in enumerate(y.shape):
        if not layout[axis] and size > 1:
            layout[axis] = tracer.channel((), tuple(layout), size)
            effects |= {part.dim: Effect.counted() for part in layout[axis]}
    return tracer.made(call, tuple(layout), effects)


def _on_arrays(tracer: Tracer, call: Call, tensors: Sequence[Any]) -> Callable[..., np.ndarray]:
    """The function of an operation, on plain arrays."""
    home, function = tracer.home, call.function()

    def run(*arrays: np.ndarray) -> np.ndarray:
        with home.running():
            made = function(*map(home.like, arrays, tensors))
        if not home.is_tensor(made):
            raise Unknown("it gives several results")
        return home.array(made)

    return run


def _several(value: Any, array: np.ndarray) -> np.ndarray:
    """A batch of at least two items, so that one that mixes them shows."""
    for axis, held in enumerate(value.layout):
        if [part.dim for part in held] == [BATCH] and array.shape[axis] == 1:
            return np.concatenate([array, (array / 2).astype(array.dtype)], axis)
    return array


def _places(values: Sequence[Any]) -> dict[str, list[tuple[int, int]]]:
    """For each whole dim the input and the axis that it is; those that are split are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, value in enumerate(values):
        for axis, held in enumerate(value.layout):
            if len(held) == 1 and held[0].dim != BATCH and not held[0].path:
                found.setdefault(held[0].dim, []).append((number, axis))
    return found


def _axis_of_batch(values: Any, arrays: Any, y: np.ndarray, function: Any) -> int:
    """The axis of the result that the items of the batch lie along."""
    batch = [
        next((k for k, held in enumerate(v.layout) if held and held[0].dim == BATCH), None)
        for v in values
    ]
    if any(len(v.layout[k]) > 1 for v, k in zip(values, batch, strict=True) if k is not None):
        raise Unknown("its batch is merged with another axis")
    items = next((a.shape[k] for a, k in zip(arrays, batch, strict=True) if k is not None), 0)
    try:
        alone = function(
            *[a if k is None else _first(a, k) for a, k in zip(arrays, batch, strict=True)]
        )
    except RuntimeError as error:
        raise Unknown("it runs on a batch of one size alone") from error
    for axis, size in enumerate(y.shape):
        first = _first(y, axis)
        if size == items and first.shape == alone.shape and _gap(alone, first) <= _SINGLE:
            return axis
    raise Unknown("it mixes the items of a batch")


def _first(array: np.ndarray, axis: int) -> np.ndarray:
    return np.take(array, [0], axis)


def _moved_along(
    axes: Sequence[tuple[int, int]],
    arrays: Sequence[np.ndarray],
    y: np.ndarray,
    function: Any,
    size: int,
    free: Sequence[int],
) -> int | None:
    """The axis of the result that moves as the input does; None where there is none."""
    gaps: Mapping[int, float] = {}
    for axis in free:
        common = math.gcd(size, y.shape[axis])
        if common < 2 or y.shape[axis] > _FINEST * size:
            continue
        steps = max(common // 4, 1)
        moved = list(arrays)
        for number, k in axes:
            moved[number] = np.roll(moved[number], steps * size // common, k)
        back = np.roll(function(*moved), -steps * y.shape[axis] // common, axis)
        gaps = {**gaps, axis: _gap(back, y)}
    if not gaps:
        return None
    best = min(gaps, key=lambda axis: gaps[axis])
    others = [gap for axis, gap in gaps.items() if axis != best]
    clear = gaps[best] < _MOVED and all(gaps[best] < 0.5 * gap for gap in others)
    return best if clear else None


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    one, other = (each if each.dtype.kind == "c" else each.astype(float) for each in (one, other))
    centered = other - other.mean()
    whole = float((abs(centered) ** 2).sum()) or 1.0
    return math.sqrt(float((abs(one - other) ** 2).sum()) / whole)
