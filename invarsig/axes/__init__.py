"""Axes: what the coordinate of a dim says about its grid, and the boundary to plain arrays.

Conventions
-----------
An axis is *uniform*: its k-th sample stands at ``start + k * step``. The step is the
end-to-end mean of the coordinate, so the round-off of single values does not add up. A
geometric axis (``scale="log2"``, constant-Q frequencies for instance) is measured in
octaves. A dim without a coordinate has step 1 and the unit "sample".

An axis is *periodic* if its coordinate carries the attribute ``period`` and
``size * step == period``: strides keep that, crops lose it.

`on_axes` is the only place where labels are removed and restored; `difference` is the only
subtraction of two labeled results.
"""

from invarsig.axes.axes import Axes
from invarsig.axes.axis import Axis, samples_phrase
from invarsig.axes.border import (
    AuxiliaryCoordinate,
    Kernel,
    kept_attrs,
    label,
    on_axes,
    plain,
    promoted,
)
from invarsig.axes.channel_coordinates import (
    BinRule,
    band_center_name,
    bin_rule,
    center_frequency_name,
    center_of,
    filtered_out_of,
    middle_of_band,
    phase_name,
    renamed,
)
from invarsig.axes.difference import difference
from invarsig.axes.labeled import with_values
from invarsig.axes.lazy_labels import in_memory, lazy_labels
from invarsig.axes.parametrized import Parametrized, fields_of, is_told
from invarsig.axes.read import axis_of, nearest_periodic, require_dims, require_labels

__all__ = [
    "AuxiliaryCoordinate",
    "Axes",
    "Axis",
    "BinRule",
    "Kernel",
    "Parametrized",
    "axis_of",
    "band_center_name",
    "bin_rule",
    "center_frequency_name",
    "center_of",
    "difference",
    "fields_of",
    "filtered_out_of",
    "in_memory",
    "is_told",
    "kept_attrs",
    "label",
    "lazy_labels",
    "middle_of_band",
    "nearest_periodic",
    "on_axes",
    "phase_name",
    "plain",
    "promoted",
    "renamed",
    "require_dims",
    "require_labels",
    "samples_phrase",
    "with_values",
]
