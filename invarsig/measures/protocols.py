"""Protocols: where moved-then-operated and operated-then-moved may be compared.

``periodic`` compares everything, on periodic axes. ``interior`` compares where neither side has
seen a border: for a translation that is a box, for other actions wherever both sides are known.
``roll`` moves the input with wrapping along each axis, whether it is periodic or not, runs the
pipeline as given, padding included, and compares the whole output: where the two ends of the input
meet there is a seam. ``cut`` cuts a window out of a longer signal at two places and compares where
the results overlap: new content enters as it does in practice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.axes import (
    Axes,
    Axis,
    axis_of,
    difference,
    is_chunked,
    nearest_periodic,
)
from invarsig.commutator import Align, moved_last
from invarsig.errors import AxisError, BorderError, ParameterError
from invarsig.kernels.interpolation import HALF_WIDTH, is_whole
from invarsig.measures.known_samples import Indexers, known_places, there_and_back
from invarsig.measures.moved_along import moved_along, sinc_along
from invarsig.operators import Operator, Plan, SpectralPool
from invarsig.operators.strides import decimating

__all__ = [
    "Comparison",
    "Protocol",
    "choose_protocol",
    "compare",
    "floor_of",
    "interior",
    "interior_along",
    "interpolation",
]

Protocol = Literal["periodic", "interior", "roll", "cut"]


@dataclass(frozen=True)
class Comparison:
    """Two results on the same grid, and the one that is compared against.

    Parameters
    ----------
    moved_first
        ``f(g x)``, where it is compared.
    moved_last
        ``g f(x)``, there, or ``f(x)`` for invariance.
    reference
        ``f(x)``, over the same part.
    """

    moved_first: xr.DataArray
    moved_last: xr.DataArray
    reference: xr.DataArray

    @property
    def difference(self) -> xr.DataArray:
        """The commutator, where it is compared."""
        return difference(self.moved_first, self.moved_last)


def choose_protocol(
    protocol: str | None, x: xr.DataArray, y: xr.DataArray, action: Action
) -> Protocol:
    """Check the requested protocol, or choose one: periodic where all axes are periodic."""
    if protocol is not None:
        parameters.one_of("protocol", protocol, Protocol)
    dims = action.required
    ring = [axis_of(x, dim) for dim in dims if dim in x.dims]
    if protocol == "periodic":
        for axis in ring:
            if not axis.periodic:
                raise AxisError(nearest_periodic(axis))
        if not _goes_round(action, x, y):
            raise AxisError(
                f"{action} does not map periodic axes to themselves, so nothing wraps: use "
                "protocol='interior'."
            )
    if protocol is not None:
        return protocol  # type: ignore[return-value]
    after = [axis_of(y, dim) for dim in dims if dim in y.dims]
    round_trip = all(axis.periodic for axis in (*ring, *after)) and _goes_round(action, x, y)
    return "periodic" if round_trip else "interior"


def _goes_round(action: Action, x: xr.DataArray, y: xr.DataArray) -> bool:
    """Whether the action maps the periodic axes to themselves; a translation always does."""
    if isinstance(action, Translate):
        return True
    return bool(action.known(x).all() and action.known(y).all())


def compare(
    op: Operator,
    x: xr.DataArray,
    action: Action,
    protocol: Protocol,
    *,
    y: xr.DataArray | None = None,
    invariance: bool = False,
    align: Align = "fourier",
    of_part: Callable[[Indexers], xr.DataArray] | None = None,
) -> Comparison:
    """Run both paths around the square and keep what may be compared.

    For "cut", `of_part` gives the pipeline's result on a part of the signal, where that is known.
    """
    if align == "grid" and protocol != "periodic":
        raise ParameterError(
            "align='grid' moves whole results on a periodic axis, and the protocol is "
            f"{protocol!r}; make the axis periodic, or use align='fourier'."
        )
    if protocol == "cut":
        return _cut_twice(op, x, _translation(action, protocol), invariance, of_part)
    y = op(x) if y is None else y
    if protocol == "roll":
        move = _translation(action, protocol)
        return Comparison(op(move.rolled(x)), y if invariance else move.rolled(y), y)
    # Where nothing is left to be compared nothing is run.
    where = interior(op, x, y, action, invariance=invariance) if protocol == "interior" else {}
    first = op(action(x))
    last = y if invariance else moved_last(y, first, action, align)
    return Comparison(first.isel(where), last.isel(where), y.isel(where))


def _translation(action: Action, protocol: str) -> Translate:
    if not isinstance(action, Translate):
        raise ParameterError(
            f"The protocol {protocol!r} is defined for translations; {action} needs 'interior', or "
            "'periodic' where it maps periodic axes to themselves."
        )
    return action


def interior(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    action: Action,
    *,
    invariance: bool = False,
    plan: Plan | None = None,
) -> Indexers:
    """Output samples that no border has reached on either path, as indexers for ``isel``.

    The plan of the operator on the axes of `x` may be given, where it is known.
    """
    if not isinstance(action, Translate):
        return known_places(op, x, y, action, invariance=invariance)
    return {
        dim: interior_along(op, x, y, dim, action, invariance=invariance, plan=plan)
        for dim in action.required
    }


def interior_along(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    dim: str,
    action: Translate,
    *,
    invariance: bool = False,
    plan: Plan | None = None,
) -> slice:
    """Samples of an output along one dim that no border has reached on either path.

    Raises
    ------
    BorderError
        If none is left.
    """
    before = axis_of(x, dim)
    left, right = math.inf, math.inf
    if dim in y.dims:
        left, right = (plan or op.plan(Axes.of(x))).reach.get(dim, (0.0, 0.0))
    if math.isinf(left + right):
        lost = (
            "the result has lost the axis" if dim not in y.dims else "a stage depends on all of it"
        )
        raise BorderError(
            f"Along {dim!r} no output is free of the border: {lost} (infinite reach over "
            f"{before.size} samples of {before.in_words(abs(before.step))}). Use "
            "protocol='cut' on a longer signal, or taper it and make the axis periodic.",
            reason="infinite-reach" if dim in y.dims else "lost",
        )
    reach = (left / abs(before.step), right / abs(before.step))
    return _interior_slice(before, axis_of(y, dim), reach, action, invariance)


def _interior_slice(
    before: Axis, after: Axis, reach: tuple[float, float], action: Translate, invariance: bool
) -> slice:
    left, right = reach
    shift, out_shift = action.samples(before), 0.0 if invariance else action.samples(after)
    half = 0 if is_whole(shift) else HALF_WIDTH
    out_half = 0 if is_whole(out_shift) else HALF_WIDTH
    last = before.size - 1
    index = np.arange(after.size)
    place = (after.positions() + after.offset(before) - after.start) / before.step
    slack = 1e-6
    moved_first = (place - left >= max(0.0, shift + half) - slack) & (
        place + right <= last + min(0.0, shift - half) + slack
    )
    clean = (place - left >= -slack) & (place + right <= last + slack)
    if not clean.any():
        raise _nothing_left(before, after, left + right, shift, out_half)
    first, end = int(index[clean][0]), int(index[clean][-1])
    moved_last = (index - out_shift - out_half >= first - slack) & (
        index - out_shift + out_half <= end + slack
    )
    kept = index[moved_first & moved_last]
    if kept.size == 0:
        raise _nothing_left(before, after, left + right, shift, out_half)
    return slice(int(kept[0]), int(kept[-1]) + 1)


def _nothing_left(
    axis: Axis, after: Axis, reach: float, shift: float, out_half: int
) -> BorderError:
    ratio = abs(after.step / axis.step)
    interpolation = 2 * out_half * ratio
    whole = max(round(abs(shift) / ratio), 1) * ratio
    remedy = "Give more signal or a smaller shift, use protocol='cut'"
    if out_half and interpolation > reach + abs(shift):
        remedy = "Give more signal"
        each = f"whole samples of the output ({axis.in_words(abs(after.step), 9)} each)"
        if ratio > 1 + 1e-9:
            remedy = (
                "Use protocol='roll', which keeps the whole output and this shift (one by "
                f"{each} takes no interpolation, but says nothing of the stride); give more signal"
            )
        elif is_whole(whole) and reach + whole < axis.size - ratio:
            remedy = (
                f"Shift by {axis.in_words(whole * abs(axis.step), 9)}, {each}, which takes no "
                "interpolation; give more signal"
            )
    return BorderError(
        f"Along {axis.dim!r} nothing is left inside the borders: the reach takes {reach:.0f} "
        f"samples, the shift {abs(shift):.4g} and the interpolation {interpolation:.0f}, "
        f"of {axis.size} samples of {axis.in_words(abs(axis.step))}. {remedy}, "
        "or taper the signal and make the axis periodic."
    )


def _cut_twice(
    op: Operator,
    x: xr.DataArray,
    action: Translate,
    invariance: bool,
    of_part: Callable[[Indexers], xr.DataArray] | None,
) -> Comparison:
    """Cut a window at two places a whole number of samples apart and operate on each."""
    here: Indexers = {}
    there: Indexers = {}
    for dim in action.required:
        axis = axis_of(x, dim)
        shift = action.samples(axis)
        if not is_whole(shift):
            raise ParameterError(
                f"The protocol 'cut' cuts at whole samples, and the shift along {dim!r} is "
                f"{shift:.6g} of them."
            )
        whole = round(shift)
        size = axis.size - abs(whole)
        if size < 1:
            raise BorderError(
                f"A shift of {abs(whole)} samples leaves nothing of the {axis.size} samples along "
                f"{dim!r}."
            )
        # What moves by +d inside the window is what a window cut d earlier shows.
        here[dim], there[dim] = (
            slice(max(whole, 0), max(whole, 0) + size),
            slice(max(-whole, 0), max(-whole, 0) + size),
        )
    of_part = of_part or (lambda where: op(x.isel(where)))
    if invariance:
        one, other = of_part(here), of_part(there)
        same = one.assign_coords({dim: other[dim] for dim in action.required if dim in one.coords})
        return Comparison(other, same, same)
    before = Axes.of(x.isel(here))
    plan = op.plan(before)
    after = plan.after(before)
    lags = {
        dim: float(round(action.samples(axis_of(x, dim))) / plan.stride.get(dim, 1))
        for dim in action.required
        if dim in after
    }
    for dim, lag in lags.items():
        _shared(after.counted(dim).size, lag, dim)  # Where they share nothing neither is run.
    one, other = of_part(here), of_part(there)
    for dim, lag in lags.items():
        one, other = _overlap(one, other, dim, lag)
    return Comparison(other, one, one)


def _overlap(
    one: xr.DataArray, other: xr.DataArray, dim: str, lag: float
) -> tuple[xr.DataArray, xr.DataArray]:
    """Bring the first result onto the grid of the second, `lag` samples on, where both exist.

    The two cuts are equally long, so both results begin equally far behind the beginning of their
    cut: how far apart they are follows from the cuts alone, and not from the coordinates.
    """
    made = moved_along(one, dim, lag)
    where = {dim: _shared(one.sizes[dim], lag, dim)}
    return other.copy(data=made.variable.data).isel(where), other.isel(where)


def _shared(size: int, lag: float, dim: str) -> slice:
    """Samples that results of two cuts share, away from what a fractional lag interpolates."""
    half = 0 if is_whole(lag) else HALF_WIDTH
    index = np.arange(size)
    kept = index[(index - lag - half >= -1e-6) & (index - lag + half <= size - 1 + 1e-6)]
    if kept.size == 0:
        raise BorderError(
            f"The results of the two cuts share no sample along {dim!r}: they are {abs(lag):.3g} "
            f"samples apart and have {size}. Give a longer signal or a smaller shift."
        )
    return slice(int(kept[0]), int(kept[-1]) + 1)


def floor_of(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    action: Action,
    protocol: Protocol,
    measure: Callable[[Comparison], xr.DataArray],
    *,
    invariance: bool = False,
) -> Any:
    """Score of a perfect operator under the same protocol; at least the round-off.

    A number; of chunked arrays one that is not computed yet.

    On periodic axes that is the ideal low-pass of the same stride, run on the same input.
    Elsewhere a fractional output shift is an interpolation, and the floor is its error on a
    perfect operator with this very output: against a whole-axis sinc. A shift by a fraction of an
    input sample is one as well, and its error is carried through the operator. For actions other
    than translations it is what going there and back costs, as seen through the operator and on its
    result.
    """
    round_off = float(np.finfo(y.dtype if y.dtype.kind in "fc" else np.float64).eps)
    if not isinstance(action, Translate) and protocol == "interior":

        def gap(one: xr.DataArray, other: xr.DataArray) -> Any:
            return _number(measure(Comparison(one, other, other)))

        cost = there_and_back(op, x, y, action, gap, invariance=invariance)
        return _at_least(cost, round_off)
    if invariance:
        return round_off
    if protocol == "periodic":
        if x.dtype.kind == "c":
            return round_off  # the ideal low-pass lies around 0, and these channels lie elsewhere
        strides = decimating(op.plan(Axes.of(x)).stride)
        kept = [dim for dim in action.required if dim in y.dims]
        shared = {dim: strides[dim] for dim in kept if dim in strides}
        if not shared or not all(axis_of(x, dim).periodic for dim in shared):
            return round_off
        if any(len(x.chunksizes.get(dim, ())) > 1 for dim in shared):
            # Along such an axis only whole samples of the result can be moved: that is exact.
            return round_off
        found = compare(SpectralPool(stride=shared), x, action, "periodic")
        # Relative to the input's own level: what the low-pass leaves may be almost nothing.
        level = x.isel({dim: slice(None, None, by) for dim, by in shared.items()})
        return _at_least(_number(measure(replace(found, reference=level))), round_off)
    if not isinstance(action, Translate):
        return round_off
    if protocol == "roll":
        return _floor_of_rolling(y, action, measure, round_off)
    fractional = [dim for dim in _kept(action, y) if not is_whole(action.samples(axis_of(y, dim)))]
    regridded = [
        dim
        for dim in fractional
        if abs(axis_of(y, dim).step - axis_of(x, dim).step) > 1e-9 * abs(axis_of(x, dim).step)
    ]
    if not regridded:
        return round_off
    made = interpolation(y, action, regridded)
    shifted = [dim for dim in regridded if not is_whole(action.samples(axis_of(x, dim)))]
    if shifted:
        where = interior(op, x, y, action)
        made = _interpolated_before(op, x, action, shifted, _interpolated(y, action, regridded))
        made = Comparison(*(each.isel(where) for each in (made.moved_first, made.moved_last, y)))
    return _at_least(_number(measure(made)), round_off)


def _kept(action: Action, y: xr.DataArray) -> Sequence[str]:
    return [dim for dim in action.required if dim in y.dims]


def interpolation(y: xr.DataArray, action: Translate, dims: Sequence[str]) -> Comparison:
    """The interpolator of finite axes compared with a sinc over the whole, mirrored axis."""
    short, long = _interpolated(y, action, dims)
    where = {}
    for dim in dims:
        axis = axis_of(y, dim)
        margin = min(HALF_WIDTH + math.ceil(abs(action.samples(axis))), (axis.size - 1) // 2)
        where[dim] = slice(margin, axis.size - margin)
    return Comparison(short.isel(where), long.isel(where), y.isel(where))


def _interpolated(
    x: xr.DataArray, action: Translate, dims: Sequence[str]
) -> tuple[xr.DataArray, xr.DataArray]:
    """Moved along some dims by 33 taps, and by a sinc over the whole, mirrored axis."""
    short, long = x, x
    for dim in dims:
        shift = action.samples(axis_of(x, dim))
        short, long = moved_along(short, dim, shift), sinc_along(long, dim, shift)
    return short, long


def _interpolated_before(
    op: Operator,
    x: xr.DataArray,
    action: Translate,
    dims: Sequence[str],
    after: tuple[xr.DataArray, xr.DataArray],
) -> Comparison:
    """Both paths of a perfect operator, whose input is interpolated as well as its output.

    Such an operator gives ``f(g x) = g f(x)`` for the true move g. With the taps t in its place the
    commutator is ``f(t x) - f(g x) + g f(x) - t f(x)``.
    """
    others = {dim: by for dim, by in action.shifts.items() if dim not in dims}
    moved = Translate(others)(x) if others else x
    short, long = (op(each) for each in _interpolated(moved, action, dims))
    return Comparison(short + after[1].data, long + after[0].data, short)


def _floor_of_rolling(
    y: xr.DataArray,
    action: Translate,
    measure: Callable[[Comparison], xr.DataArray],
    round_off: float,
) -> Any:
    """The effect of a result's own ends on a fractional shift of it.

    On an axis that is not periodic the whole-axis sinc rings from where the ends meet; a windowed
    one does not.
    """
    dims = [
        dim
        for dim in _kept(action, y)
        if not (axis_of(y, dim).periodic or is_whole(action.samples(axis_of(y, dim))))
    ]
    if not dims:
        return round_off
    only = Translate({dim: action.shifts[dim] for dim in dims})
    short, long = y, only.rolled(y)
    for dim in dims:
        short = moved_along(short, dim, action.samples(axis_of(y, dim)), "periodic")
    return _at_least(_number(measure(Comparison(short, long, y))), round_off)


def _at_least(value: Any, least: float) -> Any:
    """The larger of two numbers; NaN where the first one is."""
    larger = np.maximum(value, least)
    return larger if isinstance(larger, xr.DataArray) else float(larger)


def _number(value: xr.DataArray) -> Any:
    """The number itself, NaN included; of a chunked array not computed."""
    return value.max(skipna=False) if is_chunked(value) else float(np.max(value.to_numpy()))
