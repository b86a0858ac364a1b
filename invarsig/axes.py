"""Axes: what the coordinate of a dim says about its grid, and the border to plain arrays.

Conventions
-----------
An axis is *uniform*: its k-th sample stands at ``start + k * step``. The step is the
end-to-end mean of the coordinate, so the round-off of single values does not add up. A
geometric axis (``scale="log2"``, constant-Q frequencies for instance) is measured in
octaves. A dim without a coordinate has step 1 and the unit "sample".

An axis is *periodic* if its coordinate carries the attribute ``period`` and
``size * step == period``: strides keep that, crops lose it.

`on_axes` is the only place where labels come off and go on again; `difference` is the only
subtraction of two labelled results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig.errors import AxisError, DimError, DtypeError

__all__ = [
    "Axes",
    "Axis",
    "axis_of",
    "center_frequency_name",
    "center_of",
    "difference",
    "label",
    "nearest_periodic",
    "nyquist_of",
    "on_axes",
    "phase_name",
    "promoted",
    "renamed",
    "require_dims",
    "require_labels",
    "samples_phrase",
]

Scale = Literal["linear", "log2"]
Kernel = Callable[[np.ndarray], "np.ndarray | tuple[np.ndarray, dict[str, np.ndarray]]"]
AuxiliaryCoordinate = tuple[tuple[str, ...], np.ndarray, dict[str, Any]]


@dataclass(frozen=True)
class Axis:
    """A uniform grid along one dim.

    The k-th sample stands at ``start + k * step``, in `length_unit`.

    Parameters
    ----------
    dim
        Name of the dim.
    start, step
        Position of the first sample and distance to the next, in `length_unit`: the
        coordinate's own unit, or octaves where ``scale="log2"``. The step may be negative.
    size
        Number of samples.
    unit
        Unit of the coordinate ("s", "Hz", "px", "sample").
    period
        Declared period in `length_unit`, or None.
    scale
        "linear", or "log2" for a geometric coordinate.
    epoch
        The date or duration that `start` counts from, for datetime64 and timedelta64.
    slack
        How far the step may be off, relative to itself, for the round-off of the labels.

    Examples
    --------
    >>> Axis("time", step=0.01, size=100, unit="s").strided(4).step
    0.04
    """

    dim: str
    start: float = 0.0
    step: float = 1.0
    size: int = 1
    unit: str = "sample"
    period: float | None = None
    scale: Scale = "linear"
    epoch: np.datetime64 | np.timedelta64 | None = None
    slack: float = field(default=0.0, compare=False, repr=False)

    @property
    def length_unit(self) -> str:
        """Unit that lengths along the axis are measured in."""
        return "octave" if self.scale == "log2" else self.unit

    @property
    def frequency_unit(self) -> str:
        """Unit of frequencies along the axis: Hz on seconds, else cycles per unit."""
        if self.length_unit == "s":
            return "Hz"
        return f"cycles/{self.length_unit}" if self.length_unit else "cycles/unit"

    @property
    def periodic(self) -> bool:
        """Whether the samples cover exactly one declared period."""
        if self.period is None:
            return False
        return abs(self.size * abs(self.step) - self.period) <= 1e-6 * abs(self.step)

    def positions(self) -> np.ndarray:
        """Positions of the samples, in `length_unit`."""
        return self.start + self.step * np.arange(self.size)

    def coordinate(self) -> np.ndarray:
        """Values to write as the dim's coordinate: positions, powers of two of them, or dates."""
        if self.epoch is not None:
            return _dates(self, self.epoch)
        positions = self.positions()
        return np.exp2(positions) if self.scale == "log2" else positions

    def samples(self, length: float) -> float:
        """Express a length along the axis in samples; negative on a descending axis.

        What the round-off of the labels leaves of a whole number of samples is taken off.
        """
        return self.snapped(length / self.step)

    def snapped(self, samples: float) -> float:
        """Round a count of samples to a whole number if only the labels' round-off is between."""
        whole = round(samples)
        near = min(1e-9 * max(1.0, abs(samples)) + self.slack * max(1.0, abs(samples)), 0.01)
        return float(whole) if abs(samples - whole) <= near else samples

    def strided(self, stride: int, *, size: int | None = None, offset: float = 0.0) -> Axis:
        """Keep every `stride`-th sample, beginning `offset` samples after the first one."""
        size = -(-self.size // stride) if size is None else size
        return replace(
            self,
            start=self.start + offset * self.step,
            step=self.step * stride,
            size=size,
            period=self.period if self.periodic else None,
        )

    def offset(self, other: Axis) -> float:
        """Distance from the start of `other` to the start of this axis, in `length_unit`."""
        lag = self.start - other.start
        if isinstance(self.epoch, np.datetime64) and isinstance(other.epoch, np.datetime64):
            lag += float((self.epoch - other.epoch) / np.timedelta64(1, "ns")) * 1e-9
        return lag

    def attrs(self) -> dict[str, Any]:
        """Attributes that the coordinate of this axis carries."""
        named = self.epoch is None and self.unit
        attrs: dict[str, Any] = {"units": self.unit} if named else {}
        if self.period is not None:
            attrs["period"] = self.period
        if self.scale == "log2":
            attrs["scale"] = "log2"
        if self.size == 1:
            attrs["step"] = self.step
        return attrs

    def center_attrs(self) -> dict[str, Any]:
        """Attributes of the centre frequencies of channels that are filtered out along the axis."""
        return {"units": self.frequency_unit, "nyquist": 0.5 / abs(self.step)}

    def __str__(self) -> str:
        """Describe the axis in half a sentence."""
        around = ", periodic" if self.periodic else ""
        return (
            f"{self.dim!r}: {self.size} samples of {abs(self.step):.6g} {self.length_unit}{around}"
        )


_PER_SECOND = {
    "D": 1 / 86400,
    "h": 1 / 3600,
    "m": 1 / 60,
    "s": 1.0,
    "ms": 1e3,
    "us": 1e6,
    "ns": 1e9,
}


def _dates(axis: Axis, epoch: np.datetime64 | np.timedelta64) -> np.ndarray:
    """Positions in seconds as dates: in the epoch's own unit if they are whole there, else in ns.

    Whole ticks are counted in integers, so long axes lose nothing to floating point.
    """
    for unit in (np.datetime_data(epoch)[0], "ns"):
        rate = _PER_SECOND.get(unit)
        if rate is None:
            continue
        start, step = axis.start * rate, axis.step * rate
        first, by = round(start), round(step)
        last = step * axis.size
        off = max(abs(start - first), abs(step - by) * axis.size)
        if off <= max(1e-6, 1e-15 * max(abs(start), abs(last))):
            ticks = first + by * np.arange(axis.size, dtype=np.int64)
            return np.asarray(epoch + ticks.astype(f"timedelta64[{unit}]"))
    return np.asarray(epoch + np.round(axis.positions() * 1e9).astype("timedelta64[ns]"))


def require_labels(x: Any, what: str) -> None:
    """Raise a `DtypeError` unless `x` is a labelled array."""
    if not isinstance(x, xr.DataArray):
        raise DtypeError(
            f"{what} takes a labelled array (xarray.DataArray), not {type(x).__name__}; put labels "
            "on with invarsig.label(values, 'y', 'x')."
        )


def require_dims(x: xr.DataArray, dims: Sequence[str], what: str) -> None:
    """Raise a `DimError` that names the dims there are if any of `dims` is missing."""
    require_labels(x, what)
    missing = [dim for dim in dims if dim not in x.dims]
    if missing:
        raise DimError(missing_dim(missing, x.dims, what))


def missing_dim(missing: Sequence[str], present: Sequence[Any], what: str) -> str:
    """Say which dims are missing, and which there are."""
    names = ", ".join(repr(dim) for dim in missing)
    there = ", ".join(repr(dim) for dim in present) or "none"
    return f"{what} needs the dim {names}, which the input lacks; its dims are {there}."


def axis_of(x: xr.DataArray, dim: str) -> Axis:
    """Read the axis of `x` along `dim` from its coordinate.

    The step is ``(last - first) / (size - 1)``; a declared period that fits makes it
    ``period / size`` exactly.

    Parameters
    ----------
    x
        Labelled array. Of the coordinate's attributes, ``units``, ``period``, ``scale``
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
    require_dims(x, [dim], "axis_of")
    size = x.sizes[dim]
    if size == 0:
        raise AxisError(f"The axis {dim!r} is empty: there is nothing to operate on.")
    if dim not in x.coords:
        return Axis(dim, size=size)
    coordinate = x.coords[dim]
    attrs = coordinate.attrs
    values, unit, epoch, round_off = _numbers(coordinate.to_numpy(), dim, attrs)
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
    axis = Axis(dim, float(values[0]), 1.0, size, unit, period, scale, epoch)
    step = _step(values, axis, attrs, round_off)
    # However coarse the labels, half a step more or less is another number of samples.
    slack = min(1e-3 * abs(step) + 2 * round_off, 0.5 * abs(step))
    if period is not None and abs(size * abs(step) - period) <= slack:
        return replace(axis, step=math.copysign(period / size, step))
    return replace(axis, step=step, slack=round_off / (max(size - 1, 1) * abs(step)))


def _numbers(
    values: np.ndarray, dim: str, attrs: Mapping[str, Any]
) -> tuple[np.ndarray, str, np.datetime64 | np.timedelta64 | None, float]:
    """Read a coordinate as float64 numbers, with its unit, epoch and round-off."""
    if values.dtype.kind in "mM":
        epoch: Any = values[0] if values.dtype.kind == "M" else np.zeros((), values.dtype)[()]
        seconds = (values - epoch) / np.timedelta64(1, "s")
        if not np.isfinite(seconds).all():
            raise AxisError(f"The axis {dim!r} holds a missing date; drop that sample.")
        return np.asarray(seconds, dtype=np.float64), "s", epoch, 1e-9
    if values.dtype.kind not in "iuf":
        raise AxisError(
            f"The axis {dim!r} has a coordinate of type {values.dtype}, which is no position; "
            "assign numbers, or drop the coordinate to count samples."
        )
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        worst = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise AxisError(f"The axis {dim!r} is {numbers[worst]} at sample {worst}; mend that label.")
    eps = np.finfo(values.dtype if values.dtype.kind == "f" else np.float64).eps
    unit = attrs.get("units")
    return numbers, "" if unit is None else str(unit), None, float(4 * eps * np.abs(numbers).max())


def _length(value: Any, dim: str, what: str) -> float:
    """Read an attribute that holds a length above 0."""
    try:
        length = float(value)
    except (TypeError, ValueError):
        length = math.nan
    if not (math.isfinite(length) and length != 0 and (length > 0 or what == "step")):
        raise AxisError(
            f"The axis {dim!r} has the {what} {value!r}, which is no length; set or delete "
            f"x.{dim}.attrs[{what!r}]."
        )
    return length


def _step(values: np.ndarray, axis: Axis, attrs: Mapping[str, Any], round_off: float) -> float:
    """Mean step from end to end, checked sample by sample."""
    dim, unit = axis.dim, f" {axis.length_unit}" if axis.length_unit else ""
    if values.size == 1:
        step = attrs.get("step", axis.period)
        if step is None:
            raise AxisError(
                f"The axis {dim!r} has one sample, at {values[0]:g}{unit}, so its step cannot be "
                f"read; set x.{dim}.attrs['step']."
            )
        return _length(step, dim, "step")
    step = float(values[-1] - values[0]) / (values.size - 1)
    off = np.abs(values - (values[0] + step * np.arange(values.size)))
    worst = int(off.argmax())
    if step == 0 or off[worst] > 1e-4 * abs(step) + round_off:
        raise AxisError(
            f"The axis {dim!r} is not uniform: sample {worst} stands at {values[worst]:.9g}{unit}, "
            f"{off[worst]:.3g}{unit} off the mean step of {step:.6g}{unit}. Resample it "
            f"(x.interp({dim}=...)), or mark a geometric axis with attrs['scale'] = 'log2'."
        )
    return step


class Axes(Mapping[str, Axis]):
    """The axes of an array, each read when it is asked for.

    Asking for a dim that is not there raises a `DimError` that names the dims there are; a
    dim whose coordinate is unfit raises only if an operator needs it.
    """

    def __init__(
        self,
        axes: Mapping[str, Axis | Callable[[], Axis]],
        sizes: Mapping[str, int] | None = None,
        who: str = "The operator",
    ) -> None:
        self._axes = dict(axes)
        self._sizes = dict(sizes or {})
        self._who = who

    @classmethod
    def of(cls, x: xr.DataArray, who: str = "The operator") -> Axes:
        """Axes of `x`, unread; `who` asks for them."""
        dims = [str(dim) for dim in x.dims]
        sizes = {str(dim): size for dim, size in x.sizes.items()}
        return cls({dim: partial(axis_of, x, dim) for dim in dims}, sizes, who)

    def counted(self, dim: str) -> Axis:
        """Count the samples along a dim without reading its coordinate.

        For dims that an operator is joint over without regard to where samples stand.
        """
        if dim in self._axes and dim in self._sizes:
            return Axis(dim, size=self._sizes[dim])
        return Axis(dim, size=self[dim].size)

    def read_or_counted(self, dim: str) -> Axis:
        """Read the axis along a dim; count its samples where the coordinate holds no positions.

        For dims that an operator is joint over and keeps: channels may have names.
        """
        return self[dim] if self.placed(dim) else self.counted(dim)

    def placed(self, dim: str) -> bool:
        """Whether the coordinate of a dim holds positions: whether there is an axis to read."""
        try:
            return bool(self[dim].size)
        except AxisError:
            return False

    def __getitem__(self, dim: str) -> Axis:
        """Read the axis along `dim`."""
        if dim not in self._axes:
            raise DimError(missing_dim([dim], list(self._axes), self._who))
        axis = self._axes[dim]
        if not isinstance(axis, Axis):
            axis = self._axes[dim] = axis()
        return axis

    def __contains__(self, dim: object) -> bool:
        """Whether there is such a dim; its coordinate is not read."""
        return dim in self._axes

    def __iter__(self) -> Iterator[str]:
        """Names of the dims."""
        return iter(self._axes)

    def __len__(self) -> int:
        """Count the dims."""
        return len(self._axes)

    def replaced(self, drop: Sequence[str], axes: Sequence[Axis]) -> Axes:
        """Take the dims `drop` out and put `axes` in."""
        kept = {dim: axis for dim, axis in self._axes.items() if dim not in drop}
        sizes = {dim: size for dim, size in self._sizes.items() if dim not in drop}
        made = {axis.dim: axis for axis in axes}
        return Axes({**kept, **made}, {**sizes, **{dim: axis.size for dim, axis in made.items()}})


def label(
    values: Any, *axes: Axis | str, name: str | None = None, attrs: Mapping[str, Any] | None = None
) -> xr.DataArray:
    """Put labels on an array, one axis for each dimension.

    Parameters
    ----------
    values
        Array of any dimension.
    *axes
        For each dimension an `Axis` (its size is taken from `values`) or a plain name.
    name, attrs
        Name and attributes of the result.

    Returns
    -------
    xarray.DataArray
        With a coordinate, its unit and period for every `Axis`.

    Examples
    --------
    >>> x = label([1.0, 2.0, 3.0, 4.0], Axis("x", step=0.5, unit="px", period=2.0))
    >>> x.x.values.tolist(), x.x.attrs["period"]
    ([0.0, 0.5, 1.0, 1.5], 2.0)
    """
    values = np.asarray(values)
    if len(axes) != values.ndim:
        raise DimError(
            f"{values.ndim} dimensions need {values.ndim} axes, but {len(axes)} are given."
        )
    dims = [axis if isinstance(axis, str) else axis.dim for axis in axes]
    twice = [dim for dim in dims if dims.count(dim) > 1]
    if twice:
        raise DimError(f"The axes name the dim {twice[0]!r} twice; name each dimension once.")
    out = xr.DataArray(values, dims=dims, name=name, attrs=dict(attrs or {}))
    given = [axis for axis in axes if isinstance(axis, Axis)]
    return out.assign_coords(
        {a.dim: _written(replace(a, size=out.sizes[a.dim]), {}) for a in given}
    )


def _written(axis: Axis, attrs: Mapping[str, Any]) -> xr.Variable:
    """Coordinate variable of an axis, over the attributes that it had before."""
    stale = ("units", "period", "scale", "step")
    kept = {key: value for key, value in attrs.items() if key not in stale}
    return xr.Variable(axis.dim, axis.coordinate(), {**kept, **axis.attrs()})


def promoted(values: np.ndarray) -> np.ndarray:
    """Promote integers and booleans to float64, half precision to float32; keep the rest."""
    if values.dtype.kind in "iub":
        return values.astype(np.float64)
    if values.dtype.kind not in "fc":
        raise DtypeError(f"Values of type {values.dtype} are no signal; convert them to numbers.")
    if values.dtype == np.float16:
        return values.astype(np.float32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def on_axes(
    kernel: Kernel,
    x: xr.DataArray,
    in_axes: Sequence[Axis],
    out_axes: Sequence[Axis],
    coords: Mapping[str, AuxiliaryCoordinate] | None = None,
) -> xr.DataArray:
    """Take the labels off, apply a kernel to the plain array, put the labels on again.

    Parameters
    ----------
    kernel
        Function of an array ``(..., *in)`` that returns an array ``(..., *out)``, or that
        array and auxiliary coordinates over the batch dims.
    x
        Labelled array; integers are promoted.
    in_axes
        Axes of the core dims, in the order in which the kernel takes them.
    out_axes
        Axes of the core dims of the result: kept, dropped or new.
    coords
        Auxiliary coordinates over new dims, as (dims, values, attrs).

    Returns
    -------
    xarray.DataArray
        In the dimension order of `x`, new dims in front of the first core dim. Name,
        attributes and precision are kept; auxiliary coordinates along a changed axis are
        interpolated at its new positions.
    """
    if x.size == 0:
        raise AxisError(
            f"The array is empty (sizes {dict(x.sizes)}): there is nothing to operate on."
        )
    core = [axis.dim for axis in in_axes]
    twice = [dim for dim in core if core.count(dim) > 1]
    if twice:
        raise DimError(f"An operator names the dim {twice[0]!r} twice; name it once.")
    batch = [dim for dim in x.dims if dim not in core]
    clash = [axis.dim for axis in out_axes if axis.dim in batch]
    if clash:
        raise DimError(
            f"The result would get a dim {clash[0]!r}, which the input has already; rename one of "
            "them."
        )
    made_dims = [axis.dim for axis in out_axes]
    twice = [dim for dim in made_dims if made_dims.count(dim) > 1]
    if twice:
        raise DimError(
            f"The result would have the dim {twice[0]!r} twice; give the new one another name."
        )
    given = x.transpose(*batch, *core).to_numpy()
    values = promoted(given)
    # Infinity and NaN are propagated, and need no warning for that.
    with np.errstate(over="ignore", invalid="ignore"):
        made = kernel(values)
    result, found = made if isinstance(made, tuple) else (made, {})
    # A result that is a view of the input would change with it.
    shared = np.may_share_memory(result, given)
    result = result.astype(_like(result.dtype, values.dtype), copy=shared)
    out_dims = [axis.dim for axis in out_axes]
    kept, made_here = _coordinates(x, in_axes, out_axes)
    # What is found about an axis that is gone, such as a position on it, is in that axis' unit.
    units = {axis.dim: {"units": axis.unit} for axis in in_axes if axis.unit and axis.epoch is None}
    for name, value in found.items():
        made_here[name] = xr.Variable(batch, value, units.get(name, {}))
    for name, parts in (coords or {}).items():
        made_here[name] = xr.Variable(*parts)
    # Written all at once: each time that coordinates are added they are all compared.
    out = xr.DataArray(
        result, coords=kept, dims=[*batch, *out_dims], name=x.name, attrs=x.attrs
    ).assign_coords(made_here)
    return out.transpose(*_order(list(x.dims), core, out_dims))


def _like(dtype: np.dtype[Any], given: np.dtype[Any]) -> np.dtype[Any]:
    """Type of the result, in the precision of the input."""
    if dtype.kind not in "fc":
        return dtype
    single = given in (np.dtype(np.float32), np.dtype(np.complex64))
    if dtype.kind == "c":
        return np.dtype(np.complex64 if single else np.complex128)
    return np.dtype(np.float32 if single else np.float64)


def _order(dims: list[Hashable], core: list[str], out: list[str]) -> list[Hashable]:
    """Dimension order of a result: kept dims stay, new ones stand before the first core dim."""
    new = [dim for dim in out if dim not in dims]
    first = min((dims.index(dim) for dim in core), default=0)
    kept = [dim for dim in dims if dim not in core or dim in out]
    place = sum(1 for dim in dims[:first] if dim in kept)
    return [*kept[:place], *new, *kept[place:]]


def _coordinates(
    x: xr.DataArray, in_axes: Sequence[Axis], out_axes: Sequence[Axis]
) -> tuple[xr.Coordinates, dict[Hashable, xr.Variable]]:
    """Coordinates of `x` that stay as they are, and those that are carried over to the new axes."""
    before = {axis.dim: axis for axis in in_axes}
    after = {axis.dim: axis for axis in out_axes}
    still = [dim for dim in before if after.get(dim) == before[dim]]
    moved = [dim for dim in before if dim not in still]
    carried = [name for name, coord in x.coords.items() if set(coord.dims) & set(moved)]
    kept = x.drop_vars(carried).isel(dict.fromkeys(moved, 0)).coords if moved else x.coords
    made: dict[Hashable, xr.Variable] = {}
    for axis in out_axes:
        counted = axis == Axis(axis.dim, size=axis.size) and axis.dim not in x.coords
        if axis.dim not in still and not counted:
            attrs = x.coords[axis.dim].attrs if axis.dim in x.coords else {}
            made[axis.dim] = _written(axis, attrs)
    for name in carried:
        if name in x.dims:
            continue
        variable: xr.Variable | None = x.coords[name].variable
        for dim in moved:
            if variable is not None and dim in variable.dims:
                variable = _resampled(variable, before[dim], after.get(dim))
        if variable is not None:
            made[name] = variable
    return kept, made


def _resampled(variable: xr.Variable, before: Axis, after: Axis | None) -> xr.Variable | None:
    """An auxiliary coordinate at the positions of the new axis; None where the axis is gone."""
    if after is None:
        return None
    places = (after.positions() + after.offset(before) - after.start) / before.step
    if variable.dtype.kind not in "fc" or before.size == 1:
        # Half-way between two samples the earlier one is taken, everywhere alike.
        nearest = np.clip(np.ceil(places - 0.5 - 1e-6), 0, before.size - 1).astype(int)
        return variable.isel({before.dim: nearest})
    low = np.clip(np.floor(places), 0, before.size - 2).astype(int)
    weight = xr.Variable(before.dim, places - low)
    lower, upper = variable.isel({before.dim: low}), variable.isel({before.dim: low + 1})
    mixed = lower * (1 - weight) + upper * weight
    data = mixed.data.astype(variable.dtype, copy=False)
    return xr.Variable(mixed.dims, data, variable.attrs).transpose(*variable.dims)


def difference(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Subtract two labelled results by position, once their axes are known to agree.

    Axes are compared relative to their step. Plain ``a - b`` of two labelled arrays aligns
    by equal labels and silently drops samples whose labels are one rounding error apart.

    Parameters
    ----------
    a, b
        Labelled arrays over the same dims, in any order.

    Returns
    -------
    xarray.DataArray
        ``a - b`` with the labels of `a`.

    Raises
    ------
    DimError
        If the dims differ.
    AxisError
        If an axis differs in size, step or start by more than a thousandth of a step.

    Examples
    --------
    >>> a = label([1.0, 2.0], Axis("x", start=0.1 + 0.2, step=1.0))
    >>> b = label([1.0, 1.0], Axis("x", start=0.3, step=1.0))
    >>> difference(a, b).values.tolist()
    [0.0, 1.0]
    """
    for x in (a, b):
        require_labels(x, "A difference")
    if set(a.dims) != set(b.dims):
        raise DimError(f"Results over {tuple(a.dims)} and {tuple(b.dims)} cannot be subtracted.")
    for dim in map(str, a.dims):
        _agree(a, b, dim)
    with np.errstate(over="ignore", invalid="ignore"):
        values = promoted(a.to_numpy()) - promoted(b.transpose(*a.dims).to_numpy())
    return a.copy(data=values)


def _agree(a: xr.DataArray, b: xr.DataArray, dim: str) -> None:
    """Raise unless `a` and `b` stand on the same grid along `dim`."""
    if a.sizes[dim] != b.sizes[dim]:
        raise AxisError(
            f"Along {dim!r} one result has {a.sizes[dim]} samples and the other {b.sizes[dim]}; "
            "they do not cover the same grid."
        )
    if dim not in a.coords and dim not in b.coords:
        return
    try:
        one, two = axis_of(a, dim), axis_of(b, dim)
    except AxisError:
        labels, others = (x.coords.get(dim, x[dim]).to_numpy() for x in (a, b))
        if np.array_equal(labels, others):
            return
        if {labels.dtype.kind, others.dtype.kind} <= set("OSTU"):
            raise AxisError(
                f"Along {dim!r} the labels differ: {labels.tolist()} and {others.tolist()}."
            ) from None
        raise
    lag, stretch = abs(one.offset(two)), abs(one.step - two.step) * max(one.size - 1, 1)
    slack = 1e-3 * abs(one.step)
    if one.scale == "linear":
        # Labels in single precision are off by a rounding error of their own size.
        slack = min(slack + _rounding(a, dim) + _rounding(b, dim), 0.5 * abs(one.step))
    alike = (one.unit, one.scale, type(one.epoch)) == (two.unit, two.scale, type(two.epoch))
    if max(lag, stretch) > slack or not alike:
        raise AxisError(
            f"Along {dim!r} the results stand on different grids: one starts at {one.start:.9g} "
            f"with step {one.step:.9g} {one.length_unit}, the other at {two.start:.9g} with step "
            f"{two.step:.9g} {two.length_unit}."
        )


def _rounding(x: xr.DataArray, dim: str) -> float:
    """The largest rounding error of the labels along a dim."""
    labels = x.coords[dim].to_numpy() if dim in x.coords else np.zeros(1)
    return (
        float(np.finfo(labels.dtype).eps * np.abs(labels).max())
        if labels.dtype.kind == "f"
        else 0.0
    )


def samples_phrase(axis: Axis, length: float) -> str:
    """Say how many samples a length is: ``0.3 s along 'time' is 0.6 samples of 0.5 s``."""
    unit = axis.length_unit
    samples = length / abs(axis.step)
    size = f"{abs(axis.step):g} {unit}"
    return f"{length:g} {unit} along {axis.dim!r} is {samples:.6g} samples of {size}"


def center_frequency_name(dim: str) -> str:
    """Name of the auxiliary coordinate that holds the centre frequency along a dim."""
    return f"{dim}_center_frequency"


def phase_name(dim: str) -> str:
    """Name of the auxiliary coordinate that says how far from their labels samples were taken.

    An operator that chooses its samples by what it sees labels them as if the first had been
    chosen. What it chose, in `Axis.length_unit` and for each batch item, is this coordinate.
    """
    return f"{dim}_phase"


def center_of(x: xr.DataArray, dim: str) -> np.ndarray:
    """Centre frequency of each channel along a dim, in cycles per sample; 0 for real signals.

    Complex channels carry it as the auxiliary coordinate ``{dim}_center_frequency``, in
    cycles per `Axis.length_unit`.

    Returns
    -------
    ndarray
        Of a shape that broadcasts against `x` without `dim`, in the order of its dims.
    """
    name = center_frequency_name(dim)
    if x.dtype.kind != "c" or name not in x.coords:
        return np.zeros(())
    others = [other for other in x.dims if other != dim]
    variable = x.coords[name].variable
    if dim in variable.dims:
        raise AxisError(f"The coordinate {name!r} changes along {dim!r}; a channel has one centre.")
    sizes = {other: x.sizes[other] if other in variable.dims else 1 for other in others}
    whole = variable.set_dims(sizes).transpose(*others)
    return np.asarray(whole.to_numpy(), dtype=np.float64) * axis_of(x, dim).step


def nearest_periodic(axis: Axis) -> str:
    """Say that an axis is not periodic, and which length would make it so."""
    unit = f" {axis.length_unit}" if axis.length_unit else ""
    if axis.period is None:
        return (
            f"The axis {axis.dim!r} is not periodic: set x.{axis.dim}.attrs['period'] = "
            f"{axis.size * abs(axis.step):g} if its {axis.size} samples go round, or taper it with "
            "invarsig.periodized; equivariance_error has protocols for axes that end."
        )
    wanted = round(axis.period / abs(axis.step))
    return (
        f"The axis {axis.dim!r} has lost its period of {axis.period:g}{unit}: it has {axis.size} "
        f"samples of {abs(axis.step):g}{unit}, and {wanted} of them would go round. Keep {wanted} "
        f"samples, or delete x.{axis.dim}.attrs['period']."
    )


def nyquist_of(x: xr.DataArray, dim: str) -> float:
    """Nyquist frequency of the signal that complex channels were filtered out of.

    In cycles per sample of `x`; infinite where it is not known. The attribute ``nyquist`` of
    ``{dim}_center_frequency`` holds it, in the coordinate's own unit.
    """
    name = center_frequency_name(dim)
    if x.dtype.kind != "c" or name not in x.coords:
        return math.inf
    return float(x.coords[name].attrs.get("nyquist", math.inf)) * abs(axis_of(x, dim).step)


def renamed(x: xr.DataArray, names: Mapping[str, str]) -> xr.DataArray:
    """Rename dims, and with them the dims and coordinates that are named after them.

    Those are ``{dim}_tap``, ``{dim}_order``, ``{dim}_center_frequency`` and ``{dim}_phase``.
    """
    derived = {
        name(old): name(new)
        for old, new in names.items()
        for name in (str, "{}_tap".format, "{}_order".format, center_frequency_name, phase_name)
    }
    return x.rename({old: new for old, new in derived.items() if old in (*x.dims, *x.coords)})
