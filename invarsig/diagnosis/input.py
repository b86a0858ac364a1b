"""Findings about an input: the pipeline and the signal as given, along all dims at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from invarsig.diagnosis.side_by_side import Progress
from invarsig.operators import Operator
from invarsig.report.schema import INPUT, Schema, labeled

__all__ = ["INPUT_FINDINGS", "Given", "InputFinding", "measured_of_input"]


@dataclass(frozen=True, eq=False)
class Given:
    """A pipeline and a signal, both as given.

    Parameters
    ----------
    op
        The whole pipeline.
    x
        The signal, or the part of it that is diagnosed at once.
    dims
        The dims to move along; one may be a dim that a stage creates.
    shifts
        Lengths by dim, in the unit of each; None for the default ones.
    tell
        Progress, 0 to 1.
    """

    op: Operator
    x: xr.DataArray
    dims: tuple[str, ...]
    shifts: Mapping[str, Sequence[float]] | None
    tell: Progress


@dataclass(frozen=True)
class InputFinding:
    """One thing that is measured of a pipeline as given.

    Parameters
    ----------
    schema
        What it writes.
    measure
        Measures it. An empty Dataset where there is nothing to find.
    text
        What progress is told by.
    """

    schema: Schema
    measure: Callable[[Given], xr.Dataset]
    text: str = ""


INPUT_FINDINGS: tuple[InputFinding, ...] = ()


def measured_of_input(given: Given) -> xr.Dataset:
    """Measure all findings of an input, and merge their variables and attributes."""
    data = xr.Dataset()
    for number, finding in enumerate(INPUT_FINDINGS):

        def tell(text: str, done: float, number: int = number) -> None:
            given.tell(text, (number + done) / len(INPUT_FINDINGS))

        tell(finding.text or finding.schema.what, 0.0)
        found = finding.measure(replace(given, tell=tell))
        data = data.merge(found, combine_attrs="no_conflicts")
    return labeled(data, INPUT)
