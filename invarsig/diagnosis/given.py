"""A pipeline and a signal as given, and the definition of a finding about them.

Of a signal that is too long to be judged at once a part is at hand, and its sections: moves are
judged on all of them, as if on all of it, and what takes many runs on some, evenly spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial, reduce
from itertools import pairwise

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.hidden_stages import RateChanges
from invarsig.aliasing.judged import Judged
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.prepared_axis import PreparedAxis
from invarsig.aliasing.verdict import Verdict, verdict_of
from invarsig.diagnosis.freed_memory import give_back
from invarsig.diagnosis.judged_sections import JudgedSection, judged_as_one
from invarsig.diagnosis.sections import Sections, spread
from invarsig.diagnosis.side_by_side import Part, Progress, at_once, side_by_side
from invarsig.errors import InvarsigError, ReadError
from invarsig.measures.norms import Norm
from invarsig.measures.parts import PARTS
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
    norm
        What errors are relative to, as for `diagnose`.
    splits
        Causes of rolls up to the very edge that are known, by move.
    sections
        All of the signal in sections, where `x` is a part of a longer one.
    """

    op: Operator
    x: xr.DataArray
    dims: tuple[str, ...]
    shifts: Mapping[str, Sequence[float]] | None
    tell: Progress
    norm: Norm | None = None
    splits: dict[Translate, xr.Dataset] = field(default_factory=dict, repr=False)
    sections: Sections | None = None
    _slot: list[float] = field(default_factory=lambda: [0.0, 1.0], repr=False)

    def share_of_time(self, findings: Sequence[InputFinding]) -> float:
        """About what part of a diagnosis this takes, of what is explained along each axis too."""
        own = self._runs_of_moves + sum(each.runs(self) for each in findings)
        return own / (own + _ALONG * (1 + self._times) * max(len(self.dims), 1))

    def measure(self, findings: Sequence[InputFinding]) -> Iterator[xr.Dataset]:
        """Measure findings one by one, and report progress by about how long each takes."""
        runs = [each.runs(self) for each in findings]
        moves = self._runs_of_moves
        whole = moves + sum(runs)
        self._slot[:] = 0.0, moves / whole
        if not self.refused:
            _ = self.judged
        done = moves
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
        return {dim: PreparedAxis.of(self.op, self.x, dim, norm=self.norm) for dim in self.dims}

    @cached_property
    def run(self) -> AsGiven:
        """The pipeline, run once."""
        return AsGiven.of(self.op, self.x, self.dims, self.norm)

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

    @property
    def _times(self) -> float:
        """How many times as long as the part that is at hand all sections are."""
        if self.sections is None:
            return 0.0
        return self.sections.x.size / max(self.x.size, 1)

    @property
    def times_sampled(self) -> float:
        """How many times as long as the part at hand all is that a sample holds."""
        return float(len(self.sampled))

    @property
    def _runs_of_moves(self) -> float:
        """About how many runs of the pipeline the moves take, in runs on the part at hand."""
        return _MOVES * (1 + self._times)

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Every move, judged on all of the signal; all findings depend on the same ones."""
        return self._all_judged[0]

    @property
    def judged_here(self) -> tuple[Judged, ...]:
        """The same, judged on the part at hand alone."""
        return self._all_judged[3]

    @property
    def verdict(self) -> Verdict:
        """The worst error that any of the moves reveals."""
        found = verdict_of(self.run, self.judged)
        if self._all_judged[1]:
            return found
        none = math.nan
        return replace(found, state="nan", place=-1, error=none, compared=none, border=none)

    @property
    def judged_sections(self) -> int:
        """On how many sections moves were judged; 0 where on the part at hand alone."""
        return self._all_judged[2] if self.sections is not None and not self.refused else 0

    @cached_property
    def _all_judged(self) -> tuple[tuple[Judged, ...], bool, int, tuple[Judged, ...]]:
        """The moves, whether all is finite, how many sections were judged; the part at hand."""
        _ = self.run.limit  # Once, not once in each thread.
        moves = default_moves_as_given(self.along, self.shifts)
        threads = at_once(self.op)
        parts = [Part("moves as given", partial(self.run.judge, move)) for move in moves]
        if self.sections is None:
            here = tuple(side_by_side(parts, threads, self.tell_part))
            return here, True, 0, here
        here = tuple(side_by_side(parts, threads, lambda _text, _done: None))
        count = len(self.sections)
        lots = [range(first, min(first + 4, count)) for first in range(0, count, 4)]
        several = [Part("moves as given", partial(self._judged_on, lot, moves)) for lot in lots]
        found = [one for one in side_by_side(several, threads, self.tell_part) if one is not None]
        if not found:
            return here, True, 0, here
        edges = [round(k * len(found) / PARTS) for k in range(PARTS + 1)]
        runs = [found[low:high] for low, high in pairwise(edges) if high > low]
        judged, finite = judged_as_one(here, [_together(each) for each in runs], self.run.limit)
        return judged, finite, sum(each.count for each in found), here

    def _judged_on(
        self, numbers: Sequence[int], moves: Sequence[Translate]
    ) -> JudgedSection | None:
        """Moves, judged on some sections; None where the pipeline takes none of them."""
        found = []
        for number in numbers:
            run = self.run_on(number)
            if run is not None:
                found.append(JudgedSection.of(run, [run.judge(move) for move in moves], self.cut))
        return _together(found) if found else None

    def run_on(self, number: int) -> AsGiven | None:
        """The pipeline, run on a section; None where it does not take it: one too short, say."""
        assert self.sections is not None
        return self._run(self.sections.read(number))

    def run_on_part(self, number: int) -> AsGiven | None:
        """The same on the middle of a section, no longer than the part at hand.

        What takes many runs holds many results: of a recording a part is a third of a section. All
        of the section where so short a part has no inside, which the whole signal has.
        """
        assert self.sections is not None
        run = self._run(self.sections.read(number, self.x.sizes[self.sections.dim]))
        with_inside = [each.move for each in self.judged if not each.inside_reason]
        if run is None or any(run.judge(move).inside_reason for move in with_inside[:1]):
            return self.run_on(number)
        return run

    def _run(self, x: xr.DataArray) -> AsGiven | None:
        try:
            run = AsGiven.of(self.op, x, self.dims, self.norm)
        except ReadError:
            raise
        except InvarsigError:
            return None
        # The precision of the stages is that of the part at hand.
        run.__dict__["limit"] = self.run.limit
        return run

    @property
    def cut(self) -> str:
        """The dim that the sections lie next to one another along; "" without any."""
        return self.sections.dim if self.sections is not None else ""

    @property
    def sampled(self) -> tuple[int, ...]:
        """Sections on which is measured what takes many runs; none where there are no sections."""
        if self.sections is None or not self.judged_sections:
            return ()
        return spread(len(self.sections))


def _together(found: Sequence[JudgedSection]) -> JudgedSection:
    return reduce(lambda one, other: one + other, found)


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
