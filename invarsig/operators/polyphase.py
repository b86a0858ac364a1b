"""The same operator on a finer output grid, by polyphase recursion.

Each stage runs unstrided on every polyphase component of its input, and its result is split into as
many components as its stride. The components are batch items, so a whole pipeline costs a few
passes rather than one for each phase. Chaining stride-1 versions without the splitting would be
wrong: the next stage would run on a grid that it was not designed for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, axis_of, on_axes, plain, same_coordinate
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.base import Operator, Plan
from invarsig.operators.rates import Rates
from invarsig.operators.strides import Rate, decimating

__all__ = [
    "Phases",
    "by_moving",
    "dense_form",
    "finer_axis",
    "recurses",
    "without_a_lift",
    "works",
]


@dataclass(frozen=True)
class Phases:
    """Polyphase components passing through the stages of a pipeline.

    Pipelines that differ only from some stage on share everything before it, including their lifts.

    Parameters
    ----------
    x
        The features, with a batch dim for each dim that has been split.
    strides
        For each dim the grid of the lift.
    left
        The part of it that remains for the later stages.
    kind
        Prefix of the batch dims.
    """

    x: xr.DataArray
    strides: Mapping[str, int]
    left: Mapping[str, int]
    kind: str

    @classmethod
    def of(cls, x: xr.DataArray, strides: Mapping[str, int]) -> Phases:
        """The state before the first stage."""
        left = {dim: by for dim, by in strides.items() if dim in x.dims}
        return cls(x, dict(strides), left, _unused(x))

    def through(self, stages: Sequence[Operator]) -> Phases:
        """The state after more stages."""
        x, left = self.x, dict(self.left)
        for stage in stages:
            plan = stage.plan(Axes.of(x))
            strides = {dim: _whole_stride(plan, dim) for dim in left}
            now = {dim: _share(dim, strides[dim], by) for dim, by in left.items()}
            x = _densely(stage, x, now)
            for dim, by in now.items():
                left[dim] //= by
                if dim in x.dims and strides[dim] > by:
                    x = _split(x, dim, strides[dim] // by, self.kind)
        return replace(self, x=x, left=left)

    def interleaved(self) -> xr.DataArray:
        """The components, interleaved again."""
        x = self.x
        for dim in self.strides:
            x = _interleaved(x, dim, self.kind)
        return x


def recurses(stages: Sequence[Operator], axes: Axes, dims: Iterable[str]) -> bool:
    """Whether a lift passes through all stages: each one's smallest whole shift is its stride.

    Where a rate goes up between two strides, the phases of the first are mixed before the second.
    """
    for stage in stages:
        plan = stage.plan(axes)
        if any(plan.stride.get(dim, 1) != _unmixed(plan, dim) for dim in dims):
            return False
        axes = plan.after(axes)
    return True


def without_a_lift(dim: str, stride: Rate, whole: int) -> str:
    """Say why there is no lift along a dim, and what there is instead."""
    return (
        f"Along {dim!r} a rate goes up: the output has a stride of {stride}, and the smallest "
        f"whole shift that moves all results by whole samples is {whole}, so the outputs of all "
        f"shifts do not interleave to one finer grid; use iv.aliasing.images(op, x, {dim!r}), "
        "whose errors and energies are exact for any rates."
    )


def _unmixed(plan: Plan, dim: str) -> int:
    """The smallest whole shift of a stage along a dim of its result; 1 along one that it loses."""
    kept = dim in plan.stride or all(axis.dim != dim for axis in plan.in_axes)
    kept = kept or any(axis.dim == dim for axis in plan.out_axes)
    return plan.whole_shift_along(dim) if kept else 1


def _whole_stride(plan: Plan, dim: str) -> int:
    """The stride of a stage, which a lift can pass through only where it is a whole shift."""
    stride, whole = plan.stride.get(dim, 1), _unmixed(plan, dim)
    if stride != whole:
        raise ParameterError(without_a_lift(dim, stride, whole))
    return whole


def _share(dim: str, stride: int, left: int) -> int:
    """How much of the remaining stride a stage absorbs."""
    if stride % left == 0 or left % stride == 0:
        return math.gcd(stride, left)
    raise ParameterError(
        f"A grid of every {left} samples along {dim!r} does not nest with a stage of stride "
        f"{stride}; choose a divisor of the first strides."
    )


def works(stages: Sequence[Operator], axes: Axes, strides: Mapping[str, int]) -> Iterator[float]:
    """Work of each stage on all polyphase components of its input, as `Phases.through` runs it."""
    left = {dim: by for dim, by in strides.items() if dim in axes}
    if not recurses(stages, axes, left):
        yield from _works_by_moving(stages, axes, left)
        return
    phases = 1
    for stage in stages:
        plan = stage.plan(axes)
        own = {dim: _whole_stride(plan, dim) for dim in left}
        now = {dim: _share(dim, own[dim], by) for dim, by in left.items()}
        finer = {dim: own[dim] // by for dim, by in now.items() if dim in plan.stride}
        changed = {dim: now[dim] for dim, by in finer.items() if by > 1}
        dense = dense_form(stage, axes, changed) if changed else stage
        if dense is None:  # It runs once for each of its own phases.
            yield phases * math.prod(finer.values()) * plan.work(axes)
        else:
            yield phases * dense.plan(axes).work(axes)
        left = {dim: by // now[dim] for dim, by in left.items()}
        axes = plan.after(axes)
        phases *= math.prod(by for dim, by in finer.items() if dim in axes)


def _works_by_moving(
    stages: Sequence[Operator], axes: Axes, strides: Mapping[str, int]
) -> Iterator[float]:
    """Work of each stage where all of them run once for each phase."""
    works, rates = [], Rates()
    for stage in stages:
        plan = stage.plan(axes)
        works.append(plan.work(axes))
        rates, axes = rates.then(plan), plan.after(axes)
    runs = math.prod(rates.whole.get(dim, 1) // by for dim, by in strides.items())
    yield from (runs * work for work in works)


def dense_form(stage: Operator, axes: Axes, strides: Mapping[str, int]) -> Operator | None:
    """Give a stage with finer strides (`Operator.restrided`), if its grid is the stage's own.

    That is checked on given axes. Windows that abut on a periodic axis meet no border, whatever the
    boundary is called; those of the finer grid do, unless the boundary is periodic. Then the finer
    results are not what the stage gives for a moved input.

    Returns
    -------
    Operator or None
        None where the stage commutes with shifts by its strides and the finer one does not, or does
        not reach around the axis; and where there is none at all.
    """
    dense = stage.restrided(strides)
    if dense is None:
        return None
    plan, finer = stage.plan(axes), dense.plan(axes)
    before, after = plan.after(axes), finer.after(axes)
    for dim, by in strides.items():
        if dim not in before or not plan.shares(dim):
            continue
        whole = before[dim].size * plan.stride.get(dim, 1)
        if not finer.shares(dim) or after[dim].size * by != whole:
            return None
    return dense


def _densely(stage: Operator, x: xr.DataArray, strides: Mapping[str, int]) -> xr.DataArray:
    """Run a stage on finer output grids; by moving its input where no finer stage does the same."""
    axes = Axes.of(x)
    own = decimating(stage.plan(axes).stride)
    changed = {dim: by for dim, by in strides.items() if dim in own and own[dim] != by}
    if not changed:
        return stage(x)
    dense = dense_form(stage, axes, changed)
    if dense is not None:
        return dense(x)
    return by_moving(stage, x, [(dim, by, own[dim] // by) for dim, by in changed.items()])


def by_moving(
    stage: Operator, x: xr.DataArray, grids: Sequence[tuple[str, int, int]]
) -> xr.DataArray:
    """Run a stage on finer output grids by definition: once for each phase along each dim."""
    if not grids:
        return stage(x)
    (dim, by, count), *rest = grids
    rolled = (x.roll({dim: -by * k}, roll_coords=False) for k in range(count))
    phases = [by_moving(stage, each, rest) for each in rolled]
    kind = _unused(x)
    stacked = _without_own(phases).expand_dims({_phase(dim, kind): count})
    stacked = stacked.copy(data=np.stack([plain(phase, phase.dims) for phase in phases]))
    return _interleaved(stacked, dim, kind)


def _without_own(phases: Sequence[xr.DataArray]) -> xr.DataArray:
    """The first of several results, without the coordinates in which they differ."""
    first = phases[0]
    own = [
        name
        for name, coordinate in first.coords.items()
        if not all(
            same_coordinate(coordinate.variable, each.coords[name].variable) for each in phases
        )
    ]
    return first.drop_vars(own)


def _phase(dim: str, kind: str) -> str:
    """Name of the batch dim that counts the polyphase components along a dim."""
    return f"{kind}phase_{dim}"


def _unused(x: xr.DataArray) -> str:
    """A prefix that no batch dim has: a nested operator counts its own phases."""
    kind = "_"
    while any(str(dim).startswith(f"{kind}phase_") for dim in x.dims):
        kind += "_"
    return kind


def finer_axis(axis: Axis, by: int) -> Axis:
    """Give the axis with `by` samples for each of its own."""
    return replace(axis, step=axis.step / by, size=axis.size * by)


def _split(x: xr.DataArray, dim: str, by: int, kind: str) -> xr.DataArray:
    """Split along a dim into `by` polyphase components, after the existing ones."""
    axis = axis_of(x, dim)
    if axis.size % by:
        raise AxisError(
            f"{axis.size} samples along {dim!r} are not a multiple of the stride {by} of a stage; "
            "crop the axis so that the total stride divides it."
        )
    name = _phase(dim, kind)
    before = x.sizes.get(name, 1)
    if name not in x.dims:
        x = x.expand_dims(name)

    def split(values: np.ndarray) -> np.ndarray:
        parts = values.reshape(*values.shape[:-1], axis.size // by, by)
        parts = np.moveaxis(parts, -1, -3)
        return parts.reshape(*values.shape[:-2], by * before, axis.size // by)

    phase = Axis(name, size=before)
    decimated = axis.strided(by, size=axis.size // by)
    return on_axes(split, x, (phase, axis), (Axis(name, size=by * before), decimated))


def _interleaved(x: xr.DataArray, dim: str, kind: str) -> xr.DataArray:
    """Interleave the polyphase components along a dim again."""
    name = _phase(dim, kind)
    if name not in x.dims:
        return x
    if dim not in x.dims:
        raise AxisError(f"The result has lost the dim {dim!r}; there is no grid to lift it to.")
    phase, axis = Axis(name, size=x.sizes[name]), axis_of(x, dim)

    def interleave(values: np.ndarray) -> np.ndarray:
        return np.swapaxes(values, -1, -2).reshape(*values.shape[:-2], -1)

    return on_axes(interleave, x, (phase, axis), (finer_axis(axis, phase.size),))
