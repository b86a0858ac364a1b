"""The words for swapped stages: what an alias-free twin gains, and what nonlinearities create."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.reading import ROUND_OFF, AxisReading
from invarsig.report.remedy_words import gain_clause
from invarsig.report.wording import band, capital, percent, quantity, shortened

__all__ = ["created_sentences", "over_stages", "swap_sentences"]

# A gain below this many decibels is written as 0.0.
_NOTHING = 0.05


def over_stages(reading: AxisReading, name: str) -> np.ndarray:
    """A variable over the stages; NaN at all of them where it is absent."""
    count = len(reading.words("operator"))
    if name not in reading.data.variables:
        return np.full(count, np.nan)
    return reading.values(name)


def swap_sentences(reading: AxisReading) -> list[str]:
    """What swapping a stage for its alias-free twin gains, beside its share of the error."""
    shares = reading.shares
    gains, left = over_stages(reading, "swap_gain"), over_stages(reading, "swap_error")
    if shares.size == 0 or gains.size != shares.size or not np.isfinite(gains).any():
        return []
    best, top = int(np.nanargmax(gains)), int(shares.argmax())

    def number(place: int) -> str:
        return f"{reading.stage_numbers[place]:.0f}"

    def gain(place: int) -> str:
        return gain_clause(float(gains[place]), "", float(left[place]))

    def has(place: int) -> str:
        return percent(float(shares[place]))

    part = f" {reading.only_part}" if reading.only_part else ""
    text = f"Swapping stage {number(best)} for its alias-free twin {gain(best)}{part}"
    if best == top:
        return [f"{text}; it has {has(best)} of the error."]
    if math.isnan(gains[top]):
        return [
            (
                f"{text}; it has {has(best)} of the error. Stage {number(top)}, which has "
                f"{has(top)}, was not swapped."
            )
        ]
    return [
        (
            f"{text}; it has {has(best)} of the error. Swapping stage {number(top)}, which has "
            f"{has(top)}, {gain(top)}."
        )
    ]


def created_sentences(reading: AxisReading) -> list[str]:
    """What the nonlinearity that creates most creates, and what its filtered twin gains."""
    names, shares = reading.words("operator"), over_stages(reading, "created")
    if not names or shares.size != len(names) or not np.isfinite(shares).any():
        return []
    if not np.nanmax(shares) > ROUND_OFF**2:
        return []
    top = int(np.nanargmax(shares))
    edge = float(over_stages(reading, "created_above")[top])
    part = f"{capital(reading.only_part)}: stage" if reading.only_part else "Stage"
    text = (
        f"{part} {reading.stage_numbers[top]:.0f}, {shortened(names[top], 72)}, creates "
        f"{percent(float(shares[top]))} of the energy of its output above the next stage's Nyquist "
        f"frequency{f' ({band(edge, edge, reading.frequency_unit)})' if edge > 0 else ''}"
    )
    gain, shifts = float(over_stages(reading, "swap_gain_between")[top]), _between(reading)
    if math.isnan(gain) or not shifts:
        return [f"{text}."]
    twin = "Its twin, the same between filters at four times the rate,"
    if abs(gain) < _NOTHING:
        little = f"changes the error by less than {_NOTHING:g} dB"
        return [f"{text}. {twin} {little} at {shifts}, between whole samples."]
    if gain < 0:
        return [f"{text}. {twin} loses {-gain:.1f} dB at {shifts}, between whole samples."]
    part = percent(1 - 10 ** (-gain / 10))
    return [
        (
            f"{text}. {twin} takes away {part} of the error's energy ({gain:.1f} dB) at {shifts}, "
            "between whole samples."
        )
    ]


def _between(reading: AxisReading) -> str:
    """The shifts between whole samples, in words."""
    if not reading.number("step") > 0:
        return ""
    between = ~reading.multiples("step") & np.isfinite(reading.over_shift("measured"))
    said = [quantity(float(shift), reading.unit) for shift in reading.shifts[between]]
    return " and ".join(said[:2]) + (" and others" if len(said) > 2 else "")
