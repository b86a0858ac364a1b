"""The only subtraction of two labeled results."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.axes.border import promoted
from invarsig.axes.read import axis_of, require_labels
from invarsig.errors import AxisError, DimError

__all__ = ["difference"]


def difference(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Subtract two labeled results by position, after checking that their axes agree.

    Axes are compared relative to their step. Plain ``a - b`` of two labeled arrays aligns
    by equal labels and silently drops samples whose labels are one rounding error apart.

    Parameters
    ----------
    a, b
        Labeled arrays over the same dims, in any order.

    Returns
    -------
    xarray.DataArray
        ``a - b`` with the labels of `a`.

    Raises
    ------
    DimError
        If the dims differ.
    AxisError
        If an axis differs in size, step or start by more than a thousandth of a step.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> a = label([1.0, 2.0], Axis("x", start=0.1 + 0.2, step=1.0))
    >>> b = label([1.0, 1.0], Axis("x", start=0.3, step=1.0))
    >>> difference(a, b).values.tolist()
    [0.0, 1.0]
    """
    for x in (a, b):
        require_labels(x, "A difference")
    if set(a.dims) != set(b.dims):
        raise DimError(f"Results over {tuple(a.dims)} and {tuple(b.dims)} cannot be subtracted.")
    for dim in map(str, a.dims):
        _agree(a, b, dim)
    with np.errstate(over="ignore", invalid="ignore"):
        values = promoted(a.to_numpy()) - promoted(b.transpose(*a.dims).to_numpy())
    return a.copy(data=values)


def _agree(a: xr.DataArray, b: xr.DataArray, dim: str) -> None:
    """Raise unless `a` and `b` stand on the same grid along `dim`."""
    if a.sizes[dim] != b.sizes[dim]:
        raise AxisError(
            f"Along {dim!r} one result has {a.sizes[dim]} samples and the other {b.sizes[dim]}; "
            "they do not cover the same grid."
        )
    if dim not in a.coords and dim not in b.coords:
        return
    try:
        one, two = axis_of(a, dim), axis_of(b, dim)
    except AxisError:
        labels, others = (x.coords.get(dim, x[dim]).to_numpy() for x in (a, b))
        if np.array_equal(labels, others):
            return
        if {labels.dtype.kind, others.dtype.kind} <= set("OSTU"):
            raise AxisError(
                f"Along {dim!r} the labels differ: {labels.tolist()} and {others.tolist()}."
            ) from None
        raise
    lag, stretch = abs(one.offset(two)), abs(one.step - two.step) * max(one.size - 1, 1)
    slack = 1e-3 * abs(one.step)
    if one.scale == "linear":
        # Labels in single precision are off by a rounding error of their own size.
        slack = min(slack + _rounding(a, dim) + _rounding(b, dim), 0.5 * abs(one.step))
    alike = (one.unit, one.scale, type(one.epoch)) == (two.unit, two.scale, type(two.epoch))
    if max(lag, stretch) > slack or not alike:
        raise AxisError(
            f"Along {dim!r} the results stand on different grids: one starts at {one.start:.9g} "
            f"with step {one.step:.9g} {one.length_unit}, the other at {two.start:.9g} with step "
            f"{two.step:.9g} {two.length_unit}."
        )


def _rounding(x: xr.DataArray, dim: str) -> float:
    """The largest rounding error of the labels along a dim."""
    labels = x.coords[dim].to_numpy() if dim in x.coords else np.zeros(1)
    return (
        float(np.finfo(labels.dtype).eps * np.abs(labels).max())
        if labels.dtype.kind == "f"
        else 0.0
    )
