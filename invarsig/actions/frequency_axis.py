"""Moves along an axis of frequencies, whatever its scale: reading it off at other frequencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from invarsig.axes import axis_of, promoted
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.resampling import sampled_at, seen_whole

__all__ = ["FREQUENCY_DIMS", "frequency_dims", "frequency_places", "read_along", "seen_along"]

FREQUENCY_DIMS = ("frequency", "mel", "bark", "erb")
"""Names that the front ends give to their axes of frequencies."""

_BESIDE = "center_frequency"


def frequency_dims(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Read the names of dims of frequencies: one, several, or none."""
    if given is None:
        return ()
    dims = (given,) if isinstance(given, str) else tuple(given)
    for dim in dims:
        if not isinstance(dim, str):
            raise ParameterError(f"frequency names {dim!r}, which is not the name of a dim.")
    return dims


def frequency_places(
    y: xr.DataArray, dim: str, source: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Where along a dim the frequencies ``source(f)`` lie, in samples from the first.

    NaN where that is below any frequency there can be: on a log2 axis, at 0 and below.

    Parameters
    ----------
    y
        Result over frequencies: a log2 axis, a linear one, or any other with the frequencies beside
        it, as the coordinate "center_frequency".
    dim
        The dim.
    source
        Map from the frequencies of the samples to those that they come from.
    """
    if dim not in y.coords:
        raise AxisError(
            f"The dim {dim!r} has no coordinate, so its frequencies are not known; assign them, or "
            "leave the dim out of the action's frequency=."
        )
    if _BESIDE in y.coords and y.coords[_BESIDE].dims == (dim,):
        places = _between(y.coords[_BESIDE].to_numpy().astype(np.float64), source, dim)
    else:
        axis = axis_of(y, dim)
        if axis.epoch is not None:
            raise AxisError(
                f"The axis {dim!r} holds dates or durations, which are not frequencies; leave the "
                "dim out of the action's frequency=."
            )
        wanted = source(axis.coordinate())
        if axis.scale == "log2":
            with np.errstate(divide="ignore", invalid="ignore"):
                wanted = np.where(wanted > 0, np.log2(wanted), np.nan)
        places = (wanted - axis.start) / axis.step
    near = np.round(places)
    return np.asarray(np.where(np.abs(places - near) <= 1e-8, near, places))


def _between(
    frequencies: np.ndarray, source: Callable[[np.ndarray], np.ndarray], dim: str
) -> np.ndarray:
    """Positions between unevenly spaced frequencies."""
    from scipy import interpolate

    if len(frequencies) < 4 or not (np.diff(frequencies) > 0).all():
        raise AxisError(
            f"The coordinate {_BESIDE!r} along {dim!r} holds no 4 rising frequencies, so no "
            "position between them can be found; give a front end with more bands."
        )
    spline = interpolate.CubicSpline(frequencies, np.arange(len(frequencies)), extrapolate=False)
    return np.asarray(spline(source(frequencies)))


def read_along(x: xr.DataArray, dim: str, places: np.ndarray) -> xr.DataArray:
    """Read an array off at other places along a dim."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = sampled_at(promoted(x.to_numpy()), int(x.get_axis_num(dim)), places)
    return x.copy(data=values)


def seen_along(given: xr.DataArray, x: xr.DataArray, dim: str, places: np.ndarray) -> xr.DataArray:
    """Which samples then depend only on given samples."""
    whole = given if dim in given.dims else given.expand_dims({dim: x.sizes[dim]})
    seen = seen_whole(whole.to_numpy(), int(whole.get_axis_num(dim)), places)
    return xr.DataArray(seen, dims=whole.dims)
