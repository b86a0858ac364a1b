"""What replacing one stage by its alias-free counterpart gains, along one axis."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.gains import gain_clause
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.wording import percent

__all__ = ["SECTION"]


def _sentences(reading: AxisReading) -> list[str]:
    """What swapping a stage by its alias-free counterpart gains, beside its share of the error."""
    shares = reading.shares
    gains, left = reading.over_stage("swap_gain"), reading.over_stage("swap_error")
    if shares.size == 0 or gains.size != shares.size or not np.isfinite(gains).any():
        return []
    best, top = int(np.nanargmax(gains)), int(shares.argmax())

    def number(place: int) -> str:
        return f"{reading.stage_numbers[place]:.0f}"

    def gain(place: int) -> str:
        return gain_clause(float(gains[place]), "", float(left[place]))

    def has(place: int) -> str:
        return percent(float(shares[place]))

    part = f" {reading.only_some}" if reading.only_some else ""
    text = f"Replacing stage {number(best)} by its alias-free counterpart {gain(best)}{part}"
    if best == top:
        return [f"{text}; it has {has(best)} of the error."]
    if math.isnan(gains[top]):
        return [
            (
                f"{text}; it has {has(best)} of the error. Stage {number(top)}, which has "
                f"{has(top)}, was not replaced."
            )
        ]
    return [
        (
            f"{text}; it has {has(best)} of the error. Replacing stage {number(top)}, which has "
            f"{has(top)}, {gain(top)}."
        )
    ]


SECTION: Section[AxisReading] = Section(
    key="swaps",
    title="",
    about="axis",
    place="stages",
    reads=("operator", "share", "swap_gain", "swap_error"),
    sentences=_sentences,
)
