"""What the documentation says of each claim is what its experiment, as it is now, has found."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import claims
from invarsig.experiments import Effect, public_experiments
from invarsig.experiments.effects import answer

ROOT = Path(__file__).parents[2]
KEPT = claims.read()
EXPERIMENTS = [pytest.param(each, id=each.name) for each in public_experiments()]


def test_the_table_is_that_of_what_was_found():
    assert claims.TABLE.read_text(encoding="utf-8") == claims.table(KEPT)


def test_nothing_is_kept_of_an_experiment_that_is_gone():
    assert set(KEPT) == {each.name for each in public_experiments()}


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_an_experiment_was_run_as_it_now_asks(each):
    assert KEPT[each.name]["fingerprint"] == each().fingerprint(), "run docs/claims.py again"


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_an_answer_follows_from_its_effects(each):
    entry = KEPT[each.name]
    assert answer([Effect(**effect) for effect in entry["effects"]]) == entry["answer"]


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_an_experiment_has_its_figures_and_a_script_of_at_most_40_lines(each):
    for place, _ in enumerate(KEPT[each.name]["figures"], 1):
        assert (claims.FIGURES / f"{each.name}-{place}.svg").is_file()
    script = ROOT / "examples" / f"{each.name.replace('-', '_')}.py"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40
