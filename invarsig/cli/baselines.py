"""The command ``baseline``: what a later check is to be compared with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.documents import BaselineAxis, BaselineInput
from invarsig.cli.options import Along, Inputs, OutputOptions, SubjectOptions
from invarsig.cli.places import require_apart, require_place

if TYPE_CHECKING:
    from invarsig.cli.measured import Measured
    from invarsig.cli.sources import Source
    from invarsig.diagnosis import Baseline, Progress

__all__ = ["baseline_command"]


def baseline_command(
    inputs: Inputs,
    *,
    along: Along = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Where the baseline goes, .json; for several inputs a folder, which gets one "
            "NAME.json for each.",
        ),
    ] = Path("baseline.json"),
    subject: SubjectOptions,
    output: OutputOptions,
) -> None:
    """Measure what a later `invarsig check --against` is to be compared with."""
    from invarsig.cli.measured import Measured
    from invarsig.cli.progress import progress_of
    from invarsig.cli.sources import sources_of
    from invarsig.cli.subject import Subject
    from invarsig.cli.told import Told

    with Told("baseline", output) as told:
        sources, notes = sources_of(inputs, told.stack)
        for note in notes:
            told.note(note)
        places = _places(out, sources, subject)
        loaded = Subject.loaded(subject)
        with progress_of(len(sources), output) as progress:
            for number, (source, place) in enumerate(zip(sources, places, strict=True)):
                measured = Measured(told, loaded, source)
                with told.about(source, measured.hint):
                    made = _made(measured, along, progress(source.path.name, number))
                    made.to_json(place)
                    front = f"{source.shown}: " if len(sources) > 1 else ""
                    text = "\n".join(
                        f"{front}Along {each.dim} the worst error is {each.worst:.1f} dB."
                        for each in made.axes
                    )
                    told.result(_item(source, made), short=str(place), text=text)
                    told.wrote("baseline", place)


def _places(out: Path, sources: list[Source], subject: SubjectOptions) -> list[Path]:
    """Where each baseline goes; refused before the work where it cannot be written."""
    from invarsig import parameters
    from invarsig.cli.subject import Subject
    from invarsig.errors import WriteError

    if len(sources) > 1 and not out.is_dir():
        raise WriteError(
            f"There are {len(sources)} inputs, and {out} is not a folder; make one, and give it by "
            "--out FOLDER."
        )
    places = [out] if not out.is_dir() else [out / f"{each.path.name}.json" for each in sources]
    twice = [place for place in places if places.count(place) > 1]
    if twice:
        raise WriteError(f"Two inputs would write {twice[0]}; give them other folders.")
    others = [*(each.path for each in sources), *Subject.files(subject)]
    for place in places:
        parameters.ending(place, "A baseline", ".json")
        require_place(place)
        require_apart(place, others)
    return places


def _made(measured: Measured, along: list[str] | None, progress: Progress) -> Baseline:
    from invarsig.diagnosis import baseline

    op, x = measured.read_whole()
    dims, norm = measured.subject.along(measured.input, along), measured.subject.usual
    made = baseline(op, x, dims, norm=norm, progress=progress)
    model = measured.subject.model
    return made if model is None else replace(made, model=model.identity())


def _item(source: Source, made: Baseline) -> BaselineInput:
    axes = [BaselineAxis(each.dim, each.worst, len(each.lengths)) for each in made.axes]
    return BaselineInput(source.shown, made.pipeline, axes, made.norm)
