"""How an operator that was given no boundary continues its input, found by running it."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.kernels.borders import Border
from invarsig.operators import Operator
from invarsig.operators.strides import decimating

__all__ = ["own_border"]

_MODES: dict[Border, str] = {
    "zero": "constant",
    "periodic": "wrap",
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
}


def own_border(op: Operator, axes: Axes, dim: str) -> Border | None:
    """The boundary by which an operator pads by itself, as a layer of a network does.

    It is run on noise, and on noise that is continued beyond its ends in each way: where the part
    between the former ends is the same, that is how it continues its input.

    Parameters
    ----------
    op
        The operator.
    axes
        Axes of what it is given.
    dim
        The dim along which it pads.

    Returns
    -------
    str or None
        None where it does not pad, or does so in none of these ways: so a max pool, which
        continues its input by minus infinity.

    Examples
    --------
    >>> import invarsig as iv
    >>> import numpy as np
    >>> axes = Axes.of(iv.label(np.zeros(9), iv.Axis("x")))
    >>> own_border(iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero"), axes, "x")
    'zero'
    >>> own_border(iv.Relu(), axes, "x") is None
    True
    """
    try:
        return _found(op, axes, dim)
    except (InvarsigError, RuntimeError, ValueError):
        return None  # It does not run on another size.


def _found(op: Operator, axes: Axes, dim: str) -> Border | None:
    plan = op.plan(axes)
    strides = decimating(plan.stride)
    dense = op.restrided(dict.fromkeys(strides, 1)) if strides else op
    used = {axis.dim for axis in plan.in_axes}
    if dim not in used or dim not in plan.reach or dense is None:
        return None
    reaches = {each: sum(plan.reach_along(each)) for each in used if each in plan.reach}
    if not 0 < reaches[dim] < math.inf:
        return None
    sizes = {each: axes.read_or_counted(each).size for each in axes}
    for each, reach in reaches.items():
        if math.isfinite(reach):
            far = math.ceil(reach / abs(axes.read_or_counted(each).step) - 1e-6) + 1
            sizes[each] = min(sizes[each], 4 * far + 8)
    far = math.ceil(reaches[dim] / abs(axes.read_or_counted(dim).step) - 1e-6) + 1
    if sizes[dim] <= far:
        return None
    noise = np.random.default_rng(0).standard_normal(list(sizes.values()))
    x = xr.DataArray(noise, dims=list(sizes))
    y = dense(x)

    def same(mode: str, value: float | None = None) -> bool:
        more = x.pad({dim: far}, mode=mode, constant_values=value)  # type: ignore[arg-type]
        with np.errstate(invalid="ignore"):
            inside = dense(more).isel({dim: slice(far, far + y.sizes[dim])}).transpose(*y.dims)
        limit = 1e-4 if y.dtype.itemsize < 8 else 1e-9
        gap = np.abs(inside.to_numpy() - y.to_numpy()).max()
        return inside.shape == y.shape and bool(gap <= limit * np.abs(y.to_numpy()).max())

    if same("constant", -np.inf):
        return None
    found = [
        border for border, mode in _MODES.items() if same(mode, 0.0 if mode == "constant" else None)
    ]
    return found[0] if 0 < len(found) < len(_MODES) else None
