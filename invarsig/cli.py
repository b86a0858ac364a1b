"""The command line: ``report``, ``render``, ``check``, ``baseline`` and ``experiments``."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import xarray as xr

from invarsig import parameters
from invarsig.diagnosis import (
    MOST,
    Baseline,
    Diagnosis,
    Progress,
    baseline,
    check,
    check_against,
    diagnose,
)
from invarsig.diagnosis.saved import format_of
from invarsig.errors import (
    InvarsigError,
    ParameterError,
    ReadError,
    UndecidableError,
    WriteError,
)
from invarsig.io import read_audio, read_image
from invarsig.io.content import content_of
from invarsig.models import default_pipeline
from invarsig.operators import Levels, Operator

__all__ = ["app", "main"]

HOLDS, FALLS_SHORT, BAD_USAGE, UNDECIDABLE = 0, 1, 2, 3

app = typer.Typer(
    help="Measure how equivariant and how invariant a pipeline is, along which axis, and why not.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Pipe = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        metavar="PATH.py:OBJECT",
        help="A pipeline of your own, path.py:object or package.module:object: an operator, or a "
        "function of the input that gives one. The file is run.",
    ),
]
Along = Annotated[
    list[str] | None,
    typer.Option(
        "--along", metavar="DIM", help="Dim to look along; may be repeated. All by default."
    ),
]


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
        list[Path], typer.Argument(metavar="INPUT...", help="Recordings and pictures.")
    ],
    pipeline: Pipe = None,
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
    """Diagnose each input and write one self-contained HTML page."""
    with _told():
        _writable(out)
        if save is not None:
            format_of(save)
            _writable(save, folder=save.suffix.lower() == ".zarr")
        read = [_read(path) for path in inputs]
        ops = [_pipeline(pipeline, x) for x in read]
        found = []
        with _progress(len(inputs)) as progress:
            for number, (path, x, op) in enumerate(zip(inputs, read, ops, strict=True)):
                tell = progress(path.name, number)
                most = None if whole else MOST
                found.append(diagnose(op, x, along or None, most=most, progress=tell))
        diagnosis = Diagnosis.joined(found)
        if save is not None:
            diagnosis.save(save)
        written = diagnosis.to_html(out)
        typer.echo(diagnosis.summary())
        typer.echo(f"\nWrote {written}.")
        if save is not None:
            typer.echo(f"Kept {save}.")


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
    with _told(f"{saved} cannot be rendered"):
        _writable(out)
        typer.echo(f"Wrote {Diagnosis.load(saved).to_html(out)}.")


@app.command(name="check")
def check_command(
    input: Annotated[Path, typer.Argument(metavar="INPUT", help="A recording or a picture.")],
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
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", metavar="DB", help="By how much worse than the baseline."),
    ] = 0.5,
    along: Along = None,
    pipeline: Pipe = None,
    shift: Annotated[
        list[float] | None,
        typer.Option("--shift", metavar="LENGTH", help="Shift in the axis' unit; may be repeated."),
    ] = None,
) -> None:
    """Check that the error stays below a limit, or is no worse than a baseline.

    The pipeline is measured as it is given, padding and all, along each axis and jointly.

    Exit code 0: it does; 1: it falls short; 2: bad usage; 3: undecidable, since the measuring limit
    lies above the limit, or no shift can tell.
    """
    with _told():
        if (max_error is None) == (against is None):
            raise ParameterError(
                "Give a limit, --max-error DB, or a baseline, --against FILE: one of them."
            )
        if against is not None and (along or shift):
            raise ParameterError("The baseline says along which axes, and by which shifts.")
        if max_error is not None:
            parameters.decibels(max_error, "--max-error")
        x = _read(input)
        op = _pipeline(pipeline, x)
        if max_error is None:
            held = check_against(op, x, Baseline.from_json(str(against)), tolerance=tolerance)
            for regression in held:
                typer.echo(regression.sentence)
            raise typer.Exit(FALLS_SHORT if any(each.worse for each in held) else HOLDS)
        with _progress(1) as progress:
            found = check(
                op,
                x,
                along or None,
                max_error=max_error,
                shifts=shift,
                progress=progress(input.name, 0),
            )
        for each in found:
            typer.echo(each.sentence)
    outcomes = {each.outcome for each in found}
    if "falls short" in outcomes:
        raise typer.Exit(FALLS_SHORT)
    if "undecidable" in outcomes:
        raise typer.Exit(UNDECIDABLE)
    raise typer.Exit(HOLDS)


@app.command(name="baseline")
def baseline_command(
    input: Annotated[Path, typer.Argument(metavar="INPUT", help="A recording or a picture.")],
    along: Along = None,
    pipeline: Pipe = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the baseline goes.")
    ] = Path("baseline.json"),
) -> None:
    """Measure what a later `invarsig check --against` is to be compared with."""
    with _told():
        _writable(out)
        x = _read(input)
        made = baseline(_pipeline(pipeline, x), x, along or None)
        made.to_json(out)
        for axis in made.axes:
            typer.echo(f"Along {axis.dim} the worst error is {axis.worst:.1f} dB.")
        typer.echo(f"Wrote {out}.")


experiments = typer.Typer(
    help="The claims that people repeat about invariance, each put to the test on real data. "
    "Without a command: list them.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
app.add_typer(experiments, name="experiments")


@experiments.callback()
def _list(context: typer.Context) -> None:
    """List the experiments, or run some of them: `invarsig experiments run NAME`."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console
    from rich.table import Table

    from invarsig.experiments import public_experiments

    table = Table("name", "claim", box=None, pad_edge=False)
    for each in public_experiments():
        table.add_row(each.name, each.claim)
    Console().print(table)


@experiments.command(name="run")
def run_command(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names of experiments, or all.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="Folder of recordings and pictures, laid out as data/ is."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder that pages and Datasets go to.")
    ] = Path(),
    reduced: Annotated[
        bool, typer.Option("--reduced", help="The same design on fewer recordings and shifts.")
    ] = False,
    suffix: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="Of the Dataset: json or nc.")
    ] = "json",
) -> None:
    """Run experiments: a page with figures and a verdict, and a Dataset, for each."""
    from invarsig.experiments import experiment_named, public_experiments

    with _told("the experiment fails"):
        if not out.is_dir():
            what = "is a file" if out.exists() else "is not there; make it"
            raise WriteError(f"The folder {out} {what}, or write somewhere else.")
        parameters.one_of("--format", suffix, ("json", "nc"))
        every = [each.name for each in public_experiments()]
        chosen = [experiment_named(name) for name in (every if names == ["all"] else names)]
        with _progress(len(chosen)) as progress:
            for number, each in enumerate(chosen):
                result = each(reduced=reduced).run(data, progress=progress(each.name, number))
                page = result.to_html(out / f"{each.name}.html")
                kept = result.save(out / f"{each.name}.{suffix}")
                typer.echo(f"{result.summary()}\nWrote {page} and {kept}.\n")


@contextmanager
def _told(failing: str = "the pipeline fails") -> Iterator[None]:
    """Say the package's own errors in one line, and leave with the code that fits."""
    try:
        yield
    except UndecidableError as error:
        typer.echo(f"invarsig: {error}", err=True)
        raise typer.Exit(UNDECIDABLE) from error
    except InvarsigError as error:
        typer.echo(f"invarsig: {error}", err=True)
        raise typer.Exit(BAD_USAGE) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        # A pipeline of the user's own broke: exit code 1 would say that it falls short.
        where = " ".join(getattr(error, "__notes__", ()))
        typer.echo(f"invarsig: {failing}: {error!r}. {where}", err=True)
        raise typer.Exit(BAD_USAGE) from error


def _writable(out: Path, *, folder: bool = False) -> None:
    """Refuse a place that a file cannot go to before the work is done."""
    if out.is_dir() and not folder:
        raise WriteError(f"{out} is a folder; name a file in it.")
    if not out.parent.is_dir():
        raise WriteError(f"There is no folder {out.parent}; make it, or write somewhere else.")


def _read(path: Path) -> xr.DataArray:
    """Read a picture (grey) or a recording (mono), told apart by the content."""
    found = content_of(path)
    if found is None or found.kind == "recording":
        return read_audio(path, mono=True)
    return read_image(path, gray=True)


def _pipeline(spec: str | None, x: xr.DataArray) -> Operator:
    """The pipeline that is asked for, or the one that suits the input."""
    if spec is None:
        return default_pipeline(x)
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name:
        raise ParameterError(
            f"--pipeline {spec!r} names no object; give path.py:object or package.module:object."
        )
    found: Any = _module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            raise ParameterError(f"--pipeline: {place} has no object {name!r}.")
        found = getattr(found, part)
    if callable(found) and not isinstance(found, (Operator, Levels)):
        found = found(x)
    if not isinstance(found, Operator):
        raise ParameterError(
            f"--pipeline: {name!r} in {place} is {type(found).__name__}, not an operator or a "
            "function that gives one."
        )
    return found


def _module(place: str) -> Any:
    """Load a module from a file or by its name."""
    if not place.endswith(".py"):
        try:
            return importlib.import_module(place)
        except ImportError as error:
            raise ParameterError(
                f"--pipeline: the module {place!r} cannot be imported: {error}"
            ) from error
    path = Path(place)
    if not path.is_file():
        raise ReadError(f"--pipeline: there is no file {place}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ReadError(f"--pipeline: {place} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InvarsigError:
        raise
    except Exception as error:
        raise ParameterError(f"--pipeline: {place} fails when it is run: {error!r}") from error
    return module


@contextmanager
def _progress(count: int) -> Iterator[Any]:
    """A progress bar on the error stream; it is gone when all is done."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)

        def of(name: str, number: int) -> Progress:
            def tell(text: str, part: float) -> None:
                bar.update(task, completed=number + part, description=escape(f"{name}: {text}"))

            return tell

        yield of


def main() -> None:
    """Run the command line."""
    app()
