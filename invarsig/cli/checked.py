"""The command ``check``: inputs against a limit, or against their baselines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.documents import CheckedAxis, CheckedInput, ComparedAxis, ComparedInput, Move
from invarsig.cli.exit_codes import FALLS_SHORT, HOLDS, UNDECIDABLE, worst_of
from invarsig.cli.options import Along, Inputs, OutputOptions, SubjectOptions
from invarsig.cli.survey import checked_with_survey

if TYPE_CHECKING:
    import xarray as xr

    from invarsig.actions import Translate
    from invarsig.axes import Length
    from invarsig.cli.measured import Measured
    from invarsig.cli.sources import Source
    from invarsig.cli.told import Told
    from invarsig.diagnosis import Baseline, Check, Progress

__all__ = ["check_command"]

_CODES = {"holds": HOLDS, "falls short": FALLS_SHORT, "undecidable": UNDECIDABLE}


def check_command(
    inputs: Inputs,
    *,
    max_error: Annotated[
        float | None,
        typer.Option("--max-error", metavar="DB", help="The limit, in dB, such as -40."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="A baseline that `invarsig baseline` wrote; of several inputs the folder of them.",
        ),
    ] = None,
    survey: Annotated[
        Path | None,
        typer.Option(
            "--survey",
            metavar="DIR",
            help="A survey as the baseline; INPUT is one too, or a folder or list of files.",
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", metavar="DB", help="By how much worse than the baseline."),
    ] = 0.5,
    along: Along = None,
    shift: Annotated[
        list[str] | None,
        typer.Option(
            "--shift",
            metavar="LENGTH",
            help="Shift, with its unit (10ms, 62.5Hz, 2px) or in the axis' own; may be repeated.",
        ),
    ] = None,
    subject: SubjectOptions,
    output: OutputOptions,
) -> None:
    """Check that the error stays below a limit, or is no worse than a baseline or a survey.

    The pipeline is measured as it is given, padding and all, along each axis and jointly.
    """
    from invarsig.cli.measured import Measured
    from invarsig.cli.progress import progress_of
    from invarsig.cli.sources import sources_of
    from invarsig.cli.subject import Subject
    from invarsig.cli.told import Told

    with Told("check", output) as told:
        _require_one(max_error, against, survey, moved=bool(along or shift))
        if survey is not None:
            for each in inputs:
                checked_with_survey(told, each, survey, tolerance, subject)
            return
        gate = _gate(max_error, against, tolerance, along, shift)
        sources, notes = sources_of(inputs, told.stack)
        for note in notes:
            told.note(note)
        gate.require(sources)
        loaded = Subject.loaded(subject)
        with progress_of(len(sources), output) as progress:
            for number, source in enumerate(sources):
                measured = Measured(told, loaded, source)
                with told.about(source, measured.hint):
                    found = gate.of(measured, progress(source.path.name, number))
                    found.tell(told, source, several=len(sources) > 1)


def _require_one(
    max_error: float | None, against: Path | None, survey: Path | None, *, moved: bool
) -> None:
    """Refuse more than one thing to check against, and what a baseline says itself."""
    from invarsig.errors import ParameterError

    if [max_error, against, survey].count(None) != 2:
        raise ParameterError(
            "Give a limit, --max-error DB, or a baseline, --against FILE or --survey DIR: one of "
            "them."
        )
    if max_error is None and moved:
        raise ParameterError(
            "The baseline says along which axes, and by which shifts: leave out --along and "
            "--shift."
        )


def _gate(
    max_error: float | None,
    against: Path | None,
    tolerance: float,
    along: list[str] | None,
    shifts: list[str] | None,
) -> _Limit | _Baselines:
    """What inputs are checked against."""
    from invarsig import parameters
    from invarsig.cli.lengths import typed_length

    if against is not None:
        return _Baselines(against, tolerance)
    lengths = None if shifts is None else tuple(map(typed_length, shifts))
    return _Limit(parameters.decibels(max_error, "--max-error"), along, lengths)


@dataclass(frozen=True)
class _Told:
    """What was found of an input: an item of the document, its sentences, the deciding one first.

    Parameters
    ----------
    item
        Entry of the document.
    sentences
        One for each axis, in their order.
    deciding
        Place of the sentence that decides.
    """

    item: CheckedInput | ComparedInput
    sentences: list[str]
    deciding: int

    def tell(self, told: Told, source: Source, *, several: bool) -> None:
        """Say all sentences; of several inputs the deciding one each."""
        lines = self.sentences
        if several and not told.output.verbose:
            lines = [lines[self.deciding]]
        front = f"{source.shown}: " if several else ""
        told.result(
            self.item,
            short=f"{front}{self.item.outcome}",
            text="\n".join(front + line for line in lines),
            code=_CODES[self.item.outcome],
        )


@dataclass(frozen=True)
class _Limit:
    """A limit in dB."""

    limit: float
    along: list[str] | None
    shifts: tuple[float | Length, ...] | None

    def require(self, sources: list[Source]) -> None:
        """Any inputs will do."""

    def of(self, measured: Measured, progress: Progress) -> _Told:
        """Check an input."""
        from invarsig.cli.lengths import shifts_of
        from invarsig.diagnosis import check
        from invarsig.measures.norms import usual_norm

        op, x = measured.read_whole()
        dims = measured.subject.along(measured.input, self.along)
        shifts = None if self.shifts is None else shifts_of(self.shifts, op, x, dims)
        found = check(
            op, x, dims, max_error=self.limit, shifts=shifts,
            norm=measured.subject.usual, progress=progress,
        )  # fmt: skip
        codes = [_CODES[each.outcome] for each in found]
        code = worst_of(codes)
        outcome = next(name for name, of in _CODES.items() if of == code)
        deciding = max(
            range(len(found)), key=lambda place: (codes[place] == code, found[place].error)
        )
        norm = usual_norm(op, measured.subject.usual)
        item = CheckedInput(
            measured.source.shown, self.limit, outcome, [_checked(x, each) for each in found], norm
        )
        return _Told(item, [each.sentence for each in found], deciding)


@dataclass(frozen=True)
class _Baselines:
    """A baseline, or a folder that has one for each input."""

    place: Path
    tolerance: float

    def require(self, sources: list[Source]) -> None:
        """Refuse one baseline for several inputs."""
        from invarsig.errors import ParameterError

        if len(sources) > 1 and not self.place.is_dir():
            raise ParameterError(
                f"--against {self.place} is a baseline of one input, and there are {len(sources)}; "
                "give the folder that `invarsig baseline INPUT... --out FOLDER` wrote them to."
            )

    def of(self, measured: Measured, progress: Progress) -> _Told:
        """Compare an input with its baseline."""
        from invarsig.diagnosis import Baseline, check_against

        file = self.place
        if file.is_dir():
            file = file / f"{measured.source.path.name}.json"
        before: Baseline = Baseline.from_json(file)
        measured.told.note(measured.subject.compared(before))
        op, x = measured.read_whole()
        found = check_against(
            op, x, before, tolerance=self.tolerance, norm=measured.subject.norm,
            progress=progress,
        )  # fmt: skip
        deciding = max(range(len(found)), key=lambda place: (found[place].worse, found[place].now))
        item = ComparedInput(
            measured.source.shown,
            str(file),
            self.tolerance,
            "falls short" if any(each.worse for each in found) else "holds",
            [
                ComparedAxis(
                    each.dim, each.worse, each.before, each.now,
                    _moves(x, each.move), each.stage, each.path, list(each.candidates),
                    each.sentence,
                )
                for each in found
            ],
            before.norm,
        )  # fmt: skip
        return _Told(item, [each.sentence for each in found], deciding)


def _checked(x: xr.DataArray, found: Check) -> CheckedAxis:
    return CheckedAxis(
        found.dim, found.outcome, found.error, found.floor,
        _moves(x, found.move), found.sentence,
    )  # fmt: skip


def _moves(x: xr.DataArray, move: Translate) -> list[Move]:
    """A move along each axis; of one that the pipeline creates the unit is not known here."""
    from invarsig.axes import axis_of

    return [
        Move(dim, length, axis_of(x, dim).length_unit if dim in x.dims else "")
        for dim, length in move.shifts.items()
    ]
