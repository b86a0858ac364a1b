"""A finding: one measurement about an axis, and when it is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.diagnosis.runs import Runs
from invarsig.report.schema import Schema

__all__ = [
    "Finding",
    "Outputs",
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
class Outputs:
    """Energies of the outputs of several segments, without their means.

    Parameters
    ----------
    each
        Of each segment, around its own mean.
    whole
        Of all as one, around their common mean.
    """

    each: np.ndarray
    whole: float

    def of(self, counted: np.ndarray) -> np.ndarray:
        """Of those that are counted, of shape ``(segment, ...)``, as one: in proportion."""
        own = self.each.reshape(-1, *(1,) * (counted.ndim - 1))
        every = float(self.each.sum())
        between = self.whole / every if every > 0 else 1.0
        return np.asarray((own * counted).sum(axis=0) * between)


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
        the schema are insufficient. It is given the Dataset of that part, those of the segments,
        and the energies of their outputs.
    sampled
        Whether it takes so long that of many segments only some, evenly spread, are measured.
    """

    schema: Schema
    measure: Callable[[Runs], xr.Dataset]
    text: str
    weight: float = 1.0
    when: Callable[[Runs], bool] = always
    pooled: Callable[[xr.Dataset, Sequence[xr.Dataset], Outputs], xr.Dataset] | None = None
    sampled: bool = False
