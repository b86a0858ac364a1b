"""Claims measured on a second collection, beside the first: ``python -m docs.replications DIR``.

`data/make_second.py DIR` lays the collection out. Runs in full every experiment that can be asked
of it (or those that are named), keeps what decides in replications.json, and writes the page
understand/replications.md, which sets it beside claims.json. With ``--from FOLDER`` it takes the
numbers that ``invarsig experiments run NAME --data DIR --out FOLDER`` measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from docs import claims
from invarsig.experiments import Collection, Effect, Experiment, Result, public_experiments
from invarsig.io import write_whole

HERE = Path(__file__).parent
KEPT, PAGE = HERE / "replications.json", HERE / "understand" / "replications.md"
VERSION = 1
"""Version of the layout of replications.json."""
PARTS = frozenset({"images", "textures"})
"""What the second collection holds."""

HEAD = """# Replications

An answer of [Claims, put to the test](../claims.md) is one of a few pictures or recordings. Here
what decides is measured once more, with nothing changed, on **other pictures**: photographs and
pictures through microscopes and telescopes that scikit-image, scikit-learn and matplotlib ship and
that are not in `data/`, laid out alike by `data/make_second.py`. Each interval is judged alone; no
look is corrected for another. *Alike*: decided on the same side of the limit in both. *In one
alone*: what one collection decides the other leaves open. *Turned over*: decided on opposite sides.
The last column says whether the two 95 % intervals overlap.
"""

_REASONS = (
    ({"networks"}, "the networks have learned from `data/`, and others would have to be trained"),
    ({"photographs"}, "it takes every photograph that these packages ship, so none is left"),
    ({"speech", "music", "environment", "digits", "instruments"},
     "it needs recordings, and no package that invarsig needs ships any"),
    ({"handwritten"}, "it needs handwritten digits, and scikit-learn ships one collection of them"),
)  # fmt: skip


def able(each: type[Experiment]) -> bool:
    """Whether the second collection holds all that an experiment reads."""
    return bool(each.parts) and PARTS.issuperset(each.parts)


def reason(each: type[Experiment]) -> str:
    """Why an experiment is not asked of the second collection."""
    for parts, words in _REASONS:
        if parts.intersection(each.parts):
            return words
    return "it makes its own pictures, of words in fonts"


def kept(result: Result, revision: str) -> dict[str, Any]:
    """What is kept of a result: what decides, and where it comes from."""
    whole = claims.kept(result, revision)
    names = {effect.name for effect in result.experiment.deciding(result.effects) if effect}
    return {
        **{name: whole[name] for name in ("fingerprint", "created", "revision", "seed", "primary")},
        "limits": whole["limits"],
        "alone": whole["alone"],
        "files": whole["data"]["files"],
        "effects": [row for row in whole["effects"] if row["name"] in names],
    }


def read() -> dict[str, Any]:
    """What is kept of all replications, by the names of their experiments."""
    return json.loads(KEPT.read_text(encoding="utf-8"))["claims"] if KEPT.is_file() else {}


def agreement(first: Effect, second: Effect) -> str:
    """Say whether two collections decide alike.

    Examples
    --------
    >>> one = Effect("error", "dB", -31.0, -33.0, -29.0, 8, "pictures", "below −20 dB", "yes")
    >>> agreement(one, one)
    'alike'
    """
    if "unclear" in (first.met, second.met):
        return "open in both" if first.met == second.met else "in one alone"
    return "alike" if first.met == second.met else "**turned over**"


def overlap(first: Effect, second: Effect) -> bool:
    """Whether two intervals have a number in common."""
    return first.low <= second.high and second.low <= first.high


def table(first: dict[str, Any], second: dict[str, Any]) -> str:
    """The page: a row for each effect that decides, then what could not be asked."""
    head = (
        "| claim, and what decides | expected | `data/` | second collection | decided | overlap |"
    )
    rows, told = [head, "| --- | --- | --- | --- | --- | --- |"], []
    pairs = [claims.deciding(found) for found in (first, second)]
    for each in claims.ordered(second):
        link = f"[{claims._named(each)}](../claims.md#{each.name})"
        for one, other in zip(*(pair[each.name] for pair in pairs), strict=True):
            if one is not None and other is not None:
                rows.append(_row(link, one, other))
                told.append((agreement(one, other), overlap(one, other)))
    return "\n".join([HEAD, _counted(told), "", *rows, "", *_left_out(second)]) + "\n"


def _row(link: str, one: Effect, other: Effect) -> str:
    cells = [
        f"{link}: {one.name}",
        one.expected,
        *(f"{each} over {each.count} {each.of}" for each in (one, other)),
        agreement(one, other),
        "yes" if overlap(one, other) else "no",
    ]
    return f"| {' | '.join(cells)} |"


def _counted(told: list[tuple[str, bool]]) -> str:
    """How many effects come out alike, in one sentence."""
    words = [each.strip("*") for each, _ in told]
    kinds = ("alike", "in one alone", "open in both", "turned over")
    counts = ", ".join(f"{words.count(kind)} {kind}" for kind in kinds)
    apart = sum(not each for _, each in told)
    return f"Of {len(told)} effects that decide: {counts}. The intervals of {apart} do not overlap."


def _left_out(second: dict[str, Any]) -> list[str]:
    """What was not measured again, by reason."""
    by: dict[str, list[str]] = {}
    for each in public_experiments():
        if each.name not in second:
            words = "it was not run" if able(each) else reason(each)
            by.setdefault(words, []).append(claims._named(each).lower())
    lines = [f"- {', '.join(names)}: {words}." for words, names in by.items()]
    return ["## What is not measured again", "", *lines] if lines else []


def main() -> None:
    """Measure, or take what was measured, and write both files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="the second collection")
    options.add_argument(
        "names", nargs="*", help="experiments; all that can be asked without a name"
    )
    options.add_argument("--from", dest="folder", type=Path, help="numbers measured before")
    options.add_argument("--revision", help="the commit that they were measured at")
    chosen = options.parse_args()
    revision = chosen.revision or claims._revision()
    for each in public_experiments():
        if not able(each) or (chosen.names and each.name not in chosen.names):
            continue
        if chosen.folder is None:
            result = each().run(chosen.data)
        else:
            found = Result.load(chosen.folder / f"{each.name}.json")
            result = each().conclude(found.dataset, each.inputs(Collection.found(chosen.data)))
        print(result.summary(), flush=True)
        rows = {**read(), each.name: kept(result, revision)}
        document = {"version": VERSION, "claims": rows}
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
        write_whole(KEPT, text + "\n")
        write_whole(PAGE, table(claims.read(), rows))


if __name__ == "__main__":
    main()
