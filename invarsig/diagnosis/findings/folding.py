"""The error that folding predicts, from the spectrum of the lift: at each shift, and as a curve."""

from __future__ import annotations

import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.prediction import nyquist_and_rest, predicted_errors
from invarsig.diagnosis.finding import Finding, where_lifted
from invarsig.diagnosis.runs import Runs
from invarsig.report import schema

__all__ = ["FOLDING"]


def _folding(runs: Runs) -> xr.Dataset:
    op, x, y, dim, moves = runs.op, runs.x, runs.y, runs.dim, runs.moves
    stride, grid = runs.along.stride, runs.along.grid
    assert runs.lifted is not None
    along_line = [Translate({dim: float(length)}) for length in runs.line]
    # The points and the line share one lift.
    both = predicted_errors(
        op, x, [*moves, *along_line], y, runs.lifted, {dim: grid}, {dim: stride}, runs.norm
    )
    predicted = both.isel(length=slice(len(moves)))
    measured = [*map(nyquist_and_rest(y, [dim], runs.norm), runs.gaps())]
    return schema.folding.dataset(
        predicted=predicted.to_numpy(),
        predicted_nyquist=predicted["nyquist"].to_numpy(),
        measured_nyquist=[float(each["nyquist"]) for each in measured],
        predicted_rest=predicted["rest"].to_numpy(),
        measured_rest=[float(each["rest"]) for each in measured],
        exact=predicted["exact"].to_numpy().astype(float),
        predicted_curve=both.isel(length=slice(len(moves), None)).to_numpy(),
        curve_exact=int(op.linear and grid == 1),
        curve_length=runs.line,
    )


FOLDING = Finding(schema.folding, _folding, "predicting", 1, where_lifted)
