"""What the axes of a function's result stand for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from invarsig.adapters.function_probe import Probe
from invarsig.errors import DimError, ParameterError

__all__ = ["named_axes"]


def named_axes(
    probe: Probe,
    name: str,
    x: xr.DataArray,
    over: tuple[str, ...],
    adds: tuple[str, ...],
    drops: tuple[str, ...],
    result: Sequence[str] | None,
) -> tuple[tuple[str, ...], set[str]]:
    """Dims of the result's axes, and those dims whose length sets the length of their axis."""
    shape = probe.result.shape
    stray = [dim for dim in drops if dim not in over]
    if stray:
        raise DimError(f"{name} cannot drop the dim {stray[0]!r}; its argument is over {over}.")
    if result is not None:
        kept = [dim for dim in over if dim in result]
        adds = tuple(dim for dim in result if dim not in over)
    else:
        kept = [dim for dim in over if dim not in drops]
    there = [dim for dim in adds if dim in x.dims]
    if there:
        raise DimError(f"{name} cannot add the dim {there[0]!r}, which the input has already.")
    names = [*adds, *kept]
    if len(names) != len(shape) or len(set(names)) != len(names):
        said = f"an array of shape {shape}" if shape else "a single number"
        raise ParameterError(
            f"{name} gives {said} for one of shape {probe.values.shape} over {over}, and the named "
            f"result is over {tuple(names)}. Name axes that are new in adds=, and dims that are "
            "lost in drops=."
        )
    follows = {dim: probe.axes_of(over.index(dim)) for dim in kept}
    moved = {dim for dim, axes in follows.items() if axes}
    for dim, axes in follows.items():
        if axes is None:
            _say_unmeasured(probe, name, dim, over.index(dim))
    if result is not None:
        return tuple(result), moved
    return _ordered(name, len(shape), adds, kept, follows), moved


def _say_unmeasured(probe: Probe, name: str, dim: str, axis: int) -> None:
    size = probe.values.shape[axis]
    if size < 2:
        return
    half = size - size // 2
    try:
        probe.run(probe.values.take(np.arange(half), axis))
        reason = "its result has other axes there"
    except ParameterError as error:
        reason = str(error)
    warnings.warn(
        f"{name} cannot be measured on {half} of {size} samples along {dim!r} ({reason}). It is "
        "taken to resample the axis from end to end, and to depend on all of it; where its stride "
        f"is known give stride={{{dim!r}: ...}}.",
        stacklevel=4,
    )


def _ordered(
    name: str,
    count: int,
    adds: tuple[str, ...],
    kept: Sequence[str],
    follows: Mapping[str, list[int] | None],
) -> tuple[str, ...]:
    """Put dims on the axes whose sizes follow theirs; the others on what is left, in order."""
    places: dict[int, str] = {}
    for dim, axes in follows.items():
        free = [axis for axis in axes or [] if axis not in places]
        if len(free) == 1:
            places[free[0]] = dim
    left = [axis for axis in range(count) if axis not in places]
    unplaced = [dim for dim in kept if dim not in places.values()]
    if unplaced and adds:
        raise ParameterError(
            f"Which axis of the result of {name} is {unplaced[0]!r} cannot be found, since none "
            "alone follows its length; name all axes of the result in result=, in order."
        )
    places |= dict(zip(left, unplaced or adds, strict=True))
    return tuple(places[axis] for axis in range(count))
