"""Pipelines that choose their samples: the error once the choice is allowed for."""

from __future__ import annotations

import numpy as np

from invarsig.report.limits import ROUND_OFF, SMALL
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.wording import off, quantity

__all__ = ["SECTION"]

# Output samples by which batch items may have moved apart and still stand together.
_ALIKE = 1e-6


def _sentences(reading: AxisReading) -> list[str]:
    aligned, measured = reading.over_shift("aligned"), reading.over_shift("measured")
    if not np.isfinite(aligned).any():
        return []
    lead = (
        "The pipeline chooses which samples it keeps: with its output moved from the samples that "
        "it chose before to those that it chose after"
    )
    # Whole samples are what a choice is made among; in between the signal itself is resampled.
    whole = np.isfinite(aligned) & reading.multiples("step")
    asked = whole if whole.any() else np.isfinite(aligned)
    place = int(np.argmax(np.where(asked, aligned, -1.0)))
    at = quantity(float(reading.shifts[place]), reading.unit)
    worst = float(np.nanmax(np.where(asked, measured, np.nan)))
    where = "at every shift by whole samples" if whole.any() else "at every shift tried"
    alone = f"moved by the shift alone it differs by up to {off(worst)}."
    still = "still " if aligned[place] > SMALL else ""
    if aligned[place] <= ROUND_OFF:
        found = [f"{lead}, it is the same {where}, where {alone}"]
    else:
        found = [f"{lead}, it {still}differs by {off(float(aligned[place]))} at {at}; {alone}"]
    return [*found, *_apart(reading, asked)]


def _apart(reading: AxisReading, asked: np.ndarray) -> list[str]:
    """Whether what shares no choice has moved by different lengths."""
    apart = np.where(asked, np.nan_to_num(reading.over_shift("apart")), 0.0)
    if apart.max() <= _ALIKE:
        return []
    return [
        (
            "Each batch item chooses for itself, and so they move apart, by up to "
            f"{quantity(float(apart.max()), 'sample')} of the output, which no error of each alone "
            "shows. Where they belong together, as channels do, let them share one choice (over=)."
        )
    ]


def _brief(reading: AxisReading) -> list[str]:
    aligned = reading.over_shift("aligned")
    if not np.isfinite(aligned).any():
        return []
    whole = np.isfinite(aligned) & reading.multiples("step")
    asked = whole if whole.any() else np.isfinite(aligned)
    left = float(np.nanmax(np.where(asked, aligned, np.nan)))
    found = [f"Along {reading.dim}, its choice of samples allowed for, it is {off(left)} off."]
    if np.where(asked, np.nan_to_num(reading.over_shift("apart")), 0.0).max() > _ALIKE:
        found.append("Batch items choose for themselves and move apart; share one choice (over=).")
    return found


SECTION: Section[AxisReading] = Section(
    key="alignment",
    title="",
    about="axis",
    place="evidence",
    reads=("aligned", "apart"),
    when=("known", "blind"),
    sentences=_sentences,
    brief=_brief,
)
