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
from invarsig.axes.everyday_units import spoken
from invarsig.axes.labeled import with_values
from invarsig.axes.lengths import (
    Length,
    LengthLike,
    in_axis_unit,
    in_unit,
    lengths_along,
    plain_lengths,
    read_length,
    rescaled_lengths,
    shown_length,
)
from invarsig.axes.parametrized import Parametrized, fields_of, is_told
from invarsig.axes.quantities import through_quantities
from invarsig.axes.read import axis_of, nearest_periodic, require_dims, require_labels

__all__ = [
    "AuxiliaryCoordinate",
    "Axes",
    "Axis",
    "BinRule",
    "Kernel",
    "Length",
    "LengthLike",
    "Parametrized",
    "axis_of",
    "band_center_name",
    "bin_rule",
    "center_frequency_name",
    "center_of",
    "difference",
    "fields_of",
    "filtered_out_of",
    "in_axis_unit",
    "in_unit",
    "is_told",
    "kept_attrs",
    "label",
    "lengths_along",
    "middle_of_band",
    "nearest_periodic",
    "on_axes",
    "phase_name",
    "plain",
    "plain_lengths",
    "promoted",
    "read_length",
    "renamed",
    "require_dims",
    "require_labels",
    "rescaled_lengths",
    "samples_phrase",
    "shown_length",
    "spoken",
    "through_quantities",
    "with_values",
]
