"""The summary: at most eight lines an input for a terminal, the finding first; then its notes."""

from __future__ import annotations

from typing import Any

import xarray as xr

from invarsig.report.reading import InputReading, inputs
from invarsig.report.section import Section
from invarsig.report.sections import SECTIONS
from invarsig.report.wording import listed, shortened

__all__ = ["LINES", "outline", "summary"]

# The most lines of an input: what fits above the prompt and is read at once.
LINES = 8

# The most characters of a line, which a wide terminal shows whole and any other wraps.
_WIDTH = 160

# The most inputs of an outline, and the most characters of a line of it.
_INPUTS, _COLUMNS = 4, 110


def summary(tree: xr.DataTree) -> str:
    """Say the finding of each input, its causes and what to do, in at most eight lines each.

    The notes on the input follow whole: they say what the numbers are of.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Returns
    -------
    str
        Plain text; the first line of an input is its verdict.

    Examples
    --------
    >>> import xarray as xr
    >>> attrs = {"dim": "x", "unit": "px"}
    >>> axis = xr.Dataset({"measured": ("length", [0.2])}, {"length": [1.0]}, attrs)
    >>> print(summary(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})))
    unnamed input: Move the picture by 1 px along x and the result is 20 % off.
      Along x the result is 20 % off (severe) at 1 px, of the axis made periodic.
    """
    return "\n\n".join("\n".join(_lines(each)) for each in inputs(tree))


def outline(tree: xr.DataTree) -> str:
    """Say what was diagnosed, the verdict on each input, and how to go on, in at most 12 lines.

    Parameters
    ----------
    tree
        As defined in `invarsig.report`.

    Returns
    -------
    str
        Plain text, no line longer than a terminal is wide.

    Examples
    --------
    >>> import xarray as xr
    >>> attrs = {"dim": "x", "unit": "px"}
    >>> axis = xr.Dataset({"measured": ("length", [0.2])}, {"length": [1.0]}, attrs)
    >>> print(outline(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})))
    Diagnosis of 1 input along x
      unnamed input: Move the picture by 1 px along x and the result is 20 % off.
    Go on with .summary(), .to_html("page.html"), .plot, ["x"]
    """
    every = list(inputs(tree))
    dims = list(dict.fromkeys(axis.dim for reading in every for axis in reading.axes))
    along = f" along {shortened(listed(dims), _COLUMNS // 2)}" if dims else ""
    lines = [f"Diagnosis of {len(every)} input{'' if len(every) == 1 else 's'}{along}"]
    for reading in every[:_INPUTS]:
        if pipeline := reading.text("pipeline"):
            lines.append(f"  {shortened(pipeline, _COLUMNS)}")
        lines.append(f"  {shortened(next(iter(_lines(reading)), reading.name), _COLUMNS)}")
    if len(every) > _INPUTS:
        lines.append(f"  and {len(every) - _INPUTS} more")
    node = f', ["{dims[0]}"]' if dims else ""
    return "\n".join([*lines, f'Go on with .summary(), .to_html("page.html"), .plot{node}'])


def _lines(reading: InputReading) -> list[str]:
    found: list[str] = []
    for section in SECTIONS:
        found += [line for line in _brief(section, reading) if line not in found]
    first, *rest = [*found[:LINES], *reading.notes]
    cut = [shortened(each, _WIDTH) for each in rest[: len(found[:LINES]) - 1]]
    return [first, *(f"  {each}" for each in [*cut, *rest[len(cut) :]])]


def _brief(section: Section[Any], reading: InputReading) -> list[str]:
    if section.unless and section.unless in reading.data.variables:
        return []
    about = [reading] if section.about == "input" else reading.axes
    return [line for each in about if section.shows(each) for line in section.brief(each)]
