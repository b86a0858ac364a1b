"""How much work a pipeline is: multiplications, counted from its plan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import InvarsigError
from invarsig.operators import Operator
from invarsig.operators.base import stages_of

__all__ = ["work"]


def work(op: Operator, x: xr.DataArray, grids: Mapping[str, int] | None = None) -> float:
    """Count the multiplications of an operator: outputs times the inputs that go into each.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array.
    grids
        For each dim the grid of a lift: then those of `Dense`, where each stage runs on every
        polyphase component of its input, and gives an output for every so many input samples.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 2.0, 3.0, 4.0], iv.Axis("x", period=4.0))
    >>> work(iv.MeanPool(window={"x": 2}), x), work(iv.MeanPool(window={"x": 2}), x, {"x": 1})
    (4.0, 8.0)
    """
    axes, total = Axes.of(x), 0.0
    strides = dict.fromkeys(grids or {}, 1)
    for stage in stages_of(op):
        plan = stage.plan(axes)
        axes = plan.after(axes)
        outputs = float(np.prod([axes[dim].size if _sized(axes, dim) else 1 for dim in axes]))
        for dim, grid in (grids or {}).items():
            strides[dim] *= plan.stride.get(dim, 1)
            outputs *= max(strides[dim] / grid, 1.0)
        total += plan.taps * outputs
    return total


def _sized(axes: Axes, dim: str) -> bool:
    try:
        return axes[dim].size > 0
    except InvarsigError:
        return False
