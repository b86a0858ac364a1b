"""What a command tells the shell: lines, notes and errors, or one JSON document; and a code."""

from __future__ import annotations

import importlib.metadata
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import typer

from invarsig.cli.declared import as_json
from invarsig.cli.documents import SCHEMA, Document, Failure, Written
from invarsig.cli.exit_codes import HOLDS, code_of, worst_of
from invarsig.cli.options import OutputOptions
from invarsig.cli.sources import Source
from invarsig.errors import InvarsigError, ParameterError
from invarsig.report.wording import printable

__all__ = ["Told", "say"]


def say(text: str, *, err: bool = False) -> None:
    """Print lines; what a name or a file holds of control characters is shown as an escape."""
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


class Told:
    """A run of a command, as it is told.

    As a context it says whatever goes wrong inside, prints the document if there is to be one, and
    leaves with the exit code: the worst of `codes`.

    Parameters
    ----------
    command
        Name of the command.
    output
        The options.
    failing
        Beginning of what is said of an error that is not this package's own.
    """

    def __init__(
        self, command: str, output: OutputOptions, failing: str = "the pipeline fails"
    ) -> None:
        self.command, self.output, self.failing = command, output, failing
        self.codes: list[int] = []
        self.results: list[Any] = []
        self.written: list[Written] = []
        self.errors: list[Failure] = []
        self.notes: list[str] = []
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin; where there is to be a document, whatever prints meanwhile prints to stderr."""
        if self.output.json:
            self.stack.enter_context(redirect_stdout(sys.stderr))
        if self.output.quiet and self.output.verbose:
            self.__exit__(None, ParameterError("-q says less and -v more; give one of them."), None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        """Say the error, write the document, and leave."""
        if isinstance(error, typer.Abort) or not isinstance(error, (Exception, type(None))):
            self.stack.close()
            return False
        if error is not None and not isinstance(error, typer.Exit):
            self.error(error)
        self.stack.close()
        code = getattr(error, "exit_code", 0) if isinstance(error, typer.Exit) else 0
        code = code or worst_of(self.codes)
        if self.output.json:
            typer.echo(as_json(self.document(code)))
        raise typer.Exit(code) from error

    def document(self, code: int) -> Document:
        """What was told, as one document."""
        version = importlib.metadata.version("invarsig")
        return Document(
            SCHEMA, version, self.command, code,
            self.results, self.written, self.errors, self.notes,
        )  # fmt: skip

    @property
    def plain(self) -> bool:
        """Whether lines of text are wanted."""
        return not (self.output.json or self.output.quiet)

    def result(self, item: Any, *, short: str, text: str, code: int = HOLDS) -> None:
        """Tell a result: as an entry of the document, as one line (-q), or as text."""
        self.results.append(item)
        self.codes.append(code)
        shown = short if self.output.quiet else text
        if shown and not self.output.json:
            say(shown)

    def wrote(self, what: str, path: Path, *, words: str = "Wrote") -> None:
        """Tell that a file was written; without words in the document alone."""
        self.written.append(Written(what, printable(path)))
        if self.plain and words:
            say(f"{words} {path}.")

    def note(self, text: str) -> None:
        """Tell what else has to be known, on stderr; "" is nothing, and no note is told twice."""
        if text and text not in self.notes:
            self.notes.append(text)
            if self.plain:
                say(text, err=True)

    def detail(self, text: str) -> None:
        """Tell on stderr what only -v asks for."""
        if self.output.verbose:
            say(text, err=True)

    def error(self, error: Exception, about: Source | None = None, hint: str = "") -> None:
        """Tell an error in one line that names the input it is about."""
        if isinstance(error, InvarsigError):
            text = str(error)
        else:
            # A pipeline of the user's own broke: its traceback is theirs to get.
            notes = " ".join(getattr(error, "__notes__", ()))
            text = f"{self.failing}: {error!r}. {notes}".rstrip()
            self.detail("".join(traceback.format_exception(error)).rstrip())
        if about is not None:
            text = about.named_in(text)
        said = printable(text + hint)
        code = code_of(error)
        shown = None if about is None else printable(about.shown)
        self.errors.append(Failure(shown, type(error).__name__, said, code))
        self.codes.append(code)
        if not self.output.json:
            typer.echo(f"invarsig: {said}", err=True)

    @contextmanager
    def about(
        self, source: Source, hint: Callable[[Exception], str] = lambda _error: ""
    ) -> Iterator[None]:
        """Tell what goes wrong with one input, and go on with the next."""
        try:
            yield
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - a pipeline of the user's own may raise any
            self.error(error, source, hint(error))
