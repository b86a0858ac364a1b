"""Do this: the one change to make, what it does, what it costs, and its code."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from invarsig.report.code import listing
from invarsig.report.limits import LOST, ROUND_OFF, WORTHWHILE, severity
from invarsig.report.markup import attributes, element, prose, term
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict import VERDICT_READS, Verdict, thing
from invarsig.report.wording import off, percent, span

__all__ = ["SECTION"]

_READS = (
    "remedy_change", "remedy_before", "remedy_after", "remedy_gain", "remedy_cost", "remedy_size",
    "remedy_output", "remedy_lost", "remedy_aligned", "remedy_reaches", "remedy_code",
    "remedy_name", "remedy_gain_low", "remedy_gain_high", "remedy_worst_part", "remedy_target",
    "remedy_untried", *VERDICT_READS,
)  # fmt: skip


# So many changes that cannot be made are named beside the verdict; all are listed below.
_SAID = 2


@dataclass(frozen=True)
class _Change:
    """One change out of those tried."""

    reading: InputReading
    place: int

    def number(self, name: str) -> float:
        values = self.reading.over(f"remedy_{name}", "remedy")
        return float(values[self.place]) if self.place < values.size else math.nan

    def text(self, name: str) -> str:
        words = self.reading.words(f"remedy_{name}")
        return words[self.place] if self.place < len(words) else ""

    @property
    def what(self) -> str:
        return self.text("change") or self.text("name")

    @property
    def prices(self) -> list[str]:
        """What it costs."""
        found = []
        cost, size, lost = self.number("cost"), self.number("size"), self.number("lost")
        if math.isfinite(cost):
            if cost >= 2:
                found.append(f"{cost:.2g} times the work")
            elif abs(cost - 1) < 0.005:
                found.append("the same work")
            else:
                found.append(f"{percent(abs(cost - 1))} {'more' if cost > 1 else 'less'} work")
        if self.text("output"):
            outputs = f"{self.text('output')} outputs"
            if math.isfinite(size) and abs(size - 1) >= 0.005:
                outputs += f" ({size:.2g} times as many)"
            found.append(outputs)
        if lost > LOST:
            found.append(f"fine detail {percent(lost)} weaker")
        if self.number("aligned") == 1:
            found.append("compared after the chosen samples are aligned")
        return found


def _chosen(reading: InputReading) -> tuple[_Change | None, bool]:
    """The change that leads, and whether it reaches the target."""
    if "remedy_after" not in reading.data.variables or not reading.values("remedy_after").size:
        return None, False
    named = reading.number("remedy_recommended")
    count = reading.values("remedy_after").size
    if math.isfinite(named) and 0 <= named < count:
        change = _Change(reading, int(named))
        return change, change.number("reaches") == 1
    if reading.text("remedy_withheld"):
        return None, False
    change = _Change(reading, 0)
    worthwhile = change.number("gain") >= WORTHWHILE and not _within(reading)
    return (change, False) if worthwhile else (None, False)


def _within(reading: InputReading) -> str:
    """That the pipeline reaches the target as it is, or ""."""
    before, worst = reading.over("remedy_before", "remedy"), Verdict(reading).worst
    now = float(np.nanmax(before)) if before.size else worst.error if worst else math.nan
    if not now <= reading.number("remedy_target"):
        return ""
    error = off(now)
    return f"{error[0].upper()}{error[1:]} is within the target of {_target(reading)}"


def _second(reading: InputReading) -> _Change | None:
    """The second choice, which keeps fine detail."""
    named = reading.number("remedy_detail")
    if not (math.isfinite(named) and 0 <= named < reading.over("remedy_after", "remedy").size):
        return None
    chosen, _ = _chosen(reading)
    return None if chosen and chosen.place == int(named) else _Change(reading, int(named))


def _target(reading: InputReading) -> str:
    value = reading.number("remedy_target")
    return off(value) if math.isfinite(value) else "the target"


def _left(change: _Change, reached: bool) -> str:
    """The error after a change; one that misses the target does not read as if it were reached."""
    after = off(change.number("after"))
    target = _target(change.reading)
    return f"just over {target}" if not reached and after == target else after


def _missed(reading: InputReading) -> str:
    reaches = reading.over("remedy_reaches", "remedy")
    return f"no change tried reaches {_target(reading)}" if not (reaches == 1).any() else ""


def _elsewhere(change: _Change) -> str:
    """What is expected of other parts of the signal, and that a part misses the target; or ""."""
    low, high = change.number("gain_low"), change.number("gain_high")
    found, what = [], thing(change.reading)
    if math.isfinite(low):
        left = span(10 ** (-high / 20), 10 ** (-low / 20))
        lead = "It may not help on other parts: on" if low <= 0 else "On"
        found.append(
            f"{lead} nine in ten other parts of the {what}, {left} of the error is expected to be "
            "left."
        )
    part = change.number("worst_part")
    if change.number("reaches") == 1 and part > change.reading.number("remedy_target"):
        target = _target(change.reading)
        over = f"just over {target}" if off(part) == target else f"{off(part)}, more than {target}"
        found.append(f"The worst part of the {what} keeps {over}.")
    return " ".join(found)


def _body(reading: InputReading, look: Look) -> str:
    change, reached = _chosen(reading)
    if change is None:
        return _nothing(reading)
    lead = "Do this" if reached else "Do this first"
    title = element("h3", prose(f"{lead}: {change.what}"))
    arrow = (
        '<span class="arr" aria-hidden="true">\N{RIGHTWARDS ARROW}</span>'
        '<span class="sr"> becomes </span>'
    )
    now = element("span", prose(off(change.number("before"))), class_="from")
    then = element("span", prose(_left(change, reached)), class_="to")
    figures = element("p", now + arrow + then, class_="ba")
    items = []
    for each in change.prices:
        weaker = each.startswith("fine detail")
        items.append(element("li", term("detail", each) if weaker else prose(each)))
    if not reached and _missed(reading):
        items.append(element("li", element("b", prose(_missed(reading)))))
    price = element("ul", "".join(items), class_="price")
    second = _second(reading)
    said = [_elsewhere(change), *([_keeping(second)] if second is not None else [])]
    other = "".join(element("p", prose(each), class_="small") for each in said if each)
    return element(
        "div", title + figures + price + other + _code(reading, change, look), class_="act"
    )


def _keeping(second: _Change) -> str:
    prices = "; ".join(second.prices[:2])
    change = f"{off(second.number('before'))} \N{RIGHTWARDS ARROW} {off(second.number('after'))}"
    return f"To keep fine detail: {second.what}: {change}{f', {prices}' if prices else ''}."


def _code(reading: InputReading, change: _Change, look: Look) -> str:
    codes = reading.codes("remedy_code")
    after = codes[change.place] if change.place < len(codes) else ""
    if not after:
        return ""
    before = reading.text("pipeline_code")
    marks = "<span><del>struck out</del> goes</span> <span><ins>marked</ins> is new</span>"
    name = f"{look.prefix}-code"
    button = (
        f'<button type="button" class="copy"{attributes(data_copy=name)} hidden>Copy</button>'
        if look.script
        else ""
    )
    bar = element(
        "p",
        (marks if before or "# was " in after else "<span>The changed pipeline</span>") + button,
        class_="cbar",
    )
    code = (
        f'<pre{attributes(id=name, tabindex="0", role="group")} aria-label="Python of the change">'
    )
    return element("div", f"{bar}{code}<code>{listing(after, before)}</code></pre>", class_="code")


def _nothing(reading: InputReading) -> str:
    """The card where there is nothing to do, or nothing that helps."""
    verdict = Verdict(reading)
    worst = verdict.worst
    if verdict.state == "known" and worst and severity(worst.error) == "negligible":
        said = "Nothing to change", "The result moves along with the input."
    elif _within(reading):
        said = "Nothing to change", f"{_within(reading)}; what would take it lower is listed below."
    elif reading.text("remedy_withheld"):
        said = _withheld(reading)
    elif reading.over("remedy_after", "remedy").size:
        said = "No change tried helps", "None takes away as much as a tenth of the error."
    elif verdict.state == "blind":
        said = "Try other moves", "Moves that are not whole output steps can tell."
    else:
        return ""
    return element(
        "div", element("h3", prose(said[0])) + element("p", prose(said[1])), class_="act"
    )


def _withheld(reading: InputReading) -> tuple[str, str]:
    """Why no change is advised: in a few words, and in a sentence or two."""
    why, verdict = reading.text("remedy_withheld"), Verdict(reading)
    what, worst = thing(reading), verdict.worst
    if why == "few":
        of = verdict.few(worst) or "so few samples"
        return (
            "Too few samples to say what would help",
            (
                f"Of {of} what a change takes away is a guess: take a larger {what}, or an earlier "
                "stage."
            ),
        )
    if why == "doubt" and math.isfinite(_Change(reading, 0).number("gain_low")):
        best = _Change(reading, 0)
        left = span(10 ** (-best.number("gain_high") / 20), 10 ** (-best.number("gain_low") / 20))
        return (
            "No change here helps for certain",
            (
                f"The best leaves {off(best.number('after'))}, and on nine in ten other parts of "
                f"the {what} {left} of the error: that differs more than what it gains."
            ),
        )
    untried = reading.words("remedy_untried")
    if untried:
        return "No change to advise", f"{' '.join(untried[:_SAID])} Nothing else tried helps."
    limit = worst.limit if worst is not None else math.nan
    more = f", or by more than the {off(limit)} that interpolation may make of it"
    return (
        "No change here helps",
        (
            "None of those tried lowers the worst error by half a decibel"
            f"{more if limit > ROUND_OFF else ''}."
        ),
    )


def _brief(reading: InputReading) -> list[str]:
    change, reached = _chosen(reading)
    if change is None and _within(reading):
        return [f"Nothing to change: {_within(reading)}."]
    if change is None and reading.text("remedy_withheld"):
        title, why = _withheld(reading)
        return [f"{title}. {why}"]
    if change is None:
        return ["No change tried helps."] if reading.over("remedy_after", "remedy").size else []
    lead = "Do this" if reached else "Do this first"
    told = f"{off(change.number('before'))} \N{RIGHTWARDS ARROW} {_left(change, reached)}"
    prices = "".join(f", {each}" for each in change.prices[:1])
    missed = f"; {_missed(reading)}" if not reached and _missed(reading) else ""
    found = [f"{lead}: {change.what}: {told}{prices}{missed}.", _elsewhere(change)]
    found = [each for each in found if each]
    second = _second(reading)
    return [*found, _keeping(second)] if second else found


SECTION: Section[InputReading] = Section(
    key="action",
    title="",
    about="input",
    place="first",
    reads=_READS,
    when=("known", "blind"),
    brief=_brief,
    body=_body,
)
