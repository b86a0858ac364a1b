"""The words of a verdict on an input: the finding, what it is of, and how it stands."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.headline import Headline, headline
from invarsig.report.limits import ROUND_OFF, SLIGHT, severity
from invarsig.report.reading import AxisReading, InputReading
from invarsig.report.verdict import Verdict, axis_of_worst, thing
from invarsig.report.wording import capital, listed, off, quantity

__all__ = ["axis_finding", "blind_sentence", "finding", "lede", "standing", "why_missing"]

# Why an error is not to be had, by the codes of the contract.
_REASONS = {
    "infinite-reach": "a stage depends on the whole axis, so all of the output has seen the ends",
    "too-short": "the signal is too short for these moves",
    "little-inside": "too little of the output lies away from its ends to stand for the rest",
    "not-whole": "the moves are not whole output steps",
    "blind": "a roll by whole output steps cannot tell",
    "refused": "the pipeline refuses a signal of that length",
    "lost": "the output has lost the axis",
}

_UNKNOWN = {
    "nan": "Nothing is known: the result holds NaN or infinite values, and so would every error.",
    "untried": "No move was tried, so nothing is known.",
    "empty": "Nothing to compare: the result is silent or constant, undefined as an error.",
    "constant": "Nothing to compare: the result is constant at every move, moved back or not.",
    "refused": "Nothing is known: the pipeline refuses this input at every move tried.",
    "blind": "No move tried can tell.",
}


def finding(reading: InputReading) -> str:
    """Say in one sentence what happens to the result if the input moves.

    Parameters
    ----------
    reading
        Input node.

    Returns
    -------
    str
    """
    verdict = Verdict(reading)
    if verdict.state == "absent":
        return _stand_in(reading)
    worst = verdict.worst
    if verdict.state != "known" or worst is None:
        return _UNKNOWN.get(verdict.state, _UNKNOWN["untried"])
    what = thing(reading)
    if verdict.nothing or worst.error < SLIGHT:
        end = "up to round-off" if verdict.rounding else f"to within {off(worst.error)}"
        stays = "stays the same" if verdict.lost else "moves along"
        return f"Move the {what} as you like: the result {stays}, {end}.{_of_a_part(reading)}"
    enters = ", so that new content enters," if worst.protocol == "cut" else ""
    change = f"changes by {off(worst.error)}" if verdict.lost else f"is {off(worst.error)} off"
    of_part = _of_a_part(reading)
    return (
        f"Move the {what} by {verdict.length(worst.move)}{enters} and the result {change}.{of_part}"
    )


def _of_a_part(reading: InputReading) -> str:
    """Which part was judged, as a sentence; "" where all of the input was."""
    return f" This is of a part of the {thing(reading)}: {reading.part}." if reading.part else ""


def standing(reading: InputReading) -> str:
    """Say in a few words how an input stands.

    Parameters
    ----------
    reading
        Input node.

    Returns
    -------
    str
        "" where nothing is known.
    """
    verdict = Verdict(reading)
    worst = verdict.worst
    if verdict.state != "known" or worst is None:
        return ""
    kind = "shift-invariant" if verdict.lost else "shift-equivariant"
    if verdict.rounding:
        return f"{kind} up to round-off"
    if verdict.nothing:
        return "as good as this test can tell"
    few = verdict.few(worst)
    return f"hardly to be judged from {few}" if few else severity(worst.error)


def lede(reading: InputReading) -> list[str]:
    """Say what the finding is of: the protocol, how much was compared, and what limits it."""
    verdict = Verdict(reading)
    worst = verdict.worst
    if verdict.state == "absent":
        return [
            (
                "Known only of the axes made periodic, one at a time; nothing was measured of the "
                "pipeline as given."
            )
        ]
    if verdict.state == "blind":
        return [*blind_sentence(reading), "Try moves in between."]
    if verdict.state != "known" or worst is None:
        return []
    grade = standing(reading)
    lead = f"{capital(grade)}" if verdict.nothing else f"An error of {off(worst.error)} is {grade}"
    what = f"{'part of ' if reading.part else ''}the {thing(reading)}"
    found = [
        f"{lead}. Measured on {what} as given: {worst.how}. Relative to {verdict.relative_to}."
    ]
    few = verdict.few(worst)
    if few and not verdict.nothing:
        found.append(
            f"Of a result of {few} a shift by a part of a sample is guessed: take a larger "
            f"{thing(reading)}, or an earlier layer."
        )
    if math.isfinite(worst.limit) and worst.limit > ROUND_OFF:
        found.append(f"A perfect pipeline would score up to {off(worst.limit)} in this test.")
    return found


def blind_sentence(reading: InputReading) -> list[str]:
    """Say which moves tell nothing."""
    verdict = Verdict(reading)
    places = np.flatnonzero(verdict.blind)
    if places.size == 0 or not verdict.there:
        return []
    step = verdict.output_step or verdict.length(int(places[0]))
    return [f"By {step}, a whole output step, rolling shows nothing of what folds: a blind move."]


def why_missing(reading: InputReading | AxisReading, name: str) -> str:
    """Say why there is no figure, by its code; "" where none is given.

    Parameters
    ----------
    reading
        Input node, or axis node.
    name
        Name of the variable of codes: "inside_reason", "cut_reason", "stages_reason".
    """
    codes = [code for code in reading.words(name) if code and code != "blind"]
    told = [_REASONS[code] for code in dict.fromkeys(codes) if code in _REASONS]
    return listed(told)


def axis_finding(reading: AxisReading) -> str:
    """Say what happens along one axis made periodic.

    Parameters
    ----------
    reading
        Axis node.
    """
    found = headline(reading)
    along = f"Along {reading.dim}"
    if found.state == "nan":
        return f"{along} nothing is known: the result holds NaN or infinite values."
    if found.state == "untried":
        return f"{along} no move was tried, so nothing is known."
    if found.state in ("empty", "constant"):
        return (
            f"{along} the error is undefined: the signal is silent or constant, or the pipeline "
            "makes it so."
        )
    if found.state == "blind":
        step = quantity(reading.whole_step, reading.unit)
        return (
            f"{along} no move tried can tell: each is a whole output step ({step}), at which a "
            "roll is exact for any pipeline."
        )
    at = quantity(found.shift, reading.unit)
    if found.size <= ROUND_OFF:
        word = "stays the same" if reading.lost else "moves along"
        return f"{along} the result {word} on the axis made periodic, up to round-off."
    size, grade = off(found.size), severity(found.size)
    change = f"changes by {size} ({grade})" if reading.lost else f"is {size} off ({grade})"
    how = {
        "periodic": "of the axis made periodic",
        "interior": "of the signal as given, away from its ends",
        "cut": "of two real cuts",
    }[found.protocol]
    return f"{along} the result {change} at {at}, {how}{_near(reading, found)}."


def _near(reading: AxisReading, found: Headline) -> str:
    """Clause on what a perfect pipeline would score; "" where that is round-off."""
    if found.floor > ROUND_OFF:
        return f", and a perfect pipeline would score {off(found.floor)}"
    why = why_missing(reading, "floor_reason")
    if found.protocol == "periodic" and math.isnan(found.floor) and why:
        return f"; what a perfect pipeline would score is not known, as {why}"
    return ""


def _stand_in(reading: InputReading) -> str:
    """The finding where only axes made periodic were measured."""
    axis = axis_of_worst(reading)
    if axis is None:
        return _UNKNOWN["untried"]
    found = headline(axis)
    if not found.known:
        return axis_finding(axis)
    if found.size < SLIGHT:
        end = "up to round-off" if found.size <= ROUND_OFF else f"to within {off(found.size)}"
        return f"Made periodic, the result moves along with the {thing(reading)}, {end}."
    change = f"changes by {off(found.size)}" if axis.lost else f"is {off(found.size)} off"
    at = f"{quantity(found.shift, axis.unit)} along {axis.dim}"
    return f"Move the {thing(reading)} by {at} and the result {change}."
