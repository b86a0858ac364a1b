"""How commands are added: options in groups, exit codes and an example in the help, JSON errors."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from invarsig.cli.grouped import grouped
from invarsig.suggestions import did_you_mean

__all__ = ["Commands", "add", "epilog_of"]

# What is raised for wrong arguments: of click, or of the copy of it that newer typer has.
_UsageError: Any = sys.modules[typer.BadParameter.__module__].__dict__["ClickException"]


def add(
    app: typer.Typer,
    name: str,
    function: Callable[..., None],
    codes: Mapping[int, str],
    example: str,
) -> None:
    """Add a command.

    Parameters
    ----------
    app
        Where it is added.
    name
        What it is called.
    function
        What it does; it leaves with one of the codes.
    codes
        Exit codes, and what each stands for.
    example
        A line of shell.
    """
    app.command(name=name, epilog=epilog_of(codes, example))(grouped(function))


def epilog_of(codes: Mapping[int, str], example: str) -> str:
    """What stands below the options in the help of a command."""
    said = "; ".join(f"{code}: {codes[code]}" for code in sorted(codes))
    return f"Exit codes: {said}.\n\nExample: {example}"


class Commands(TyperGroup):
    """The commands; with --json wrong arguments are told as a document too."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **given: Any) -> Any:
        """Run a command, and leave with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        if "--json" not in words or not given.get("standalone_mode", True):
            return super().main(args, *more, **given)
        try:
            code = super().main(args, *more, **{**given, "standalone_mode": False})
        except _UsageError as error:
            code = _told(error)
        except typer.Abort:
            code = 130
        sys.exit(code)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command; of a misspelt one say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except _UsageError as error:
            if "Did you mean" not in error.message:
                error.message += did_you_mean(args[0], self.commands)
            raise


def _told(error: Any) -> int:
    """Write the document of wrong arguments."""
    import importlib.metadata

    from invarsig.cli.declared import as_json
    from invarsig.cli.documents import SCHEMA, Document, Failure

    words: list[str] = []
    context = getattr(error, "ctx", None)
    while context is not None and context.parent is not None:
        words.insert(0, context.info_name)
        context = context.parent
    code = int(error.exit_code)
    failure = Failure(None, type(error).__name__, error.format_message(), code)
    version = importlib.metadata.version("invarsig")
    typer.echo(as_json(Document(SCHEMA, version, " ".join(words), code, [], [], [failure], [])))
    return code
