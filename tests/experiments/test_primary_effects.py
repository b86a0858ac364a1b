"""Every claim in its reduced form: the primary effect is on the side that the page says."""

from __future__ import annotations

import numpy as np
import pytest

from docs import claims
from invarsig.errors import ParameterError
from invarsig.experiments import GRADES, experiment_named, public_experiments
from invarsig.experiments.experiment import Experiment
from invarsig.experiments.grades import holm_of

KEPT = holm_of(claims.deciding(claims.read()))
EXPERIMENTS = [pytest.param(each, id=each.name) for each in public_experiments()]


def side(each: type[Experiment], value: float) -> bool:
    """Whether a value keeps what is expected of the primary effect."""
    return next(iter(each.expects.values())).holds(value)


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_the_primary_effect_is_on_the_side_that_the_page_says(reduced, each):
    """What the page decides is not turned over by few items, nor by a change of the code.

    Where a few items leave it open, their interval holds the value of the page.
    """
    found = each.deciding(reduced(each.name).effects)
    for effect, known in zip(found, KEPT[each.name], strict=True):
        if known is not None and known.met != "unclear":
            same = side(each, effect.value) == side(each, known.value)
            assert same or (effect.met == "unclear" and effect.low < known.value < effect.high), (
                effect,
                known,
            )


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_a_result_says_what_decides_and_how(reduced, each):
    result = reduced(each.name)
    assert result.answer in GRADES
    assert str(each.deciding(result.effects)[0]) in result.headline
    assert each.expected() in result.dataset.attrs["design"]


@pytest.mark.parametrize("each", EXPERIMENTS)
def test_what_is_expected_is_said_once_and_made_from_the_data(each):
    """The sentence of the design is made from the numbers that decide, and follows them."""
    first, bound = next(iter(each.expects.items()))
    assert each.expected().startswith(f"Expected of the claim, and what alone decides: {first}, ")
    assert str(bound) in each.expected()
    assert "Expected" not in each.design
    assert "{value}" in each.headline
    assert ("{limited}" in each.headline) == (each.limited is not None)


def test_a_moved_limit_changes_the_fingerprint(monkeypatch):
    each = experiment_named("pooling-invariance")
    before = each().fingerprint()
    first, bound = next(iter(each.expects.items()))
    moved = {**each.expects, first: type(bound)(bound.side, (0.7,), bound.unit)}
    monkeypatch.setattr(each, "expects", moved)
    assert each().fingerprint() != before


def test_an_effect_that_is_expected_and_not_estimated_is_refused(reduced, monkeypatch):
    each = experiment_named("pooling-invariance")
    bound = next(iter(each.expects.values()))
    monkeypatch.setattr(each, "expects", {**each.expects, "a dream": bound})
    with pytest.raises(ParameterError, match="'a dream' is expected and was not estimated"):
        each(reduced=True).estimate(reduced(each.name).dataset, np.random.default_rng(0))
