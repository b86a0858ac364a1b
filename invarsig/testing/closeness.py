"""Comparing two results, and relabeling an input."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.operators import Operator

__all__ = ["close", "relabeled", "same_but_coordinates", "same_but_coordinates_loosely"]


def close(law: str, op: object, a: xr.DataArray, b: xr.DataArray, rtol: float = 1e-9) -> None:
    """Compare values, dims and coordinates of two results."""
    assert set(a.dims) == set(b.dims), f"{op} breaks the law of {law}: dims {a.dims} and {b.dims}."
    b = b.transpose(*a.dims)
    assert a.shape == b.shape, f"{op} breaks the law of {law}: shapes {a.shape} and {b.shape}."
    scale = float(np.max(np.abs(a.to_numpy()), initial=0.0, where=np.isfinite(a.to_numpy()))) or 1.0
    same = np.allclose(a.to_numpy(), b.to_numpy(), rtol=rtol, atol=rtol * scale, equal_nan=True)
    assert same, f"{op} breaks the law of {law}: values differ."
    for name, coordinate in a.coords.items():
        assert name in b.coords, (
            f"{op} breaks the law of {law}: the coordinate {name!r} is missing."
        )
        one, other = coordinate.to_numpy(), b.coords[name].to_numpy()
        if one.dtype.kind in "fc":
            there = one[np.isfinite(one)]
            step = float(np.abs(np.diff(there)).max(initial=0.0)) if one.ndim == 1 else 0.0
            tiny = 1e-6 * (step or 1e-6)
            fits = np.allclose(one, other, rtol=1e-9, atol=tiny, equal_nan=True)
        else:
            fits = bool(np.array_equal(one, other))
        assert fits, f"{op} breaks the law of {law}: the coordinate {name!r} differs."


def same_but_coordinates(law: str, op: Operator, a: xr.DataArray, b: xr.DataArray) -> None:
    """Compare values and dims of two results."""
    close(law, op, a.drop_vars(list(a.coords)), b.drop_vars(list(b.coords)))


def same_but_coordinates_loosely(op: Operator, a: xr.DataArray, b: xr.DataArray) -> None:
    """Compare values and dims of two results as closely as single precision allows."""
    close("single precision", op, a.drop_vars(list(a.coords)), b.drop_vars(list(b.coords)), 2e-4)


def relabeled(x: xr.DataArray, factors: dict[str, float], shifts: dict[str, float]) -> xr.DataArray:
    """Give `x` with coordinates times `factors`, plus `shifts`."""
    for dim in {*factors, *shifts}:
        factor = factors.get(dim, 1.0)
        attrs = dict(x[dim].attrs)
        for key in ("period", "step"):
            if key in attrs:
                attrs[key] = attrs[key] * factor
        x = x.assign_coords({dim: (dim, x[dim].to_numpy() * factor + shifts.get(dim, 0.0), attrs)})
    return x
