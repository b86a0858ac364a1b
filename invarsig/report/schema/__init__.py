"""The contract between diagnosis and report: what stands in the tree, as data.

Each finding fills exactly the variables of its `Schema`, and the report reads only those. A
`Variable` says over which dims it stands, in which unit, what it means, and how the segments of a
long input are pooled into one number. The page ``docs/reference/schema.md`` is made from these.

The tree is an `xarray.DataTree`: the root, a node for each input (``/input_1``) and in it a node
for each axis (``/input_1/axis_1``). Only ``length`` has to be there in an axis node; whatever else
is absent is left out of the report. All text is untrusted.
"""

from invarsig.report.schema.axis import (
    AXIS,
    AXIS_ATTRS,
    alignment,
    borders,
    created,
    errors,
    floor,
    folding,
    invariance,
    orbit,
    spectrum,
    square,
    stage_folding,
    stages,
    swaps,
)
from invarsig.report.schema.declared import (
    Attribute,
    Kind,
    Pool,
    Schema,
    Variable,
    labeled,
    over,
)
from invarsig.report.schema.input import (
    INPUT,
    INPUT_ATTRS,
    causes,
    findings_of_input,
    graph,
    remedies,
    stored,
    verdict,
)
from invarsig.report.schema.root import (
    ROOT,
    ROOT_ATTRS,
    comparison,
)

__all__ = [
    "AXIS",
    "AXIS_ATTRS",
    "INPUT",
    "INPUT_ATTRS",
    "ROOT",
    "ROOT_ATTRS",
    "Attribute",
    "Kind",
    "Pool",
    "Schema",
    "Variable",
    "alignment",
    "borders",
    "causes",
    "comparison",
    "created",
    "errors",
    "findings_of_input",
    "floor",
    "folding",
    "graph",
    "invariance",
    "labeled",
    "orbit",
    "over",
    "remedies",
    "spectrum",
    "square",
    "stage_folding",
    "stages",
    "stored",
    "swaps",
    "verdict",
]
