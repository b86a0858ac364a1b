"""Comparing two results, and relabeling an input."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.operators import Operator

__all__ = ["close", "relabeled", "same_but_coordinates", "same_but_coordinates_loosely"]

# What rounding in single precision may come to after several stages.
_SINGLE = 2e-4


def close(
    law: str,
    op: object,
    a: xr.DataArray,
    b: xr.DataArray,
    rtol: float = 1e-9,
    *,
    of: xr.DataArray | None = None,
) -> None:
    """Compare values, dims and coordinates of two results.

    `rtol` is for double precision. What is no more than the round-off of an input `of` is nothing:
    a result may be the difference of values of that size.
    """
    if rtol and {a.dtype, b.dtype} & {np.dtype(np.float32), np.dtype(np.complex64)}:
        rtol = max(rtol, _SINGLE)
    assert set(a.dims) == set(b.dims), f"{op} breaks the law of {law}: dims {a.dims} and {b.dims}."
    b = b.transpose(*a.dims)
    assert a.shape == b.shape, f"{op} breaks the law of {law}: shapes {a.shape} and {b.shape}."
    scale = float(np.max(np.abs(a.to_numpy()), initial=0.0, where=np.isfinite(a.to_numpy()))) or 1.0
    slack = max(rtol * scale, *(_round_off(of, each) if rtol else 0.0 for each in (a, b)))
    same = np.allclose(a.to_numpy(), b.to_numpy(), rtol=rtol, atol=slack, equal_nan=True)
    assert same, (
        f"{op} breaks the law of {law}: values differ by up to "
        f"{np.abs(a.to_numpy() - b.to_numpy()).max():.3g}, of a size of {scale:.3g}."
    )
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


def _round_off(x: xr.DataArray | None, y: xr.DataArray) -> float:
    """What rounding may leave of values of the size of an input, in the precision of a result."""
    if x is None or y.dtype.kind not in "fc":
        return 0.0
    values = x.to_numpy()
    size = float(np.abs(values).max(initial=0.0, where=np.isfinite(values)))
    return 64 * float(np.finfo(y.dtype).eps) * size


def same_but_coordinates(
    law: str, op: Operator, a: xr.DataArray, b: xr.DataArray, *, of: xr.DataArray
) -> None:
    """Compare values and dims of two results."""
    close(law, op, a.drop_vars(list(a.coords)), b.drop_vars(list(b.coords)), of=of)


def same_but_coordinates_loosely(
    op: Operator, a: xr.DataArray, b: xr.DataArray, *, of: xr.DataArray
) -> None:
    """Compare values and dims of two results as closely as single precision allows."""
    one, other = (each.drop_vars(list(each.coords)) for each in (a, b))
    close("single precision", op, one, other, _SINGLE, of=of)


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
