"""A pipeline and a signal as given, and the definition of a finding about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.hidden_stages import RateChanges
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.diagnosis.freed_memory import give_back
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import InvarsigError
from invarsig.operators import Operator
from invarsig.report.schema import Schema

__all__ = ["Given", "InputFinding"]

# About how many runs of the pipeline the moves take, along one axis what is explained there takes,
# and a finding takes that does not say.
_MOVES, _ALONG, _FINDING = 16.0, 40.0, 4.0


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
    splits
        Causes of rolls up to the very edge that are known, by move.
    """

    op: Operator
    x: xr.DataArray
    dims: tuple[str, ...]
    shifts: Mapping[str, Sequence[float]] | None
    tell: Progress
    splits: dict[Translate, xr.Dataset] = field(default_factory=dict, repr=False)
    _slot: list[float] = field(default_factory=lambda: [0.0, 1.0], repr=False)

    def share_of_time(self, findings: Sequence[InputFinding]) -> float:
        """About what part of a diagnosis this takes, of what is explained along each axis too."""
        own = _MOVES + sum(each.runs(self) for each in findings)
        return own / (own + _ALONG * max(len(self.dims), 1))

    def measure(self, findings: Sequence[InputFinding]) -> Iterator[xr.Dataset]:
        """Measure findings one by one, and report progress by about how long each takes."""
        runs = [each.runs(self) for each in findings]
        whole = _MOVES + sum(runs)
        self._slot[:] = 0.0, _MOVES / whole
        if not self.refused:
            _ = self.judged
        done = _MOVES
        for finding, own in zip(findings, runs, strict=True):
            self._slot[:] = done / whole, (done + own) / whole
            yield finding.measure(self)
            give_back()
            done += own
            self.tell(finding.text or finding.schema.what, done / whole)

    def tell_part(self, text: str, done: float) -> None:
        """Report the progress of what is being measured, 0 to 1."""
        begin, end = self._slot
        self.tell(text, min(begin + (end - begin) * done, end))

    @cached_property
    def along(self) -> dict[str, PreparedAxis]:
        """For each dim that moves, the pipeline from where it first exists."""
        return {dim: PreparedAxis.of(self.op, self.x, dim) for dim in self.dims}

    @cached_property
    def run(self) -> AsGiven:
        """The pipeline, run once."""
        return AsGiven.of(self.op, self.x, self.dims)

    @cached_property
    def rate_changes(self) -> RateChanges:
        """The stages that change a rate, and the moves that hide what they do."""
        return RateChanges.of(self.op, self.x, self.dims)

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
        return tuple(side_by_side(parts, at_once(self.op), self.tell_part))


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
    runs
        About how long it takes, in runs of the pipeline.
    """

    schema: Schema
    measure: Callable[[Given], xr.Dataset]
    text: str = ""
    runs: Callable[[Given], float] = lambda _: _FINDING
