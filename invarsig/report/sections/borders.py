"""How one axis was made periodic, and what was measured beside that on the signal as given."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.limits import NEAR_FLOOR, ROUND_OFF
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.wording import error, level_in_words, quantity, sentence

__all__ = ["SECTION"]

_PROTOCOLS = {
    "interior": "On the signal as given, compared away from its ends",
    "cut": "Cut out of the signal as given at two places, so that new content enters",
}


def _sentences(reading: AxisReading) -> list[str]:
    found = [sentence(line) for line in reading.lines("treatment")]
    for name, lead in _PROTOCOLS.items():
        values, floors = reading.protocol(name), reading.over_shift(f"{name}_floor")
        finite = np.flatnonzero(np.isfinite(values))
        if finite.size == 0:
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


SECTION: Section[AxisReading] = Section(
    key="borders",
    title="The periodic stand-in, and the signal as given",
    about="axis",
    place="measured",
    reads=("interior", "interior_floor", "cut", "cut_floor"),
    when=("known", "blind", "nan", "empty", "constant", "untried"),
    sentences=_sentences,
)
