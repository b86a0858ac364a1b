"""The words for remedies: what each gains and what it costs."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.wording import capital, level_in_words, percent, shortened

__all__ = [
    "LOST",
    "WORTHWHILE",
    "aligned_clause",
    "front_sentences",
    "gain_clause",
    "gain_in_words",
    "remedy_column",
    "remedy_sentence",
]

# Below this many decibels a remedy is not said to help: a twelfth of the error.
WORTHWHILE = 1.0

# A share of the band up to here is not said to be lost: it rounds to nothing.
LOST = 0.005


def remedy_column(reading: AxisReading, name: str, size: int) -> np.ndarray:
    """A variable over the remedies; NaN at all of them where it is absent."""
    if name not in reading.data.variables:
        return np.full(size, np.nan)
    return reading.values(name)


def remedy_sentence(reading: AxisReading, place: int, name: str) -> str:
    """What a remedy gains and what it costs."""

    def value(column: str) -> float:
        return float(remedy_column(reading, f"remedy_{column}", place + 1)[place])

    price = _price(value("cost"), value("size"))
    expected = gain_in_words(value("gain_predicted"), value("predicted"), "{:.1f}")
    gain = gain_clause(value("gain"), expected, value("measured"))
    aligned = aligned_clause(reading, place)
    lost = value("lost")
    band = f"; it loses {percent(lost)} of the band below the new Nyquist frequency"
    band = band if lost > LOST else ""
    return f"{capital(name)} {gain}{aligned}{price}{band}."


def aligned_clause(reading: AxisReading, place: int) -> str:
    """How the result of a remedy is compared, where that is not as it is."""
    aligned = remedy_column(reading, "remedy_aligned", place + 1)[place]
    return " after whole-sample alignment" if aligned == 1 else ""


def front_sentences(reading: AxisReading) -> list[str]:
    """Which remedies no other one beats."""
    names = reading.words("remedy_name")
    best = remedy_column(reading, "remedy_best", len(names))
    if best.size != len(names):
        return []
    front = [shortened(name, 72) for name, on in zip(names, best, strict=True) if on == 1]
    if not front or not np.isfinite(best).all():
        return []
    return [f"On the Pareto front of error, work, output size and band: {'; '.join(front)}."]


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


def _price(cost: float, size: float) -> str:
    """What a remedy costs, in work and in the size of the output."""
    text = ""
    if math.isfinite(cost):
        more = cost - 1
        if cost >= 2:
            text = f" for {cost:.3g} times the work"
        elif abs(more) < 0.005:
            text = " for the same work"
        else:
            text = f" for {percent(abs(more))} {'more' if more > 0 else 'less'} work"
    if math.isfinite(size) and abs(size - 1) >= 0.005:
        text += f" and an output {size:.3g} times as large"
    return text
