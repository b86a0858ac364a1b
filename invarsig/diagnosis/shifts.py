"""Where a diagnosis begins, and by how far it moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing import default_divisor, default_lengths
from invarsig.axes import Axes, Axis
from invarsig.errors import DimError
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of

__all__ = ["default_moves", "dims_of", "from_where_it_is", "grid_of"]


def dims_of(op: Operator, x: xr.DataArray) -> tuple[str, ...]:
    """Dims along which some stage strides, reaches or ends the axis; in the stages' order."""
    axes = Axes.of(x)
    found: dict[str, None] = {}
    for stage in stages_of(op):
        plan = stage.plan(axes)
        kept = {axis.dim for axis in plan.out_axes}
        for axis in plan.in_axes:
            labelled = axis.dim in x.coords and x[axis.dim].dtype.kind in "fiumM"
            reach = sum(plan.reach_along(axis.dim))
            # Joint over all of a dim: that is an axis to move along, or channels without places.
            reaches = 0 < reach < math.inf or (reach > 0 and (labelled or axis.dim not in x.dims))
            acts = plan.stride_along(axis.dim) > 1 or reaches
            ends = axis.dim not in kept and labelled
            if acts or ends:
                found[axis.dim] = None
        axes = plan.after(axes)
    return tuple(found)


def from_where_it_is(op: Operator, x: xr.DataArray, dim: str) -> tuple[Operator, xr.DataArray, int]:
    """The pipeline from the stage on whose input has a dim, that input, and the stages left out."""
    stages = stages_of(op)
    for place in range(len(stages) + 1):
        if dim in x.dims:
            if place and place == len(stages):
                raise DimError(
                    f"The last stage, {stages[-1]}, creates the dim {dim!r}, and nothing comes "
                    "after it that could be moved along it; add a stage, such as a pool."
                )
            return (Pipeline(stages[place:]) if place else op), x, place
        if place < len(stages):
            x = stages[place](x)
    raise DimError(
        f"Neither the input nor any stage has a dim {dim!r}; after the last one there are "
        f"{tuple(x.dims)}."
    )


def grid_of(op: Operator, x: xr.DataArray, dim: str, stride: int) -> int:
    """Give the grid that orbits run over, or 1 where it does not divide the total stride."""
    grid = default_divisor(op, x, dim)
    return grid if stride % grid == 0 else 1


def default_moves(
    axis: Axis, stride: int, grid: int, shifts: Sequence[float] | None
) -> list[Translate]:
    """Whole shifts spread over one total stride up to itself, half of it, two incommensurate ones.

    Incommensurate with every stride: a shift by a multiple of some inner stride would be blind to
    the stages before it.
    """
    if shifts is None:
        lengths = default_lengths(axis, stride, grid)
    else:
        lengths = [float(each) for each in shifts]
    return [Translate({axis.dim: length}) for length in lengths]
