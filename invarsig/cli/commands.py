"""The app: its commands, what each exit code of theirs stands for, and an example of each."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

from invarsig.cli.allocation import give_back_at_once
from invarsig.cli.answers import answers_command
from invarsig.cli.app import Commands, add, epilog_of
from invarsig.cli.baselines import baseline_command
from invarsig.cli.checked import check_command
from invarsig.cli.exit_codes import BAD_USAGE, FALLS_SHORT, HOLDS, SOME_FAILED, UNDECIDABLE
from invarsig.cli.experiments import list_command, run_command
from invarsig.cli.grouped import grouped
from invarsig.cli.reported import render_command, report_command
from invarsig.cli.survey import survey_command

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Commands,
    help="Measure how equivariant and how invariant a pipeline is, along which axis, and why not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


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


_ANY = {
    HOLDS: "all inputs are in it",
    BAD_USAGE: "bad usage, or no input can be measured",
    SOME_FAILED: "some inputs cannot be measured, and each is named with what is wrong with it",
}
_GATE = {
    **_ANY,
    HOLDS: "it holds for all inputs",
    FALLS_SHORT: "some input falls short",
    UNDECIDABLE: "undecidable: the measuring limit lies above the limit, no shift can tell, or an "
    "error is undefined",
}
_ONE = {HOLDS: "done", BAD_USAGE: "bad usage, and nothing is written"}

add(
    app,
    "report",
    report_command,
    {**_ANY, UNDECIDABLE: "an error is undefined for every input"},
    "invarsig report take.wav photo.png --out report.html",
)
add(app, "render", render_command, _ONE, "invarsig render found.json --out report.html")
add(app, "check", check_command, _GATE, "invarsig check photo.png --along x --max-error -40")
add(
    app,
    "baseline",
    baseline_command,
    {**_ANY, HOLDS: "written for all inputs", UNDECIDABLE: _GATE[UNDECIDABLE]},
    "invarsig baseline photo.png --pipeline mine.py:pipeline --out baseline.json",
)
add(
    app,
    "answers",
    answers_command,
    {
        HOLDS: "done, and consistent enough",
        FALLS_SHORT: "less consistent than --min-consistency",
        BAD_USAGE: "bad usage, or a picture cannot be measured",
        UNDECIDABLE: "undecidable, since an answer is undefined",
    },
    "invarsig answers photos --model classifier.py:model --min-consistency 0.95",
)
experiments = typer.Typer(
    cls=Commands,
    help="The claims that people repeat about invariance, each put to the test on real data. "
    "Without a command: list them.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    epilog=epilog_of({HOLDS: "listed"}, "invarsig experiments"),
)
experiments.callback()(grouped(list_command))
add(
    app,
    "survey",
    survey_command,
    {
        HOLDS: "every file has a result",
        BAD_USAGE: "bad usage, or no file has one",
        SOME_FAILED: "some files have none, and each is a row with its error",
    },
    "invarsig survey 'recordings/**/*.wav' --out survey.zarr",
)
app.add_typer(experiments, name="experiments")
add(
    experiments,
    "run",
    run_command,
    {HOLDS: "all are run, whatever they found", BAD_USAGE: "bad usage, or data is missing"},
    "invarsig experiments run anti-aliased-pooling --reduced",
)


def main() -> None:
    """Run the command line, in a process of its own."""
    give_back_at_once()
    app(prog_name="invarsig")
