"""The summary: at most eight lines an input for a terminal, the finding first."""

from __future__ import annotations

from typing import Any

import xarray as xr

from invarsig.report.reading import InputReading, inputs
from invarsig.report.section import Section
from invarsig.report.sections import SECTIONS
from invarsig.report.wording import shortened

__all__ = ["LINES", "summary"]

# The most lines of an input: what fits above the prompt and is read at once.
LINES = 8

# The most characters of a line, which a wide terminal shows whole and any other wraps.
_WIDTH = 160


def summary(tree: xr.DataTree) -> str:
    """Say the finding of each input, its causes and what to do, in at most eight lines each.

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
    >>> axis = xr.Dataset({"measured": ("shift", [0.2])}, {"shift": [1.0]}, attrs)
    >>> print(summary(xr.DataTree.from_dict({"/": xr.Dataset(), "/input_1/axis_1": axis})))
    unnamed input: Move the picture by 1 px along x and the result is 20 % off.
      Along x the result is 20 % off (severe) at 1 px, of the axis made periodic.
    """
    return "\n\n".join("\n".join(_lines(each)) for each in inputs(tree))


def _lines(reading: InputReading) -> list[str]:
    found: list[str] = []
    for section in SECTIONS:
        found += [line for line in _brief(section, reading) if line not in found]
    found = [*found, *reading.notes][:LINES]
    first, *rest = found
    return [first, *(f"  {shortened(each, _WIDTH)}" for each in rest)]


def _brief(section: Section[Any], reading: InputReading) -> list[str]:
    if section.unless and section.unless in reading.data.variables:
        return []
    about = [reading] if section.about == "input" else reading.axes
    return [line for each in about if section.shows(each) for line in section.brief(each)]
