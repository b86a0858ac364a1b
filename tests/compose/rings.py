"""Arrays on rings, and how far results are apart."""

from __future__ import annotations

import numpy as np
import xarray as xr

import invarsig as iv


def circle(values, step: float = 1.0, dim: str = "x") -> xr.DataArray:
    size = np.shape(values)[-1]
    lead = ["item"] * (np.ndim(values) - 1)
    return iv.label(values, *lead, iv.Axis(dim, 0.0, step, size, "px", size * step))


def torus(values) -> xr.DataArray:
    sizes = np.shape(values)[-2:]
    lead = ["item"] * (np.ndim(values) - 2)
    axes = [iv.Axis(d, 0.0, 1.0, n, "px", float(n)) for d, n in zip("yx", sizes, strict=True)]
    return iv.label(values, *lead, *axes)


def off(a, b) -> float:
    return float(np.linalg.norm(iv.difference(a, b)) / np.linalg.norm(b))
