"""Grades: what follows from the primary effect, and from how many were looked at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invarsig.errors import ParameterError
from invarsig.experiments import GRADES, Effect, grade
from invarsig.experiments.grades import holm, holm_of

MET = ("yes", "unclear", "no")


def effect(met: str, p: float = 0.01) -> Effect:
    return Effect("error", "dB", 0.0, -1.0, 1.0, 5, "pictures", "above 0 dB", met, p)


@pytest.mark.parametrize(
    ("met", "wanted"), [("yes", "true"), ("no", "false"), ("unclear", "undecided by these data")]
)
def test_without_limits_the_primary_effect_alone_decides(met, wanted):
    assert grade(effect(met)) == wanted


@pytest.mark.parametrize(
    ("whole", "inside", "wanted"),
    [
        ("yes", "yes", "true"),
        ("yes", "unclear", "true"),
        ("no", "yes", "true within limits"),
        ("unclear", "yes", "true within limits"),
        ("no", "unclear", "false within limits"),
        ("unclear", "no", "false within limits"),
        ("no", "no", "false"),
        ("unclear", "unclear", "undecided by these data"),
        ("yes", "no", "undecided by these data"),
    ],
)
def test_within_limits(whole, inside, wanted):
    assert grade(effect(whole), effect(inside)) == wanted


def test_each_of_the_five_grades_can_come_out():
    found = {grade(effect(a), effect(b)) for a, b in itertools.product(MET, MET)}
    assert found == set(GRADES)


def test_the_opposite_outcome_has_the_opposite_grade():
    turned = {"yes": "no", "no": "yes", "unclear": "unclear"}
    mirror = dict(zip(GRADES, GRADES[::-1], strict=True))
    for met in MET:
        assert grade(effect(turned[met])) == mirror[grade(effect(met))]


def test_an_effect_of_which_nothing_is_expected_decides_nothing():
    with pytest.raises(ParameterError, match="Nothing is expected of 'error'"):
        grade(effect(""))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_that_of_its_definition(chances):
    found = holm({str(k): p for k, p in enumerate(chances)})
    order = np.argsort(chances, kind="stable")
    reached = 0.0
    for k, place in enumerate(order):
        reached = max(reached, min(1.0, (len(chances) - k) * chances[place]))
        assert found[str(place)] == pytest.approx(reached)


def test_holm_of_one_look_changes_nothing():
    assert holm({"a": 0.03}) == {"a": 0.03}


def test_with_many_looks_what_stood_out_by_little_is_unclear():
    pairs = {str(k): (effect("yes", 0.03), None) for k in range(10)}
    found = holm_of({**pairs, "sure": (effect("no", 1e-4), effect("yes", 2e-4))})
    assert all(found[str(k)][0].met == "unclear" for k in range(10))
    assert (found["sure"][0].met, found["sure"][1].met) == ("no", "yes")
    assert found["0"][1] is None


def test_of_claims_at_their_limit_one_page_in_twenty_decides_any():
    """Twelve claims whose truth is on the limit: their chances are as good as drawn evenly."""
    rng, runs = np.random.default_rng(4), 2000
    wrong = {"corrected": 0, "each alone": 0}
    for _ in range(runs):
        chances = rng.random(12)
        pairs = {
            str(k): (effect("no" if p < 0.05 else "unclear", p), None)
            for k, p in enumerate(chances)
        }
        wrong["each alone"] += any(pair[0].met != "unclear" for pair in pairs.values())
        wrong["corrected"] += any(pair[0].met != "unclear" for pair in holm_of(pairs).values())
    assert wrong["corrected"] / runs <= 0.05 + 0.015  # scatter: 0.005
    assert wrong["each alone"] / runs > 0.4  # the check sees pages that are not corrected
