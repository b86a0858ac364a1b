"""Models whose numbers are in seconds need an axis in seconds."""

from __future__ import annotations

import xarray as xr

from invarsig.axes import axis_of
from invarsig.errors import AxisError

__all__ = ["require_seconds"]

_OTHERS = {"ns": 1e9, "us": 1e6, "µs": 1e6, "ms": 1e3, "min": 1 / 60, "h": 1 / 3600}


def require_seconds(x: xr.DataArray, over: str, what: str) -> None:
    """Raise if an axis is in another unit of time; one without a unit is taken to be in seconds."""
    unit = axis_of(x, over).length_unit
    if unit in _OTHERS:
        raise AxisError(
            f"{what} has its lengths in seconds and its frequencies in Hz, and {over!r} is in "
            f"{unit}; label the axis in seconds: there are {_OTHERS[unit]:.6g} {unit} in one."
        )
