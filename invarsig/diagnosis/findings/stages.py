"""Which stage causes the error, at each shift."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.aliasing.attribution import attributed_to_stages, features_of
from invarsig.axes import Axes, axis_of
from invarsig.diagnosis.finding import Finding, where_the_output_is_known
from invarsig.diagnosis.runs import Runs
from invarsig.operators.base import stages_of
from invarsig.report import schema

__all__ = ["STAGES"]


def _stages(runs: Runs) -> xr.Dataset:
    """Shares and sizes of the stages' terms; NaN at shifts that are not attributed."""
    places = list(runs.attributed)
    moves = [runs.moves[place] for place in places]
    firsts = [runs.firsts[place] for place in places]
    found = attributed_to_stages(runs.op, features_of(runs.op, runs.x), moves, firsts, runs.norm)
    share, size = (np.full((len(runs.moves), len(stages_of(runs.op))), np.nan) for _ in range(2))
    border = np.full(len(runs.moves), np.nan)
    share[places] = found["share"].transpose("length", "stage").to_numpy()
    size[places] = found["error"].transpose("length", "stage").to_numpy()
    border[places] = found["border_share"].to_numpy()
    return schema.stages.dataset(
        operator=found["operator"].to_numpy(),
        share=share,
        stage_error=size,
        border_share=border,
        stage=found["stage"].to_numpy() + runs.along.skipped,
    )


def _where_something_is_compared(runs: Runs) -> bool:
    """True where the output is finite, and closes or has an inside that no border reaches."""
    if not where_the_output_is_known(runs) or runs.lost:
        return where_the_output_is_known(runs)
    reach = runs.op.plan(Axes.of(runs.x)).reach_along(runs.dim)
    return axis_of(runs.y, runs.dim).periodic or math.isfinite(sum(reach))


STAGES = Finding(schema.stages, _stages, "stages", 3, _where_something_is_compared)
