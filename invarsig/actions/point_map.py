"""Actions that move points: ``(g x)(u) = x(m(u))``, read off the signal at the places m(u).

The map m is given in coordinates, so it is the same on a signal and on a result of any stride.
Where it sends samples to samples, samples are moved and nothing is computed; elsewhere a quintic
spline passes through them (`invarsig.kernels.spline`). Complex channels are brought to baseband
first, by the center frequency that they carry.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, Literal, final

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions.base import Action
from invarsig.axes import Axis, Length, axis_of, center_of, promoted, read_length, require_dims
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.kernels.spline import below, below_reach, read_at, snapped, touched

__all__ = [
    "Beyond",
    "PointMap",
    "checked_beyond",
    "finite",
    "induced_axis",
    "middle_of",
    "named_dims",
    "place_of",
    "positions_of",
    "read_place",
    "shared_factor",
]

Beyond = Literal["zero", "reflect", "nan"]
"""What comes in from beyond the ends: zeros, the mirror image about the last sample, or NaN."""


class PointMap(Action):
    """A map of points, and with it of the dims that it induces a move on."""

    boundary: Beyond

    @abc.abstractmethod
    def _dims_on(self, x: xr.DataArray) -> tuple[str, ...]:
        """Dims of `x` whose points are moved; none where too few of them are left."""

    @abc.abstractmethod
    def _source(self, places: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """Where the results at `places` come from: m(u), in the axes' `Axis.length_unit`."""

    @abc.abstractmethod
    def _rings(self, axes: Sequence[Axis]) -> tuple[bool, ...]:
        """Which of these axes are periodic and mapped to themselves."""

    @abc.abstractmethod
    def _band(self) -> float:
        """Share of the frequencies that still fits: below 1 the rest is filtered out before."""

    @abc.abstractmethod
    def _companions(self, x: xr.DataArray) -> tuple[Action, ...]:
        """What is done to the induced dims that `x` has."""

    @final
    def _act(self, x: xr.DataArray) -> xr.DataArray:
        dims = self._dims_on(x)
        out = self._read(x, dims) if dims else x.copy(data=promoted(x.to_numpy()))
        for companion in self._companions(x):
            out = companion.on_output(out)
        return out

    @final
    def _known(self, x: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
        dims = self._dims_on(x)
        if dims:
            axes = [axis_of(x, dim) for dim in dims]
            places, rings = self._places(axes), self._rings(axes)
            batch = [dim for dim in given.dims if dim not in dims]
            missing = {axis.dim: axis.size for axis in axes if axis.dim not in given.dims}
            whole = given.expand_dims(missing).transpose(*batch, *dims).to_numpy()
            masks = whole.reshape(-1, *(axis.size for axis in axes))
            hit = [
                touched(~mask, places, ring=rings, beyond=True, before=self._filter_reach())
                for mask in masks
            ]
            given = xr.DataArray(~np.reshape(hit, whole.shape), dims=[*batch, *dims])
        for companion in self._companions(x):
            given = companion.known(x, given)
        return given

    def _read(self, x: xr.DataArray, dims: tuple[str, ...]) -> xr.DataArray:
        axes = [axis_of(x, dim) for dim in dims]
        places, rings = self._places(axes), self._rings(axes)
        batch = [dim for dim in x.dims if dim not in dims]
        ordered = x.transpose(*batch, *dims)
        values = promoted(ordered.to_numpy())
        # Infinity turns into NaN, and needs no warning for that.
        about_center = values.dtype.kind == "c" and self._computes(places)
        with np.errstate(over="ignore", invalid="ignore"):
            if about_center:
                own = np.indices([axis.size for axis in axes]).astype(np.float64)
                values = values * _carrier(ordered, axes, own, rings).conj().astype(values.dtype)
            if self._filter_reach():
                for place in range(len(batch), values.ndim):
                    values = below(values, place, self._band()).astype(values.dtype)
            found = read_at(values, places, self.boundary, ring=rings)
            if about_center:
                found = found * _carrier(ordered, axes, places, rings).astype(values.dtype)
        return ordered.copy(data=found).transpose(*x.dims)

    def _places(self, axes: Sequence[Axis]) -> np.ndarray:
        """Where each sample of the grid is read from, in samples: ``(d, *grid)``."""
        lines = [positions_of(axis) for axis in axes]
        grid = np.meshgrid(*lines, indexing="ij")
        source = self._source({axis.dim: at for axis, at in zip(axes, grid, strict=True)})
        return np.stack(
            [
                (source[axis.dim] - line[0]) / axis.step
                for axis, line in zip(axes, lines, strict=True)
            ]
        )

    @final
    def interpolates(self, x: xr.DataArray) -> bool:
        """Whether samples of `x` are computed, as the map does not take its grid to itself."""
        own, dims = self.on(x), self._dims_on(x)
        return bool(dims) and own._computes(own._places([axis_of(x, dim) for dim in dims]))

    def _computes(self, places: np.ndarray) -> bool:
        return self._filter_reach() > 0 or not all(snapped(places)[1])

    def _filter_reach(self) -> int:
        return below_reach(self._band()) if self._band() < 1 else 0


def _carrier(
    x: xr.DataArray, axes: Sequence[Axis], places: np.ndarray, rings: Sequence[bool]
) -> np.ndarray:
    """The wave ``exp(2 pi i c n)`` of each channel's center frequency c, at places n."""
    turns = np.zeros(())
    for axis, place, ring in zip(axes, places, rings, strict=True):
        center = center_of(x, axis.dim)
        if center.ndim:
            center = np.expand_dims(center, x.get_axis_num(axis.dim))
        if ring:
            center = np.round(center * axis.size) / axis.size  # a wave that fits the period
        turns = turns + center * place
    return np.asarray(np.exp(2j * np.pi * turns))


def positions_of(axis: Axis) -> np.ndarray:
    """Positions along an axis that mean the same on every axis of the dim; dates since 1970."""
    if isinstance(axis.epoch, np.datetime64):
        return axis.positions() + _since_1970(axis.epoch)
    return axis.positions()


def _since_1970(date: np.datetime64) -> float:
    return float((date - np.datetime64(0, "s")) / np.timedelta64(1, "s"))


def middle_of(x: xr.DataArray, dims: Sequence[str]) -> dict[str, float]:
    """The middle of the samples of `x` along each dim: half-way from the first to the last."""
    require_dims(x, dims, "about_middle")
    axes = [axis_of(x, dim) for dim in dims]
    return {a.dim: float(positions_of(a)[[0, -1]].mean()) for a in axes}


def place_of(
    center: Any, dims: Sequence[str], what: str, owner: str = ""
) -> dict[str, float | Length]:
    """Read a place: a coordinate for each of the dims, and for no others.

    `owner` is the class that reads the middle of a signal where no place is given.
    """
    if center is None and owner:
        wanted = ", ".join(f"{dim!r}: ..." for dim in dims)
        along = f" along each dim: {{{wanted}}}" if dims else ", as {'x': ...}"
        raise ParameterError(
            f"{what} of {owner} is missing; give a coordinate{along}, or take the middle of a "
            f"signal x: {owner}.about_middle(x, ...)."
        )
    if not isinstance(center, Mapping) or set(center) != set(dims):
        wanted = ", ".join(f"{dim!r}: ..." for dim in dims)
        raise ParameterError(
            f"{what} is {center!r}; give a coordinate along each dim: {{{wanted}}}."
        )
    return {dim: read_place(center[dim], f"{what} along {dim!r}") for dim in dims}


def read_place(value: Any, what: str) -> float | Length:
    """Read one position: a number, a length with a unit, or a date, in seconds since 1970."""
    if isinstance(value, (np.ndarray, xr.DataArray)) and value.ndim == 0:
        held = value.to_numpy() if isinstance(value, xr.DataArray) else value
        value = held[()] if held.dtype.kind == "M" else value
    if isinstance(value, np.datetime64):
        value = _since_1970(value)
    return read_length(value, what, wanted="one finite number")


def finite(value: Any, what: str) -> float:
    """Read one finite number, also out of an array of one."""
    if isinstance(value, (np.ndarray, xr.DataArray)) and value.ndim == 0:
        value = value.item()
    return parameters.finite(value, what, wanted="one finite number")


def named_dims(dims: Any, what: str, *, count: int | None = None) -> tuple[str, ...]:
    """Read the names of dims, each named once."""
    numbers = () if count is None else (count,)
    return parameters.dims_once(dims, f"{what} acts along", *numbers, raises=DimError)


def shared_factor(dims: Sequence[str], factors: Mapping[str, float], what: str) -> float:
    """The common factor by which the units along all of these dims got smaller."""
    found = {factors.get(dim, 1.0) for dim in dims}
    if len(found) > 1:
        raise ParameterError(
            f"{what} mixes {', '.join(map(repr, dims))}, whose units must change by the same "
            f"factor; the factors are {sorted(found)}."
        )
    return found.pop()


def checked_beyond(boundary: Any) -> None:
    """Check the boundary: what comes in from beyond the ends."""
    parameters.one_of("boundary", boundary, Beyond)


def induced_axis(x: xr.DataArray, dim: str, what: str, *, unit: str) -> Axis | None:
    """Axis of an induced dim, in the unit that the move along it is in; None if it is not there."""
    if dim not in x.dims:
        return None
    axis = axis_of(x, dim)
    if axis.length_unit != unit:
        raise AxisError(
            f"{what} moves along {dim!r} in {unit}, and that axis counts in "
            f"{axis.length_unit or 'no unit'}; give it a coordinate in {unit}, or rename the dim."
        )
    return axis
