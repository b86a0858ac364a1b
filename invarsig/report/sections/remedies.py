"""What would help: every change tried, as given, best first, with the code of each."""

from __future__ import annotations

import math

from invarsig.report.code import listing
from invarsig.report.limits import LOST
from invarsig.report.markup import element, prose
from invarsig.report.reading import InputReading
from invarsig.report.section import Cell, Look, Row, Section, Table
from invarsig.report.verdict import thing
from invarsig.report.wording import capital, off, percent, sentence, span

__all__ = ["SECTION"]


# So many changes that could not be tried are said openly.
_UNTRIED = 3


def _column(reading: InputReading, name: str) -> list[float]:
    count = len(reading.words("remedy_name"))
    values = reading.over(f"remedy_{name}", "remedy")
    return [float(values[k]) if k < values.size else math.nan for k in range(count)]


def _texts(reading: InputReading, name: str) -> list[str]:
    count = len(reading.words("remedy_name"))
    found = reading.words(f"remedy_{name}")
    return [found[k] if k < len(found) else "" for k in range(count)]


def _table(reading: InputReading) -> Table | None:
    names = _texts(reading, "name")
    if not names:
        return None
    changes, reasons = _texts(reading, "change"), _texts(reading, "reason")
    after, cost, size = (_column(reading, each) for each in ("after", "cost", "size"))
    lost, held_out = _column(reading, "lost"), _column(reading, "held_out")
    low, high = _column(reading, "gain_low"), _column(reading, "gain_high")
    outputs, reaches = _texts(reading, "output"), _column(reading, "reaches")
    best, detail = reading.number("remedy_recommended"), reading.number("remedy_detail")
    target = _target(reading)
    rows = []
    for k, name in enumerate(names):
        note = sentence(reasons[k])
        if k == best and reaches[k] == 1:
            note += f" Reaches {target} at the output's size with the least work."
        elif k == detail:
            note += " The one for those who need fine detail."
        if low[k] <= 0:
            note += " May not help on other parts."
        cells = (
            Cell(off(after[k]), after[k]) if not math.isnan(after[k]) else Cell("not known"),
            Cell(_work(cost[k])),
            Cell(outputs[k] or (f"{size[k]:.2g} times" if math.isfinite(size[k]) else "not known")),
            Cell(percent(lost[k]) if lost[k] > LOST else "none"),
            Cell(_left(low[k], high[k], held_out[k])),
        )
        rows.append(Row(capital(changes[k] or name), cells, note.strip(), k == best))
    heads = (
        "Change",
        "Error left",
        "Work",
        "Output",
        "Detail given up",
        "Error left on other parts",
    )
    return Table(heads, tuple(rows), _caption(reading))


def _target(reading: InputReading) -> str:
    value = reading.number("remedy_target")
    return off(value) if math.isfinite(value) else "the target"


def _caption(reading: InputReading) -> str:
    before, after = _column(reading, "before"), _column(reading, "after")
    text = f"Error left: the worst of all moves that can tell, on the {thing(reading)} as given"
    if before and math.isfinite(before[0]):
        text += f", where it is {off(before[0])} now"
    text += "."
    known = [each for each in after if math.isfinite(each)]
    reaches = _column(reading, "reaches")
    if known and not any(each == 1 for each in reaches):
        text += f" None of the changes tried reaches {_target(reading)}; the best leaves "
        text += f"{off(min(known))}."
    if any(each == 1 for each in _column(reading, "aligned")):
        text += (
            " Changes that choose their samples are compared after the chosen samples are aligned."
        )
    if any(math.isfinite(each) for each in _column(reading, "gain_low")):
        text += (
            " On other parts: of their own error, what is expected to be left on nine in ten parts "
            "that were not seen, by how much the parts that were seen differ."
        )
    if any(math.isfinite(each) for each in _column(reading, "held_out")):
        text += (
            " Held-out: a part of the signal that was not used to choose, and how much of its own "
            "error is left there."
        )
    return text


def _work(cost: float) -> str:
    if not math.isfinite(cost):
        return "not known"
    if cost >= 2:
        return f"{cost:.2g} times"
    return "the same" if abs(cost - 1) < 0.005 else f"{100 * (cost - 1):+.0f} %"


def _left(low: float, high: float, held_out: float) -> str:
    """Gains in decibels as the part of the error that is left."""
    found = []
    if math.isfinite(low):
        found.append(f"{span(10 ** (-high / 20), 10 ** (-low / 20))} of it")
    if math.isfinite(held_out):
        found.append(f"held-out: {percent(10 ** (-held_out / 20))} of it")
    return "; ".join(found) or "not known"


def _body(reading: InputReading, _look: Look) -> str:
    return _untried(reading) + _codes(reading)


def _untried(reading: InputReading) -> str:
    """Changes that could not be tried: said openly where they are few, else folded away."""
    found = reading.words("remedy_untried")
    if not found:
        return ""
    said = "".join(element("p", prose(each), class_="small") for each in found)
    if len(found) <= _UNTRIED:
        return said
    inside = element("div", said, class_="in")
    summary = f"{len(found)} changes that could not be tried, and why"
    return f"<details><summary>{summary}</summary>{inside}</details>"


def _codes(reading: InputReading) -> str:
    codes = reading.codes("remedy_code")
    if len([each for each in codes if each]) < 2:
        return ""
    before = reading.text("pipeline_code")
    changes, names = _texts(reading, "change"), _texts(reading, "name")
    listed = []
    for k, code in enumerate(codes[: len(names)]):
        if not code:
            continue
        what = capital(changes[k] or names[k])
        head = element("p", prose(f"{k + 1}. {what}"), class_="codehead")
        lines = listing(code, before)
        frame = f'<pre tabindex="0" role="group" aria-label="Python of change {k + 1}">'
        listed.append(f"{head}{frame}<code>{lines}</code></pre>")
    inside = element("div", "".join(listed), class_="in")
    return f"<details><summary>The Python of every change</summary>{inside}</details>"


SECTION: Section[InputReading] = Section(
    key="remedies",
    title="What would help, best first",
    about="input",
    place="help",
    reads=(
        "remedy_name", "remedy_change", "remedy_reason", "remedy_after", "remedy_before",
        "remedy_cost", "remedy_size", "remedy_output", "remedy_lost", "remedy_held_out",
        "remedy_gain_low", "remedy_gain_high",
        "remedy_reaches", "remedy_aligned", "remedy_code", "remedy_untried",
    ),
    when=("known", "blind"),
    table=_table,
    body=_body,
)  # fmt: skip
