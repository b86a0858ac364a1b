"""The words for the size of an input: its samples, and its step along each axis."""

from __future__ import annotations

import math

from invarsig.report.reading import InputReading
from invarsig.report.wording import quantity

__all__ = ["extent"]


def extent(entry: InputReading) -> str:
    """Say how large an input is, with its step along the axes that were diagnosed.

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
    >>> from invarsig.report.reading import AxisReading
    >>> axis = AxisReading(xr.Dataset(attrs={"dim": "time", "unit": "s", "step": 1 / 16000}))
    >>> extent(InputReading(xr.Dataset(attrs={"sizes": "channel: 2, time: 44580"}), (axis,)))
    'channel: 2, time: 44580 samples (time every 62.5 µs)'
    """
    sizes = entry.text("sizes")
    steps = [
        f"{axis.dim} every {quantity(abs(axis.number('step')), axis.unit)}"
        for axis in entry.axes
        if math.isfinite(axis.number("step"))
        and (abs(axis.number("step")) != 1 or axis.unit not in ("", "1", "px", "sample"))
    ]
    if not sizes:
        return ", ".join(steps)
    return f"{sizes} samples" + (f" ({', '.join(steps)})" if steps else "")
