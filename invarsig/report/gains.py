"""The words for gains in decibels, which several sections share."""

from __future__ import annotations

import math

from invarsig.report.limits import ROUND_OFF
from invarsig.report.wording import level_in_words

__all__ = ["gain_clause", "gain_in_words"]


def gain_in_words(gain: float, left: float, form: str) -> str:
    """Write a gain; "to round-off" where that is all that is left, and "" where it is not known.

    The ratio of an error to round-off is as large as the computer's precision, not the remedy.

    Parameters
    ----------
    gain
        In dB.
    left
        Relative error that is left.
    form
        Format of the number.

    Returns
    -------
    str

    Examples
    --------
    >>> gain_in_words(14.23, 0.05, "{:.1f} dB"), gain_in_words(265.8, 1e-15, "{:.1f} dB")
    ('14.2 dB', 'to round-off')
    """
    if gain == math.inf or (gain > 0 and left <= ROUND_OFF):
        return "to round-off"
    return form.format(gain) if math.isfinite(gain) else ""


def gain_clause(gain: float, expected: str, left: float) -> str:
    """What a remedy gains."""
    if math.isnan(gain):
        return "has an undefined gain"
    if gain_in_words(gain, left, "") == "to round-off":
        size = f" ({level_in_words(left)})" if left > 0 else ""
        return f"takes the error down to round-off{size}"
    text = f"{'gains' if gain >= 0 else 'loses'} {abs(gain):.1f} dB"
    if not expected:
        return text
    if gain < 0:
        expected = expected.removeprefix("-") if expected.startswith("-") else f"-{expected}"
    return f"{text} (predicted {expected})"
