"""Shifts: by how much an axis is moved, given or by default, and the grid of orbits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.lift import default_divisor
from invarsig.axes import Axis, Length, LengthLike, in_axis_unit, read_length
from invarsig.errors import DimError, ParameterError
from invarsig.operators import Operator
from invarsig.suggestions import did_you_mean

__all__ = [
    "Shifts",
    "default_lengths",
    "default_moves",
    "grid_of",
    "shifts_along",
]

Shifts = Sequence[LengthLike] | Mapping[str, Sequence[LengthLike]]
"""Lengths in the unit of the axis, or with one of their own ("10 ms"): the same for all dims, or
separate ones for each."""

# In total strides: not near any fraction with a small denominator.
_FRACTIONS = (0.37, 0.61)
_WHOLE = 8


def default_lengths(axis: Axis, stride: int, grid: int) -> list[float]:
    """Shifts in the axis' unit: whole ones spread over one total stride, half of it, and two more.

    Half a stride is the worst shift of many pipelines; of an odd stride it is a fraction. The two
    are incommensurate: a shift by a multiple of some inner stride would be blind to the stages
    before it.

    Parameters
    ----------
    axis
        The axis of the input.
    stride
        Total stride, in samples.
    grid
        The grid that whole shifts lie on, in samples: a divisor of the stride.

    Returns
    -------
    list of float
        Lengths in the axis' unit, ascending.

    Examples
    --------
    >>> default_lengths(Axis("x", step=0.5, size=64, unit="px"), 2, 1)
    [0.37, 0.5, 0.61, 1.0]
    """
    count, half = stride // grid, stride / 2
    whole = np.unique(np.linspace(1, count, min(count, _WHOLE)).round()) * float(grid)
    if half % grid == 0:  # The nearest of them is replaced by it.
        inner = np.arange(whole.size)[:-1] if whole.size > 1 else np.arange(whole.size)
        whole[inner[np.argmin(np.abs(whole[inner] - half))]] = half
    samples = sorted({*whole.tolist(), half, *(part * stride for part in _FRACTIONS)})
    return [each * abs(axis.step) for each in samples]


def shifts_along(
    shifts: Shifts | None, dims: Sequence[str], axis: Callable[[str], Axis]
) -> dict[str, list[float]]:
    """Shifts for each dim that is given any, in either form, in the unit of its axis.

    Parameters
    ----------
    shifts
        Lengths for all dims, or a list for each by its name: numbers in the axis' unit, or with a
        unit of their own ("10 ms"). None for none.
    dims
        The dims that may be moved along.
    axis
        Gives the axis of a dim; called where a length has a unit of its own.

    Returns
    -------
    dict of list of float
        For each dim that is given any, its lengths in the unit of its axis.

    Raises
    ------
    DimError
        If the shifts name a dim that is not one of those.
    ParameterError
        If they are no list, empty, or not finite lengths.
    AxisError
        If a unit does not fit the axis.

    Examples
    --------
    >>> shifts_along(["10 ms", 0.5], ["time"], lambda dim: Axis(dim, step=0.01, unit="s"))
    {'time': [0.01, 0.5]}
    """
    if shifts is None:
        return {}
    given = shifts if isinstance(shifts, Mapping) else dict.fromkeys(dims, shifts)
    stray = [dim for dim in given if dim not in dims]
    if stray:
        raise DimError(
            f"The shifts name {stray[0]!r}, and moves are along {', '.join(map(repr, dims))}; "
            f"rename it, or add it to along=.{did_you_mean(stray[0], dims)}"
        )
    return {dim: _numbers(lengths, dim, axis) for dim, lengths in given.items()}


def _numbers(lengths: Any, dim: str, axis: Callable[[str], Axis]) -> list[float]:
    if isinstance(lengths, str) or not isinstance(lengths, Iterable):
        raise ParameterError(
            f"The shifts along {dim!r} are {lengths!r}; give a list of lengths, "
            f"shifts=[{lengths!r}], or one for each dim, shifts={{{dim!r}: [{lengths!r}]}}."
        )
    try:
        read = [read_length(length, f"The shift along {dim!r}") for length in lengths]
    except TypeError as error:
        raise ParameterError(
            f"The shifts along {dim!r} are {lengths!r}; give a list of lengths in the unit of the "
            f"axis, such as [1.0], or one for each dim, such as {{{dim!r}: [1.0]}}."
        ) from error
    if not read:
        raise ParameterError(f"There is no shift along {dim!r}; give at least one.")
    # Numbers need no axis, and reading one may mean running the pipeline up to where it exists.
    numbers = [each for each in read if not isinstance(each, Length)]
    if len(numbers) == len(read):
        return numbers
    own = axis(dim)
    return [in_axis_unit(each, own) for each in read]


def grid_of(op: Operator, x: xr.DataArray, dim: str, stride: int) -> int:
    """Give the grid of orbits, or 1 where it does not divide the total stride."""
    grid = default_divisor(op, x, dim)
    return grid if stride % grid == 0 else 1


def default_moves(
    axis: Axis, stride: int, grid: int, shifts: Sequence[float] | None
) -> list[Translate]:
    """Translations by the lengths given, or by those of `default_lengths`."""
    lengths = default_lengths(axis, stride, grid) if shifts is None else map(float, shifts)
    return [Translate({axis.dim: length}) for length in lengths]
