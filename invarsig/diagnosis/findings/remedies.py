"""What would help along the axis, tried on its periodic form."""

from __future__ import annotations

import xarray as xr

from invarsig.diagnosis.finding import Finding, where_lifted
from invarsig.diagnosis.runs import Runs
from invarsig.remedies import Remedy, remedies
from invarsig.report import schema

__all__ = ["REMEDIES"]

_TEXTS = ("name", "pipeline", "reason")


def _remedies(runs: Runs) -> xr.Dataset:
    found = remedies(runs.op, runs.x, [runs.moves[place] for place in runs.judges])
    if not found:
        return xr.Dataset()
    columns = {
        name: [_column(each, name.removeprefix("remedy_")) for each in found]
        for name in schema.axis_remedies.names
    }
    return schema.axis_remedies.dataset(**columns)


def _column(remedy: Remedy, name: str) -> str | float:
    value = getattr(remedy, "rms" if name == "measured" else name)
    return str(value) if name in _TEXTS else float(value)


REMEDIES = Finding(schema.axis_remedies, _remedies, "what would help", 6, where_lifted)
