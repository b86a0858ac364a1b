"""The finding: what happens to the result if the input moves, and what that is measured of."""

from __future__ import annotations

from invarsig.report.markup import element, prose, term
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict import VERDICT_READS, Verdict
from invarsig.report.verdict_words import finding, lede, standing
from invarsig.report.wording import off, shortened

__all__ = ["SECTION"]

_EVERY = ("known", "blind", "nan", "untried", "empty", "constant", "refused", "absent")


def _brief(reading: InputReading) -> list[str]:
    verdict = Verdict(reading)
    name = shortened(reading.name, 32)
    part = f" Of a part: {reading.part}." if reading.part else ""
    worst = verdict.worst
    if verdict.state != "known" or worst is None:
        return [f"{name}: {finding(reading)}"]
    if verdict.rounding:
        # Which of the moves is worst, is chance.
        how = (verdict.rolls or verdict.cuts)[0].how
        return [f"{name}: {standing(reading)} at every move that can tell; {how}.{part}"]
    word = "change" if verdict.lost else "off"
    enters = ", new content entering" if worst.protocol == "cut" else ""
    length = verdict.length(worst.move)
    size = f"{off(worst.error)} {word} ({standing(reading)})"
    return [f"{name}: {size} when moved by {length}{enters}; {worst.how}.{part}"]


def _body(reading: InputReading, _look: Look) -> str:
    idea = f"A {term('equivariant', 'shift-equivariant')} pipeline only moves its result along."
    said = [prose(each) for each in lede(reading)]
    return element("p", " ".join([idea, *said]), class_="lede")


SECTION: Section[InputReading] = Section(
    key="finding",
    title="",
    about="input",
    place="first",
    reads=VERDICT_READS,
    when=_EVERY,
    brief=_brief,
    body=_body,
)
