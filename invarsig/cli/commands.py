"""The commands ``report``, ``render``, ``check``, ``baseline``, ``answers`` and ``survey``."""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.answers import answers_command
from invarsig.cli.experiments import experiments
from invarsig.cli.options import (
    Along,
    AxisSpec,
    Channel,
    Dims,
    Layer,
    ModelSpec,
    Normalize,
    Pipe,
    Size,
    Trust,
    Variable,
)
from invarsig.cli.places import require_apart, require_place
from invarsig.cli.progress import progress_of
from invarsig.cli.survey import checked_with_survey, survey_command
from invarsig.cli.told import (
    FALLS_SHORT,
    HOLDS,
    SOME_FAILED,
    UNDECIDABLE,
    code_of,
    say,
    tell,
    told,
)
from invarsig.errors import ParameterError

if TYPE_CHECKING:
    from invarsig.cli.inputs import Input
    from invarsig.cli.subject import Subject
    from invarsig.diagnosis import Diagnosis

__all__ = ["app", "main"]

app = typer.Typer(
    help="Measure how equivariant and how invariant a pipeline is, along which axis, and why not.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(experiments, name="experiments")
app.command(name="answers")(answers_command)
app.command(name="survey")(survey_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"invarsig {importlib.metadata.version('invarsig')}")
        raise typer.Exit


@app.callback()
def _callback(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measure how equivariant and how invariant a pipeline is, along which axis, and why not."""


@app.command()
def report(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...", help="Recordings, pictures and grids (NetCDF, Zarr, .npy)."
        ),
    ],
    pipeline: Pipe = None,
    model: ModelSpec = None,
    layer: Layer = None,
    normalize: Normalize = None,
    dims: Dims = None,
    size: Size = None,
    trust: Trust = False,
    channel: Channel = None,
    variable: Variable = None,
    axis: AxisSpec = None,
    along: Along = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path(
        "report.html"
    ),
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
) -> None:
    """Diagnose each input and write one self-contained HTML page.

    Exit code 0: all inputs are in it; 2: bad usage, or none of them; 4: some of them, and each of
    the others is named with what is wrong with it.
    """
    from invarsig import parameters
    from invarsig.cli.grids import GridOptions
    from invarsig.cli.subject import ModelOptions, Subject
    from invarsig.diagnosis import MOST, Diagnosis, diagnose
    from invarsig.diagnosis.saved import format_of
    from invarsig.report.page import ENDINGS

    options = ModelOptions(model, layer, normalize, dims, size, trust)
    with told():
        parameters.ending(out, "A page", *ENDINGS)
        require_place(out)
        others = [*inputs, *Subject.files(pipeline, options)]
        require_apart(out, others)
        if save is not None:
            format_of(save)
            require_place(save, folder=save.suffix.lower() == ".zarr")
            require_apart(save, [*others, out])
        subject = Subject.loaded(pipeline, channel, options, GridOptions.of(variable, axis))
    found: list[Diagnosis] = []
    failed: list[Exception] = []
    with progress_of(len(inputs)) as progress:
        for number, path in enumerate(inputs):
            read = None
            try:
                read = subject.read(path)
                tree = diagnose(
                    subject.operator(read),
                    read.x,
                    subject.along(read, along),
                    most=None if whole or subject.model is not None else MOST,
                    progress=progress(path.name, number),
                )
            except Exception as error:  # noqa: BLE001 - a pipeline of the user's own may raise any
                failed.append(error)
                signal = None if read is None else read.x
                tell(error, path, hint=subject.hint(error, signal, whole=whole))
                continue
            if read.note:
                say(read.note, err=True)
            found.append(read.noted(tree))
    if not found:
        raise typer.Exit(max(map(code_of, failed)))
    with told():
        diagnosis = Diagnosis.joined(found)
        if save is not None:
            diagnosis.save(save)
        written = diagnosis.to_html(out)
        say(diagnosis.summary())
        say(f"\nWrote {written}.")
        if save is not None:
            say(f"Kept {save}.")
    if failed:
        say(f"invarsig: {len(failed)} of {len(inputs)} inputs failed.", err=True)
        raise typer.Exit(SOME_FAILED)


@app.command()
def render(
    saved: Annotated[
        Path, typer.Argument(metavar="SAVED", help="A diagnosis that was saved: .json, .nc, .zarr.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path(
        "report.html"
    ),
) -> None:
    """Write the page of a diagnosis that was saved, without measuring again."""
    from invarsig import parameters
    from invarsig.diagnosis import Diagnosis
    from invarsig.report.page import ENDINGS

    with told(saved, f"{saved} cannot be rendered"):
        parameters.ending(out, "A page", *ENDINGS)
        require_place(out)
        require_apart(out, [saved])
        say(f"Wrote {Diagnosis.load(saved).to_html(out)}.")


@app.command(name="check")
def check_command(
    input: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A recording, a picture or a grid.")
    ],
    max_error: Annotated[
        float | None,
        typer.Option("--max-error", metavar="DB", help="The limit, in dB, such as -40."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="A baseline that `invarsig baseline` wrote."
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
    pipeline: Pipe = None,
    model: ModelSpec = None,
    layer: Layer = None,
    normalize: Normalize = None,
    dims: Dims = None,
    size: Size = None,
    trust: Trust = False,
    channel: Channel = None,
    variable: Variable = None,
    axis: AxisSpec = None,
    shift: Annotated[
        list[float] | None,
        typer.Option("--shift", metavar="LENGTH", help="Shift in the axis' unit; may be repeated."),
    ] = None,
) -> None:
    """Check that the error stays below a limit, or is no worse than a baseline or a survey.

    The pipeline is measured as it is given, padding and all, along each axis and jointly.

    Exit code 0: it does; 1: it falls short; 2: bad usage; 3: undecidable, since the measuring limit
    lies above the limit, or no shift can tell.
    """
    from invarsig import parameters
    from invarsig.cli.grids import GridOptions
    from invarsig.cli.subject import ModelOptions, Subject
    from invarsig.diagnosis import Baseline, check, check_against

    with told():
        if [max_error, against, survey].count(None) != 2:
            raise ParameterError(
                "Give a limit, --max-error DB, or a baseline, --against FILE or --survey DIR: one "
                "of them."
            )
        if max_error is None and (along or shift):
            raise ParameterError(
                "The baseline says along which axes, and by which shifts: leave out --along and "
                "--shift."
            )
        limit = math.nan if max_error is None else parameters.decibels(max_error, "--max-error")
        before = None if against is None else Baseline.from_json(str(against))
        options = ModelOptions(model, layer, normalize, dims, size, trust)
        if survey is not None:
            checked_with_survey(
                input, survey, tolerance, pipeline, options, channel, variable, axis
            )
        subject = Subject.loaded(pipeline, channel, options, GridOptions.of(variable, axis))
        if before is not None and (changed := subject.compared(before)):
            say(changed, err=True)
    with _measuring(input, subject) as read:
        op = subject.operator(read)
        if before is not None:
            held = check_against(op, read.x, before, tolerance=tolerance)
            say("\n".join(each.sentence for each in held))
            raise typer.Exit(FALLS_SHORT if any(each.worse for each in held) else HOLDS)
        with progress_of(1) as progress:
            found = check(
                op,
                read.x,
                subject.along(read, along),
                max_error=limit,
                shifts=shift,
                progress=progress(input.name, 0),
            )
        say("\n".join(each.sentence for each in found))
    outcomes = {each.outcome for each in found}
    if "falls short" in outcomes:
        raise typer.Exit(FALLS_SHORT)
    if "undecidable" in outcomes:
        raise typer.Exit(UNDECIDABLE)
    raise typer.Exit(HOLDS)


@app.command(name="baseline")
def baseline_command(
    input: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A recording, a picture or a grid.")
    ],
    along: Along = None,
    pipeline: Pipe = None,
    model: ModelSpec = None,
    layer: Layer = None,
    normalize: Normalize = None,
    dims: Dims = None,
    size: Size = None,
    trust: Trust = False,
    channel: Channel = None,
    variable: Variable = None,
    axis: AxisSpec = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the baseline goes.")
    ] = Path("baseline.json"),
) -> None:
    """Measure what a later `invarsig check --against` is to be compared with."""
    from invarsig import parameters
    from invarsig.cli.grids import GridOptions
    from invarsig.cli.subject import ModelOptions, Subject
    from invarsig.diagnosis import baseline

    options = ModelOptions(model, layer, normalize, dims, size, trust)
    with told():
        parameters.ending(out, "A baseline", ".json")
        require_place(out)
        require_apart(out, [input, *Subject.files(pipeline, options)])
        subject = Subject.loaded(pipeline, channel, options, GridOptions.of(variable, axis))
    with _measuring(input, subject) as read:
        made = baseline(subject.operator(read), read.x, subject.along(read, along))
        if subject.model is not None:
            made = replace(made, model=subject.model.identity())
    with told():
        made.to_json(out)
        for each in made.axes:
            say(f"Along {each.dim} the worst error is {each.worst:.1f} dB.")
        say(f"Wrote {out}.")


@contextmanager
def _measuring(path: Path, subject: Subject) -> Iterator[Input]:
    """Read an input and say what was made of its channels; errors name it, and what helps."""
    with told(path):
        read = subject.read(path)
        if read.note:
            say(read.note, err=True)
    try:
        yield read
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        tell(error, path, hint=subject.hint(error, read.x, whole=True))
        raise typer.Exit(code_of(error)) from error


def main() -> None:
    """Run the command line."""
    app()
