"""The page: one HTML file with its style, its script and its figures in it, and nothing else.

Names, notes and labels are untrusted: jinja2 escapes all of them, and the content security policy
allows the one style and the one script by their hashes, pictures in ``data:`` addresses and
nothing else.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from invarsig.io.whole_file import write_whole
from invarsig.report.comparison_table import blocks
from invarsig.report.created_table import created_rows
from invarsig.report.headline import headline
from invarsig.report.html import environment, policy, text_of
from invarsig.report.reading import AxisReading, InputReading, inputs
from invarsig.report.remedy_table import RemedyColumns, remedy_rows
from invarsig.report.sentences import (
    Explanation,
    cause,
    explain,
    explanation,
    extent,
    help_sentences,
    standing,
    verdict,
)
from invarsig.report.stage_folding import stage_folding_rows
from invarsig.report.swap_words import over_stages
from invarsig.report.wording import (
    decibels,
    error,
    percent,
    printable,
    quantity,
    shortened,
)

if TYPE_CHECKING:
    from invarsig.report.figures import Drawing

__all__ = ["fragment", "render", "write"]

# Pixels of all pictures together, at a byte or so each: with the curves around them a page of two
# pictures and two recordings stays under 1 MB, and one of many inputs grows by its curves alone.
_PIXELS = 420_000


def render(tree: xr.DataTree) -> str:
    """Render a diagnosis as one self-contained page.

    Parameters
    ----------
    tree
        As laid down in `invarsig.report`.

    Returns
    -------
    str
        A whole HTML document; the same tree gives the same text.

    Examples
    --------
    >>> import xarray as xr
    >>> axis = xr.Dataset({"measured": ("shift", [0.2])}, {"shift": [1.0]}, {"dim": "x"})
    >>> render(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})).splitlines()[:2]
    ['<!doctype html>', '<html lang="en">']
    """
    from markupsafe import Markup

    style, script = text_of("page.css"), text_of("page.js")
    found = list(inputs(tree))
    pixels = _pixels(found)
    entries = [_Entry.of(each, place, pixels) for place, each in enumerate(found, 1)]
    nodes = [f"/{name}/{axis}" for name, node in tree.children.items() for axis in node.children]
    keys = [axis.key for entry in entries for axis in entry.axes]
    page = environment().get_template("page.html.jinja")
    return page.render(
        title=printable(tree.attrs.get("title", ""))
        or "Translation equivariance, measured and explained",
        root={
            key: printable(tree.attrs.get(key, ""))
            for key in ("version", "versions", "created", "seed")
        },
        blocks=blocks(tree, dict(zip(nodes, keys, strict=True))),
        entries=entries,
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script),
    )


def write(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a diagnosis as one self-contained page, whole or not at all.

    Parameters
    ----------
    tree
        As laid down in `invarsig.report`.
    path
        Where the page is to stand. Its folder must exist.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    WriteError
        If the file cannot be written; what stood there before is untouched.
    """
    return write_whole(path, render(tree))


def fragment(tree: xr.DataTree) -> str:
    """Render the verdicts and their reasons as a piece of HTML for notebooks, without a script.

    Parameters
    ----------
    tree
        As laid down in `invarsig.report`.

    Returns
    -------
    str

    Examples
    --------
    >>> import xarray as xr
    >>> axis = xr.Dataset({"measured": ("shift", [0.2])}, {"shift": [1.0]}, {"dim": "<x>"})
    >>> "Along &lt;x&gt;" in fragment(xr.DataTree.from_dict({"/input_1/axis_1": axis}))
    True
    """
    rows = [
        {
            "name": each.name,
            "axes": [
                {"verdict": verdict(axis), "why": explanation(axis), "helps": help_sentences(axis)}
                for axis in each.axes
            ],
        }
        for each in inputs(tree)
    ]
    return environment().get_template("fragment.html.jinja").render(rows=rows)


@dataclass(frozen=True)
class _Square:
    """The square at one shift."""

    shift: str
    panels: tuple[Drawing, ...]


@dataclass(frozen=True)
class _Axis:
    """What the page shows of one axis."""

    key: str
    reading: AxisReading
    number: str
    unit: str
    part: str
    share: float
    standing: str
    measured: str
    verdict: str
    cause: list[str]
    described: str
    caption: str
    why: Explanation
    helps: list[str]
    squares: list[_Square]
    first: int
    error: Drawing | None
    spectrum: Drawing | None
    stages: Drawing | None
    beside: str
    foldings: list[Drawing]
    folding_rows: list[dict[str, str]]
    threshold: str
    about_center: bool
    created: list[dict[str, str]]
    invariance: Drawing | None
    remedies: list[dict[str, str]]
    said: RemedyColumns
    facts: list[tuple[str, str]]

    @classmethod
    def of(cls, reading: AxisReading, key: str, pixels: int) -> _Axis:
        """Draw and word everything about an axis."""
        from invarsig.report import figures

        lead = headline(reading)
        known = lead.state in ("known", "blind")
        size = lead.size if lead.known else math.nan
        number, _, unit = decibels(size).partition(" ")
        count = figures.panels(reading) // 3 if known else 0
        squares = [
            _Square(
                quantity(float(reading.values("shown")[place]), reading.unit),
                figures.square(reading, f"{key}-{place}", place, pixels),
            )
            for place in range(count)
        ]
        first = 0
        if count and math.isfinite(reading.worst_shift):
            first = int(np.argmin(np.abs(reading.values("shown") - reading.worst_shift)))
        return cls(
            key=key,
            reading=reading,
            number=number.replace("-", "\N{MINUS SIGN}") if unit else "?",
            unit=unit,
            part=percent(size) if math.isfinite(size) else "",
            share=100 * min(max(size, 0.0), 1.0) if math.isfinite(size) else 0.0,
            standing=standing(reading),
            measured=f"{quantity(lead.shift, reading.unit)}{_WHERE[lead.protocol]}",
            verdict=verdict(reading),
            cause=cause(reading),
            described=_described(reading),
            caption=_caption(reading),
            why=explain(reading),
            helps=help_sentences(reading),
            squares=squares,
            first=first,
            error=figures.error_over_shift(reading, f"{key}-error") if known else None,
            spectrum=figures.folded_spectrum(reading, f"{key}-spectrum") if known else None,
            stages=figures.stages(reading, f"{key}-stages") if known else None,
            beside=_BESIDE if reading.has("swap_gain") else "",
            foldings=figures.stage_foldings(reading, f"{key}-folding") if known else [],
            folding_rows=stage_folding_rows(reading) if known else [],
            threshold=quantity(reading.scalar("fold_threshold"), "dB"),
            about_center=bool((over_stages(reading, "fold_about_center") == 1).any()),
            created=created_rows(reading) if known else [],
            invariance=figures.invariance(reading, f"{key}-invariance") if known else None,
            remedies=remedy_rows(reading),
            said=RemedyColumns.of(reading),
            facts=_facts(reading),
        )


@dataclass(frozen=True)
class _Entry:
    """What the page shows of one input."""

    key: str
    reading: InputReading
    extent: str
    axes: list[_Axis]

    @classmethod
    def of(cls, reading: InputReading, place: int, pixels: int) -> _Entry:
        """Draw and word everything about an input."""
        key = f"input-{place}"
        axes = [_Axis.of(axis, f"{key}-axis-{k}", pixels) for k, axis in enumerate(reading.axes, 1)]
        return cls(key, reading, extent(reading), axes)


_WHERE = {
    "periodic": "",
    "interior": ", away from the borders",
    "crop": ", as new content enters",
}


_BESIDE = (
    " Beside it: what swapping the stage for its alias-free twin gains, at the shifts that "
    "remedies are judged at."
)


def _pixels(found: list[InputReading]) -> int:
    """Pixels that each picture may have."""
    from invarsig.report import figures

    count = sum(figures.panels(axis) for each in found for axis in each.axes)
    return max(min(_PIXELS // max(count, 1), 65536), 256)


def _described(reading: AxisReading) -> str:
    """Which part of the output the square shows."""
    if "moved_first" not in reading.data.variables:
        return ""
    text = printable(reading.data["moved_first"].attrs.get("description", "")) or "the output"
    return text[:1].upper() + text[1:]


def _caption(reading: AxisReading) -> str:
    """What the marks in the drawing of the errors are."""
    text = "Points are measured."
    if reading.has("predicted") and reading.explained:
        text = "Points are measured, the line is predicted from the spectrum alone."
    ends = [name for name in ("interior", "crop") if np.isfinite(reading.protocol(name)).any()]
    if ends:
        names = {"interior": "interior", "crop": "realistic crop"}
        by = " and ".join(names[end] for end in ends)
        text += f" Hollow: the signal as it is, by the protocol {by}."
    if reading.has("floor"):
        text += (
            " A floor is what a perfect operator scores; it is drawn where it lies in the range."
        )
    return text


def _facts(reading: AxisReading) -> list[tuple[str, str]]:
    """Parameters of an axis, for the provenance."""
    lengths = [("sample step", "step"), ("output step", "out_step")]
    found = [
        (label, quantity(reading.number(name), reading.unit))
        for label, name in lengths
        if math.isfinite(reading.number(name)) and not (reading.lost and name == "out_step")
    ]
    if math.isfinite(reading.number("stride")):
        found.append(("total stride", quantity(float(reading.stride), "sample")))
    if math.isfinite(reading.number("explained_error")):
        found.append(("test of folding", error(reading.number("explained_error"))))
    shifts = [quantity(float(shift), reading.unit) for shift in reading.shifts]
    if shifts:
        found.append(("shifts", shortened(", ".join(shifts), 400)))
    told: dict[str, str] = {}
    for line in reading.lines("protocol_notes"):
        protocol, _, reason = line.partition(": ")
        told.setdefault(protocol, shortened(reason.rstrip("."), 400))
    found += [(f"protocol {protocol}", reason) for protocol, reason in told.items()]
    return found
