"""Finite signals made periodic: cropped, tapered, padded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from invarsig.aliasing.lift import stride_and_reach
from invarsig.axes import axis_of, on_axes
from invarsig.errors import AxisError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator
from invarsig.window_shapes import tukey

__all__ = ["periodized"]

# Share of an axis that the taper affects, half of it at either end.
_TAPER = 0.1


def periodized(op: Operator, x: xr.DataArray, dim: str) -> tuple[xr.DataArray, str]:
    """Make an axis periodic: crop to a multiple of the total stride, taper, pad by the reach.

    The taper (Tukey, a tenth of the axis) pulls the signal toward its mean along the axis, and the
    padding holds that mean, so that no step enters at the border.

    Parameters
    ----------
    op
        Operator whose stride and reach determine the crop and the padding.
    x
        Labeled array.
    dim
        The axis.

    Returns
    -------
    xarray.DataArray, str
        The periodic signal, and a sentence on what was done ("" if it was already periodic).

    Raises
    ------
    AxisError
        If there are fewer samples than one total stride.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.arange(42.0), "x")
    >>> x, said = iv.aliasing.periodized(iv.MaxPool(window={"x": 4}), x, "x")
    >>> x.sizes["x"], iv.axis_of(x, "x").periodic
    (44, True)
    """
    require_operator(op)
    axis = axis_of(x, dim)
    stride, (left, right) = stride_and_reach(op, x, dim)
    if axis.periodic and axis.size % stride == 0:
        return x, ""
    size = axis.size // stride * stride
    if size == 0:
        raise AxisError(
            f"{axis.size} samples along {dim!r} are fewer than one total stride of {stride}; give "
            "more signal, or smaller strides (for parallel branches that lose the dim, the least "
            "common multiple counts)."
        )
    finite = np.isfinite(left + right)
    pad = -(-round((left + right) / abs(axis.step)) // stride) * stride if finite else 0

    def kernel(values: np.ndarray) -> np.ndarray:
        kept = values[..., :size]
        mean = kept.mean(axis=-1, keepdims=True)
        bent = mean + (kept - mean) * tukey(size, _TAPER)
        wide = np.broadcast_to(mean, (*values.shape[:-1], pad))
        return np.concatenate([bent, wide], axis=-1)

    whole = replace(axis, size=size + pad, period=(size + pad) * abs(axis.step))
    cropped = f"cropped to {size} samples, " if size < axis.size else ""
    padded = f", padded with {pad} samples of its mean" if pad else ""
    text = (
        f"The axis was not periodic: it was {cropped}tapered over {_TAPER:.0%} of its {size} "
        f"samples (Tukey){padded} and treated as periodic."
    )
    if not finite:
        text += " A stage reaches over the whole axis, so no padding could isolate the ends."
    return on_axes(kernel, x, (axis,), (whole,)), text
