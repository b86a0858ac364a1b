"""What a unit makes of a move on its own, away from all ends: folding, imaging or another cause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import xarray as xr

from invarsig.aliasing.orders import same
from invarsig.aliasing.wrapped import Wrapped
from invarsig.axes import Axes, axis_of
from invarsig.operators import Join

__all__ = ["cause_of_join", "keeps_the_grid", "own_cause"]

# Rates are fractions with denominators up to this.
_DENOMINATOR = 64


def own_cause(z: xr.DataArray, y: xr.DataArray, dims: Sequence[str], around: Wrapped) -> str:
    """The name of the error that a wrapped stage makes on its own."""
    if not around.places_alike:
        return "position"
    both = [dim for dim in dims if dim in z.dims and dim in y.dims]
    rates = [abs(axis_of(z, dim).step / axis_of(y, dim).step) for dim in both]
    plan = around.stage.plan(Axes.of(z))
    # A stage made of stages may go down inside, and up again or lose the dim after that.
    inside = [
        plan.whole_shift_along(dim) > Fraction(plan.stride.get(dim, 1)).numerator
        for dim in dims
        if dim in z.dims
    ]
    if any(inside) or any(rate < 1 - 1e-6 for rate in rates):
        return "folding"
    return "imaging" if any(rate > 1 + 1e-6 for rate in rates) else "nonlinearity"


def cause_of_join(
    join: Join, inputs: Sequence[xr.DataArray], y: xr.DataArray, dims: Sequence[str]
) -> str:
    """The same of a join: it has no ends, and what differs between places follows position."""
    alike, rises = True, False
    for dim in dims:
        if dim in y.dims:
            by = [_rate(z, y, dim) for z in inputs if dim in z.dims]
            # The smallest shift that moves all inputs, and the result, by whole samples.
            whole = math.lcm(1, *(rate.numerator for rate in by))
            rolled = [
                z.roll({dim: int(whole / _rate(z, y, dim))}, roll_coords=False)
                if dim in z.dims
                else z
                for z in inputs
            ]
            alike &= same(join(rolled), y.roll({dim: whole}, roll_coords=False))
            rises |= any(rate > 1 for rate in by)
    if not alike:
        return "position"
    return "imaging" if rises else "nonlinearity"


def keeps_the_grid(inputs: Sequence[xr.DataArray], y: xr.DataArray, dims: Sequence[str]) -> bool:
    """Whether a result has as many samples as its inputs, as far apart, along each of some dims."""
    for dim in dims:
        there = [z for z in inputs if dim in z.dims]
        if bool(there) != (dim in y.dims):
            return False
        for z in there:
            one, other = axis_of(z, dim), axis_of(y, dim)
            if one.size != other.size or abs(one.step / other.step - 1) > 1e-6:
                return False
    return True


def _rate(z: xr.DataArray, y: xr.DataArray, dim: str) -> Fraction:
    """How many samples of a result there are for each of an input."""
    ratio = abs(axis_of(z, dim).step / axis_of(y, dim).step)
    return Fraction(ratio).limit_denominator(_DENOMINATOR)
