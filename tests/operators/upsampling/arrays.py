"""Small arrays of noise, periodic or not, for the tests of upsampling."""

from __future__ import annotations

import numpy as np
import xarray as xr

import invarsig as iv


def array(shape: tuple[int, ...], *, ring: bool = False, kind: str = "f") -> xr.DataArray:
    rng = np.random.default_rng(sum(shape))
    values = rng.standard_normal((2, *shape))
    if kind == "c":
        values = values + 1j * rng.standard_normal((2, *shape))
    names = "zyx"[-len(shape) :]
    axes = [
        iv.Axis(d, 1.5, 0.5, n, "px", n * 0.5 if ring else None)
        for d, n in zip(names, shape, strict=True)
    ]
    return iv.label(values, "channel", *axes)


def by_name(factors: tuple[int, ...]) -> dict[str, int]:
    return dict(zip("zyx"[-len(factors) :], factors, strict=True))
