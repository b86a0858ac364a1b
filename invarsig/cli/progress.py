"""A progress bar on the error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from invarsig.report.wording import printable

if TYPE_CHECKING:
    from invarsig.diagnosis import Progress

__all__ = ["progress_of"]


@contextmanager
def progress_of(count: int) -> Iterator[Callable[[str, int], Progress]]:
    """A bar over so many inputs, each by its name and number; it is gone when all is done."""
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
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)

        def of(name: str, number: int) -> Progress:
            def tell(text: str, part: float) -> None:
                said = escape(printable(f"{name}: {text}"))
                bar.update(task, completed=number + part, description=said)

            return tell

        yield of
