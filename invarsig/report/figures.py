"""Figures of one axis: each an SVG element and its alternative text, made of the same numbers.

Every function takes an axis node as laid down in `invarsig.report` and a prefix for ids, and gives
None where there is nothing to draw. Load this module late: it imports matplotlib.
"""

from __future__ import annotations

from invarsig.report.drawing import Drawing
from invarsig.report.shift_charts import error_over_shift, invariance
from invarsig.report.spectrum_chart import folded_spectrum
from invarsig.report.square_panels import panels, square
from invarsig.report.stage_chart import stages
from invarsig.report.stage_folding_chart import stage_foldings

__all__ = [
    "Drawing",
    "error_over_shift",
    "folded_spectrum",
    "invariance",
    "panels",
    "square",
    "stage_foldings",
    "stages",
]
