"""What becomes of coordinates where axes change: kept, written anew, interpolated or lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.axes.axis import Axis
from invarsig.axes.labeled import Coordinates, coordinates_of
from invarsig.axes.read import counted

__all__ = ["carried"]


def carried(x: xr.DataArray, in_axes: Sequence[Axis], out_axes: Sequence[Axis]) -> Coordinates:
    """Coordinates of `x` on the axes of a result, those that stay unchanged first."""
    before = {axis.dim: axis for axis in in_axes}
    after = {axis.dim: axis for axis in out_axes}
    moved = {dim for dim, axis in before.items() if after.get(dim) != axis}
    given = dict(x.coords.variables)
    changed = [name for name, each in given.items() if not moved.isdisjoint(each.dims)]
    coords = coordinates_of(x, changed)
    for dim, axis in after.items():
        if dim in before and dim not in moved:
            continue
        if dim in given:
            coords.put_grid(axis, given[dim].attrs)
        elif axis != counted(dim, axis.size):
            coords.put_grid(axis, {})
    for name in changed:
        if name in x.dims:
            continue
        variable: xr.Variable | None = given[name]
        for dim, axis in before.items():
            if variable is not None and dim in moved and dim in variable.dims:
                variable = _resampled(variable, axis, after.get(dim))
        if variable is not None:
            coords.put(name, variable.to_base_variable())
    return coords


def _resampled(variable: xr.Variable, before: Axis, after: Axis | None) -> xr.Variable | None:
    """An auxiliary coordinate at the positions of the new axis; None where the axis is lost."""
    if after is None:
        return None
    places = (after.positions() + after.offset(before) - after.start) / before.step
    if variable.dtype.kind not in "fc" or before.size == 1:
        # Half-way between two samples the earlier one is always taken.
        nearest = np.clip(np.ceil(places - 0.5 - 1e-6), 0, before.size - 1).astype(int)
        return variable.isel({before.dim: nearest})
    low = np.clip(np.floor(places), 0, before.size - 2).astype(int)
    weight = xr.Variable(before.dim, places - low)
    lower, upper = variable.isel({before.dim: low}), variable.isel({before.dim: low + 1})
    mixed = lower * (1 - weight) + upper * weight
    data = mixed.data.astype(variable.dtype, copy=False)
    return xr.Variable(mixed.dims, data, variable.attrs).transpose(*variable.dims)
