"""The equivariance error at each shift, and what a perfect operator would score."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.diagnosis.finding import Finding
from invarsig.diagnosis.runs import Runs
from invarsig.errors import BorderError
from invarsig.measures.protocols import choose_protocol, floor_of
from invarsig.report import schema

__all__ = ["ERRORS", "FLOOR"]


def _errors(runs: Runs) -> xr.Dataset:
    lengths = [move.shifts[runs.dim] for move in runs.moves]
    return schema.errors.dataset(measured=runs.errors, length=lengths)


def _floor(runs: Runs) -> xr.Dataset:
    """The floor at each shift; NaN, with its reason, where the border reaches all of the output."""
    op, x, y = runs.op, runs.x, runs.y
    floor, reason = [], []
    for move in runs.moves:
        protocol = choose_protocol(None, x, y, move)
        try:
            floor.append(float(floor_of(op, x, y, move, protocol, runs.relative)))
            reason.append("")
        except BorderError as told:
            floor.append(math.nan)
            reason.append(told.reason)
    return schema.floor.dataset(floor=floor, floor_reason=np.array(reason, dtype=str))


ERRORS = Finding(schema.errors, _errors, "errors", 0.1)
FLOOR = Finding(schema.floor, _floor, "the floor", 0.3)
