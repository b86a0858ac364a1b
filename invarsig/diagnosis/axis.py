"""Everything about one axis: the findings, measured in parallel and joined into one Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import xarray as xr

from invarsig.axes import Axes, axis_of
from invarsig.diagnosis.finding import Finding
from invarsig.diagnosis.findings.alignment import ALIGNMENT
from invarsig.diagnosis.findings.borders import BORDERS
from invarsig.diagnosis.findings.created import CREATED
from invarsig.diagnosis.findings.errors import ERRORS, FLOOR
from invarsig.diagnosis.findings.folding import FOLDING
from invarsig.diagnosis.findings.invariance import INVARIANCE
from invarsig.diagnosis.findings.orbit import ORBIT
from invarsig.diagnosis.findings.spectrum import SPECTRUM
from invarsig.diagnosis.findings.square import SQUARE
from invarsig.diagnosis.findings.stage_folding import STAGE_FOLDING
from invarsig.diagnosis.findings.stages import STAGES
from invarsig.diagnosis.findings.swaps import SWAPS
from invarsig.diagnosis.runs import Runs
from invarsig.diagnosis.side_by_side import Part
from invarsig.report.schema import AXIS, labeled

__all__ = ["FINDINGS", "joined", "labeled_axis", "parts_of"]

FINDINGS: tuple[Finding, ...] = (
    ERRORS,
    FLOOR,
    INVARIANCE,
    ALIGNMENT,
    FOLDING,
    SPECTRUM,
    ORBIT,
    BORDERS,
    STAGES,
    STAGE_FOLDING,
    SQUARE,
    SWAPS,
    CREATED,
)


def parts_of(runs: Runs) -> list[Part]:
    """The findings that can be measured; they are independent."""
    return [
        Part(finding.text, partial(finding.measure, runs), finding.weight)
        for finding in FINDINGS
        if finding.when(runs)
    ]


def joined(runs: Runs, found: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join the results of the parts, with what is known about the axis."""
    data, attrs = xr.Dataset(), _attrs(runs)
    for part in found:
        attrs |= part.attrs
        data = data.merge(part.drop_attrs(deep=False))
    return data.assign_attrs(attrs)


def labeled_axis(data: xr.Dataset) -> xr.Dataset:
    """Give the variables of an axis their units and names."""
    told = {name: str(data.attrs[name]) for name in ("dim", "unit", "frequency_unit")}
    return labeled(data, AXIS, told)


def _stride_of(runs: Runs) -> float:
    """Input samples per output sample, as a stage states it or as the axes have it."""
    plan = runs.op.plan(Axes.of(runs.x))
    if runs.lost or runs.dim in plan.stride:
        return float(plan.stride_along(runs.dim))
    return abs(axis_of(runs.y, runs.dim).step / runs.axis.step)


def _attrs(runs: Runs) -> dict[str, Any]:
    axis, stride = runs.axis, runs.along.stride
    attrs = {
        "dim": runs.dim,
        "unit": axis.length_unit,
        "frequency_unit": axis.frequency_unit,
        "step": abs(axis.step),
        "stride": stride,
        "out_step": abs(axis.step) * _stride_of(runs),
        "lost": int(runs.lost),
        "treatment": runs.along.treatment,
        "nan": int(runs.nan),
        "explained": int(runs.explained),
        "explained_error": runs.explained_error,
        "worst_shift": float(runs.moves[runs.worst].shifts[runs.dim]),
    }
    return attrs | ({"unexplained": runs.unexplained} if runs.unexplained else {})
