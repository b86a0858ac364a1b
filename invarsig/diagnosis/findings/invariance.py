"""How far the output is from staying the same when the input moves."""

from __future__ import annotations

import xarray as xr

from invarsig.axes import difference
from invarsig.diagnosis.finding import Finding
from invarsig.diagnosis.runs import Runs
from invarsig.report import schema

__all__ = ["INVARIANCE"]


def _invariance(runs: Runs) -> xr.Dataset:
    gaps = [difference(first, runs.y) for first in runs.firsts]
    return schema.invariance.dataset(invariance=runs.against(gaps))


INVARIANCE = Finding(schema.invariance, _invariance, "invariance", 0.1)
