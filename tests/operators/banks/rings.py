"""Small periodic arrays, and kernels, for the tests of banks."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig import Axis, label

NAMES = ("z", "y", "x")


def ring(values, step: float = 1.0, start: float = 2.0) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, start, step, n, "px", abs(step) * n) for d, n in sizes))


def kernel(values, *dims: str, **coords) -> xr.DataArray:
    values = np.asarray(values)
    return xr.DataArray(values, dims=dims or NAMES[-values.ndim :], coords=coords)
