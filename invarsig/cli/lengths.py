"""Lengths as they are typed: a number in the axis' own unit, or with a unit."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from invarsig.aliasing.prepared_axis import axis_met, dims_along
from invarsig.aliasing.shifts import Shifts
from invarsig.axes import Axis, Length, axis_of, in_axis_unit, read_length
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
        If one fits no axis, or is as long as an axis with ends.
    """
    found = _by_axis(lengths, op, x, along)
    for dim in dims_along(op, x, along):
        if dim in x.dims and not (axis := axis_of(x, dim)).periodic:
            given = found.get(dim, []) if isinstance(found, dict) else found
            _require_shorter([float(each) for each in given], axis)  # type: ignore[arg-type]
    return found


def _require_shorter(lengths: Sequence[float], axis: Axis) -> None:
    """Refuse a shift of which nothing of the signal is left to compare."""
    whole = axis.size * abs(axis.step)
    for length in lengths:
        if abs(length) >= whole:
            raise ParameterError(
                f"--shift {length:g} along {axis.dim} is {length:g} {axis.length_unit}, and the "
                f"input is {whole:.4g} {axis.length_unit} long; give a shorter one. A number "
                "without a unit is in that of the axis."
            )


def _by_axis(
    lengths: Sequence[float | Length], op: Operator, x: xr.DataArray, along: list[str] | None
) -> Shifts:
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
