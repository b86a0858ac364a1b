"""What the experiments found, kept for the documentation: ``python docs/claims.py [NAME...]``.

Runs the experiments in full (all of them without a name), and writes their effects to claims.json,
their figures to _static/claims/, and the pages claims.md and understand/laws.md. With ``--from
DIR`` it takes the numbers that ``invarsig experiments run all --out DIR`` measured, and judges
them anew. The gallery is made from the same when the documentation is built. `tests/docs` checks
that every experiment is there, with the question, the design and the limits that it has now.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from pathlib import Path
from typing import Any

from invarsig.experiments import (
    GRADES,
    Collection,
    Effect,
    Experiment,
    Law,
    Result,
    charts,
    experiment_named,
    grade,
    public_experiments,
)
from invarsig.experiments.effects import spaced, worded
from invarsig.experiments.expectations import Expectation
from invarsig.experiments.grades import holm_of
from invarsig.io import write_whole

HERE = Path(__file__).parent
KEPT, TABLE, FIGURES = HERE / "claims.json", HERE / "claims.md", HERE / "_static" / "claims"
LAWS = HERE / "understand" / "laws.md"
VERSION = 2
"""Version of the layout of claims.json, which claims.schema.json describes."""
_EFFECT = ("name", "unit", "value", "low", "high", "count", "of", "expected", "met", "p", "seen")

LEAD = """# Claims, put to the test

What people repeat about invariance and equivariance, each measured on real recordings, pictures and
trained networks. [One effect](#how-an-answer-is-made) decides each claim.
"""
MEANINGS = {
    "true": "on the side that the words imply, by more than chance",
    "true within limits": "not shown of all that the words cover, but of a part that is named",
    "undecided by these data": "on neither side by more than chance",
    "false within limits": "false as a whole and undecided in that part, or the other way round",
    "false": "on the other side, by more than chance",
}
"""What each answer says of the effect that decides."""

HOW = """## How an answer is made

**One effect decides** each claim. It is true if what was measured is on the side that the claim's
words imply by more than chance, false if it is on the other side by more than chance, and
*undecided by these data* otherwise. *Within limits* names the part of what the words cover that the
answer is of.

Chance is that of all claims together (p below 0.05 after Holm's correction), so an interval, which
is that of one claim alone, may lie on one side of its limit and the claim still be undecided.

Which effect decides was declared in the code before the last run, but for most claims with the
numbers of earlier runs on these data known: on data of your own it is blind, here it is not
([how a claim is judged](decisions/how-a-claim-is-judged.md)). What holds to round-off is a
[law](understand/laws.md) and stands elsewhere.

The numbers are in [claims.json](claims.json), the figures in the [gallery](gallery.md), and
`invarsig experiments run NAME` measures one again, on [data](how_to/run_claims_on_my_data.md) of
your own with `--data DIR`.
"""


def kept(result: Result, revision: str) -> dict[str, Any]:
    """What is kept of a result: one row, with its data, seed and revision."""
    each, attrs = result.experiment, result.dataset.attrs
    inputs = str(attrs["inputs"]).splitlines()
    return {
        **{
            name: attrs[name]
            for name in ("claim", "fingerprint", "headline", "sentence", "created", "version")
        },
        "alone": result.answer,
        "primary": next(iter(each.expects)),
        "limits": None if each.limited is None else vars(each.limited),
        "expects": {name: written(bound) for name, bound in each.expects.items()},
        "seed": int(attrs["seed"]),
        "revision": revision,
        "data": {"parts": list(each.parts), "files": inputs},
        "effects": [_plain(effect) for effect in result.effects],
        "laws": [
            {"name": law.name, "worst": law.worst, "bound": written(law.bound)}
            for law in each().laws(result.dataset)
        ],
        "figures": [
            {"title": each.title, "caption": each.caption, "text": each.drawing.text}
            for each in result.figures()
        ],
    }


def written(bound: Expectation) -> dict[str, Any]:
    """An expectation as data."""
    return {"side": bound.side, "limits": list(bound.limits), "unit": bound.unit}


def _plain(effect: Effect) -> dict[str, Any]:
    """An effect as data; what is not finite becomes null."""
    return {name: _finite(getattr(effect, name)) for name in _EFFECT}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _effect(row: dict[str, Any]) -> Effect:
    """An effect from data: an end that is missing is endless, any other number unknown."""
    ends = {"low": -math.inf, "high": math.inf}
    return Effect(
        **{
            name: ends.get(name, math.nan) if value is None else value
            for name, value in row.items()
        }
    )


def read() -> dict[str, Any]:
    """What is kept of all claims, by their names."""
    return json.loads(KEPT.read_text(encoding="utf-8"))["claims"] if KEPT.is_file() else {}


def effects_of(entry: dict[str, Any]) -> list[Effect]:
    """The effects of a row."""
    return [_effect(row) for row in entry["effects"]]


def deciding(found: dict[str, Any]) -> dict[str, tuple[Effect, Effect | None]]:
    """The primary effect of each claim, and the same within its limits."""
    pairs = {}
    for name, entry in found.items():
        by = {effect.name: effect for effect in effects_of(entry)}
        limits = entry["limits"]
        pairs[name] = by[entry["primary"]], None if limits is None else by[limits["effect"]]
    return pairs


def graded(found: dict[str, Any]) -> dict[str, Any]:
    """The same rows, each with its answer after the correction for all claims."""
    pairs = holm_of(deciding(found))
    return {
        name: {
            **entry,
            "answer": grade(*pairs[name]),
            "corrected": [
                None if effect is None else {"p": _finite(effect.p), "met": effect.met}
                for effect in pairs[name]
            ],
        }
        for name, entry in found.items()
    }


def table(found: dict[str, Any]) -> str:
    """The page of all claims: how many are true, a row for each, then a section for each."""
    rows = ["| claim | answer |", "| --- | --- |"]
    for each in ordered(found):
        entry = found[each.name]
        rows.append(f"| [“{each.claim}”](#{each.name}) | **{entry['answer']}** |")
    lines = [LEAD, *_counts(found), "", *rows, "", HOW]
    return "\n".join([*lines, *(_section(each, found[each.name]) for each in ordered(found))])


def _counts(found: dict[str, Any]) -> list[str]:
    """A table of the answers: how many claims have each, and what it means."""
    answers = [entry["answer"] for entry in found.values()]
    head = [
        f"| of {len(answers)} claims | answer | the deciding effect is |",
        "| ---: | --- | --- |",
    ]
    counted = [(each, answers.count(each)) for each in GRADES]
    return head + [f"| {n} | **{each}** | {MEANINGS[each]} |" for each, n in counted if n]


def _section(each: type[Experiment], entry: dict[str, Any]) -> str:
    primary, limited = deciding({each.name: entry})[each.name]
    texts = [
        f"## {_named(each)}\n",
        f"> “{each.claim}”\n",
        f"**{answered(entry)}** {entry['headline']}\n",
        _shown(each.name, primary, limited),
        ":::{dropdown} How it was measured\n",
        _measured(each, entry, primary, limited),
        _besides(entry, primary, limited),
        ":::\n",
    ]
    return "\n".join(text for text in texts if text)


def answered(entry: dict[str, Any]) -> str:
    """The answer as the start of a sentence, with the limits where they decide."""
    text = entry["answer"].capitalize()
    if not text.endswith("within limits"):
        return f"{text}."
    words = entry["limits"]["words"]
    if entry["answer"] == "true within limits":
        return f"{text}: {words}."
    whole, _ = entry["corrected"]
    if whole["met"] == "unclear":
        return f"{text}: false {words}, undecided as a whole."
    return f"{text}: false as a whole, undecided {words}."


def _measured(
    each: type[Experiment], entry: dict[str, Any], primary: Effect, limited: Effect | None
) -> str:
    """How it was measured, in five lines."""
    part = (
        "none were declared"
        if limited is None
        else f"{entry['limits']['words']}: {limited.name}, {limited}"
    )
    files = len(entry["data"]["files"])
    seen = f"{worded(primary.seen, _decimals(primary.seen))}{spaced(primary.unit)}"
    drawn = f"{primary.count} {primary.of}{' (a pilot)' if primary.pilot else ''}"
    power = f"four in five studies of this size see a distance of {seen} from a limit"
    if primary.seen == math.inf:
        power = "too few to say which distance from a limit they see, as none differs from another"
    chance = "that an effect at the limit lies as far from it or farther"
    source = f"{_source(each, files)}; seed {entry['seed']}"
    lines = [
        f"What decides: {primary.name}, {primary}; expected {primary.expected}.",
        f"Limits: {part}.",
        f"Drawn: {drawn}; {power}.",
        f"By chance: p = {_chances(entry)} {chance}, corrected for all that decides here.",
        f"From: {source}, revision {entry['revision']}. More: [gallery](gallery/{each.name}.md).",
    ]
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _source(each: type[Experiment], files: int) -> str:
    """Where the numbers come from: files of the collection, networks of packages."""
    networks = ", ".join(weights.package for weights in each.weights)
    files -= len(each.weights)
    told = [f"{files} files of {', '.join(each.parts)}"] if files else []
    return " and ".join([*told, *([f"the network of the package {networks}"] if networks else [])])


def _shown(name: str, primary: Effect, limited: Effect | None) -> str:
    """The figure of a claim, with its words."""
    words = picture_text(primary, limited)
    return f"```{{figure}} _static/claims/{name}.svg\n:alt: {words}\n:figclass: claim\n```\n"


def _decimals(value: float) -> int:
    return 3 if value < 0.1 else 2 if value < 1 else 1


def _chances(entry: dict[str, Any]) -> str:
    """The corrected probabilities: of the primary effect, and within the limits."""
    first, *others = (_chance(each["p"]) for each in entry["corrected"] if each is not None)
    return first + "".join(f" (within the limits {each})" for each in others)


def _chance(p: float | None) -> str:
    return "not known" if p is None else "below 0.001" if p < 0.001 else f"{p:.2g}"


def _besides(entry: dict[str, Any], primary: Effect, limited: Effect | None) -> str:
    """A table of the other effects that the claim expects something of."""
    first = {primary.name} | ({limited.name} if limited else set())
    rows = [
        f"| {effect.name} | {effect} | {effect.expected}: {effect.met} |"
        for effect in effects_of(entry)
        if effect.expected and effect.name not in first
    ]
    if not rows:
        return ""
    head = "| measured besides, deciding nothing | value (95 % interval) | expected, met |"
    return "\n".join([head, "| --- | --- | --- |", *rows, ""])


def picture(name: str, primary: Effect, limited: Effect | None, bound: Expectation) -> Any:
    """The one picture of a claim: what decides, on the scale of its limits."""
    rows = [
        charts.Interval(words, effect.value, effect.low, effect.high)
        for words, effect in (("all that is claimed", primary), ("within the limits", limited))
        if effect is not None
    ]
    unit = "" if primary.unit == "1" else f", {primary.unit}"
    return charts.intervals(
        f"{name}-claim", rows, x_label=f"{primary.of}: 95 % interval{unit}",
        marks=[(limit, f"expected {bound}" if not place else "") for place, limit
               in enumerate(bound.limits)],
        alternative=picture_text(primary, limited),
    )  # fmt: skip


def picture_text(primary: Effect, limited: Effect | None) -> str:
    """What the picture shows, in words."""
    text = f"{primary.name}: {primary}"
    if limited is not None:
        text += f"; {limited.name}: {limited}"
    return f"{text}; expected {primary.expected}."


def laws_page(found: dict[str, Any]) -> str:
    """The page of laws: what holds of every item, with the item that keeps it least."""
    lines = [
        "# Laws\n",
        "Some of what people say of invariance is an identity: it follows from the definitions,",
        "and real data can only fail to contradict it. Such sentences are not estimated and have",
        "no interval. They are asserted of every single item by `tests/experiments/test_laws.py`,",
        "up to the round-off of float64 (-320 dB stands for an exact zero). The last number is",
        "that of the item that keeps the law least, in the last full run.\n",
        "| law | bound | worst item | measured in |",
        "| --- | --- | --- | --- |",
    ]
    for each in ordered(found):
        for row in found[each.name]["laws"]:
            law = Law(row["name"], row["worst"], bound_of(row["bound"]))
            value = f"{_few(law.worst)}{spaced(law.bound.unit)}"
            link = f"[{_named(each).lower()}](../claims.md#{each.name})"
            lines.append(
                f"| {law.name[:1].upper()}{law.name[1:]} | {law.bound} | {value} | {link} |"
            )
    return "\n".join(lines) + "\n"


def _few(value: float) -> str:
    return worded(value, 0) if abs(value) >= 1 else worded(value)


def bound_of(row: dict[str, Any]) -> Expectation:
    """An expectation from data."""
    return Expectation(row["side"], tuple(row["limits"]), row["unit"])


def _named(each: type[Experiment]) -> str:
    """The name of an experiment as a heading."""
    return each.name.replace("-", " ").capitalize()


def gallery() -> dict[str, str]:
    """A page for each experiment, by its name: claim, answer, figures and script."""
    found = read()
    return {each.name: _page(each, found[each.name]) for each in ordered(found)}


def cards() -> str:
    """The gallery's first page: the claim and the answer of each experiment, linked to its page."""
    found = read()
    lines = [
        f"| [“{each.claim}”](gallery/{each.name}.md) | {found[each.name]['answer']} |"
        for each in ordered(found)
    ]
    return "\n".join(["| claim | answer |", "| --- | --- |", *lines]) + "\n"


def ordered(found: dict[str, Any]) -> list[type[Experiment]]:
    """Experiments of which something is kept, in the order of their numbers."""
    return [each for each in public_experiments() if each.name in found]


def _page(each: type[Experiment], entry: dict[str, Any]) -> str:
    pictures = "\n\n".join(
        f"```{{figure}} ../_static/claims/{each.name}-{place}.svg\n"
        f":alt: {' '.join(figure['text'].split())}\n:figclass: claim\n\n"
        f"{figure['title']}. {figure['caption']}\n```"
        for place, figure in enumerate(entry["figures"], 1)
    )
    script = f"examples/{each.name.replace('-', '_')}.py"
    sources = "\n".join(f"- {source}" for source in each.sources)
    return (
        f"# {_named(each)}\n\n> “{each.claim}”\n\n{each.question}\n\n"
        f"**{answered(entry)}** {entry['headline']}\n\n{entry['sentence']}\n\n{pictures}\n\n"
        f"{each.whole_design()}\n\n{sources}\n\n"
        f"`invarsig experiments run {each.name}`, and as a short script, `{script}`:\n\n"
        f"```{{literalinclude}} ../../{script}\n:language: python\n```\n"
    )


def _write(found: dict[str, Any]) -> None:
    """Write rows and pages, whole."""
    rows = graded(found)
    document = {"$schema": "claims.schema.json", "version": VERSION, "claims": rows}
    write_whole(KEPT, json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    write_whole(TABLE, table(rows))
    write_whole(LAWS, laws_page(rows))


def _revision() -> str:
    """The commit that the code is at."""
    command = ["git", "-C", str(HERE), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Run experiments or read what they measured, and keep what they find."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="experiments; all of them without a name")
    options.add_argument("--from", dest="folder", type=Path, help="numbers measured before")
    options.add_argument("--revision", help="the commit that they were measured at")
    chosen = options.parse_args()
    names = chosen.names or [each.name for each in public_experiments()]
    revision = chosen.revision or _revision()
    FIGURES.mkdir(parents=True, exist_ok=True)
    known = {each.name for each in public_experiments()}
    for name in names:
        each = experiment_named(name)
        if chosen.folder is None:
            result = each().run()
        else:
            file = next(chosen.folder / f"{name}.{end}" for end in ("nc", "json")
                        if (chosen.folder / f"{name}.{end}").is_file())  # fmt: skip
            files = each.inputs(Collection.found())
            result = each().conclude(Result.load(file).dataset, files)
        print(result.summary(), flush=True)
        for place, figure in enumerate(result.figures(), 1):
            write_whole(FIGURES / f"{name}-{place}.svg", figure.drawing.svg + "\n")
        drawn = picture(name, *each.deciding(result.effects), next(iter(each.expects.values())))
        write_whole(FIGURES / f"{name}.svg", drawn.svg + "\n")
        before = {key: entry for key, entry in read().items() if key in known}
        _write({**before, name: kept(result, revision)})


if __name__ == "__main__":
    main()
