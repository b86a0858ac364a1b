"""The commands ``experiments`` and ``experiments run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from invarsig import parameters
from invarsig.cli.progress import progress_of
from invarsig.cli.told import say, told
from invarsig.errors import WriteError

__all__ = ["experiments"]

experiments = typer.Typer(
    help="The claims that people repeat about invariance, each put to the test on real data. "
    "Without a command: list them.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


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

    with told(failing="the experiment fails"):
        if not out.is_dir():
            what = "is a file" if out.exists() else "is not there; make it"
            raise WriteError(f"The folder {out} {what}, or write somewhere else.")
        parameters.one_of("--format", suffix, ("json", "nc"))
        every = [each.name for each in public_experiments()]
        chosen = [experiment_named(name) for name in (every if names == ["all"] else names)]
        with progress_of(len(chosen)) as progress:
            for number, each in enumerate(chosen):
                result = each(reduced=reduced).run(data, progress=progress(each.name, number))
                page = result.to_html(out / f"{each.name}.html")
                kept = result.save(out / f"{each.name}.{suffix}")
                say(f"{result.summary()}\nWrote {page} and {kept}.\n")
