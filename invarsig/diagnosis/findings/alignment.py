"""Pipelines that choose their samples: the error after the chosen samples are aligned."""

from __future__ import annotations

import xarray as xr

from invarsig.commutator import moved_apart
from invarsig.diagnosis.finding import Finding
from invarsig.diagnosis.runs import Runs
from invarsig.report import schema

__all__ = ["ALIGNMENT"]


def _alignment(runs: Runs) -> xr.Dataset:
    pairs = zip(runs.moves, runs.firsts, strict=True)
    return schema.alignment.dataset(
        aligned=runs.against(runs.gaps("grid")),
        apart=[moved_apart(runs.y, first, move) for move, first in pairs],
    )


def _chosen(runs: Runs) -> bool:
    return runs.chosen


ALIGNMENT = Finding(schema.alignment, _alignment, "alignment", 0.1, _chosen)
