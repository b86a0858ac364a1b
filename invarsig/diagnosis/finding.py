"""A finding: one measurement about an axis, and when it is possible."""

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
    """Always true, even where the output holds NaN."""
    return True


def where_the_output_is_known(runs: Runs) -> bool:
    """True where the output is finite."""
    return not runs.nan


def where_the_axis_is_kept(runs: Runs) -> bool:
    """True where the output is finite and still has the axis."""
    return not (runs.nan or runs.lost)


def where_lifted(runs: Runs) -> bool:
    """True where folding explains the pipeline, so that its lift is known."""
    return runs.lifted is not None


@dataclass(frozen=True)
class Finding:
    """One measurement about an axis.

    Parameters
    ----------
    schema
        What it writes.
    measure
        Measures it. An empty Dataset where there is nothing to find.
    text
        Text for progress reports.
    weight
        How long it takes, relative to the others.
    when
        Whether it can be measured.
    pooled
        Pools its Datasets of several segments onto the grid of the loudest part, where the rules of
        the schema are insufficient.
    """

    schema: Schema
    measure: Callable[[Runs], xr.Dataset]
    text: str
    weight: float = 1.0
    when: Callable[[Runs], bool] = always
    pooled: Callable[[xr.Dataset, Sequence[xr.Dataset]], xr.Dataset] | None = None
