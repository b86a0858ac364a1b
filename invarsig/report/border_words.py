"""The words for borders: what the protocols for signals that end say, and how ends were joined."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.verdict_words import NEAR_FLOOR
from invarsig.report.wording import capital, error, level_in_words, quantity

__all__ = ["border_sentences", "treatment_sentence"]

_PROTOCOLS = {
    "interior": "On the signal as it is, compared away from its borders",
    "crop": "Cut out of the signal as it is at two places, so that new content enters",
}


def border_sentences(reading: AxisReading) -> list[str]:
    """What the protocols for signals that end say."""
    found: list[str] = []
    for name, lead in _PROTOCOLS.items():
        values, floors = reading.protocol(name), reading.over_shift(f"{name}_floor")
        finite = np.flatnonzero(np.isfinite(values))
        if finite.size == 0:
            reason = _missing(reading, name)
            if reason:
                found.append(f"{lead}: not measurable here, since {reason}.")
            continue
        place = int(finite[np.argmax(values[finite])])
        size, floor = float(values[place]), float(floors[place])
        at = quantity(float(reading.shifts[place]), reading.unit)
        if math.isfinite(floor) and floor > ROUND_OFF and size <= NEAR_FLOOR * floor:
            found.append(
                f"{lead}, the error at {at} is {error(size)}: undecidable, the floor is "
                f"{level_in_words(floor)}."
            )
        else:
            said = f", with a floor of {level_in_words(floor)}" if math.isfinite(floor) else ""
            found.append(f"{lead}, the error at {at} is {error(size)}{said}.")
    return found


def _missing(reading: AxisReading, name: str) -> str:
    """Why a protocol has no figure; "" where that is not known."""
    if name not in reading.data.variables:
        return ""
    told = [line for line in reading.lines("protocol_notes") if line.lower().startswith(name)]
    if np.isfinite(reading.over_shift(name)).any():
        short = "the signal is so short that " if told else ""
        return (
            f"{short}only shifts by whole output samples allow it, and there any pipeline is exact"
        )
    if not told:
        return ""
    if name == "crop":
        return "the signal is too short for two cuts that can be compared"
    if reading.lost:
        return "the output has lost the axis, so all of it has seen the borders"
    if "infinite reach" in told[0]:
        return "a stage depends on the whole axis, so all of the output has seen the borders"
    return "the signal is too short for these shifts: its borders reach all of the output"


def treatment_sentence(line: str) -> str:
    """How the axis was made periodic."""
    return _sentence(line)


def _sentence(text: str) -> str:
    """A line of text as a sentence: a capital at its front and a stop at its end."""
    text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
