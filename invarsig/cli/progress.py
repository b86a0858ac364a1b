"""Progress on the error stream: a bar on a terminal, plain lines with -v where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from invarsig.report.wording import printable

if TYPE_CHECKING:
    from invarsig.cli.options import OutputOptions
    from invarsig.diagnosis import Progress

__all__ = ["progress_of"]

# Seconds before anything is shown, and between two lines where there is no terminal.
_FIRST, _BETWEEN = 1.0, 5.0


@contextmanager
def progress_of(count: int, output: OutputOptions) -> Iterator[Callable[[str, int], Progress]]:
    """Progress over so many inputs, each by its name and number, from the first second on.

    On a terminal it is a bar that is gone when all is done; elsewhere, with -v, a line every few
    seconds; with -q there is none.
    """
    if output.quiet or not (sys.stderr.isatty() or output.verbose):
        yield lambda _name, _number: lambda _text, _part: None
    elif sys.stderr.isatty():
        with _bar() as update:
            yield _told(count, update)
    else:
        yield _told(count, _lines())


# Of all the work the part that is done, and what it is at.
_Update = Callable[[float, str], None]


def _told(count: int, update: _Update) -> Callable[[str, int], Progress]:
    begun = time.monotonic()

    def of(name: str, number: int) -> Progress:
        def tell(text: str, part: float) -> None:
            if time.monotonic() - begun >= _FIRST:
                update((number + part) / max(count, 1), printable(f"{name}: {text}"))

        return tell

    return of


@contextmanager
def _bar() -> Iterator[_Update]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0)

    def update(part: float, text: str) -> None:
        bar.start()  # Once: later calls do nothing.
        bar.update(task, completed=part, description=escape(text))

    try:
        yield update
    finally:
        bar.stop()


def _lines() -> _Update:
    begun = last = time.monotonic()

    def update(part: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _BETWEEN or last == begun:
            last = now
            left = f", {_duration((now - begun) / part * (1 - part))} left" if part > 0 else ""
            typer.echo(
                f"{100 * part:3.0f} % after {_duration(now - begun)}{left}: {text}", err=True
            )

    return update


def _duration(seconds: float) -> str:
    """Write a time as people say it.

    Examples
    --------
    >>> _duration(4.2), _duration(75)
    ('4 s', '1:15 min')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} min"
