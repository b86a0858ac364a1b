"""Findings about an input: the pipeline and the signal as given, along all dims at once."""

from __future__ import annotations

import xarray as xr

from invarsig.diagnosis.findings.causes import CAUSES_OF_VERDICT
from invarsig.diagnosis.findings.graph import GRAPH
from invarsig.diagnosis.findings.remedies import REMEDIES
from invarsig.diagnosis.findings.verdict import VERDICT
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.report.schema import INPUT, labeled

__all__ = ["INPUT_FINDINGS", "measured_of_input"]

INPUT_FINDINGS: tuple[InputFinding, ...] = (VERDICT, CAUSES_OF_VERDICT, GRAPH, REMEDIES)


def measured_of_input(given: Given) -> xr.Dataset:
    """Measure all findings of an input, and merge their variables and attributes."""
    data = xr.Dataset()
    for found in given.measure(INPUT_FINDINGS):
        data = data.merge(found, combine_attrs="no_conflicts")
    return labeled(data, INPUT)
