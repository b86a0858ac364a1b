"""Which stage causes the error, at each shift."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.aliasing.attribution import attributed_to_stages, features_of
from invarsig.diagnosis.finding import Finding, where_the_output_is_known
from invarsig.diagnosis.runs import Runs
from invarsig.operators.base import stages_of
from invarsig.report import schema

__all__ = ["STAGES"]


def _stages(runs: Runs) -> xr.Dataset:
    """Shares and sizes of the stages' terms; NaN at shifts that are not attributed.

    A shift at which the border reaches all of the output has a reason; one that is merely not
    attributed, in a segment of a long input, has none.
    """
    places = list(runs.attributed)
    moves = [runs.moves[place] for place in places]
    firsts = [runs.firsts[place] for place in places]
    found = attributed_to_stages(runs.op, features_of(runs.op, runs.x), moves, firsts, runs.norm)
    share, size = (np.full((len(runs.moves), len(stages_of(runs.op))), np.nan) for _ in range(2))
    border = np.full(len(runs.moves), np.nan)
    reason = np.full(len(runs.moves), "", dtype=object)
    share[places] = found["share"].transpose("length", "stage").to_numpy()
    size[places] = found["error"].transpose("length", "stage").to_numpy()
    border[places] = found["border_share"].to_numpy()
    reason[places] = found["reason"].to_numpy()
    return schema.stages.dataset(
        operator=found["operator"].to_numpy(),
        share=share,
        stage_error=size,
        border_share=border,
        stages_reason=reason.astype(str),
        stage=found["stage"].to_numpy() + runs.along.skipped,
    )


STAGES = Finding(schema.stages, _stages, "stages", 3, where_the_output_is_known)
