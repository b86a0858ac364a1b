"""Axes: what the coordinate of a dim says about its grid, and the boundary to plain arrays.

Conventions
-----------
An axis is *uniform*: its k-th sample stands at ``start + k * step``. The step is the
end-to-end mean of the coordinate, so the round-off of single values does not add up. A
geometric axis (``scale="log2"``, constant-Q frequencies for instance) is measured in
octaves. A dim without a coordinate has step 1 and the unit "sample".

An axis is *periodic* if its coordinate carries the attribute ``period`` and
``size * step == period``: strides keep that, crops lose it.

`on_axes` is the only place where labels are removed and restored, and where chunked arrays stay
chunked (`invarsig.axes.chunked`); `difference` is the only
subtraction of two labeled results.
"""

from invarsig.axes.applied import Kernel, promoted
from invarsig.axes.axes import Axes
from invarsig.axes.axis import Axis, samples_phrase
from invarsig.axes.border import (
    AuxiliaryCoordinate,
    kept_attrs,
    label,
    on_axes,
    plain,
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
    with_own_value,
)
from invarsig.axes.chunked import is_chunked, on_blocks, require_one_chunk, require_values
from invarsig.axes.difference import difference, require_same_grid
from invarsig.axes.everyday_units import prefixed, spoken
from invarsig.axes.labeled import same_coordinate, with_values
from invarsig.axes.lazy_labels import in_memory, lazy_labels
from invarsig.axes.lengths import (
    Length,
    LengthLike,
    has_unit,
    in_axis_unit,
    in_unit,
    lengths_along,
    plain_lengths,
    read_length,
    rescaled_lengths,
    shown_length,
)
from invarsig.axes.parametrized import Parametrized, fields_of, is_told
from invarsig.axes.parts import Parts
from invarsig.axes.quantities import through_quantities
from invarsig.axes.read import (
    axis_of,
    missing_dim,
    nearest_periodic,
    require_dims,
    require_labels,
)

__all__ = [
    "AuxiliaryCoordinate",
    "Axes",
    "Axis",
    "BinRule",
    "Kernel",
    "Length",
    "LengthLike",
    "Parametrized",
    "Parts",
    "axis_of",
    "band_center_name",
    "bin_rule",
    "center_frequency_name",
    "center_of",
    "difference",
    "fields_of",
    "filtered_out_of",
    "has_unit",
    "in_axis_unit",
    "in_memory",
    "in_unit",
    "is_chunked",
    "is_told",
    "kept_attrs",
    "label",
    "lazy_labels",
    "lengths_along",
    "middle_of_band",
    "missing_dim",
    "nearest_periodic",
    "on_axes",
    "on_blocks",
    "phase_name",
    "plain",
    "plain_lengths",
    "prefixed",
    "promoted",
    "read_length",
    "renamed",
    "require_dims",
    "require_labels",
    "require_one_chunk",
    "require_same_grid",
    "require_values",
    "rescaled_lengths",
    "same_coordinate",
    "samples_phrase",
    "shown_length",
    "spoken",
    "through_quantities",
    "with_own_value",
    "with_values",
]
