"""The words of a verdict: the standing, the floor, and why shifts can be blind."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.headline import SMALL, Headline, graded
from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.wording import error, level_in_words, quantity

__all__ = ["HOW", "NEAR_FLOOR", "blind_sentence", "floor_sentence", "seam_sentence", "standing_of"]

# Where a perfect operator would have scored at least half as much (6 dB), a quarter of the error's
# energy or more may be the protocol's own.
NEAR_FLOOR = 2.0

HOW = {
    "interior": "on the signal as it is, away from its borders,",
    "crop": "cut out of the signal as it is at two places, so that new content enters,",
}


def standing_of(reading: AxisReading, found: Headline) -> str:
    """A verdict without its numbers."""
    said = {
        "nan": "unknown: the output holds NaN",
        "untried": "unknown: no shift was tried",
        "empty": "undefined: silent or constant",
        "constant": "undefined: silent or constant",
        "blind": "undecided: these shifts cannot tell",
    }
    if not found.known:
        return said[found.state]
    grade = graded(reading, found.size)
    # A cut is at whole samples: what it says does not hold between them where more was measured.
    between = found.protocol == "crop" and found.size <= SMALL < reading.at_worst("measured")
    return f"{grade} at whole samples" if between else grade


def seam_sentence(reading: AxisReading, word: str) -> str:
    """The periodic figure where another one leads."""
    return (
        f"Treated as periodic it {word} by {level_in_words(reading.at_worst('measured'))} at "
        f"{quantity(reading.worst_shift, reading.unit)}, but part of that may be made where the "
        "ends were joined."
    )


def blind_sentence(reading: AxisReading) -> str:
    """Why shifts by whole output samples cannot tell, and what is predicted between them."""
    kind = "shift-invariant" if reading.lost else "shift-equivariant"
    count = quantity(float(reading.stride), "sample")
    text = (
        f"these shifts cannot tell whether the pipeline is {kind}: each is a whole multiple of the "
        f"total stride ({count}, {quantity(abs(reading.number('out_step')), reading.unit)}), at "
        "which any pipeline is exact, however much it aliases."
    )
    if reading.explained and reading.has("predicted_curve", "curve_shift"):
        curve = np.nan_to_num(reading.values("predicted_curve"))
        place = int(curve.argmax())
        if curve[place] > ROUND_OFF:
            at = quantity(float(reading.values("curve_shift")[place]), reading.unit)
            text += f" In between, folding predicts up to {error(float(curve[place]))}, at {at}."
    return f"{text} Try shifts in between."


def floor_sentence(found: Headline) -> str:
    """What a perfect operator would score, and what that makes of the error."""
    floor, size = found.floor, found.size
    if math.isnan(floor) or (size <= ROUND_OFF < floor):
        return ""
    text = f" A perfect operator would score {level_in_words(floor)}"
    if floor <= ROUND_OFF:
        return f"{text}, which is rounding."
    if size <= floor * NEAR_FLOOR:
        return f"{text}, so how much of the error is the pipeline's own is undecidable."
    return f"{text}."
