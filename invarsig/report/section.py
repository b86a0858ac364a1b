"""A section: one finding as it is told, its words, figures and table in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from invarsig.report.drawing import Drawing
from invarsig.report.headline import headline
from invarsig.report.reading import AxisReading, InputReading
from invarsig.report.verdict import Verdict

__all__ = ["Cell", "Look", "Place", "Row", "Section", "Table", "state_of"]

R = TypeVar("R", InputReading, AxisReading)

# Parts of an input's article, in their order: the finding on one screen, why, the evidence, what
# would help, and what is folded away.
Place = Literal["first", "why", "evidence", "help", "stages", "measured", "checks"]


@dataclass(frozen=True)
class Look:
    """How a section is drawn.

    Parameters
    ----------
    prefix
        Begins every id.
    pixels
        The most pixels of a picture.
    script
        Whether a script will be there, so that a slider makes sense.
    """

    prefix: str
    pixels: int = 9216
    script: bool = True


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    text
        What it says.
    error
        Relative error that is marked on the common scale beside it; None for no mark.
    """

    text: str
    error: float | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Parameters
    ----------
    head, note
        What the row is about, and one line on it.
    cells
        One for each column but the first.
    best
        Whether the row is marked.
    """

    head: str
    cells: tuple[Cell, ...]
    note: str = ""
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A table: cards on a narrow screen.

    Parameters
    ----------
    columns
        Heads, the first one's included.
    rows
        Its rows.
    caption
        What it shows.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str


def _nothing(_reading: Any) -> list[Any]:
    return []


@dataclass(frozen=True)
class Section(Generic[R]):
    """What is told of one finding.

    Parameters
    ----------
    key
        Its name: that of its file, and the end of ids on the page.
    title
        Heading; "" continues the section before.
    about
        "input", or "axis": then the axes of an input stand side by side under one heading.
    place
        Part of the article that it stands in.
    reads
        Variables that it may read, beside those of the verdict or of the headline.
    when
        States of the verdict or headline in which it shows.
    sentences
        What it says on the page, from a reading.
    brief
        What it says in a terminal: lines.
    figures
        Drawings, from a reading and how they are to look.
    table
        Table, or None.
    note
        What figures and table are, in a line; "" for nothing.
    body
        Own markup, with all text in it escaped, for what is no list of sentences; "" for nothing.
    unless
        Variable of the input in whose presence the section is left out: it stands in for that.
    """

    key: str
    title: str
    about: Literal["input", "axis"]
    place: Place
    reads: tuple[str, ...]
    when: tuple[str, ...] = ("known",)
    sentences: Callable[[R], list[str]] = field(default=_nothing)
    brief: Callable[[R], list[str]] = field(default=_nothing)
    figures: Callable[[R, Look], list[Drawing]] = lambda _reading, _look: []
    table: Callable[[R], Table | None] = lambda _reading: None
    note: Callable[[R], str] = lambda _reading: ""
    body: Callable[[R, Look], str] = lambda _reading, _look: ""
    unless: str = ""

    def shows(self, reading: R) -> bool:
        """Whether it may show, by the state of what it is about."""
        return state_of(reading) in self.when


def state_of(reading: InputReading | AxisReading) -> str:
    """State of the verdict on an input, or of the headline of an axis."""
    if isinstance(reading, InputReading):
        return Verdict(reading).state
    return headline(reading).state
