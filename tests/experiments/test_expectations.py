"""What a claim expects, as data: which side an interval is on, and by what chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from invarsig.errors import ParameterError
from invarsig.experiments import Effect, above, below, within
from invarsig.experiments.effects import estimated


def effect(value: float = 0.0, low: float = -1.0, high: float = 1.0) -> Effect:
    return Effect("error", "1", value, low, high, 5, "pictures")


@pytest.mark.parametrize(("limit", "met"), [(1.5, "yes"), (-2.0, "no"), (0.0, "unclear")])
def test_below_asks_the_whole_interval(limit, met):
    assert below(limit).of(effect()).met == met


@pytest.mark.parametrize(("limit", "met"), [(1.5, "no"), (-2.0, "yes"), (0.0, "unclear")])
def test_above_asks_the_whole_interval(limit, met):
    assert above(limit).of(effect()).met == met


@pytest.mark.parametrize(
    ("limits", "met"), [((-2, 2), "yes"), ((2, 3), "no"), ((0, 3), "unclear"), ((-3, -2), "no")]
)
def test_within_asks_both_ends(limits, met):
    assert within(*limits).of(effect()).met == met


@given(st.floats(-5, 5), st.floats(0.01, 3), st.floats(-5, 5))
def test_above_and_below_are_opposites(value, half, limit):
    one = effect(value, value - half, value + half)
    assume(limit not in (one.low, one.high))
    turned = {"yes": "no", "no": "yes", "unclear": "unclear"}
    assert above(limit).of(one).met == turned[below(limit).of(one).met]


def test_an_unknown_value_decides_nothing():
    unknown = effect(math.nan, math.nan, math.nan)
    assert below(0).of(unknown).met == "unclear"
    assert within(0, 1).of(unknown).met == "unclear"


def test_it_says_what_is_expected_with_the_very_numbers():
    assert str(above(-30, "dB")) == "above −30 dB"
    assert str(within(0.8, 1.25)) == "between 0.8 and 1.25"


def test_another_unit_is_refused():
    with pytest.raises(ParameterError, match="the unit of 'error'"):
        above(-30, "dB").of(effect())
    with pytest.raises(ParameterError, match="limit"):
        above(math.inf)


@pytest.mark.parametrize("count", [3, 11, 150])
@pytest.mark.parametrize("bound", [above(0.3), below(0.3), within(-0.5, 0.7), within(0.9, 2.0)])
def test_an_effect_is_decided_where_its_chance_is_below_one_in_twenty(count, bound):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        values = rng.standard_normal(count) * 0.6
        found = bound.of(estimated("a", "1", values, of="items", rng=rng))
        if abs(found.p - 0.05) > 2e-3:  # ends lie between resamples
            assert (found.p < 0.05) == (found.met != "unclear"), (seed, found)


def test_a_chance_is_that_of_the_side_it_is_on():
    rng = np.random.default_rng(0)
    found = estimated("a", "1", rng.standard_normal(150), of="items", rng=rng)
    assert below(1).of(found).p < 1e-6
    assert above(1).of(found).p < 1e-6
    assert below(found.value).of(found).p == pytest.approx(1, abs=0.01)
