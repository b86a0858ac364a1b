"""Why: what the error of the verdict is made of, by cause and stage, and what goes against it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from invarsig.report.limits import MINOR
from invarsig.report.markup import attributes, element, prose, term
from invarsig.report.reading import InputReading
from invarsig.report.section import Look, Section
from invarsig.report.verdict import VERDICT_READS, Verdict, thing
from invarsig.report.wording import capital, listed, off, percent, share_in_words, shortened

__all__ = ["NAMES", "SECTION", "Split", "name_of", "verdict_split"]

NAMES = {
    "folding": "folding",
    "imaging": "imaging",
    "nonlinearity": "nonlinearity between samples",
    "border": "the border",
    "position": "position",
}

_ADVICE = {
    "folding": (
        "Against folding: smooth before that stage, let it keep more samples, or let it choose "
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
        "Against position no filter helps: a stage treats places differently, by its weights or by "
        "a code of places."
    ),
}

# A part of the error below this is drawn with the others of its cause and not listed.
_LISTED = 0.005

# From this part of the bar on its share is written inside.
_INSIDE = 0.18


@dataclass(frozen=True)
class _Part:
    """One part of the error."""

    cause: str
    stage: int
    share: float


@dataclass(frozen=True)
class Split:
    """One bar: an error, split by cause and stage.

    Parameters
    ----------
    reading
        Input node.
    bar
        "verdict", or "whole": up to the very edge.
    """

    reading: InputReading
    bar: str

    @cached_property
    def _place(self) -> int:
        names = self.reading.words("cause_bar")
        return names.index(self.bar) if self.bar in names else -1

    @property
    def causes(self) -> list[str]:
        """Names of the causes."""
        return self.reading.words("cause")

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each cause and stage; empty where there is nothing to split."""
        return self._over("cause_share")

    @cached_property
    def uncertainty(self) -> np.ndarray:
        """Uncertainty of each."""
        found = self._over("cause_uncertainty")
        return np.abs(np.nan_to_num(found)) if found.size else np.zeros_like(self.shares)

    def _over(self, name: str) -> np.ndarray:
        if self._place < 0 or name not in self.reading.data.variables:
            return np.empty((0, 0))
        values = self.reading.values(name)[self._place]
        fits = values.shape[0] == len(self.causes) and np.isfinite(values).any()
        return values if fits else np.empty((0, 0))

    @property
    def error(self) -> float:
        """The error that is split."""
        values = self.reading.over("cause_error", "cause_bar")
        return float(values[self._place]) if 0 <= self._place < values.size else math.nan

    @property
    def known(self) -> bool:
        """Whether there is anything to split."""
        return self.shares.size > 0

    @property
    def by_cause(self) -> dict[str, float]:
        """Share of each cause, over all stages."""
        totals = np.nan_to_num(self.shares).sum(axis=1)
        return dict(zip(self.causes, totals.tolist(), strict=True))

    def _total_doubt(self) -> np.ndarray:
        """Uncertainty of each cause's share over all stages, as measured or at most."""
        found = self._over("cause_total_uncertainty")
        total = np.abs(np.nan_to_num(found)) if found.size else self.uncertainty.sum(axis=1)
        return np.asarray(total)

    @property
    def doubt(self) -> dict[str, float]:
        """Uncertainty of each cause's share."""
        return dict(zip(self.causes, self._total_doubt().tolist(), strict=True))

    @property
    def main(self) -> str:
        """The cause that exceeds the others by more than its uncertainty; "" where none does."""
        if not self.known:
            return ""
        order = sorted(self.by_cause.items(), key=lambda each: -each[1])
        first, second = order[0], order[1] if len(order) > 1 else ("", 0.0)
        return first[0] if first[1] - max(second[1], 0.0) > self.doubt[first[0]] else ""

    def moved(self, attribute: str) -> str:
        """The move whose error is split, where that is not the verdict's: " when moved by …"."""
        verdict, place = Verdict(self.reading), self.reading.number(attribute)
        leads = verdict.worst.move if verdict.worst is not None else -1
        if not (math.isfinite(place) and 0 <= place < verdict.lengths.shape[0]) or place == leads:
            return ""
        return f" when moved by {verdict.length(int(place))}"

    def main_stage(self, cause: str) -> int:
        """The stage at which a cause is largest; 0 where none stands out."""
        row = self.causes.index(cause)
        values = np.nan_to_num(self.shares[row])
        order = np.argsort(-values)
        top = int(order[0])
        rest = float(values[order[1]]) if values.size > 1 else 0.0
        if values[top] - max(rest, 0.0) <= self.uncertainty[row, top]:
            return 0
        return self.numbers[top]

    @property
    def numbers(self) -> list[int]:
        """Numbers of the stages."""
        dim = self.reading.data["cause_share"].dims[-1]
        if dim in self.reading.data.coords:
            return [int(each) for each in self.reading.values(str(dim))]
        return list(range(1, self.shares.shape[1] + 1))

    @property
    def parts(self) -> list[_Part]:
        """Parts large enough to be listed, by stage."""
        found = [
            _Part(cause, number, float(self.shares[row, column]))
            for column, number in enumerate(self.numbers)
            for row, cause in enumerate(self.causes)
            if abs(self.shares[row, column]) >= _LISTED
        ]
        return sorted(found, key=lambda each: (each.share < 0, each.stage))


def name_of(reading: InputReading, number: int, split: Split, length: int = 40) -> str:
    """Name of a stage, cut to a length; "" where it is not known."""
    names = reading.words("stage_operator")
    place = split.numbers.index(number) if number in split.numbers else -1
    return shortened(names[place], length) if 0 <= place < len(names) else ""


def _at(reading: InputReading, split: Split, cause: str) -> str:
    """Where a cause acts: "at stage 3, MaxPool(y: 4, x: 4),"; "" where that is spread out."""
    number = split.main_stage(cause)
    if not number or cause == "border":
        return ""
    name = name_of(reading, number, split)
    return f" at stage {number}{f', {name},' if name else ''}"


def _sentences(reading: InputReading) -> list[str]:
    split = verdict_split(reading)
    if not split.known:
        return []
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
    advised = [main] if main else [c for c, share in shares.items() if share >= MINOR]
    found += [_ADVICE[each] for each in advised[:2] if each in _ADVICE]
    return found


def verdict_split(reading: InputReading) -> Split:
    """The bar of the verdict, or up to the edge where that is all there is."""
    split = Split(reading, "verdict")
    return split if split.known else Split(reading, "whole")


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
        where = f" at stage {each.stage}"
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
        f"{percent(each.share)} {NAMES.get(each.cause, each.cause)} at stage {each.stage}"
        for each in parts
    )
    svg = element("svg", "".join(drawn), class_="stack", role="img", aria_label=f"Parts: {told}.")
    return (
        element("p", prose(title), class_="barl")
        + svg
        + element("ul", "".join(keys), class_="keys")
    )


def _stages(reading: InputReading, split: Split) -> str:
    """The stages as boxes; those that make much of the error are outlined."""
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
    if not (split.known or whole.known):
        return ""
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
    text = "".join(element("p", prose(each)) for each in _sentences(reading))
    left = _stages(reading, split if split.known else whole) + bars
    return element("div", left, class_="left") + element("div", text, class_="text")


def _brief(reading: InputReading) -> list[str]:
    found = _sentences(reading)
    return [f"Why: {found[0]}"] if found else []


def _note(reading: InputReading) -> str:
    split = verdict_split(reading)
    doubt = max(split.doubt.values(), default=0.0) if split.known else 0.0
    if doubt < 0.01:
        return ""
    return (
        f"Such a split depends on the order in which the stages of the {thing(reading)} are taken: "
        f"the shares are the mean of both orders, uncertain by up to {percent(doubt)}."
    )


SECTION: Section[InputReading] = Section(
    key="causes",
    title="Why",
    about="input",
    place="why",
    reads=(
        "cause_bar", "cause", "cause_share", "cause_uncertainty", "cause_error", "stage_operator",
        "cause_total_uncertainty", *VERDICT_READS,
    ),
    when=("known", "blind"),
    brief=_brief,
    body=_body,
    note=_note,
)  # fmt: skip
