"""The images of an axis, read from its node."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import AxisReading
from invarsig.spectra.folded_bands import Images

__all__ = ["images_of"]


def images_of(reading: AxisReading) -> Images | None:
    """Read them from an axis node; None where folding is undefined or there is no power."""
    if not reading.has("power", "output_frequency", "image"):
        return None
    return Images.of_power(
        reading.values("power", "image", "output_frequency"),
        np.rint(reading.values("image")).astype(int),
        reading.values("output_frequency"),
        abs(reading.number("step")),
        abs(reading.number("out_step")),
    )
