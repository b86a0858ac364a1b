"""The words for invariance: how far the output itself changes with the shift."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import AxisReading
from invarsig.report.wording import percent, quantity

__all__ = ["invariance_sentences"]

# Invariance is told as the shift at which the output has changed by a tenth of itself.
CHANGED = 0.1


def invariance_sentences(reading: AxisReading) -> list[str]:
    """How far the output itself changes."""
    values = reading.over_shift("invariance")
    known = np.isfinite(values)
    if not known.any():
        return []
    order = np.argsort(np.abs(reading.shifts[known]), kind="stable")
    shifts, values = reading.shifts[known][order], values[known][order]

    def at(place: int) -> str:
        return quantity(abs(float(shifts[place])), reading.unit)

    beyond = np.flatnonzero(values >= CHANGED)
    smallest = "the smallest shift tried" if shifts.size > 1 else "the only shift tried"
    if beyond.size == 0:
        most = int(np.argmax(values))
        return [
            (
                f"Not moved back, the output changes by {percent(float(values[most]))} at most "
                f"over shifts up to {at(-1)}."
            )
        ]
    place = int(beyond[0])
    change = percent(float(values[place]))
    if place == 0:
        return [(f"Not moved back, the output changes by {change} at {at(0)}, {smallest}.")]
    return [
        (
            f"Not moved back, the output changes by {percent(CHANGED)} between a shift of "
            f"{at(place - 1)} ({percent(float(values[place - 1]))}) and one of {at(place)} "
            f"({change})."
        )
    ]
