"""The verdict: the worst error that any move reveals in the pipeline as given."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.diagnosis.given import Given, InputFinding
from invarsig.report import schema

__all__ = ["VERDICT"]


def _verdict(given: Given) -> xr.Dataset:
    if given.refused:
        return _refused(given)
    run, judged = given.run, given.judged
    found = given.verdict
    along = run.along
    lengths = [[each.move.shifts.get(dim, 0.0) for dim in along] for each in judged]
    cuts = {
        name: [getattr(each, name) for each in judged]
        for name in ("cut_compared", "cut_limit", "cut_reason", "inside_compared", "inside_limit")
    }
    return schema.verdict.dataset(
        {
            "verdict_state": found.state,
            "verdict_move": found.place,
            "verdict_protocol": found.protocol,
            "verdict_region": found.region,
            "verdict_error": found.error,
            "verdict_compared": found.compared,
            "verdict_seam": int(found.seam),
            "verdict_border": found.border,
        },
        moved=list(along),
        moved_unit=[each.axis.length_unit for each in along.values()],
        moved_step=[abs(each.axis.step) for each in along.values()],
        moved_stride=[float(each.stride) for each in along.values()],
        moved_lost=[float(dim not in run.y.dims) for dim in along],
        moved_size=[float(run.y.sizes.get(dim, math.nan)) for dim in along],
        moved_begins=[float(each.skipped) for each in along.values()],
        move_length=np.reshape(lengths, (len(judged), len(along))),
        roll_error=[each.roll for each in judged],
        inside_error=[each.inside for each in judged],
        inside_reason=[each.inside_reason for each in judged],
        cut_error=[each.cut for each in judged],
        blind=[float(each.blind) for each in judged],
        **cuts,
    )


def _refused(given: Given) -> xr.Dataset:
    """The result where nothing is known: the pipeline does not run on the signal as given."""
    along = given.along
    none = {name: np.empty(0) for name in schema.verdict.names if name not in _OVER_MOVED}
    none |= {name: np.empty(0, dtype="<U1") for name in ("inside_reason", "cut_reason")}
    none["move_length"] = np.empty((0, len(along)))
    return schema.verdict.dataset(
        {
            "verdict_state": "refused",
            "verdict_move": -1,
            "verdict_protocol": "roll",
            "verdict_region": "whole",
            "verdict_error": np.nan,
            "verdict_compared": np.nan,
            "verdict_seam": 0,
            "verdict_border": np.nan,
        },
        moved=list(along),
        moved_unit=[each.axis.length_unit for each in along.values()],
        moved_step=[abs(each.axis.step) for each in along.values()],
        moved_stride=[float(each.stride) for each in along.values()],
        moved_lost=[0.0] * len(along),
        moved_size=[math.nan] * len(along),
        moved_begins=[float(each.skipped) for each in along.values()],
        **none,
    )


_OVER_MOVED = (
    "moved_unit", "moved_step", "moved_stride", "moved_lost", "moved_size",
    "moved_begins",
)  # fmt: skip

VERDICT = InputFinding(schema.verdict, _verdict, "the moves as given")
