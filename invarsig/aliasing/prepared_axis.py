"""A prepared axis: where a pipeline first has it, periodic, with its stride, grid and moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.lift import stride_and_reach
from invarsig.aliasing.periodic import periodized
from invarsig.aliasing.shifts import default_moves, grid_of
from invarsig.axes import Axes, Axis, axis_of
from invarsig.errors import DimError, ParameterError
from invarsig.measures.norms import Norm, usual_norm
from invarsig.operators import Operator, Pipeline, Plan
from invarsig.operators.base import stages_of
from invarsig.suggestions import did_you_mean

__all__ = ["PreparedAxis", "axis_met", "dims_along", "dims_of", "from_where_it_is"]


@dataclass(frozen=True, eq=False)
class PreparedAxis:
    """One axis of a pipeline and its input, with everything needed to move along it.

    Parameters
    ----------
    given_op, given
        The pipeline from the stage on whose input has the axis, and that input, both unmodified:
        statements about the pipeline as given are measured on these.
    dim
        The axis.
    skipped
        How many stages of the whole pipeline come before these.
    shifts
        Lengths to move by, in the unit of the axis; None for the default ones.
    op, x
        The same pipeline and input, periodic along the axis after `periodic`.
    treatment
        How the axis was made periodic, as a sentence ("" if it was, or was not made so).
    norm
        What errors are relative to, as for `equivariance_error`.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> pool = iv.MaxPool(window={"x": 4})
    >>> prepared = PreparedAxis.of(pool, iv.label(np.arange(42.0), "x"), "x", [1.0])
    >>> prepared.stride, prepared.moves[0]
    (4, Translate(x=1))
    >>> prepared.axis.size, prepared.periodic().axis.size
    (42, 44)
    """

    given_op: Operator
    given: xr.DataArray
    dim: str
    skipped: int
    shifts: tuple[float, ...] | None
    op: Operator
    x: xr.DataArray
    treatment: str = ""
    norm: Norm = "centered"

    @classmethod
    def of(
        cls,
        op: Operator,
        x: xr.DataArray,
        dim: str,
        shifts: Sequence[float] | None = None,
        norm: Norm | None = None,
    ) -> PreparedAxis:
        """Find the stage on whose input a pipeline has the axis; the signal is left as given.

        Raises
        ------
        DimError
            If neither the input nor any stage has the dim, or only the last one creates it.
        """
        rest, start, skipped = from_where_it_is(op, x, dim)
        lengths = None if shifts is None else tuple(map(float, shifts))
        against = usual_norm(op, norm)
        return cls(rest, start, dim, skipped, lengths, rest, start, norm=against)

    def periodic(self) -> PreparedAxis:
        """Make the axis periodic: cropped, tapered and padded where it is not.

        Raises
        ------
        AxisError
            If there are fewer samples than one total stride.
        """
        x, treatment = periodized(self.given_op, self.given, self.dim)
        op = self.given_op.bounded(None) if treatment else self.given_op
        return replace(self, op=op, x=x, treatment=treatment)

    @cached_property
    def given_plan(self) -> Plan:
        """The plan of the unmodified pipeline on its input."""
        return self.given_op.plan(Axes.of(self.given))

    @cached_property
    def axis(self) -> Axis:
        """The axis."""
        return axis_of(self.x, self.dim)

    @cached_property
    def stride(self) -> int:
        """Smallest whole shift that moves every result by whole samples: the total stride.

        Of all stages, or of those up to the one that loses the axis. Where a rate goes up again it
        is a multiple of the output's stride.
        """
        return stride_and_reach(self.op, self.x, self.dim)[0]

    @cached_property
    def hides(self) -> bool:
        """Whether a roll by its whole shifts is exact because of a rate that goes down or up."""
        return self.stride > 1 or self.op.plan(Axes.of(self.x)).finest_along(self.dim) > 1

    @cached_property
    def grid(self) -> int:
        """The grid that orbits run over, in samples; a divisor of the total stride."""
        return grid_of(self.op, self.x, self.dim, self.stride)

    @cached_property
    def moves(self) -> tuple[Translate, ...]:
        """Translations by the shifts, or by the default ones for this stride and grid."""
        return tuple(default_moves(self.axis, self.stride, self.grid, self.shifts))


def dims_along(op: Operator, x: xr.DataArray, along: str | Sequence[str] | None) -> tuple[str, ...]:
    """Dims to move along: those requested, or all that some stage acts on.

    Raises
    ------
    ParameterError
        If none is requested, and no stage acts on any.
    """
    if along is not None and along not in ((), []):
        return parameters.dims_once(along, "Moves are along")
    dims = dims_of(op, x) if along is None else ()
    if not dims:
        raise ParameterError(
            f"{op} neither strides nor reaches along any dim of the input; name one in along=."
        )
    return dims


def dims_of(op: Operator, x: xr.DataArray) -> tuple[str, ...]:
    """Dims along which some stage strides, reaches or ends the axis; in the stages' order."""
    axes = Axes.of(x)
    found: dict[str, None] = {}
    for stage in stages_of(op):
        plan = stage.plan(axes)
        kept = {axis.dim for axis in plan.out_axes}
        for axis in plan.in_axes:
            labeled = axis.dim in x.coords and x[axis.dim].dtype.kind in "fiumM"
            reach = sum(plan.reach_along(axis.dim))
            # Joint over all of a dim: it is an axis to move along, or channels without positions.
            reaches = 0 < reach < math.inf or (reach > 0 and (labeled or axis.dim not in x.dims))
            acts = plan.stride_along(axis.dim) != 1 or reaches
            ends = axis.dim not in kept and labeled
            if acts or ends:
                found[axis.dim] = None
        axes = plan.after(axes)
    return tuple(found)


def axis_met(op: Operator, x: xr.DataArray) -> Callable[[str], Axis]:
    """Give a function from a dim to its axis, where the input or a stage first has it."""
    return lambda dim: axis_of(from_where_it_is(op, x, dim)[1], dim)


def from_where_it_is(op: Operator, x: xr.DataArray, dim: str) -> tuple[Operator, xr.DataArray, int]:
    """The pipeline from the stage on whose input has a dim, that input, and the stages left out."""
    stages = stages_of(op)
    for place in range(len(stages) + 1):
        if dim in x.dims:
            if place and place == len(stages):
                raise DimError(
                    f"The last stage, {stages[-1]}, creates the dim {dim!r}, and no "
                    "later stage could be moved along it; add a stage, such as a pool."
                )
            return (Pipeline(stages[place:]) if place else op), x, place
        if place < len(stages):
            x = stages[place](x)
    raise DimError(
        f"Neither the input nor any stage has a dim {dim!r}; after the last one there are "
        f"{', '.join(map(repr, x.dims))}.{did_you_mean(dim, x.dims)}"
    )
