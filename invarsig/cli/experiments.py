"""The commands ``experiments`` and ``experiments run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from invarsig.cli import completion
from invarsig.cli.documents import Experiment, RunExperiment
from invarsig.cli.options import OutputOptions

__all__ = ["list_command", "run_command"]


def list_command(context: typer.Context, output: OutputOptions) -> None:
    """List the experiments, or run some of them: `invarsig experiments run NAME`."""
    if context.invoked_subcommand is not None:
        return
    from invarsig.cli.told import Told
    from invarsig.experiments import public_experiments

    with Told("experiments", output) as told:
        every = public_experiments()
        for each in every:
            told.result(Experiment(each.name, each.claim), short=each.name, text="")
        if told.plain:
            _table([(each.name, each.claim) for each in every])


def _table(rows: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "claim", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def run_command(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Names of experiments, or all that the installed packages allow.",
            autocompletion=completion.experiments,
        ),
    ],
    *,
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
    output: OutputOptions,
) -> None:
    """Run experiments: a page with figures and a verdict, and a Dataset, for each."""
    from invarsig import parameters
    from invarsig.cli.progress import progress_of
    from invarsig.cli.told import Told
    from invarsig.errors import WriteError
    from invarsig.experiments import experiment_named, public_experiments

    with Told("experiments run", output, failing="the experiment fails") as told:
        if not out.is_dir():
            what = "is a file" if out.exists() else "is not there; make it"
            raise WriteError(f"The folder {out} {what}, or write somewhere else.")
        parameters.one_of("--format", suffix, ("json", "nc"))
        if names == ["all"]:
            chosen = [each for each in public_experiments() if not each.missing()]
            for each in public_experiments():
                if each.missing():
                    told.note(f"{each.name} is left out: {each.weights[0].remedy()}")
        else:
            chosen = [experiment_named(name) for name in names]
        with progress_of(len(chosen), output) as progress:
            for number, each in enumerate(chosen):
                result = each(reduced=reduced).run(data, progress=progress(each.name, number))
                page = result.to_html(out / f"{each.name}.html")
                kept = result.save(out / f"{each.name}.{suffix}")
                told.result(
                    RunExperiment(each.name, result.answer, result.sentence),
                    short=f"{each.name}: {result.answer}",
                    text=result.summary(),
                )
                told.wrote("page", Path(page))
                told.wrote("dataset", Path(kept))
