"""How bad it is: a row for each kind of move, on the one scale of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.report.limits import LOWEST, ROUND_OFF, severity
from invarsig.report.markup import element, prose, term
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.track import track
from invarsig.report.verdict import VERDICT_READS, Found, Verdict
from invarsig.report.verdict_words import blind_sentence
from invarsig.report.wording import listed, off, percent

__all__ = ["SECTION"]

_ZONES = ("negligible", "slight", "clear", "severe")


@dataclass(frozen=True)
class _Line:
    """A row: what was moved, and how far off the result is; None where no verdict is possible."""

    label: str
    small: str
    error: float
    limit: float = math.nan
    after: bool = False
    few: bool = False


def _lines(reading: InputReading) -> list[_Line]:
    verdict = Verdict(reading)
    found = []
    for place, dim in enumerate(verdict.dims):
        found += _line(verdict, f"along {dim}", verdict.worst_along(place))
    joint = "both at once" if len(verdict.dims) == 2 else "all at once"
    found += _line(verdict, joint, verdict.worst_joint)
    found += _line(verdict, "real cuts", verdict.worst_cut, "what padding does")
    after = _after(reading)
    if after is not None:
        found.append(after)
    blind = np.flatnonzero(verdict.blind)
    if blind.size:
        length = verdict.short_length(int(blind[0]))
        found.append(_Line(f"by {length}", "a whole output step", math.nan))
    return found


def _line(verdict: Verdict, label: str, found: Found | None, what: str = "") -> list[_Line]:
    if found is None:
        return []
    parts = [what, verdict.short_length(found.move)]
    if math.isfinite(found.compared):
        parts.append(f"{percent(found.compared)} compared")
    small = ", ".join(each for each in parts if each)
    return [_Line(label, small, found.error, found.limit, few=bool(verdict.few(found)))]


def _after(reading: InputReading) -> _Line | None:
    """The error after the change that is recommended, or after the best one."""
    after = reading.over("remedy_after", "remedy")
    place = reading.number("remedy_recommended")
    place = int(place) if math.isfinite(place) and 0 <= place < after.size else 0
    if after.size == 0 or math.isnan(after[place]):
        return None
    return _Line("after the change", "worst of all moves", float(after[place]), after=True)


def _body(reading: InputReading, _look: Look) -> str:
    rows = []
    for each in _lines(reading):
        label = element(
            "span", prose(each.label) + element("small", prose(each.small)), class_="sl"
        )
        if math.isnan(each.error):
            bar = '<span class="nothing"><span>no verdict possible</span></span>'
            value = element("span", "none", class_="sv none")
        else:
            bar = track(each.error, each.limit, after=each.after)
            grade = element("small", "too few samples" if each.few else severity(each.error))
            value = element("span", prose(_short(each.error)) + grade, class_="sv")
        rows.append(element("li", label + bar + value, class_="after" if each.after else "row"))
    zones = "".join(element("span", zone) for zone in _ZONES)
    head = element("div", zones, class_="zones", aria_hidden="true")
    ticks = "".join(element("span", prose(each)) for each in ("0.01", "0.1", "1", "10", "100 %"))
    foot = element("div", ticks, class_="ticks", aria_hidden="true")
    ends = (
        '<p class="ends"><span>\N{LEFTWARDS ARROW} better</span>'
        "<span>worse \N{RIGHTWARDS ARROW}</span></p>"
    )
    note = (
        f"{term('error', 'Error')} of the result, worst move of each kind. Hatched: below the "
        f"{term('limit', 'measuring limit')} nothing can be seen."
    )
    said = [prose(each) for each in blind_sentence(reading)]
    return (
        element("h3", "How bad is it?")
        + element("div", head + element("ul", "".join(rows)) + foot + ends, class_="scale")
        + element("p", " ".join([note, *said]), class_="small")
    )


def _short(error: float) -> str:
    return "<\N{NO-BREAK SPACE}0.01 %" if error < LOWEST else off(error)


def _brief(reading: InputReading) -> list[str]:
    verdict = Verdict(reading)
    told = []
    for place, dim in enumerate(verdict.dims):
        found = verdict.worst_along(place)
        if found is not None:
            # Of rounding the move does not matter.
            at = f" ({verdict.short_length(found.move)})" if found.error > ROUND_OFF else ""
            told.append(f"{off(found.error)} along {dim}{at}")
    joint = verdict.worst_joint
    if joint is not None:
        together = "both" if len(verdict.dims) == 2 else "all"
        told.append(f"{off(joint.error)} along {together} at once")
    lines = [f"Rolled, at worst: {listed(told)}."] if told else []
    return [*lines, *blind_sentence(reading)]


SECTION: Section[InputReading] = Section(
    key="scale",
    title="",
    about="input",
    place="first",
    reads=(*VERDICT_READS, "remedy_after"),
    when=("known", "blind"),
    brief=_brief,
    body=_body,
)
