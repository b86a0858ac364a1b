"""A section as add_a_finding.md adds one arrives everywhere, with nothing else to change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from invarsig.report import page, summary
from invarsig.report.reading import AxisReading
from invarsig.report.section import Section
from invarsig.report.wording import off
from tests.report.trees import chosen_axis, tree_of


@pytest.fixture
def tree(monkeypatch):
    """A tree with the finding, where the section of the page is in the tuple."""
    text = (Path(__file__).parents[2] / "docs" / "how_to" / "add_a_finding.md").read_text(
        encoding="utf-8"
    )
    (code,) = (
        one for one in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "SECTION" in one
    )
    names = {"AxisReading": AxisReading, "Section": Section, "off": off}
    exec(compile(f"from __future__ import annotations\n{code}", "spread.py", "exec"), names)
    for module in (page, summary):
        monkeypatch.setattr(module, "SECTIONS", (*module.SECTIONS, names["SECTION"]))
    return tree_of(chosen_axis(spread=("length", [0.1, 0.4, 0.0])))


def test_it_is_seen_on_the_page_in_the_terminal_and_in_a_notebook(tree):
    said = "Along time a value is up to 40 % off."
    assert said in summary.summary(tree)
    for shown in (page.render(tree), page.fragment(tree)):
        assert said in shown.replace("\N{NO-BREAK SPACE}", " ")
        assert ">The spread</h3>" in shown


def test_without_the_finding_nothing_is_seen_of_it(tree):
    bare = tree_of(chosen_axis())
    assert "The spread" not in page.render(bare)
