"""The runs that all findings about an axis share: each moved input is run once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.lift import folding_explains, lift, total_stride
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.sweeps import Method, outputs_of_moves
from invarsig.axes import Axis, difference
from invarsig.commutator import Align, chosen_dims, moved_last
from invarsig.diagnosis.side_by_side import Progress
from invarsig.errors import AxisError, UnexplainedError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.norms import Norm, relative, relative_to, size_of
from invarsig.measures.protocols import Comparison
from invarsig.operators import Operator

__all__ = ["Runs"]

# Number of points of the predicted curve.
_CURVE = 41

# Number of shifts at which the stages' shares are measured in every segment.
_ATTRIBUTED = 2


@dataclass(frozen=True, eq=False)
class Runs:
    """One axis, with the outputs of the input and of each moved input.

    Parameters
    ----------
    along
        The axis, periodic.
    y, firsts
        The output, and the outputs of the moved inputs.
    errors
        The equivariance error at each shift.
    line
        Lengths of the predicted curve: one total stride.
    attributed
        Places of the shifts at which the error is attributed to stages.
    lifted
        The lift to the axis' grid; None where folding does not explain the pipeline.
    explained, explained_error, unexplained
        Whether folding explains it, how far it is from that, and why that is unknown.
    """

    along: PreparedAxis
    y: xr.DataArray
    firsts: tuple[xr.DataArray, ...]
    errors: np.ndarray
    line: np.ndarray
    attributed: tuple[int, ...]
    lifted: xr.DataArray | None = None
    explained: bool = False
    explained_error: float = float("nan")
    unexplained: str = ""
    _gaps: dict[Align, list[xr.DataArray]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, along: PreparedAxis, tell: Progress) -> Runs:
        """Run the pipeline on all moved inputs, and lift it where folding explains it."""
        y, firsts = along.op(along.x), []
        for number, move in enumerate(along.moves):
            firsts.append(along.op(move(along.x)))
            tell("shifting", (number + 1) / len(along.moves))
        line = np.linspace(0, along.stride, _CURVE) * abs(along.axis.step)
        runs = cls(along, y, tuple(firsts), np.empty(0), line, tuple(range(len(along.moves))))
        runs = replace(runs, errors=runs._sizes())
        if runs.nan or runs.lost:
            return runs
        try:
            total_stride(along.op, along.x, along.dim)
            check = folding_explains(along.op, along.x, along.dim)
        except (AxisError, UnexplainedError) as error:
            return replace(runs, unexplained=str(error))
        explained = bool(check.attrs["explained"])
        runs = replace(runs, explained=explained, explained_error=float(check))
        return replace(runs, lifted=runs._lift()) if explained else runs

    @classmethod
    def of_segment(cls, along: PreparedAxis, loudest: Runs) -> Runs:
        """Run it on one segment of a long input, by the moves of the loudest part.

        Whether folding explains the pipeline was determined there; outputs at whole shifts are read
        off the lift, which does not record which samples were chosen.
        """
        y = along.op(along.x)
        worst = np.argsort(-np.nan_to_num(loudest.errors))[:_ATTRIBUTED]
        runs = cls(along, y, (), np.empty(0), loudest.line, tuple(sorted(worst.tolist())))
        if loudest.lifted is not None and not runs.lost:
            runs = replace(runs, explained=True, lifted=runs._lift())
        how: Method = "lift" if runs.lifted is not None and not loudest.chosen else "shifting"
        pairs = outputs_of_moves(
            along.op,
            along.x,
            along.moves,
            [along.dim] if how == "lift" else [],
            method=how,
            y=y,
            lifted=runs.lifted,
        )
        runs = replace(runs, firsts=tuple(first for _, first in pairs))
        return replace(runs, errors=runs._sizes())

    @property
    def op(self) -> Operator:
        """The pipeline, periodic along the axis."""
        return self.along.op

    @property
    def x(self) -> xr.DataArray:
        """Its input."""
        return self.along.x

    @property
    def dim(self) -> str:
        """Name of the axis."""
        return self.along.dim

    @property
    def axis(self) -> Axis:
        """The axis."""
        return self.along.axis

    @property
    def norm(self) -> Norm:
        """What errors are relative to."""
        return self.along.norm

    @property
    def moves(self) -> tuple[Translate, ...]:
        """The moves."""
        return self.along.moves

    @cached_property
    def nan(self) -> bool:
        """Whether the output holds NaN or infinity."""
        return not bool(np.isfinite(np.asarray(self.y.to_numpy())).all())

    @property
    def lost(self) -> bool:
        """Whether the output has lost the axis."""
        return self.dim not in self.y.dims

    @property
    def chosen(self) -> bool:
        """Whether the outputs say which samples were chosen, as those of a polyphase pool do."""
        return bool(chosen_dims(self.y, *self.firsts))

    @property
    def worst(self) -> int:
        """Place of the shift with the largest error."""
        return int(np.nanargmax(self.errors)) if np.isfinite(self.errors).any() else 0

    @property
    def judges(self) -> list[int]:
        """Places of the shifts to judge remedies by: whole, spread, no multiples of the stride."""
        lengths = [move.samples(self.axis) for move in self.moves]
        whole = [
            place
            for place, length in enumerate(lengths)
            if is_whole(length) and round(length) % self.along.stride
        ] or [self.worst]
        return sorted({whole[0], whole[len(whole) // 2], whole[-1]})

    def gaps(self, align: Align = "fourier") -> list[xr.DataArray]:
        """The commutator for each move."""
        if align not in self._gaps:
            pairs = zip(self.moves, self.firsts, strict=True)
            self._gaps[align] = [
                difference(first, moved_last(self.y, first, move, align)) for move, first in pairs
            ]
        return self._gaps[align]

    def against(self, gaps: Sequence[xr.DataArray]) -> np.ndarray:
        """Sizes of differences, relative to the output."""
        whole = size_of(self.y, self.norm, [self.dim])
        return np.array([relative_to(whole, gap.to_numpy()) for gap in gaps])

    def relative(self, comparison: Comparison) -> xr.DataArray:
        """Size of a difference, relative to the output where it is compared."""
        gap, whole = comparison.difference, comparison.reference
        return relative(gap, whole, self.norm, (), [self.dim])

    def _sizes(self) -> np.ndarray:
        return self.against(self.gaps())

    def _lift(self) -> xr.DataArray:
        if self.along.grid == self.along.stride:
            return self.y
        return lift(self.op, self.x, self.dim, divisor=self.along.grid)
