"""The page: one HTML file with its style, its script and its figures in it, and nothing else.

Names, notes and labels are untrusted: jinja2 escapes all of them, and the content security policy
allows the one style and the one script by their hashes, pictures in ``data:`` addresses and
nothing else.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import xarray as xr

from invarsig import parameters
from invarsig.io.whole_file import write_whole
from invarsig.report.cards import Card, opening
from invarsig.report.comparison import blocks
from invarsig.report.drawing import Drawing
from invarsig.report.glossary import WORDS
from invarsig.report.html import environment, policy, text_of
from invarsig.report.markup import attributes, element, prose
from invarsig.report.reading import AxisReading, InputReading, inputs
from invarsig.report.section import Look, Place, Section, Table
from invarsig.report.sections import SECTIONS
from invarsig.report.verdict_words import finding
from invarsig.report.wording import printable

__all__ = ["ENDINGS", "fragment", "render", "write"]

ENDINGS = (".html", ".htm")

# Pixels of all pictures together, at a byte or so each: with the curves around them a page of two
# pictures and two recordings stays under 1 MB, and one of many inputs grows by its curves alone.
_PIXELS = 420_000

# In a notebook a picture may have so many: there is one shift of each square.
_NOTEBOOK = 4096

# A notebook's cell has a ground of its own: its colours need not be the reader's preferred ones.
_NOTEBOOK_BASE = (
    "& { container-type: inline-size; background: var(--page); color: var(--ink); "
    "padding: 4px 16px; border-radius: 10px; "
    "font: 400 14px/1.5 system-ui, sans-serif; text-align: left; } "
    "&, * { box-sizing: border-box; }\n"
)


def render(tree: xr.DataTree) -> str:
    """Render a diagnosis as one self-contained page.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Returns
    -------
    str
        A whole HTML document; the same tree gives the same text.

    Examples
    --------
    >>> import xarray as xr
    >>> axis = xr.Dataset({"measured": ("length", [0.2])}, {"length": [1.0]}, {"dim": "x"})
    >>> render(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})).splitlines()[:2]
    ['<!doctype html>', '<html lang="en">']
    """
    from markupsafe import Markup

    style = "".join(map(text_of, ("tokens.css", "base.css", "page.css")))
    script = text_of("page.js")
    found = list(inputs(tree))
    look = Look("", _pixels(found))
    entries = [_Entry.of(each, f"input-{k}", look) for k, each in enumerate(found, 1)]
    links = {
        f"/{name}/{axis}": f"input-{k}"
        for k, (name, node) in enumerate(tree.children.items(), 1)
        for axis in node.children
    }
    page = environment().get_template("page.html.jinja")
    text = page.render(
        title=printable(tree.attrs.get("title", ""))
        or "Translation equivariance, measured and explained",
        opening=opening(found),
        root={
            key: printable(tree.attrs.get(key, ""))
            for key in ("version", "versions", "created", "seed")
        },
        blocks=blocks(tree, links),
        entries=entries,
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script),
        words=Markup(_WORDS),
    )
    return _with_words(text)


def write(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a diagnosis as one self-contained page, whole or not at all.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.
    path
        Where the page is to stand, ending in .html or .htm. Its folder must exist.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ParameterError
        If the path ends in something else.
    WriteError
        If the file cannot be written; what stood there before is untouched.
    """
    parameters.ending(path, "A page", *ENDINGS)
    return write_whole(path, render(tree))


def fragment(tree: xr.DataTree) -> str:
    """Render the same sections as a piece of HTML for notebooks, without a script.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Returns
    -------
    str
        Self-contained: its style holds inside it alone, and each square shows its worst move.

    Examples
    --------
    >>> import xarray as xr
    >>> axis = xr.Dataset({"measured": ("length", [0.2])}, {"length": [1.0]}, {"dim": "<x>"})
    >>> "along &lt;x&gt;" in fragment(xr.DataTree.from_dict({"/input_1/axis_1": axis}))
    True
    """
    from markupsafe import Markup

    found = list(inputs(tree))
    name = hashlib.sha256("\n".join(map(finding, found)).encode("utf-8")).hexdigest()[:8]
    look = Look("", min(_pixels(found), _NOTEBOOK), script=False)
    entries = [_Entry.of(each, f"i{name}-{k}", look) for k, each in enumerate(found, 1)]
    tokens = text_of("tokens.css").replace(":root", ".invarsig")
    # The breakpoints are those of the cell, which is narrower than the window.
    parts = text_of("page.css")
    for media in ("@media (max-width", "@media screen and (max-width"):
        parts = parts.replace(media, "@container (max-width")
    style = f"{tokens}\n.invarsig {{\n{_NOTEBOOK_BASE}{parts}}}\n"
    page = environment().get_template("fragment.html.jinja")
    return _with_words(page.render(entries=entries, style=Markup(style), words=Markup(_WORDS)))


@dataclass(frozen=True)
class _Piece:
    """What one section shows of an input or an axis."""

    key: str
    body: Any
    sentences: list[str]
    figures: list[Drawing]
    note: str
    table: Table | None

    @classmethod
    def of(cls, section: Section[Any], reading: InputReading | AxisReading, look: Look) -> _Piece:
        """Draw and word a section."""
        from markupsafe import Markup

        return cls(
            section.key,
            Markup(section.body(reading, look)),
            section.sentences(reading),
            section.figures(reading, look),
            section.note(reading),
            section.table(reading),
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.body or self.sentences or self.figures or self.table)


@dataclass
class _Column:
    """What stands side by side under one heading: the input, or one of its axes."""

    label: str
    pieces: list[_Piece]


@dataclass
class _Group:
    """Sections under one heading."""

    key: str
    name: str
    title: str
    about: str
    columns: list[_Column]

    @property
    def shared(self) -> list[str]:
        """Notes that several columns have word for word: they stand once, below."""
        notes = [piece.note for column in self.columns for piece in column.pieces if piece.note]
        return [note for note in dict.fromkeys(notes) if notes.count(note) > 1]


@dataclass(frozen=True)
class _Entry:
    """What the page shows of one input."""

    key: str
    name: str
    finding: str
    card: Card
    notes: list[str]
    parts: dict[str, list[_Group]]

    @classmethod
    def of(cls, reading: InputReading, key: str, look: Look) -> _Entry:
        """Draw and word everything about an input."""
        parts: dict[str, list[_Group]] = {place: [] for place in get_args(Place)}
        for section in SECTIONS:
            if not (section.unless and section.unless in reading.data.variables):
                _add(parts[section.place], section, reading, replace(look, prefix=key))
        return cls(key, reading.name, finding(reading), Card.of(reading), reading.notes, parts)


def _add(groups: list[_Group], section: Section[Any], reading: InputReading, look: Look) -> None:
    """Put a section into its part of the article, beside those that it continues."""
    readings: list[tuple[str, InputReading | AxisReading]] = [("", reading)]
    if section.about == "axis":
        readings = [(axis.dim, axis) for axis in reading.axes]
    columns = []
    for number, (label, each) in enumerate(readings, 1):
        own = replace(look, prefix=f"{look.prefix}-{section.key}-{number}")
        piece = _Piece.of(section, each, own) if section.shows(each) else None
        columns.append(_Column(label, [] if piece is None or piece.empty else [piece]))
    if not any(column.pieces for column in columns):
        return
    if not section.title and groups and groups[-1].about == section.about:
        for column, more in zip(groups[-1].columns, columns, strict=True):
            column.pieces += more.pieces
    else:
        key = f"{look.prefix}-{section.key}"
        groups.append(_Group(key, section.key, section.title, section.about, columns))


_WORDS = "<!--words-->"


def _with_words(text: str) -> str:
    """Put the words that a page uses, each explained, where they belong."""
    used = {key: said for key, said in WORDS.items() if f'popovertarget="word-{key}"' in text}
    rows = "".join(
        element("div", element("dt", prose(word)) + element("dd", prose(meaning)))
        for word, meaning in used.values()
    )
    pops = "".join(
        f"<div popover{attributes(id=f'word-{key}', class_='pop', role='note')}>"
        f"<b>{prose(word)}</b><p>{prose(meaning)}</p></div>"
        for key, (word, meaning) in used.items()
    )
    return text.replace(_WORDS, element("dl", rows) + pops if used else "")


def _pixels(found: list[InputReading]) -> int:
    """Pixels that each picture may have."""
    count = 3 * sum(axis.data.sizes.get("shown", 0) for each in found for axis in each.axes)
    return max(min(_PIXELS // max(count, 1), 65536), 256)
