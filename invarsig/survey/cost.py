"""What a pipeline costs on a file: its work, and how many values it gives."""

from __future__ import annotations

import math

import xarray as xr

from invarsig.axes import Axes
from invarsig.operators import Operator

__all__ = ["cost_of"]


def cost_of(op: Operator, x: xr.DataArray) -> dict[str, float]:
    """Multiplications, and output values, for each value of the input: columns of a row.

    Both are counted from the plan, and so the same on every machine; a time would not be.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> cost_of(iv.MeanPool({"x": 4}), iv.label(np.ones(64), "x"))
    {'work': 1.0, 'output_rate': 0.25}
    """
    axes = Axes.of(x)
    plan = op.plan(axes)
    after = plan.after(axes)
    values = math.prod(after.read_or_counted(dim).size for dim in after)
    size = max(x.size, 1)
    return {"work": float(plan.work(axes)) / size, "output_rate": values / size}
