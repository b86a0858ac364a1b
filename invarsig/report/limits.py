"""Every limit on which a word of the report rests, in one place."""

from __future__ import annotations

import math

from invarsig.measures.parts import FEW

__all__ = [
    "ACCOUNTED",
    "AGREES",
    "CHANGED",
    "CLEAR",
    "CONSTANT",
    "FEW",
    "LARGE",
    "LOST",
    "LOWEST",
    "MINOR",
    "NEAR_FLOOR",
    "ROUND_OFF",
    "SEVERE",
    "SLIGHT",
    "SMALL",
    "WORTHWHILE",
    "severity",
]

# Errors up to here (-100 dB) are round-off: single precision has 1e-7, times a few dozen
# operations in a pipeline.
ROUND_OFF = 1e-5

# Severity of an error: negligible below the first (-60 dB), then slight, clear (-40 dB) and severe
# (-20 dB). The scale of the page begins at `LOWEST` and ends at 1.
LOWEST, SLIGHT, CLEAR, SEVERE = 1e-4, 1e-3, 1e-2, 1e-1

# "To within 1 %": the level at which two curves drawn on top of each other look the same.
SMALL = 1e-2

# An output that changes by no more than this at every shift, moved back or not, is constant: in
# double precision a few thousand operations stay below it.
CONSTANT = 1e-10

# Prediction and measurement agree where they differ by less than this, relative to the larger:
# what four printed digits show.
AGREES = 1e-4

# Between whole samples folding accounts for the error where it predicts it to this many decibels.
ACCOUNTED = 0.1

# A share of the error below this is left out of sentences: naming it would not change what to do.
MINOR = 0.1

# From this share on it is said how a stage without a stride comes to make an error.
LARGE = 0.25

# Invariance is told as the shift at which the output has changed by a tenth of itself.
CHANGED = 0.1

# Where a perfect operator would have scored at least half as much (6 dB), a quarter of the error's
# energy or more may be the protocol's own.
NEAR_FLOOR = 2.0

# Below this many decibels a remedy is not said to help: a twelfth of the error.
WORTHWHILE = 1.0

# A share of the band up to here is not said to be lost: it rounds to nothing.
LOST = 0.005


def severity(error: float) -> str:
    """Grade an error in one of the four fixed words.

    Parameters
    ----------
    error
        Relative error.

    Returns
    -------
    str
        "" where the error is NaN.

    Examples
    --------
    >>> [severity(each) for each in (9e-4, 1e-3, 1e-2, 1e-1)]
    ['negligible', 'slight', 'clear', 'severe']
    """
    if math.isnan(error):
        return ""
    for limit, word in ((SLIGHT, "negligible"), (CLEAR, "slight"), (SEVERE, "clear")):
        if error < limit:
            return word
    return "severe"
