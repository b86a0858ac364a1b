"""The command ``survey``, and ``check --survey``."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from invarsig.cli.options import (
    Along,
    AxisSpec,
    Channel,
    Dims,
    Layer,
    ModelSpec,
    Normalize,
    Size,
    Trust,
    Variable,
)
from invarsig.cli.places import require_apart, require_place
from invarsig.cli.progress import progress_of
from invarsig.cli.told import FALLS_SHORT, HOLDS, SOME_FAILED, say, told
from invarsig.errors import ParameterError

if TYPE_CHECKING:
    from invarsig.cli.subject import ModelOptions
    from invarsig.cli.subject import Subject as Loaded
    from invarsig.diagnosis import Progress
    from invarsig.survey import Prepared, Subject, Survey

__all__ = ["checked_with_survey", "survey_command"]

# What the shell gives to a command that was interrupted.
_INTERRUPTED = 130

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="Processes, one for each core by default; 0 for this one.",
        min=0,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="A running scheduler of dask.distributed, such as tcp://127.0.0.1:8786.",
    ),
]


def survey_command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Folders, files, patterns such as 'data/**/*.wav', and lists of them (.txt).",
        ),
    ],
    pipeline: Annotated[
        list[str] | None,
        typer.Option(
            "--pipeline",
            metavar="PATH.py:OBJECT",
            help="A pipeline of your own; may be repeated, for a comparison. The file is run.",
        ),
    ] = None,
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
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The Zarr store that rows go to.")
    ] = Path("survey.zarr"),
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", help="The summary page; beside the store by default."
        ),
    ] = None,
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", help="How many of the worst get a page.", min=0)
    ] = 10,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="All of a long input, not only the part with most energy."),
    ] = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Diagnose every file of a folder: a row for each file and axis, kept as it comes, and a page.

    Stopped at any moment, the same command goes on where it was. Exit code 0: every file has a
    result; 2: bad usage, or no file has one; 4: some have none, and each is a row with its error.
    """
    from invarsig import parameters
    from invarsig.cli.subject import ModelOptions
    from invarsig.report.page import ENDINGS

    options = ModelOptions(model, layer, normalize, dims, size, trust)
    page = out.with_suffix(".html") if page is None else page
    with told():
        parameters.ending(out, "A survey", ".zarr")
        parameters.ending(page, "A page", *ENDINGS)
        require_place(out, folder=True)
        require_place(page)
        asked = _Asked(tuple(pipeline or ()), channel, options, variable, tuple(axis or ()))
        require_apart(out, asked.files())
        require_apart(page, [*asked.files(), out])
        with progress_of(1) as progress:
            found = _surveyed(
                asked.subjects(), inputs, along, out, whole=whole or model is not None,
                workers=workers, scheduler=scheduler, progress=progress(out.name, 0),
            )  # fmt: skip
        with progress_of(1) as progress:
            written = found.to_html(page, pages=pages, progress=progress(page.name, 0))
        say(found.summary())
        say(f"\nWrote {written}. Rows are in {out}.")
    failed = set(found.failed.input.to_numpy().tolist())
    if failed:
        verb = "has" if len(failed) == 1 else "have"
        say(f"invarsig: {len(failed)} of {len(found.names)} files {verb} no result.", err=True)
        raise typer.Exit(2 if len(failed) == len(found.names) else SOME_FAILED)


def checked_with_survey(
    given: Path,
    baseline: Path,
    tolerance: float,
    pipeline: str | None,
    options: ModelOptions,
    channel: str | None,
    variable: str | None,
    axis: Sequence[str] | None,
) -> None:
    """Check that the quantiles of a survey, or of files surveyed now, are no worse than a baseline.

    Raises
    ------
    typer.Exit
        With the code of `invarsig check`.
    """
    from invarsig.survey import Survey, compare_surveys

    with told(), tempfile.TemporaryDirectory() as folder:
        before = Survey.load(baseline)
        if (given / "rows" / "names.jsonl").is_file():
            now = Survey.load(given)
        else:
            wanted = before.asked.get("along", "all")
            specs = () if pipeline is None else (pipeline,)
            asked = _Asked(specs, channel, options, variable, tuple(axis or ()))
            with progress_of(1) as progress:
                now = _surveyed(
                    asked.subjects(), [str(given)], None if wanted == "all" else wanted.split(", "),
                    Path(folder) / "now.zarr", whole=before.asked.get("most") == "None",
                    workers=None, scheduler=None, progress=progress(given.name, 0),
                )  # fmt: skip
        changes = compare_surveys(now, before, tolerance=tolerance)
        say("\n".join(each.sentence for each in changes))
    raise typer.Exit(FALLS_SHORT if any(each.worse for each in changes) else HOLDS)


def _surveyed(
    subjects: Sequence[Subject], inputs: Sequence[str], along: Sequence[str] | None, out: Path, *,
    whole: bool, workers: int | None, scheduler: str | None, progress: Progress,
) -> Survey:  # fmt: skip
    """Run the survey; one that is interrupted says how it goes on."""
    from invarsig.diagnosis import MOST
    from invarsig.survey.run import survey_subjects

    try:
        return survey_subjects(
            subjects, inputs, along or None, out=out, most=None if whole else MOST, count=workers,
            scheduler=scheduler, progress=progress,
        )  # fmt: skip
    except KeyboardInterrupt as error:
        say(
            f"invarsig: stopped. What was finished is kept in {out}: the same command goes on.",
            err=True,
        )
        raise typer.Exit(_INTERRUPTED) from error


@dataclass(frozen=True)
class _Asked:
    """What the options ask about."""

    pipelines: tuple[str, ...]
    channel: str | None
    options: ModelOptions
    variable: str | None
    axis: tuple[str, ...]

    def files(self) -> list[Path]:
        """Files that are read besides the inputs."""
        from invarsig.cli.subject import Subject as Loaded

        specs = self.pipelines or (None,)
        return [file for each in specs for file in Loaded.files(each, self.options)]

    def subjects(self) -> tuple[Subject, ...]:
        """Load every pipeline, once, or the model.

        Raises
        ------
        ParameterError
            If two have one name, or the options do not fit together.
        """
        from invarsig.cli.grids import GridOptions
        from invarsig.cli.subject import Subject as Loaded

        found: dict[str, Subject] = {}
        for spec in self.pipelines or (None,):
            grid = GridOptions.of(self.variable, self.axis or None)
            loaded = Loaded.loaded(spec, self.channel, self.options, grid)
            name = self.options.model or spec or "default"
            name = name.rpartition(":")[2] if spec else Path(name).name
            if name in found:
                raise ParameterError(
                    f"Two pipelines are called {name!r}; give the objects different names."
                )
            found[name] = self._subject(name, spec, loaded)
        return tuple(found.values())

    def _subject(self, name: str, spec: str | None, loaded: Loaded) -> Subject:
        from invarsig.survey import Subject

        _send_by_value(spec or self.options.model)
        identity = {
            "pipeline": _identity(spec),
            "channel": self.channel or "mixed",
            "variable": self.variable or "the only one",
            "axis": " ".join(self.axis) or "that of the file",
        }
        if loaded.model is not None:
            identity |= loaded.model.identity()
        return Subject(name, _Prepare(loaded), identity)


@dataclass(frozen=True)
class _Prepare:
    """Reads a file as the commands do."""

    loaded: Loaded

    def __call__(self, path: Path) -> Prepared:
        from invarsig.survey import Prepared

        read = self.loaded.read(path)
        return Prepared(
            read.x, self.loaded.operator(read), self.loaded.along(read, None), read.note
        )


def _identity(spec: str | None) -> str:
    """What tells a pipeline from another: of an operator all of it, else the source of its file."""
    from invarsig.cli.named_objects import object_of
    from invarsig.operators import Operator
    from invarsig.survey.subject import identity_of

    if spec is None:
        return "default"
    found, place, name = object_of(spec, "--pipeline")
    if isinstance(found, Operator) and type(found).__module__.startswith("invarsig."):
        return identity_of(found)
    file = Path(place) if place.endswith(".py") else Path(sys.modules[place].__file__ or "")
    return f"{name} [{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}]"


def _send_by_value(spec: str | None) -> None:
    """Have the code of a user's module sent to the workers, who do not have it."""
    place = "" if spec is None else spec.rpartition(":")[0]
    name = Path(place).stem if place.endswith(".py") else place
    if name in sys.modules and not name.startswith("invarsig"):
        with suppress(ImportError):
            import cloudpickle

            cloudpickle.register_pickle_by_value(sys.modules[name])
