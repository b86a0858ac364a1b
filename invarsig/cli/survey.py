"""The command ``survey``, and ``check --survey``."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from invarsig.cli import completion
from invarsig.cli.documents import ComparedQuantile, ComparedSurvey, PairedFiles, SurveyedFiles
from invarsig.cli.exit_codes import BAD_USAGE, FALLS_SHORT, HOLDS, SOME_FAILED
from invarsig.cli.options import (
    Along,
    GridAxesOptions,
    NetworkOptions,
    NormName,
    OutputOptions,
    SubjectOptions,
)
from invarsig.cli.places import require_apart, require_place
from invarsig.errors import ParameterError

if TYPE_CHECKING:
    from invarsig.cli.subject import Subject as Loaded
    from invarsig.cli.told import Told
    from invarsig.diagnosis import Progress
    from invarsig.measures.norms import Norm
    from invarsig.survey import Prepared, Subject, Survey
    from invarsig.survey.pairs import Pair

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
            autocompletion=completion.files,
        ),
    ],
    *,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(
            "--pipeline",
            metavar="PATH.py:OBJECT",
            help="A pipeline of your own; may be repeated, for a comparison. The file is run.",
            autocompletion=completion.pipelines,
        ),
    ] = None,
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
    norm: NormName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    network: NetworkOptions,
    grid: GridAxesOptions,
    output: OutputOptions,
) -> None:
    """Diagnose every file of a folder: a row for each file and axis, kept as it comes, and a page.

    Stopped at any moment, the same command goes on where it was.
    """
    from invarsig import parameters
    from invarsig.cli.progress import progress_of
    from invarsig.cli.told import Told
    from invarsig.report.page import ENDINGS

    page = out.with_suffix(".html") if page is None else page
    with Told("survey", output) as told:
        parameters.ending(out, "A survey", ".zarr")
        parameters.ending(page, "A page", *ENDINGS)
        require_place(out, folder=True)
        require_place(page)
        asked = _Asked(tuple(pipeline or ()), network, grid, norm)
        require_apart(out, asked.files())
        require_apart(page, [*asked.files(), out])
        whole = whole or network.model is not None
        with progress_of(1, output) as progress:
            found = _surveyed(
                told, asked.subjects(), inputs, along, out, whole=whole, norm=asked.usual,
                workers=workers, scheduler=scheduler, progress=progress(out.name, 0),
            )  # fmt: skip
        with progress_of(1, output) as progress:
            written = found.to_html(page, pages=pages, progress=progress(page.name, 0))
        _tell(told, found, out, written)


def _tell(told: Told, found: Survey, out: Path, written: Path) -> None:
    """Tell the summary, and how many files have no result."""
    from invarsig.survey.paired import pairs_of_survey

    failed = sorted(set(found.failed.input.to_numpy().tolist()))
    summary = found.summary()
    pairs = _written(pairs_of_survey(found))
    item = SurveyedFiles(str(out), len(found.names), pairs, failed, summary.splitlines())
    told.result(item, short=str(out), text=f"{summary}\n\nWrote {written}. Rows are in {out}.")
    told.wrote("page", written, words="")
    told.wrote("survey", out, words="")
    if failed:
        verb = "has" if len(failed) == 1 else "have"
        told.note(f"invarsig: {len(failed)} of {len(found.names)} files {verb} no result.")
        raise typer.Exit(BAD_USAGE if len(failed) == len(found.names) else SOME_FAILED)


def checked_with_survey(
    told: Told, given: str, baseline: Path, tolerance: float, options: SubjectOptions
) -> None:
    """Check that the quantiles of a survey, or of files surveyed now, are no worse than a baseline.

    Parameters
    ----------
    told
        What is told to.
    given
        A survey, or files.
    baseline
        The survey that is compared with.
    tolerance
        In dB.
    options
        What measures the files.
    """
    from invarsig.survey import Survey, compare_surveys, pair_surveys

    with tempfile.TemporaryDirectory() as folder:
        before = Survey.load(baseline)
        if (Path(given) / "rows" / "names.jsonl").is_file():
            now = Survey.load(given)
        else:
            now = _surveyed_now(told, given, before, Path(folder) / "now.zarr", options)
        changes = compare_surveys(now, before, tolerance=tolerance)
        pairs = pair_surveys(now, before)
    worse = any(each.worse for each in changes)
    outcome, code = ("falls short", FALLS_SHORT) if worse else ("holds", HOLDS)
    quantiles = [
        ComparedQuantile(
            each.pipeline, each.dim, each.probability, each.worse, each.before, each.now,
            each.sentence,
        )
        for each in changes
    ]  # fmt: skip
    item = ComparedSurvey(given, str(baseline), tolerance, outcome, quantiles, _written(pairs))
    text = "\n".join([each.sentence for each in changes] + [each.sentence for each in pairs])
    told.result(item, short=outcome, text=text, code=code)


def _written(pairs: Sequence[Pair]) -> list[PairedFiles]:
    """Pairs, as a document has them."""
    return [
        PairedFiles(
            each.first, each.second, each.dim, each.files, each.median, *each.interval,
            each.better, each.worse, each.alike, each.chance, each.cost.work, each.cost.output,
            each.sentence,
        )
        for each in pairs
    ]  # fmt: skip


def _surveyed_now(
    told: Told, given: str, before: Survey, out: Path, options: SubjectOptions
) -> Survey:
    """Survey files as a survey of before was asked to."""
    from invarsig.cli.progress import progress_of

    wanted = before.asked.get("along", "all")
    specs = () if options.pipeline is None else (options.pipeline,)
    asked = _Asked(specs, options, options, options.norm)
    norm = _norm_of(before, asked.usual if options.norm else None)
    with progress_of(1, told.output) as progress:
        return _surveyed(
            told, asked.subjects(), [given], None if wanted == "all" else wanted.split(", "),
            out, whole=before.asked.get("most") == "None", norm=norm,
            workers=None, scheduler=None, progress=progress(Path(given).name, 0),
        )  # fmt: skip


def _norm_of(before: Survey, wanted: Norm | None) -> Norm | None:
    """What the errors of a survey of before are relative to; None for the kind of its pipelines.

    Raises
    ------
    ParameterError
        If another norm is wanted.
    """
    from invarsig.measures.norms import Norm

    named = before.asked.get("norm", "centered")  # surveys of before do not say
    if wanted is not None and wanted != named:
        raise ParameterError(
            f"The survey {before.path} has errors by the norm {named!r}, and --norm asks for "
            f"{wanted!r}; leave --norm out, or survey the files of the baseline anew."
        )
    return named if named in get_args(Norm) else None  # type: ignore[return-value]


def _surveyed(
    told: Told, subjects: Sequence[Subject], inputs: Sequence[str],
    along: Sequence[str] | None, out: Path, *,
    whole: bool, norm: Norm | None, workers: int | None, scheduler: str | None, progress: Progress,
) -> Survey:  # fmt: skip
    """Run the survey; one that is interrupted says how it goes on."""
    from invarsig.diagnosis import MOST
    from invarsig.survey.run import survey_subjects

    try:
        return survey_subjects(
            subjects, inputs, along or None, out=out, most=None if whole else MOST, norm=norm,
            count=workers, scheduler=scheduler, progress=progress,
        )  # fmt: skip
    except KeyboardInterrupt as error:
        told.note(
            f"invarsig: stopped. What was finished is kept in {out}: the same command goes on."
        )
        raise typer.Exit(_INTERRUPTED) from error


@dataclass(frozen=True)
class _Asked:
    """What the options ask about."""

    pipelines: tuple[str, ...]
    network: NetworkOptions
    grid: GridAxesOptions
    norm: str | None = None

    @property
    def usual(self) -> Norm | None:
        """The norm that is asked for; by default that of networks for a model."""
        from invarsig.cli.subject import norm_asked

        named = norm_asked(self.norm)
        return "channelwise" if named is None and self.network.model is not None else named

    def _options(self, spec: str | None) -> SubjectOptions:
        """The options of one pipeline."""
        network = {each.name: getattr(self.network, each.name) for each in fields(NetworkOptions)}
        return SubjectOptions(
            pipeline=spec,
            variable=self.grid.variable,
            axis=self.grid.axis,
            norm=self.norm,
            **network,
        )

    def files(self) -> list[Path]:
        """Files that are read besides the inputs."""
        from invarsig.cli.subject import Subject as Loaded

        specs = self.pipelines or (None,)
        return [file for each in specs for file in Loaded.files(self._options(each))]

    def subjects(self) -> tuple[Subject, ...]:
        """Load every pipeline, once, or the model.

        Raises
        ------
        ParameterError
            If two have one name, or the options do not fit together.
        """
        from invarsig.cli.subject import Subject as Loaded

        found: dict[str, Subject] = {}
        for spec in self.pipelines or (None,):
            loaded = Loaded.loaded(self._options(spec))
            name = self.network.model or spec or "default"
            name = name.rpartition(":")[2] if spec else Path(name).name
            if name in found:
                raise ParameterError(
                    f"Two pipelines are called {name!r}; give the objects different names."
                )
            found[name] = self._subject(name, spec, loaded)
        return tuple(found.values())

    def _subject(self, name: str, spec: str | None, loaded: Loaded) -> Subject:
        from invarsig.survey import Subject

        _send_by_value(spec or self.network.model)
        identity = {
            "pipeline": _identity(spec),
            "channel": self.network.channel or "mixed",
            "variable": self.grid.variable or "the only one",
            "axis": " ".join(self.grid.axis or ()) or "that of the file",
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
    from invarsig.cli.pipelines import NAMED
    from invarsig.operators import Operator
    from invarsig.survey.subject import identity_of

    if spec is None or spec in NAMED:
        return spec or "default"
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
