"""Axes and coordinates of the channels that filters make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, axis_of, center_frequency_name
from invarsig.errors import AxisError

__all__ = ["channel_axis", "channels_of_weights", "complex_coords", "orientation_axis"]


def channel_axis(
    dim: str, values: Sequence[float], unit: str, *, geometric: bool | None = None
) -> tuple[Axis, dict[str, AuxiliaryCoordinate]]:
    """Axis of a designed channel dim: geometric, uniform, or counted with its values beside it.

    Two values fit both scales; `geometric` says whether they form a log2 axis. Where it is False
    they do not, however many there are.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 1 and geometric:
        return Axis(dim, math.log2(numbers[0]), 1.0, 1, unit, scale="log2"), {}
    if numbers.size == 1:
        return Axis(dim, float(numbers[0]), 1.0, 1, unit), {}
    steps, ratios = (
        np.diff(numbers),
        np.diff(np.log2(numbers)) if (numbers > 0).all() else np.zeros(1),
    )
    if (
        (geometric or (geometric is None and numbers.size > 2))
        and ratios[0] != 0
        and np.ptp(ratios) < 1e-6 * abs(ratios[0])
    ):
        return Axis(
            dim, math.log2(numbers[0]), float(ratios.mean()), numbers.size, unit, scale="log2"
        ), {}
    if np.ptp(steps) < 1e-6 * abs(steps[0]):
        return Axis(dim, float(numbers[0]), float(steps.mean()), numbers.size, unit), {}
    return Axis(dim, size=numbers.size), {f"{dim}_value": ((dim,), numbers, {"units": unit})}


def channels_of_weights(
    weights: xr.DataArray, dims: Sequence[str]
) -> tuple[tuple[Axis, ...], dict[str, AuxiliaryCoordinate]]:
    """Axes that given weights have along some of their dims, and the coordinates over these.

    A dim without a uniform coordinate is counted; its labels, such as names, are kept.
    """
    coords: dict[str, AuxiliaryCoordinate] = {}
    for name, coordinate in weights.coords.items():
        if coordinate.dims and set(coordinate.dims) <= set(dims):
            own = tuple(map(str, coordinate.dims))
            coords[str(name)] = (own, coordinate.to_numpy(), dict(coordinate.attrs))
    axes = []
    for dim in dims:
        try:
            axes.append(axis_of(weights, dim))
        except AxisError:
            axes.append(Axis(dim, size=weights.sizes[dim]))
    return tuple(axes), coords


def orientation_axis(
    dim: str, angles: Sequence[float], turn: float = math.pi
) -> tuple[Axis, dict[str, AuxiliaryCoordinate]]:
    """Axis of orientations in radians, periodic where they cover half a turn or a whole one.

    `turn` is the angle after which filters come back to themselves; where the orientations cover
    a whole turn, that is the period.
    """
    axis, coords = channel_axis(dim, angles, "rad", geometric=False)
    covered = axis.size * abs(axis.step)
    if coords or len(angles) == 1:
        return axis, coords
    for period in (turn, 2 * math.pi):
        if abs(covered - period) < 1e-6 * abs(axis.step):
            return replace(axis, period=period), coords
    return axis, coords


def complex_coords(
    axes: Axes, channels: Sequence[Axis], centers: Mapping[str, np.ndarray]
) -> dict[str, AuxiliaryCoordinate]:
    """Center frequencies that complex channels carry, from cycles per sample."""
    names = tuple(axis.dim for axis in channels)
    return {
        center_frequency_name(dim): (names, center / axes[dim].step, axes[dim].center_attrs())
        for dim, center in centers.items()
    }
