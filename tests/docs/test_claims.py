"""What the documentation says of each claim is what its experiment, as it is now, has found."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from docs import claims
from invarsig.experiments import (
    AntiAliasedPooling,
    Effect,
    Stationarity,
    anti_aliased_pooling,
    limits,
    public_experiments,
    stationarity,
)
from invarsig.experiments.effects import answer
from invarsig.experiments.limits import limits_of

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
def test_an_experiment_was_judged_by_the_limits_that_it_has_now(each):
    assert KEPT[each.name]["limits"] == list(limits_of(each)), "run docs/claims.py again"


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_what_is_said_to_be_expected_are_those_limits(each):
    """What was found is worded with the very numbers that stand in the source."""
    limits = limits_of(each)
    told = {effect["expected"] for effect in KEPT[each.name]["effects"]} - {""}
    written = {number for limit in limits for number in numbers(limit.split(")", 1)[0])}
    behind = {number for limit in limits for number in numbers(limit)}
    said = {number for each in told for number in numbers(each)}
    assert written <= said <= behind
    assert {each.split()[0] for each in told} == {
        {"within": "between"}.get(side, side) for side in (limit.split("(")[0] for limit in limits)
    }


def numbers(text: str) -> set[float]:
    """Numbers in a text, with either sign for minus."""
    plain = text.replace("\N{MINUS SIGN}", "-")
    return {float(each) for each in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", plain)}


def test_a_moved_limit_is_another_one(monkeypatch):
    before = limits_of(Stationarity)
    monkeypatch.setattr(stationarity, "_LARGE", 2 * stationarity._LARGE)
    assert limits_of(Stationarity) != before
    moved = inspect.getsource(anti_aliased_pooling).replace(".above(-30)", ".above(-20)")
    frozen = limits_of(AntiAliasedPooling)
    monkeypatch.setattr(limits.inspect, "getsource", lambda _: moved)
    assert [
        one
        for one, other in zip(limits_of(AntiAliasedPooling), frozen, strict=True)
        if one != other
    ] == ["above(-20)"]


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
