"""The only subtraction of two labeled results."""

from __future__ import annotations

import numpy as np
import xarray as xr

from invarsig.axes.applied import promoted
from invarsig.axes.border import plain
from invarsig.axes.labeled import with_values
from invarsig.axes.read import reading_of, require_labels
from invarsig.errors import AxisError, DimError

__all__ = ["difference", "require_same_grid"]


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
    require_same_grid(a, b)
    with np.errstate(over="ignore", invalid="ignore"):
        values = promoted(plain(a, a.dims)) - promoted(plain(b, a.dims))
    out = with_values(a, values)
    out.encoding = a.encoding
    return out


def require_same_grid(a: xr.DataArray, b: xr.DataArray) -> None:
    """Raise unless two labeled results may be subtracted; their values are not read.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> require_same_grid(label([1.0, 2.0], "x"), label([3.0, 4.0], "x"))
    """
    for x in (a, b):
        require_labels(x, "A difference")
    if set(a.dims) != set(b.dims):
        raise DimError(f"Results over {tuple(a.dims)} and {tuple(b.dims)} cannot be subtracted.")
    for dim in map(str, a.dims):
        _agree(a, b, dim)


def _agree(a: xr.DataArray, b: xr.DataArray, dim: str) -> None:
    """Raise unless `a` and `b` stand on the same grid along `dim`."""
    if a.sizes[dim] != b.sizes[dim]:
        raise AxisError(
            f"Along {dim!r} one result has {a.sizes[dim]} samples and the other {b.sizes[dim]}; "
            "they do not cover the same grid."
        )
    if dim not in a.coords and dim not in b.coords:
        return
    shared = a.xindexes.get(dim)
    if shared is not None and shared is b.xindexes.get(dim) and a.coords[dim].dtype.kind in "OSTU":
        return
    try:
        (one, rounding), (two, other) = reading_of(a, dim), reading_of(b, dim)
    except AxisError:
        labels, others = (x.coords.get(dim, x[dim]).to_numpy() for x in (a, b))
        if np.array_equal(labels, others):
            return
        if {labels.dtype.kind, others.dtype.kind} <= set("OSTU"):
            raise AxisError(
                f"Along {dim!r} the labels differ: {labels.tolist()} and {others.tolist()}."
            ) from None
        raise
    if one is two:
        return
    lag, stretch = abs(one.offset(two)), abs(one.step - two.step) * max(one.size - 1, 1)
    slack = 1e-3 * abs(one.step)
    if one.scale == "linear":
        # Labels in single precision are off by a rounding error of their own size.
        slack = min(slack + rounding + other, 0.5 * abs(one.step))
    alike = (one.unit, one.scale, type(one.epoch)) == (two.unit, two.scale, type(two.epoch))
    if max(lag, stretch) > slack or not alike:
        raise AxisError(
            f"Along {dim!r} the results stand on different grids: one starts at {one.start:.9g} "
            f"with step {one.in_words(one.step, 9)}, the other at {two.start:.9g} with step "
            f"{two.in_words(two.step, 9)}."
        )
