"""The commands ``report`` and ``render``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.documents import Axis, Move, RenderedPage, ReportedInput
from invarsig.cli.options import Along, Inputs, OutputOptions, PageFile, SubjectOptions
from invarsig.cli.places import require_apart, require_place

if TYPE_CHECKING:
    from invarsig.cli.sources import Source
    from invarsig.cli.told import Told
    from invarsig.diagnosis import Diagnosis
    from invarsig.report.verdict import Found, Verdict

__all__ = ["render_command", "report_command"]


def report_command(
    inputs: Inputs,
    *,
    along: Along = None,
    out: PageFile = Path("report.html"),
    whole: Annotated[
        bool,
        typer.Option("--whole", help="All of a long input, not only the part with most energy."),
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="FILE", help="Keep what was found, .json, .nc or .zarr, for `render`."
        ),
    ] = None,
    subject: SubjectOptions,
    output: OutputOptions,
) -> None:
    """Diagnose each input and write one self-contained HTML page."""
    from invarsig.cli.sources import sources_of
    from invarsig.cli.told import Told

    with Told("report", output) as told:
        sources, notes = sources_of(inputs, told.stack)
        _require_places(out, save, sources, subject)
        for note in notes:
            told.note(note)
        found = _diagnosed(told, sources, subject, along, whole=whole)
        if found:
            _write(told, found, out, save)
        if told.errors and len(sources) > 1 and told.plain:
            told.note(f"invarsig: {len(told.errors)} of {len(sources)} inputs failed.")


def _require_places(
    out: Path, save: Path | None, sources: list[Source], subject: SubjectOptions
) -> None:
    """Refuse outputs that cannot be written, or are read or written already, before the work."""
    from invarsig import parameters
    from invarsig.cli.subject import Subject
    from invarsig.diagnosis.saved import format_of
    from invarsig.report.page import ENDINGS

    parameters.ending(out, "A page", *ENDINGS)
    require_place(out)
    others = [*(each.path for each in sources), *Subject.files(subject)]
    require_apart(out, others)
    if save is not None:
        format_of(save)
        require_place(save, folder=save.suffix.lower() == ".zarr")
        require_apart(save, [*others, out])


def _diagnosed(
    told: Told,
    sources: list[Source],
    options: SubjectOptions,
    along: list[str] | None,
    *,
    whole: bool,
) -> list[tuple[Source, Diagnosis]]:
    """The inputs that can be diagnosed; what is wrong with the others is told."""
    from invarsig.cli.measured import Measured
    from invarsig.cli.progress import progress_of
    from invarsig.cli.subject import Subject
    from invarsig.diagnosis import MOST, diagnose

    subject = Subject.loaded(options)
    most = None if whole or subject.model is not None else MOST
    found: list[tuple[Source, Diagnosis]] = []
    with progress_of(len(sources), told.output) as progress:
        for number, source in enumerate(sources):
            measured = Measured(told, subject, source)
            with told.about(source, partial(measured.hint, whole=whole)):
                op, x = measured.read()
                dims = subject.along(measured.input, along)
                tell = progress(source.path.name, number)
                tree = diagnose(op, x, dims, most=most, norm=subject.usual, progress=tell)
                found.append((source, measured.input.noted(tree)))
    return found


def _write(told: Told, found: list[tuple[Source, Diagnosis]], out: Path, save: Path | None) -> None:
    from invarsig.diagnosis import Diagnosis

    diagnosis = Diagnosis.joined([each for _, each in found])
    if save is not None:
        diagnosis.save(save)
    written = diagnosis.to_html(out)
    for source, each in found:
        item = _reported(source, each)
        told.result(item, short=f"{source.shown}: {item.summary[0]}", text=f"{each.summary()}\n")
    told.wrote("page", written)
    if save is not None:
        told.wrote("diagnosis", save, words="Kept")


def _reported(source: Source, diagnosis: Diagnosis) -> ReportedInput:
    """The verdict on an input as numbers, and its summary."""
    from invarsig.report.reading import inputs
    from invarsig.report.verdict import Verdict

    (reading,) = inputs(diagnosis.tree)
    verdict = Verdict(reading)
    alone = [verdict.worst_along(place) for place in range(len(verdict.dims))]
    return ReportedInput(
        source.shown,
        reading.text("pipeline"),
        verdict.state,
        [_axis(verdict, each) for each in alone if each is not None],
        None if verdict.worst is None else _axis(verdict, verdict.worst),
        [line.strip() for line in diagnosis.summary().splitlines()],
        reading.text("norm"),
    )


def _axis(verdict: Verdict, found: Found) -> Axis:
    from invarsig.aliasing.readings import in_decibels

    lengths = verdict.lengths[found.move].tolist()
    moves = [
        Move(dim, length, unit)
        for dim, unit, length in zip(verdict.dims, verdict.units, lengths, strict=True)
        if length
    ]
    return Axis(
        " and ".join(each.dim for each in moves),
        found.error,
        in_decibels(found.error),
        moves,
        found.protocol,
        found.compared,
    )


def render_command(
    saved: Annotated[
        Path, typer.Argument(metavar="SAVED", help="A diagnosis that was saved: .json, .nc, .zarr.")
    ],
    *,
    out: PageFile = Path("report.html"),
    output: OutputOptions,
) -> None:
    """Write the page of a diagnosis that was saved, without measuring again."""
    from invarsig import parameters
    from invarsig.cli.sources import Source
    from invarsig.cli.told import Told
    from invarsig.diagnosis import Diagnosis
    from invarsig.report.page import ENDINGS
    from invarsig.report.reading import inputs

    failing = f"{saved} cannot be rendered"
    with Told("render", output, failing) as told, told.about(Source(saved, str(saved))):
        parameters.ending(out, "A page", *ENDINGS)
        require_place(out)
        require_apart(out, [saved])
        diagnosis = Diagnosis.load(saved)
        written = diagnosis.to_html(out)
        names = [each.name for each in inputs(diagnosis.tree)]
        told.result(RenderedPage(str(saved), names), short=str(written), text="")
        told.wrote("page", written)
