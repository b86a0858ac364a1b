"""A finding: one thing that is measured about an axis, and when it can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig.diagnosis.runs import Runs
from invarsig.report.schema import Schema

__all__ = [
    "Finding",
    "always",
    "where_lifted",
    "where_the_axis_is_kept",
    "where_the_output_is_known",
]


def always(_runs: Runs) -> bool:
    """Hold whatever came out, NaN included."""
    return True


def where_the_output_is_known(runs: Runs) -> bool:
    """Hold where the output is finite."""
    return not runs.nan


def where_the_axis_is_kept(runs: Runs) -> bool:
    """Hold where the output is finite and still has the axis."""
    return not (runs.nan or runs.lost)


def where_lifted(runs: Runs) -> bool:
    """Hold where folding explains the pipeline, so that its lift is known."""
    return runs.lifted is not None


@dataclass(frozen=True)
class Finding:
    """One thing that is measured about an axis.

    Parameters
    ----------
    schema
        What it writes.
    measure
        Measures it. An empty Dataset where there is nothing to find.
    text
        What progress is told by.
    weight
        How long it takes, relative to the others.
    when
        Whether it can be measured.
    pooled
        Pools its Datasets of several segments onto the grid of the loudest part's, where the rules
        of the schema are not enough.
    """

    schema: Schema
    measure: Callable[[Runs], xr.Dataset]
    text: str
    weight: float = 1.0
    when: Callable[[Runs], bool] = always
    pooled: Callable[[xr.Dataset, Sequence[xr.Dataset]], xr.Dataset] | None = None
