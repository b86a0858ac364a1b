"""Why: what the error of the verdict is made of, by cause and stage, and what goes against it."""

from __future__ import annotations

import math

import numpy as np

from invarsig.report.limits import MINOR
from invarsig.report.markup import attributes, element, prose, term
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.split import (
    NAMES,
    Split,
    name_of,
    place_of,
    stage_of,
    verdict_split,
    why_unknown,
)
from invarsig.report.verdict import VERDICT_READS, Verdict
from invarsig.report.wording import capital, listed, off, percent, share_in_words

__all__ = ["SECTION"]

_ADVICE = {
    "folding": (
        "Against folding: smooth before the stride, let it keep more samples, or let it choose "
        "its samples (polyphase)."
    ),
    "imaging": (
        "Against imaging: interpolate better where the rate goes up, instead of repeating samples "
        "or inserting zeros."
    ),
    "nonlinearity": (
        "Against the nonlinearity: filter it, that is run it at a higher rate between low-passes."
    ),
    "border": (
        "Against the border: another padding (reflect, or periodic where the signal is), or crop "
        "the output by as many samples as the border reaches."
    ),
    "position": (
        "Against position no filter helps: places are treated differently, by weights or by a code "
        "of places."
    ),
}

# From this part of the bar on its share is written inside.
_INSIDE = 0.18

# So many hidden stages are named.
_NAMED = 3


def _at(reading: InputReading, split: Split, cause: str) -> str:
    """Where a cause acts: "at stage 3, MaxPool(y: 4, x: 4),"; "" where that is spread out."""
    number = split.main_stage(cause)
    if not number or cause == "border":
        return ""
    place = place_of(reading, number, split)
    return f" {place}," if "," in place else f" {place}"


def _sentences(reading: InputReading) -> list[str]:
    split = verdict_split(reading)
    if not split.known:
        reason = why_unknown(reading)
        return [f"The error cannot be split into causes: {reason}."] if reason else []
    shares, doubt = split.by_cause, split.doubt
    main = split.main
    found = []
    if main:
        part = share_in_words(shares[main])
        found.append(
            f"{capital(NAMES.get(main, main))}{_at(reading, split, main)} makes {part} of it."
        )
    else:
        told = [
            f"{NAMES.get(cause, cause)} {percent(share)}"
            for cause, share in sorted(shares.items(), key=lambda each: -abs(each[1]))
            if abs(share) >= MINOR
        ]
        if split.one_order:
            found.append(
                "No main cause: the error was split in one of two orders alone, so how certain "
                f"its parts are is not known ({', '.join(told)})."
            )
        else:
            found.append(
                f"No main cause: the parts do not stand apart by more than their uncertainty "
                f"({', '.join(told)}; each to within {percent(max(doubt.values(), default=0.0))})."
            )
    others = [c for c, share in shares.items() if c != main and abs(share) >= MINOR] if main else []
    if others:
        said = [f"{NAMES.get(c, c)}{_at(reading, split, c)} {percent(shares[c])}" for c in others]
        found.append(f"Beside it: {listed(said)}.".replace(", ,", ","))
    if any(share < -MINOR for share in shares.values()):
        found.append("A negative part makes up for some of another's.")
    found += _hidden(reading, split)
    advised = [main] if main else [c for c, share in shares.items() if share >= MINOR]
    found += [_ADVICE[each] for each in advised[:2] if each in _ADVICE]
    return found


def _hidden(reading: InputReading, split: Split) -> list[str]:
    """Which stages the verdict's move hides, and which other move is split therefore."""
    hidden = reading.over("stage_hidden", "stage")
    numbers = [split.numbers[place] for place in np.flatnonzero(hidden == 1)]
    worst = Verdict(reading).worst
    if not numbers or worst is None or worst.protocol == "cut":
        return []
    names = [stage_of(reading, number, split) for number in numbers]
    more = len(names) - _NAMED
    told = listed(names if more <= 0 else [*names[:_NAMED], f"{more} more"])
    at = Verdict(reading).length(worst.move)
    moved = split.moved("cause_move" if split.bar == "verdict" else "cause_edge_move")
    lead = f"{capital(at)} is a whole number of steps of {told}, and hides what goes wrong there"
    return [f"{lead}, so the error{moved} is split." if moved else f"{lead}; give another shift."]


def _bar(split: Split, title: str) -> str:
    """One stacked bar with its parts listed under it."""
    parts = split.parts
    positive = sum(each.share for each in parts if each.share > 0) or 1.0
    drawn, at, folds = [], 0.0, 0
    keys = []
    for each in parts:
        kind = f"cause-{each.cause}" if each.cause in NAMES else "cause-other"
        if each.cause == "folding":
            folds += 1
            kind += "" if folds % 2 else " second"
        where = f" at stage {each.stage}" if each.stage else ""
        name = NAMES.get(each.cause, each.cause)
        key = element("span", "", class_=f"key {kind}")
        makes_up = ", makes up for part of it" if each.share < 0 else ""
        said = element("b", prose(percent(each.share)))
        words = term(each.cause, name) if each.cause in NAMES else prose(name)
        keys.append(element("li", f"{key}{said} {words}{prose(where + makes_up)}"))
        if each.share <= 0:
            continue
        width = each.share / positive
        place = attributes(x=f"{100 * at:.2f}%", width=f"{100 * width:.2f}%")
        drawn.append(f'<rect class="{kind}"{place} height="100%"/>')
        if width >= _INSIDE:
            middle = f"{100 * (at + width / 2):.2f}%"
            text = prose(percent(each.share))
            label = f'<text class="on {kind}" x="{middle}" y="50%" dy=".35em">{text}</text>'
            drawn.append(label)
        at += width
    told = ", ".join(
        f"{percent(each.share)} {NAMES.get(each.cause, each.cause)}"
        + (f" at stage {each.stage}" if each.stage else "")
        for each in parts
    )
    svg = element("svg", "".join(drawn), class_="stack", role="img", aria_label=f"Parts: {told}.")
    return (
        element("p", prose(title), class_="barl")
        + svg
        + element("ul", "".join(keys), class_="keys")
    )


def _stages(reading: InputReading, split: Split) -> str:
    """The stages as boxes; those that make much of the error are outlined. A graph has its line."""
    if split.graph:
        return ""
    guilt = np.nan_to_num(split.shares).sum(axis=0) if split.known else np.empty(0)
    boxes = []
    for place, number in enumerate(split.numbers):
        guilty = place < guilt.size and guilt[place] >= MINOR
        text = element("b", str(number)) + " " + prose(name_of(reading, number, split, 60))
        part = element("small", prose(f"{percent(guilt[place])} of the error")) if guilty else ""
        boxes.append(element("li", text + part, class_="guilty" if guilty else "box"))
    return element("ol", "".join(boxes), class_="stages")


def _body(reading: InputReading, _look: Look) -> str:
    split, whole = Split(reading, "verdict"), Split(reading, "whole")
    text = "".join(element("p", prose(each)) for each in _sentences(reading))
    if not (split.known or whole.known):
        return element("div", text, class_="text") if text else ""
    verdict = Verdict(reading)
    inside = verdict.worst is not None and verdict.worst.region == "inside"
    bars = ""
    same = split.known and whole.known and np.allclose(split.shares, whole.shares, equal_nan=True)
    if split.known:
        where = "Away from the edges, the" if inside else "The"
        title = f"{where} error of {off(split.error)}{split.moved('cause_move')} is made of"
        bars += _bar(split, title)
    if whole.known and not same:
        size = f", where it is {off(whole.error)}" if math.isfinite(whole.error) else ""
        moved = whole.moved("cause_edge_move")
        bars += _bar(whole, f"Up to the very edge{size}{moved}, it is made of")
    left = _stages(reading, split if split.known else whole) + bars
    return element("div", left, class_="left") + element("div", text, class_="text")


def _brief(reading: InputReading) -> list[str]:
    found, split = _sentences(reading), verdict_split(reading)
    hidden = _hidden(reading, split) if split.known else []
    return [f"Why: {found[0]}", *hidden] if found else []


def _note(reading: InputReading) -> str:
    split = verdict_split(reading)
    doubt = max(split.doubt.values(), default=0.0) if split.known else 0.0
    if split.one_order or doubt < 0.01:
        return ""
    return (
        f"Such a split depends on the order in which the {'layers' if split.graph else 'stages'} "
        f"are taken: the shares are the mean of two orders, uncertain by up to {percent(doubt)}."
    )


SECTION: Section[InputReading] = Section(
    key="causes",
    title="Why",
    about="input",
    place="why",
    reads=(
        "cause_bar", "cause", "cause_share", "cause_uncertainty", "cause_error", "stage_operator",
        "cause_total_uncertainty", "cause_unknown", "node_path", "stage_hidden", *VERDICT_READS,
    ),
    when=("known", "blind"),
    brief=_brief,
    body=_body,
    note=_note,
)  # fmt: skip
