"""Coordinates of channels: their center frequencies, and other names made of a dim's."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr

from invarsig.axes.read import axis_of
from invarsig.errors import AxisError

__all__ = ["center_frequency_name", "center_of", "nyquist_of", "phase_name", "renamed"]


def center_frequency_name(dim: str) -> str:
    """Name of the auxiliary coordinate that holds the center frequency along a dim."""
    return f"{dim}_center_frequency"


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
    others = [other for other in x.dims if other != dim]
    variable = x.coords[name].variable
    if dim in variable.dims:
        raise AxisError(f"The coordinate {name!r} changes along {dim!r}; a channel has one center.")
    sizes = {other: x.sizes[other] if other in variable.dims else 1 for other in others}
    whole = variable.set_dims(sizes).transpose(*others)
    return np.asarray(whole.to_numpy(), dtype=np.float64) * axis_of(x, dim).step


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
