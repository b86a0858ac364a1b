"""Reading axes from coordinates, each when it is requested."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from invarsig.axes.axis import Axis
from invarsig.axes.dates import in_seconds, shown_date
from invarsig.axes.lazy_labels import lazy_axis
from invarsig.axes.remembered import remembered
from invarsig.errors import AxisError, DimError, DtypeError
from invarsig.suggestions import did_you_mean

__all__ = [
    "Reading",
    "axis_of",
    "counted",
    "missing_dim",
    "nearest_periodic",
    "reading_of",
    "require_dims",
    "require_labels",
]


_ATTRIBUTES = ("units", "period", "scale", "step")
"""What is read of a coordinate beside its labels."""

_BLOCK = 1 << 15
"""How many labels are checked at a time: they stay in the cache."""


class Reading(NamedTuple):
    """What a coordinate says: its axis, and the largest rounding error of its labels."""

    axis: Axis
    rounding: float


def require_labels(x: Any, what: str) -> None:
    """Raise a `DtypeError` unless `x` is a labeled array."""
    if isinstance(x, xr.DataArray):
        return
    if isinstance(x, xr.Dataset):
        names = ", ".join(map(repr, x.data_vars)) or "none"
        example = next(iter(map(repr, x.data_vars)), "name")
        raise DtypeError(
            f"{what} takes a labeled array (xarray.DataArray), not a Dataset; its variables are "
            f"{names}: give dataset[{example}]. The methods of dataset.iv take all that fit."
        )
    raise DtypeError(
        f"{what} takes a labeled array (xarray.DataArray), not {type(x).__name__}; put labels "
        "on with invarsig.label(values, 'y', 'x')."
    )


def require_dims(x: xr.DataArray, dims: Sequence[str], what: str) -> None:
    """Raise a `DimError` that names the existing dims if any of `dims` is missing."""
    require_labels(x, what)
    missing = [dim for dim in dims if dim not in x.dims]
    if missing:
        raise DimError(missing_dim(missing, x.dims, what))


def missing_dim(missing: Sequence[str], present: Sequence[Any], what: str) -> str:
    """Say which dims are missing, and which exist."""
    names = ", ".join(repr(dim) for dim in missing)
    there = ", ".join(repr(dim) for dim in present) or "none"
    meant = did_you_mean(missing[0], present)
    return f"{what} needs the dim {names}, which the input lacks; its dims are {there}.{meant}"


def axis_of(x: xr.DataArray, dim: str) -> Axis:
    """Read the axis of `x` along `dim` from its coordinate.

    The step is ``(last - first) / (size - 1)``; a declared period that fits makes it
    ``period / size`` exactly.

    Parameters
    ----------
    x
        Labeled array. Of the coordinate's attributes, ``units``, ``period``, ``scale``
        ("log2") and, for one lone sample, ``step`` are read.
    dim
        Name of a dim of `x`.

    Returns
    -------
    Axis

    Raises
    ------
    DimError
        If `x` has no such dim.
    AxisError
        If the coordinate is not uniform (the message names the worst sample), or has one
        sample and no step.

    Examples
    --------
    >>> import xarray as xr
    >>> x = xr.DataArray([0.0, 1.0, 0.0], coords={"time": [0.0, 0.5, 1.0]}, dims="time")
    >>> axis_of(x, "time").step
    0.5
    """
    return reading_of(x, dim).axis


def reading_of(x: xr.DataArray, dim: str) -> Reading:
    """Read the axis of `x` along `dim`, and how far its labels are rounded.

    What was read of an index before is remembered.
    """
    require_dims(x, (dim,), "axis_of")
    size = x.shape[x.dims.index(dim)]
    if size == 0:
        raise AxisError(f"The axis {dim!r} is empty: there is nothing to operate on.")
    variable = x.coords.variables.get(dim)
    if variable is None:
        return Reading(counted(dim, size), 0.0)
    if type(variable) is not xr.IndexVariable and (lazy := lazy_axis(x, dim)) is not None:
        return Reading(lazy, 0.0)
    attrs = variable.attrs
    said = tuple((type(value), value) for value in map(attrs.get, _ATTRIBUTES))
    key = (dim, variable.dtype, said)
    return remembered(variable, key, lambda: _read(_labels(variable), dim, attrs))


def _labels(variable: xr.Variable) -> np.ndarray:
    # Labels of an index are in memory: `to_numpy` would import dask to find that out.
    return variable.values if type(variable) is xr.IndexVariable else variable.to_numpy()


@lru_cache(maxsize=256)
def counted(dim: str, size: int) -> Axis:
    """The axis of a dim without a coordinate, which counts samples."""
    return Axis(dim, size=size)


def _read(labels: np.ndarray, dim: str, attrs: Mapping[str, Any]) -> Reading:
    values, unit, epoch, round_off = _numbers(labels, dim, attrs)
    rounding = round_off / 4 if labels.dtype.kind == "f" else 0.0
    scale = attrs.get("scale", "linear")
    if scale not in ("linear", "log2"):
        raise AxisError(f"The axis {dim!r} has scale {scale!r}; known are 'linear' and 'log2'.")
    if scale == "log2":
        if not (values > 0).all():
            raise AxisError(
                f"The axis {dim!r} has scale 'log2', but its value {values.min():g} {unit} is not "
                "above 0; drop that sample or the attribute 'scale'."
            )
        round_off = round_off / float(values.min()) / math.log(2)
        values = np.log2(values)
    period = _length(attrs["period"], dim, "period") if attrs.get("period") is not None else None
    size = values.size
    axis = Axis(dim, float(values[0]), 1.0, size, unit, period, scale, epoch)
    step = _step(values, axis, attrs, round_off)
    # However coarse the labels, half a step more or less is a different number of samples.
    slack = min(1e-3 * abs(step) + 2 * round_off, 0.5 * abs(step))
    if period is not None and abs(size * abs(step) - period) <= slack:
        return Reading(replace(axis, step=math.copysign(period / size, step)), rounding)
    slack = round_off / (max(size - 1, 1) * abs(step))
    return Reading(replace(axis, step=step, slack=slack), rounding)


def _numbers(
    values: np.ndarray, dim: str, attrs: Mapping[str, Any]
) -> tuple[np.ndarray, str, np.datetime64 | np.timedelta64 | None, float]:
    """Read a coordinate as float64 numbers, with its unit, epoch and round-off."""
    if values.dtype.kind in "mM":
        epoch: Any = values[0] if values.dtype.kind == "M" else np.zeros((), values.dtype)[()]
        seconds = in_seconds(values)
        if not np.isfinite(seconds).all():
            raise AxisError(f"The axis {dim!r} holds a missing date; drop that sample.")
        return np.asarray(seconds, dtype=np.float64), "s", epoch, 1e-9
    if values.dtype.kind not in "iuf":
        raise AxisError(
            f"The axis {dim!r} has a coordinate of type {values.dtype}, which is not a position; "
            "assign numbers, or drop the coordinate to count samples."
        )
    numbers = values.astype(np.float64, copy=False)
    blocks = (numbers[first : first + _BLOCK] for first in range(0, numbers.size, _BLOCK))
    largest = np.max([np.abs(block).max() for block in blocks])
    if not np.isfinite(largest):
        worst = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise AxisError(
            f"The axis {dim!r} is {numbers[worst]} at sample {worst}; correct that label."
        )
    eps = np.finfo(values.dtype if values.dtype.kind == "f" else np.float64).eps
    unit = attrs.get("units")
    return numbers, "" if unit is None else str(unit), None, float(4 * eps * largest)


def _length(value: Any, dim: str, what: str) -> float:
    """Read an attribute that holds a length above 0."""
    try:
        length = float(value)
    except (TypeError, ValueError):
        length = math.nan
    if not (math.isfinite(length) and length != 0 and (length > 0 or what == "step")):
        raise AxisError(
            f"The axis {dim!r} has the {what} {value!r}, which is not a length; set or delete "
            f"x.{dim}.attrs[{what!r}]."
        )
    return length


def _step(values: np.ndarray, axis: Axis, attrs: Mapping[str, Any], round_off: float) -> float:
    """Mean step from end to end, checked sample by sample."""
    dim = axis.dim
    if values.size == 1:
        step = attrs.get("step", axis.period)
        if step is None:
            raise AxisError(
                f"The axis {dim!r} has one sample, at {_place(axis, values[0])}, so its step "
                f"cannot be read; set x.{dim}.attrs['step']."
            )
        return _length(step, dim, "step")
    step = float(values[-1] - values[0]) / (values.size - 1)
    worst, off = _worst(values, step)
    if step == 0 or off > 1e-4 * abs(step) + round_off:
        raise AxisError(
            f"The axis {dim!r} is not uniform: sample {worst} stands at "
            f"{_place(axis, values[worst])}, {axis.in_words(off, 4)} off a grid of "
            f"{axis.in_words(abs(step))} from end to end. {_how_to_even(axis, values)}"
        )
    return step


def _place(axis: Axis, value: float) -> str:
    """Where a sample stands: the date, or the position with its unit."""
    if isinstance(axis.epoch, np.datetime64):
        return shown_date(axis.epoch, value)
    return axis.in_words(value, 9)


def _how_to_even(axis: Axis, values: np.ndarray) -> str:
    """What to do with an axis that is not uniform."""
    dim, size = axis.dim, values.size
    if axis.epoch is None:
        return (
            f"Interpolate to equal steps, x.interp({dim}=np.linspace({values[0]:.9g}, "
            f"{values[-1]:.9g}, {size})), or mark a geometric axis with "
            f"x.{dim}.attrs['scale'] = 'log2'."
        )
    days = np.abs(np.diff(values)) / 86400
    calendar = isinstance(axis.epoch, np.datetime64) and days.min() >= 28
    count = (
        f"Its steps are {days.min():.3g} to {days.max():.3g} days, as months and years have: count "
        f"them as samples, x.drop_vars({dim!r})"
        if calendar
        else f"Drop or fill in what is missing, or count samples, x.drop_vars({dim!r})"
    )
    return (
        f"{count}, or interpolate to equal steps, x.interp({dim}=xr.date_range("
        f"x.{dim}.values[0], x.{dim}.values[-1], periods={size}))."
    )


def _worst(values: np.ndarray, step: float) -> tuple[int, float]:
    """Which value is farthest from a uniform grid from the first one on, and how far."""
    worst, farthest = 0, -1.0
    for first in range(0, values.size, _BLOCK):
        block = values[first : first + _BLOCK]
        off = np.abs(block - (values[0] + step * np.arange(first, first + block.size)))
        most = int(off.argmax())
        if off[most] > farthest:
            worst, farthest = first + most, float(off[most])
    return worst, farthest


def nearest_periodic(axis: Axis) -> str:
    """Say that an axis is not periodic, and which length would make it so."""
    if axis.closes_a_circle:
        return (
            f"The axis {axis.dim!r} is not marked periodic, and its {axis.size} samples of "
            f"{axis.in_words(abs(axis.step))} go once round: set {axis.how_to_close}."
        )
    if axis.period is None:
        return (
            f"The axis {axis.dim!r} is not periodic: set {axis.how_to_close} if its {axis.size} "
            "samples wrap, or taper it with invarsig.aliasing.periodized; equivariance_error has "
            "protocols for finite axes."
        )
    wanted = round(axis.period / abs(axis.step))
    return (
        f"The axis {axis.dim!r} has lost its period of {axis.in_words(axis.period)}: it has "
        f"{axis.size} samples of {axis.in_words(abs(axis.step))}, and {wanted} of them would "
        f"wrap. Keep {wanted} samples, or delete x.{axis.dim}.attrs['period']."
    )
