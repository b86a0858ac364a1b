"""Lengths as they are typed: a number in the axis' own unit, or with a unit."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from invarsig.aliasing.prepared_axis import axis_met, dims_along
from invarsig.aliasing.shifts import Shifts
from invarsig.axes import Length, in_axis_unit, read_length
from invarsig.axes.lengths import ratio_of_units
from invarsig.errors import ParameterError
from invarsig.operators import Operator

__all__ = ["shifts_of", "typed_length"]


def typed_length(text: str) -> float | Length:
    """Read a length.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> typed_length("0.5"), str(typed_length("10ms"))
    (0.5, '10 ms')
    """
    try:
        number = float(text)
    except ValueError:
        return read_length(text, "--shift")
    return read_length(number, "--shift")


def shifts_of(
    lengths: Sequence[float | Length], op: Operator, x: xr.DataArray, along: list[str] | None
) -> Shifts:
    """The lengths for each axis that they fit; plain numbers are for all axes.

    Raises
    ------
    ParameterError
        If one fits no axis.
    """
    if not any(isinstance(each, Length) for each in lengths):
        return [each for each in lengths if not isinstance(each, Length)]
    met = axis_met(op, x)
    axes = {dim: met(dim) for dim in dims_along(op, x, along)}
    found: dict[str, list[float]] = {}
    for length in lengths:
        fitting = [
            dim
            for dim, axis in axes.items()
            if not isinstance(length, Length) or ratio_of_units(length.unit, axis.length_unit)
        ]
        if not fitting:
            units = ", ".join(f"{dim} is in {axis.length_unit}" for dim, axis in axes.items())
            raise ParameterError(f"--shift {length} fits no axis: {units}; give it in such a unit.")
        for dim in fitting:
            found.setdefault(dim, []).append(in_axis_unit(length, axes[dim]))
    return found
