"""The head of a page: one sentence for all inputs, and a card for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from invarsig.report.headline import headline
from invarsig.report.limits import SLIGHT
from invarsig.report.reading import InputReading
from invarsig.report.verdict import Verdict, axis_of_worst
from invarsig.report.wording import off

__all__ = ["Card", "opening"]


@dataclass(frozen=True)
class Card:
    """What the card of an input says.

    Parameters
    ----------
    before
        The worst error; "" where nothing is known.
    after
        What is left of it after the change that leads; "" where there is none.
    note
        What the numbers are, in two or three words.
    """

    before: str
    after: str
    note: str

    @classmethod
    def of(cls, reading: InputReading) -> Card:
        """Read an input node."""
        size = _size(reading)
        if math.isnan(size):
            return cls("", "", "no verdict")
        after, reaches = _after(reading)
        if size < SLIGHT or math.isnan(after):
            return cls(off(size), "", "worst error")
        return cls(off(size), off(after), "one change" if reaches else "best so far")


def opening(readings: Sequence[InputReading]) -> str:
    """Say one sentence, or two short ones, for all inputs.

    Parameters
    ----------
    readings
        The inputs.

    Returns
    -------
    str
    """
    sizes = [_size(each) for each in readings]
    bad = [
        each
        for each, size in zip(readings, sizes, strict=True)
        if size >= SLIGHT and not _within_limits(each)
    ]
    unknown = sum(math.isnan(size) for size in sizes)
    count = len(readings)
    if count == 0:
        return "Nothing was diagnosed."
    found = [_changes(count, len(bad), unknown)]
    reached = [_after(each) for each in bad]
    tried = [each for each in reached if not math.isnan(each[0])]
    if tried:
        fixed = sum(ok for _, ok in tried)
        if fixed == len(bad):
            found.append("One change fixes it." if fixed == 1 else "One change fixes each.")
        elif fixed:
            found.append(f"One change fixes {fixed} of them; the rest need more.")
        else:
            found.append("No single change tried is enough.")
    return " ".join(found)


def _changes(count: int, bad: int, unknown: int) -> str:
    one = count == 1
    if unknown == count:
        return (
            "Nothing can be said of the result." if one else "Nothing can be said of the results."
        )
    if bad == 0:
        lead = "The result moves along when the input moves"
        return f"{lead}." if one else f"{'Both' if count == 2 else 'All'} results move along."
    if one:
        return "The result changes when the input moves."
    if bad == count:
        return f"{'Both' if count == 2 else f'All {count}'} results change when the input moves."
    return f"{bad} of {count} results {'changes' if bad == 1 else 'change'} when the input moves."


def _size(reading: InputReading) -> float:
    """The error that leads; NaN where there is none."""
    verdict = Verdict(reading)
    if verdict.state == "absent":
        axis = axis_of_worst(reading)
        found = headline(axis) if axis is not None else None
        return found.size if found is not None and found.known else math.nan
    worst = verdict.worst
    return worst.error if verdict.state == "known" and worst is not None else math.nan


def _within_limits(reading: InputReading) -> bool:
    """Whether a perfect pipeline might have scored as much."""
    verdict = Verdict(reading)
    return verdict.state == "known" and verdict.nothing


def _after(reading: InputReading) -> tuple[float, bool]:
    """What the change that leads leaves, and whether that reaches the target."""
    after = reading.over("remedy_after", "remedy")
    reaches = reading.over("remedy_reaches", "remedy")
    named = reading.number("remedy_recommended")
    place = int(named) if math.isfinite(named) and 0 <= named < after.size else 0
    if not after.size or reading.text("remedy_withheld"):
        return math.nan, False
    return float(after[place]), bool(reaches.size > place and reaches[place] == 1)
