"""A pipeline and a signal as given, and the definition of a finding about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import xarray as xr

from invarsig.aliasing.as_given import AsGiven, Judged, default_moves_as_given
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import InvarsigError
from invarsig.operators import Operator
from invarsig.report.schema import Schema

__all__ = ["JUDGED", "Given", "InputFinding"]

JUDGED = 0.4
"""Fraction of an input's time that its moves take, on which all findings depend."""


@dataclass(frozen=True, eq=False)
class Given:
    """A pipeline and a signal, both as given.

    Parameters
    ----------
    op
        The whole pipeline.
    x
        The signal, or the part of it that is diagnosed at once.
    dims
        The dims to move along; one may be a dim that a stage creates.
    shifts
        Lengths by dim, in the unit of each; None for the default ones.
    tell
        Progress of the moves, 0 to 1; of the findings it is told between them.
    """

    op: Operator
    x: xr.DataArray
    dims: tuple[str, ...]
    shifts: Mapping[str, Sequence[float]] | None
    tell: Progress

    @cached_property
    def along(self) -> dict[str, PreparedAxis]:
        """For each dim that moves, the pipeline from where it first exists."""
        return {dim: PreparedAxis.of(self.op, self.x, dim) for dim in self.dims}

    @cached_property
    def run(self) -> AsGiven:
        """The pipeline, run once."""
        return AsGiven.of(self.op, self.x, self.dims)

    @cached_property
    def refused(self) -> str:
        """Why the pipeline does not run on the signal; "" where it does."""
        try:
            return "" if self.run.y.size else "the output is empty"
        except InvarsigError as error:
            return str(error)

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """Every move, judged; all findings depend on the same ones."""
        _ = self.run.limit  # Once, not once in each thread.
        moves = default_moves_as_given(self.along, self.shifts)
        parts = [Part("moves as given", partial(self.run.judge, move)) for move in moves]

        def tell(text: str, done: float) -> None:
            self.tell(text, JUDGED * done)

        return tuple(side_by_side(parts, at_once(self.op), tell))


@dataclass(frozen=True)
class InputFinding:
    """One measurement about a pipeline as given.

    Parameters
    ----------
    schema
        What it writes.
    measure
        Measures it. An empty Dataset where there is nothing to find.
    text
        Text for progress reports.
    """

    schema: Schema
    measure: Callable[[Given], xr.Dataset]
    text: str = ""
