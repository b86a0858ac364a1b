"""The equivariance error at each shift, and what a perfect operator would score."""

from __future__ import annotations

import xarray as xr

from invarsig.diagnosis.finding import Finding
from invarsig.diagnosis.runs import Runs
from invarsig.measures.protocols import choose_protocol, floor_of
from invarsig.report import schema

__all__ = ["ERRORS", "FLOOR"]


def _errors(runs: Runs) -> xr.Dataset:
    lengths = [move.shifts[runs.dim] for move in runs.moves]
    return schema.errors.dataset(measured=runs.errors, length=lengths)


def _floor(runs: Runs) -> xr.Dataset:
    op, x, y = runs.op, runs.x, runs.y
    protocols = [choose_protocol(None, x, y, move) for move in runs.moves]
    pairs = zip(runs.moves, protocols, strict=True)
    return schema.floor.dataset(
        floor=[floor_of(op, x, y, move, protocol, runs.relative) for move, protocol in pairs]
    )


ERRORS = Finding(schema.errors, _errors, "errors", 0.1)
FLOOR = Finding(schema.floor, _floor, "the floor", 0.3)
