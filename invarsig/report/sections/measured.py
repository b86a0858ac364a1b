"""How it was measured: the input, the pipeline, the moves, the protocols and the versions."""

from __future__ import annotations

import math

from invarsig.report.extent import extent
from invarsig.report.limits import CLEAR, SEVERE, SLIGHT
from invarsig.report.markup import element, prose, term
from invarsig.report.reading import AxisReading, InputReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict import VERDICT_READS, Verdict
from invarsig.report.verdict_words import why_missing
from invarsig.report.wording import decibels, error, listed, percent, quantity, shortened

__all__ = ["SECTION"]

_EVERY = ("known", "blind", "nan", "untried", "empty", "constant", "refused", "absent")


def _facts(reading: InputReading) -> list[tuple[str, str]]:
    verdict = Verdict(reading)
    found = [
        ("Input", extent(reading)),
        ("Source", reading.text("source")),
        ("SHA-256 of the values", reading.text("sha256") or "not recorded"),
        ("Pipeline", reading.text("pipeline") or "not recorded"),
    ]
    moves = [verdict.length(k) for k in range(verdict.lengths.shape[0])]
    if moves:
        found.append(("Moves", shortened("; ".join(moves), 600)))
        found.append(
            (
                "Rolled round",
                (
                    "The pipeline as given, with its padding; the input is rolled, the result "
                    "rolled back. The verdict compares what neither the seam nor the ends can "
                    f"reach{_compared(verdict)}; where nothing is left of that, all of the output."
                ),
            )
        )
        found.append(
            (
                "Real cuts",
                (
                    "Two cuts of the signal, a whole number of output steps apart, compared where "
                    "they overlap: nothing folds there, so all that differs is the border's (or "
                    "comes of stages that treat places differently)."
                ),
            )
        )
        for name, label in (("inside_reason", "No inside figure"), ("cut_reason", "No cuts")):
            reason = why_missing(reading, name)
            if reason:
                found.append((label, f"at some moves: {reason}"))
    if verdict.worst is not None:
        found.append(("The verdict's error", error(verdict.worst.error)))
    found += [(f"Along {axis.dim}", _axis(axis)) for axis in reading.axes]
    if reading.axes:
        found.append(
            (
                "Of the axes",
                (
                    "How far, which detail and which stage are found "
                    f"{_stand_in(reading)}, one axis at a time. It explains; the verdict is of "
                    "the signal as given."
                ),
            )
        )
    zones = (
        f"negligible: below {percent(SLIGHT)} ({decibels(SLIGHT)}); slight: below "
        f"{percent(CLEAR)} ({decibels(CLEAR)}); clear: below {percent(SEVERE)} "
        f"({decibels(SEVERE)}); severe: above"
    )
    return [*found, ("Words", zones)]


def _stand_in(reading: InputReading) -> str:
    """What the axes are explained on: one that has no ends was neither cropped nor tapered."""
    bent = [axis.dim for axis in reading.axes if axis.text("treatment")]
    whole = [axis.dim for axis in reading.axes if not axis.text("treatment")]
    if not bent:
        return f"on the signal itself, rolled round along {listed(whole)}, which is periodic"
    along = f" along {listed(bent)}" if whole else ""
    rest = f", and along {listed(whole)}, which is periodic, the signal itself" if whole else ""
    return (
        f"on a periodic stand-in: the signal cropped, tapered and joined at its ends{along}{rest}"
    )


def _compared(verdict: Verdict) -> str:
    parts = [each.compared for each in verdict.rolls if each.region == "inside"]
    parts = [each for each in parts if math.isfinite(each)]
    if not parts:
        return ""
    ends = sorted({percent(min(parts)), percent(max(parts))}, key=len)
    return f" ({' to '.join(ends)} of the output)"


def _axis(axis: AxisReading) -> str:
    lengths = [("sample step", "step"), ("output step", "out_step")]
    told = [
        f"{label}: {quantity(axis.number(name), axis.unit)}"
        for label, name in lengths
        if math.isfinite(axis.number(name)) and not (axis.lost and name == "out_step")
    ]
    if math.isfinite(axis.number("stride")):
        told.append(f"total stride: {quantity(float(axis.stride), 'sample')}")
    if math.isfinite(axis.number("explained_error")):
        told.append(f"test of folding: {error(axis.number('explained_error'))}")
    shifts = [quantity(float(shift), axis.unit) for shift in axis.shifts]
    if shifts:
        told.append(f"shifts: {shortened(', '.join(shifts), 400)}")
    lines = dict.fromkeys(shortened(line, 300) for line in axis.lines("protocol_notes"))
    return "; ".join([*told, *lines])


def _body(reading: InputReading, _look: Look) -> str:
    rows = []
    for label, text in _facts(reading):
        if not text:
            continue
        said = (
            element("code", prose(text))
            if label in ("Pipeline", "SHA-256 of the values")
            else prose(text)
        )
        if label == "Words":
            said = f"{term('dB', 'dB')}: {said}"
        rows.append(element("div", element("dt", prose(label)) + element("dd", said)))
    return element("dl", "".join(rows), class_="facts")


SECTION: Section[InputReading] = Section(
    key="measured",
    title="",
    about="input",
    place="measured",
    reads=VERDICT_READS,
    when=_EVERY,
    body=_body,
)
