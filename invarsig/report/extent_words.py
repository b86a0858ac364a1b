"""The words for the size of an input: its samples, its extent and its step."""

from __future__ import annotations

import math

from invarsig.report.reading import AxisReading, InputReading
from invarsig.report.wording import quantity

__all__ = ["extent"]


def extent(entry: InputReading) -> str:
    """Say how large an input is, with its extent and step along the axes that were diagnosed.

    Parameters
    ----------
    entry
        Input node, read.

    Returns
    -------
    str

    Examples
    --------
    >>> import xarray as xr
    >>> axis = AxisReading(xr.Dataset(attrs={"dim": "time", "unit": "s", "step": 1 / 16000}))
    >>> extent(InputReading({"sizes": "channel: 2, time: 44580"}, (axis,)))
    'channel: 2, time: 44580 samples, 2.79 s at 16 kHz'
    """
    axes = {axis.dim: axis for axis in entry.axes}
    parts = []
    for part in entry.text("sizes").split(", "):
        dim, _, size = part.rpartition(": ")
        told = _extent(axes[dim], int(size)) if dim in axes and size.isdecimal() else size
        parts.append(f"{dim}: {told}" if dim else part)
    return ", ".join(parts)


def _extent(axis: AxisReading, size: int) -> str:
    step, count = abs(axis.number("step")), quantity(float(size), "sample")
    if not (math.isfinite(step) and step > 0):
        return str(size)
    if axis.unit in ("", "1", "sample"):
        return count if step == 1 else f"{count}, {step:g} apart"
    if step == 1:
        return f"{count} of {quantity(step, axis.unit)}"
    whole = quantity(float(f"{size * step:.3g}"), axis.unit)
    if axis.unit == "s":
        return f"{count}, {whole} at {quantity(1 / step, 'Hz')}"
    return f"{count}, {whole} in steps of {quantity(step, axis.unit)}"
