"""Coordinates of channels: their center frequencies, and other names made of a dim's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import xarray as xr

from invarsig.axes.read import axis_of
from invarsig.errors import AxisError

__all__ = [
    "BinRule",
    "band_center_name",
    "bin_rule",
    "center_frequency_name",
    "center_of",
    "filtered_out_of",
    "middle_of_band",
    "phase_name",
    "renamed",
    "with_own_value",
]


def center_frequency_name(dim: str) -> str:
    """Name of the auxiliary coordinate that holds the center frequency along a dim."""
    return f"{dim}_center_frequency"


def band_center_name(dim: str) -> str:
    """Name of the auxiliary coordinate with the middle of the band that a channel was taken from.

    Only channels that were filtered out of channels have it.
    """
    return f"{dim}_band_center"


def phase_name(dim: str) -> str:
    """Name of the auxiliary coordinate that records how far from their labels samples were taken.

    An operator that chooses its samples by their content labels them as if the first had been
    chosen. What it chose, in `Axis.length_unit` and for each batch item, is this coordinate.
    """
    return f"{dim}_phase"


def center_of(x: xr.DataArray, dim: str) -> np.ndarray:
    """Center frequency of each channel along a dim, in cycles per sample; 0 for real signals.

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
    return _spread(x, dim, name)


def _spread(x: xr.DataArray, dim: str, name: str) -> np.ndarray:
    """A coordinate of channels in cycles per sample, in a shape that broadcasts without `dim`."""
    others = [other for other in x.dims if other != dim]
    variable = x.coords[name].variable
    if dim in variable.dims:
        raise AxisError(f"The coordinate {name!r} changes along {dim!r}; a channel has one center.")
    sizes = {other: x.sizes[other] if other in variable.dims else 1 for other in others}
    whole = variable.set_dims(sizes).transpose(*others)
    return np.asarray(whole.to_numpy(), dtype=np.float64) * axis_of(x, dim).step


def with_own_value(dims: Sequence[str], shape: Sequence[int]) -> list[str]:
    """Those dims along which an array that broadcasts over them has values of its own.

    Examples
    --------
    >>> with_own_value(["channel", "y"], (3, 1)), with_own_value(["channel", "y"], ())
    (['channel'], [])
    """
    return [dim for dim, size in zip(dims, shape, strict=False) if size > 1]


class BinRule(TypedDict):
    """Which frequency each bin of an array stands for: parameters of `invarsig.spectra.phases`.

    ``center`` of each channel, the ``nyquist`` frequency of the signal that it comes from, and the
    middle and half-width of the band that lies between them (``within``), in cycles per sample;
    ``one_sided`` where that signal was complex.
    """

    center: np.ndarray
    nyquist: float
    within: tuple[np.ndarray, float]
    one_sided: bool


def bin_rule(x: xr.DataArray, dim: str) -> BinRule:
    """By which rule the bins of an array are moved along a dim.

    Bins stand for the aliases nearest to the channel's center, within the band of the signal that
    the channel was filtered out of. The attributes of ``{dim}_center_frequency`` say which that is:
    ``nyquist``, in the coordinate's own unit, and ``edge="one-sided"`` where it was complex. Where
    it was a channel itself, its center is the coordinate ``{dim}_band_center``, whose attribute
    ``half_width`` says how wide its band was.
    """
    name, rate = center_frequency_name(dim), abs(axis_of(x, dim).step)
    if x.dtype.kind != "c" or name not in x.coords:
        return BinRule(
            center=np.zeros(()), nyquist=math.inf, within=(np.zeros(()), math.inf), one_sided=False
        )
    attrs, band = x.coords[name].attrs, band_center_name(dim)
    half = x.coords[band].attrs.get("half_width", math.inf) if band in x.coords else math.inf
    middle = _spread(x, dim, band) if band in x.coords else np.zeros(())
    return BinRule(
        center=center_of(x, dim),
        nyquist=float(attrs.get("nyquist", math.inf)) * rate,
        within=(middle, float(half) * rate),
        one_sided=attrs.get("edge") == "one-sided",
    )


def middle_of_band(rule: BinRule) -> np.ndarray:
    """Middle of the band that an array's values lie in: around what they are interpolated.

    It is the channel's center, and on the grid of the signal that it was filtered out of it is the
    middle of that signal's band.
    """
    middle, half = rule["within"]
    if half < 0.5 + 1e-9:
        return middle
    return np.zeros(()) if rule["nyquist"] < 0.5 + 1e-9 else rule["center"]


def filtered_out_of(
    x: xr.DataArray, coords: Mapping[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
) -> dict[str, Any]:
    """Coordinates of channels that are filtered out of `x`: they keep its rule for bins.

    The coordinates of a plan are those of channels of a real signal.
    """
    made: dict[str, Any] = dict(coords)
    if x.dtype.kind != "c":
        return made
    for dim in map(str, x.dims):
        name, band = center_frequency_name(dim), band_center_name(dim)
        if name not in made:
            continue
        dims, values, attrs = made[name]
        kept = {key: value for key, value in attrs.items() if key != "nyquist"}
        own = x.coords.get(name)
        if own is None:
            made[name] = (dims, values, {**attrs, "edge": "one-sided"})
            continue
        kept |= {key: own.attrs[key] for key in ("nyquist", "edge") if key in own.attrs}
        made[name] = (dims, values, kept)
        half = 0.5 / abs(axis_of(x, dim).step)
        # A signal that is on the grid of the one that it was filtered out of has that one's band.
        widths = [own.attrs.get("nyquist", math.inf)]
        widths += [x.coords[band].attrs.get("half_width", math.inf)] if band in x.coords else []
        if min(widths) > half * (1 + 1e-9):
            shared = {"units": attrs.get("units", ""), "half_width": half}
            made[band] = (tuple(map(str, own.dims)), own.to_numpy(), shared)
    return made


def renamed(x: xr.DataArray, names: Mapping[str, str]) -> xr.DataArray:
    """Rename dims, and with them the dims and coordinates that are named after them.

    Those are ``{dim}_tap``, ``{dim}_order``, ``{dim}_center_frequency``, ``{dim}_band_center`` and
    ``{dim}_phase``.
    """
    named = (center_frequency_name, band_center_name, phase_name)
    derived = {
        name(old): name(new)
        for old, new in names.items()
        for name in (str, "{}_tap".format, "{}_order".format, *named)
    }
    return x.rename({old: new for old, new in derived.items() if old in (*x.dims, *x.coords)})
