"""What the shell is told: one line for each error, harmless text, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from invarsig.errors import InvarsigError, UndecidableError
from invarsig.report.wording import printable

__all__ = [
    "BAD_USAGE",
    "FALLS_SHORT",
    "HOLDS",
    "SOME_FAILED",
    "UNDECIDABLE",
    "code_of",
    "say",
    "tell",
    "told",
]

HOLDS, FALLS_SHORT, BAD_USAGE, UNDECIDABLE, SOME_FAILED = range(5)


def say(text: str, *, err: bool = False) -> None:
    """Print lines; what a name or a file holds of control characters is shown as an escape."""
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


def tell(
    error: Exception,
    about: Path | None = None,
    failing: str = "the pipeline fails",
    hint: str = "",
) -> None:
    """Say an error in one line that names the input it is about."""
    if isinstance(error, InvarsigError):
        text = str(error)
    else:
        # A pipeline of the user's own broke: its traceback is theirs to get.
        text = f"{failing}: {error!r}. {' '.join(getattr(error, '__notes__', ()))}".rstrip()
    where = f"{about}: " if about is not None and str(about) not in text else ""
    typer.echo(f"invarsig: {printable(where + text + hint)}", err=True)


def code_of(error: Exception) -> int:
    """Exit code of an error: 1 would say that a pipeline falls short."""
    return UNDECIDABLE if isinstance(error, UndecidableError) else BAD_USAGE


@contextmanager
def told(about: Path | None = None, failing: str = "the pipeline fails") -> Iterator[None]:
    """Say what goes wrong inside, and leave with the code that fits."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        tell(error, about, failing)
        raise typer.Exit(code_of(error)) from error
