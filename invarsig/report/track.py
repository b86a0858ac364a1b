"""The one scale of errors, 0.01 to 100 %, in four zones: its places and its drawing."""

from __future__ import annotations

import math

from invarsig.report.limits import LOWEST

__all__ = ["place_on_scale", "track"]


def place_on_scale(error: float) -> float:
    """Place of an error on the scale from 0.01 to 100 %, in per cent of its length."""
    if not error > LOWEST:
        return 0.0
    return 100 * min((math.log10(error) - math.log10(LOWEST)) / 4, 1.0)


def track(error: float, limit: float = math.nan, *, after: bool = False) -> str:
    """The scale with an error on it, hatched up to the measuring limit."""
    zones = "".join(
        f'<rect class="zone-{k}" x="{25 * k}%" width="25%" height="100%"/>' for k in range(4)
    )
    hatch = ""
    if math.isfinite(limit) and place_on_scale(limit) > 0:
        width = f"{place_on_scale(limit):.1f}%"
        hatch = f'<rect class="hatch" width="{width}" height="100%"/>'
    dot = ""
    if not math.isnan(error):
        place = f"{min(max(place_on_scale(error), 1.5), 98.5):.1f}%"
        dot = f'<circle class="{"after" if after else "now"}" cx="{place}" cy="50%" r="7"/>'
    return f'<svg class="track" aria-hidden="true">{zones}{hatch}{dot}</svg>'
