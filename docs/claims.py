"""What the experiments found, kept for the documentation: ``python docs/claims.py [NAME...]``.

Runs the experiments in full (all of them without a name), and writes their effects to claims.json,
their figures to _static/claims/ and the table to claims.md. The gallery is made from the same when
the documentation is built. `tests/docs` holds that every experiment is there, with the question,
the design and the limits that it has now.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from invarsig.experiments import Effect, Experiment, Result, experiment_named, public_experiments
from invarsig.experiments.limits import limits_of
from invarsig.io import write_whole

HERE = Path(__file__).parent
KEPT, TABLE, FIGURES = HERE / "claims.json", HERE / "claims.md", HERE / "_static" / "claims"

HEAD = """# Claims, put to the test

What people repeat about translation invariance, each measured on real recordings and pictures. A
claim *holds* if everything that it expects is met by the whole confidence interval, *does not hold*
if nothing is, and *holds partly* otherwise; what it expects stands in its design. The
intervals are 95 % bootstrap intervals over recordings, pictures or voices. The
[gallery](gallery.md) shows the figures; `invarsig experiments run NAME` runs one of them again, on
[data](how_to/run_claims_on_my_data.md) of your own with `--data DIR`.
"""


def kept(result: Result) -> dict[str, Any]:
    """What is kept of a result."""
    attrs = result.dataset.attrs
    figures = result.figures()
    return {
        **{
            name: attrs[name]
            for name in ("fingerprint", "answer", "sentence", "created", "version", "seed")
        },
        "limits": list(limits_of(result.experiment())),
        "effects": [vars(effect) for effect in result.effects],
        "figures": [
            {"title": each.title, "caption": each.caption, "text": each.drawing.text}
            for each in figures
        ],
    }


def read() -> dict[str, Any]:
    """What is kept of all of them, by their names."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}


def table(found: dict[str, Any]) -> str:
    """Page with a section for each claim: its answer, and a row for each effect it expects."""
    return "\n".join([HEAD, *(_section(each, found[each.name]) for each in ordered(found))])


def _section(each: type[Experiment], entry: dict[str, Any]) -> str:
    effects = [Effect(**effect) for effect in entry["effects"]]
    rows = [
        f"| {effect.name} | {effect} | {effect.expected} | {effect.met} |"
        for effect in effects
        if effect.expected
    ]
    head = ["| what was measured | value (95 % interval) | expected | met |", "| --- " * 4 + "|"]
    title = f"## {_named(each)}\n\n“{each.claim}” **{entry['answer'].capitalize()}.**\n"
    return "\n".join([title, *head, *rows]) + "\n"


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
        f"**{entry['answer'].capitalize()}.** {entry['sentence']}\n\n{pictures}\n\n"
        f"{each.design}\n\n{sources}\n\n"
        f"`invarsig experiments run {each.name}`, and as a short script, `{script}`:\n\n"
        f"```{{literalinclude}} ../../{script}\n:language: python\n```\n"
    )


def main() -> None:
    """Run experiments, and keep what they find."""
    names = sys.argv[1:] or [each.name for each in public_experiments()]
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name in names:
        result = experiment_named(name)().run()
        print(result.summary(), flush=True)
        for place, figure in enumerate(result.figures(), 1):
            write_whole(FIGURES / f"{name}-{place}.svg", figure.drawing.svg + "\n")
        found = {**read(), name: kept(result)}
        write_whole(KEPT, json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        write_whole(TABLE, table(found))


if __name__ == "__main__":
    main()
