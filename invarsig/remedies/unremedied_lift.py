"""What a low-pass or a smaller stride would leave of the error, from the lift as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.lift import default_divisor, total_stride
from invarsig.aliasing.prediction import errors_of_lift
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.measures.norms import Norm
from invarsig.operators import Operator
from invarsig.operators.base import stages_of
from invarsig.operators.linear_filter import LinearFilter
from invarsig.operators.polyphase import Phases
from invarsig.operators.strides import decimating
from invarsig.remedies.course import Course

__all__ = ["UnremediedLift", "unremedied_lift"]


@dataclass(frozen=True)
class UnremediedLift:
    """The lift of a pipeline as it is, from which changes to one of its stages are predicted.

    A low-pass G between a stage's dense form and its stride multiplies the lift's spectrum by
    ``G(f)``, with f on that stage's own grid; a smaller stride keeps more of the lift. Exact where
    only linear stages come after; an approximation where others do, since they would meet other
    values.

    Parameters
    ----------
    op
        The pipeline.
    x
        Labelled array, periodic along the dims.
    dense
        Its lift, to the grid of every `grids` samples.
    grids, strides
        For each dim that is moved along, the grid of the lift and the total stride, in samples.
    phases
        What some of the stages are given on the way to the lift, by their places.
    norm
        What errors are relative to, as for `equivariance_error`.
    """

    op: Operator
    x: xr.DataArray
    dense: xr.DataArray
    grids: Mapping[str, int]
    strides: Mapping[str, int]
    phases: Mapping[int, Phases] = field(default_factory=dict)
    norm: Norm = "centered"

    def rewritten(self, op: Operator, place: int) -> UnremediedLift:
        """The lift of a pipeline that is another one from some stage on."""
        grids, strides = _grids(op, self.x, tuple(self.grids))
        before = self.phases.get(place)
        if before is None or grids != self.grids:
            before, place = Phases.of(self.x, grids), 0
        dense = before.through(stages_of(op)[place:]).interleaved()
        return UnremediedLift(op, self.x, dense, grids, strides, norm=self.norm)

    def error(
        self,
        moves: Sequence[Translate],
        place: int,
        low_pass: LinearFilter | None,
        strides: Mapping[str, int],
    ) -> float:
        """Root mean square over moves of the predicted relative error, with one stage changed.

        Parameters
        ----------
        moves
            Translations along the dims.
        place
            Which stage, counted from 0.
        low_pass
            What would stand between its dense form and its stride, or None.
        strides
            Its strides after the change.

        Raises
        ------
        ParameterError
            If the changed stride does not nest with the grid of the lift.
        """
        before, own, axes = self._around(place)
        counts = {}
        for dim, grid in self.grids.items():
            total = self.strides[dim] // own.get(dim, 1) * strides.get(dim, own.get(dim, 1))
            if total % grid:
                raise ParameterError(
                    f"A total stride of {total} along {dim!r} does not nest with the lift's grid "
                    f"of every {grid} samples."
                )
            counts[dim] = total // grid
        dense = self.dense if low_pass is None else self._filtered(low_pass, before, axes)
        return self._predicted(dense, counts, moves)

    def error_as_it_is(self, moves: Sequence[Translate]) -> float:
        """Root mean square over moves of the predicted relative error, without a change."""
        counts = {dim: self.strides[dim] // grid for dim, grid in self.grids.items()}
        return self._predicted(self.dense, counts, moves)

    def _predicted(
        self,
        dense: xr.DataArray,
        counts: Mapping[str, int],
        moves: Sequence[Translate],
    ) -> float:
        y = dense.isel({dim: slice(None, None, by) for dim, by in counts.items()})
        predicted = errors_of_lift(dense, y, self.x, counts, self.norm)
        return float(np.sqrt(np.mean([np.square(predicted(move)).sum() for move in moves])))

    def _around(self, place: int) -> tuple[dict[str, int], dict[str, int], Axes]:
        """Stride before a stage, its own, and the axes that its dense form gives."""
        course = Course.of(self.op)
        every = course.axes(Axes.of(self.x))
        before, axes = dict.fromkeys(self.grids, 1), every[course.inputs[place][0]]
        for dim in self.grids:
            before[dim] = round(abs(axes[dim].step / every[0][dim].step))
        op = course.nodes[place].op
        assert isinstance(op, Operator)
        dense = op.restrided(dict.fromkeys(self.grids, 1)) or op
        return before, decimating(op.plan(axes).stride), dense.plan(axes).after(axes)

    def _filtered(
        self, low_pass: LinearFilter, before: Mapping[str, int], axes: Axes
    ) -> xr.DataArray:
        """The lift, multiplied by a response that is known on the grid of one stage."""
        from scipy import fft

        dims = [dim for dim in low_pass.dims if dim in self.grids]
        if len(dims) < len(low_pass.dims):
            raise ParameterError(f"{low_pass} filters along dims that are not moved along.")
        frequencies = [
            np.fft.fftfreq(self.dense.sizes[dim]) * before[dim] / self.grids[dim] for dim in dims
        ]
        response = low_pass._response(axes, frequencies)
        # A filter with an even number of taps moves the grid by half a sample.
        out = {axis.dim: axis for axis in low_pass.plan(axes).out_axes}
        for number, dim in enumerate(dims):
            late = (out[dim].start - axes[dim].start) / axes[dim].step
            shape = [1] * len(dims)
            shape[number] = -1
            response = response * np.exp(2j * np.pi * late * frequencies[number]).reshape(shape)
        order = [*(dim for dim in self.dense.dims if dim not in dims), *dims]
        values = self.dense.transpose(*order).to_numpy()
        last = tuple(range(-len(dims), 0))
        filtered = fft.ifftn(fft.fftn(values, axes=last) * response, axes=last)
        result = self.dense.transpose(*order)
        result = result.copy(data=filtered if np.iscomplexobj(values) else filtered.real)
        return result.transpose(*self.dense.dims)


def unremedied_lift(
    op: Operator,
    x: xr.DataArray,
    dims: Sequence[str],
    *,
    places: Collection[int] = (),
    norm: Norm = "centered",
) -> UnremediedLift:
    """Lift a pipeline once, to predict what changes to its stages would leave of the error.

    Parameters
    ----------
    op
        Pipeline that keeps `dims`.
    x
        Labelled array, periodic along them.
    dims
        Dims that are moved along.
    places
        Stages, counted from 0, of which those before are run once for all changes.
    norm
        What errors are relative to, as for `equivariance_error`.

    Raises
    ------
    AxisError
        If an axis is not periodic.
    """
    grids, strides = _grids(op, x, dims)
    stages, now, kept = stages_of(op), Phases.of(x, grids), {}
    for place, stage in enumerate(stages):
        if place in places:
            kept[place] = now
        now = now.through([stage])
    return UnremediedLift(op, x, now.interleaved(), grids, strides, kept, norm)


def _grids(
    op: Operator, x: xr.DataArray, dims: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """For each dim the grid of the lift, and the total stride."""
    grids = {dim: default_divisor(op, x, dim) for dim in dims}
    strides = {dim: total_stride(op, x, dim) for dim in dims}
    return {dim: by if strides[dim] % by == 0 else 1 for dim, by in grids.items()}, strides
