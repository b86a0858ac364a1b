"""The sections of the report, one file each; the page, the summary and notebooks go through them.

An addition costs one file here, which defines its `SECTION`, and one line below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from invarsig.report.section import Section

__all__ = ["SECTIONS"]

# In the order of the page; the terminal keeps it.
SECTIONS: tuple[Section[Any], ...] = tuple(
    import_module(f"{__name__}.{name}").SECTION
    for name in (
        "finding",
        "action",
        "scale",
        "stand_in",
        "causes",
        "edges",
        "graph",
        "square",
        "errors",
        "alignment",
        "spectrum",
        "remedies",
        "stages",
        "swaps",
        "stage_folding",
        "created",
        "measured",
        "borders",
        "invariance",
        "sum_of_causes",
        "folding",
    )
)
