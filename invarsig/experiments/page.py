"""The page of experiments: question, verdict, numbers and figures in one self-contained file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from invarsig.experiments.experiment import Experiment, Figure
from invarsig.experiments.result import Result
from invarsig.report.html import environment, policy, text_of

__all__ = ["fragment", "render"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class _Entry:
    """What the page shows of one experiment."""

    result: Result
    experiment: type[Experiment]
    figures: Sequence[Figure]
    facts: Sequence[tuple[str, str]]
    design: str
    limits: str

    @classmethod
    def of(cls, result: Result) -> _Entry:
        """Draw it, and gather where it comes from."""
        attrs = result.dataset.attrs
        inputs = str(attrs["inputs"]).splitlines()
        form = "reduced, for tests" if attrs["reduced"] else "full"
        facts = [
            ("invarsig", str(attrs["version"])),
            ("made", str(attrs["created"])),
            ("seed", str(attrs["seed"])),
            ("form", form),
            ("inputs", f"{len(inputs)} files"),
        ]
        limited = result.experiment.limited
        limits = "" if limited is None else limited.words
        design = str(attrs["design"])
        return cls(result, result.experiment, result.figures(), facts, design, limits)


def render(results: Sequence[Result]) -> str:
    """Render results as one HTML document without a script.

    Parameters
    ----------
    results
        One for each experiment.

    Returns
    -------
    str
    """
    from markupsafe import Markup

    style = text_of("tokens.css") + (_FOLDER / "page.css").read_text(encoding="utf-8")
    entries = [_Entry.of(result) for result in results]
    title = f"“{entries[0].experiment.claim}”" if len(entries) == 1 else "Claims, put to the test"
    page = environment(_FOLDER).get_template("experiments.html.jinja")
    return page.render(
        title=title,
        version=entries[0].result.dataset.attrs["version"],
        entries=entries,
        policy=policy(style),
        style=Markup(style),
    )


def fragment(result: Result) -> str:
    """Render the verdict and the numbers as a piece of HTML for notebooks."""
    page = environment(_FOLDER).get_template("result.html.jinja")
    return page.render(entry=_Entry.of(result))
