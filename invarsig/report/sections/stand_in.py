"""How each axis stands, where nothing was found of the pipeline as given."""

from __future__ import annotations

from invarsig.report.headline import headline, mendable
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.verdict_words import axis_finding
from invarsig.report.wording import percent, shortened

__all__ = ["SECTION"]


def _sentences(reading: AxisReading) -> list[str]:
    found = [axis_finding(reading)]
    names, shares = reading.words("operator"), reading.shares
    known = headline(reading).known and mendable(reading)
    if known and names and shares.size == len(names):
        top = int(shares.argmax())
        name = f"stage {reading.stage_numbers[top]:.0f}, {shortened(names[top], 48)}"
        found.append(f"{percent(float(shares[top]))} of it comes from {name}.")
    return found


SECTION: Section[AxisReading] = Section(
    key="stand-in",
    title="",
    about="axis",
    place="first",
    reads=("operator", "share"),
    when=("known", "blind", "nan", "untried", "empty", "constant"),
    sentences=_sentences,
    brief=_sentences,
    unless="move_length",
)
