"""The table of nonlinear stages: what each creates, and how much of the error that explains."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.swap_words import over_stages
from invarsig.report.wording import band, percent, shortened, typeset

__all__ = ["created_rows"]


def created_rows(reading: AxisReading) -> list[dict[str, str]]:
    """Rows of the table of nonlinear stages; none where nothing is known of them."""
    names = reading.words("operator")
    created, above = over_stages(reading, "created"), over_stages(reading, "created_above")
    explains = over_stages(reading, "created_explains")
    found = []
    for place in np.flatnonzero(np.isfinite(created)):
        edge, part = float(above[place]), float(created[place])
        found.append(
            {
                "stage": typeset(
                    f"{reading.stage_numbers[place]:.0f}. {shortened(names[place], 72)}"
                ),
                "created": typeset(percent(part if part > ROUND_OFF**2 else 0.0)),
                "above": typeset(band(edge, edge, reading.frequency_unit)) if edge > 0 else "",
                "explains": _explained(float(explains[place])),
            }
        )
    return found


def _explained(share: float) -> str:
    if math.isnan(share):
        return "not known"
    if abs(share) < ROUND_OFF:
        return "none"
    if share < 0:
        return typeset(f"none: {percent(-share)} more without it")
    return typeset(percent(share))
