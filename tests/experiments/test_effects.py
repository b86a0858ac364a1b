"""Effects, their intervals, and the one rule that all answers follow."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from invarsig.errors import ParameterError
from invarsig.experiments import Effect
from invarsig.experiments.effects import answer, decibels_of, estimated


def effect(value: float = 0.0, low: float = -1.0, high: float = 1.0) -> Effect:
    return Effect("error", "dB", value, low, high, 5, "pictures")


@pytest.mark.parametrize(("limit", "met"), [(1.5, "yes"), (-2.0, "no"), (0.0, "unclear")])
def test_below_asks_the_whole_interval(limit, met):
    assert effect().below(limit).met == met


@pytest.mark.parametrize(("limit", "met"), [(1.5, "no"), (-2.0, "yes"), (0.0, "unclear")])
def test_above_asks_the_whole_interval(limit, met):
    assert effect().above(limit).met == met


@pytest.mark.parametrize(
    ("limits", "met"), [((-2, 2), "yes"), ((2, 3), "no"), ((0, 3), "unclear"), ((-3, -2), "no")]
)
def test_within_asks_both_ends(limits, met):
    assert effect().within(*limits).met == met


def test_an_unknown_value_decides_nothing():
    assert effect(math.nan, math.nan, math.nan).below(0).met == "unclear"
    assert effect(math.nan, math.nan, math.nan).within(0, 1).met == "unclear"


def test_a_claim_holds_if_all_is_met_not_if_nothing_is_and_partly_otherwise():
    yes, no, unclear = effect().below(2), effect().below(-2), effect().below(0)
    assert answer([yes, yes]) == "holds"
    assert answer([no, no]) == "does not hold"
    assert answer([yes, no]) == "holds partly"
    assert answer([yes, unclear]) == answer([no, unclear]) == "holds partly"


def test_an_effect_without_an_expectation_decides_nothing():
    assert answer([effect(), effect().below(2)]) == "holds"
    with pytest.raises(ParameterError, match="No effect says"):
        answer([effect()])


def test_an_interval_of_a_mean_is_that_of_scipy():
    values = np.random.default_rng(3).exponential(size=30)
    found = estimated("a", "1", values, of="items", rng=np.random.default_rng(0))
    wanted = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert found.value == pytest.approx(values.mean(), rel=1e-12)
    # Ends of 2000 resamples scatter by a few hundredths of the width.
    width = wanted.high - wanted.low
    assert found.low == pytest.approx(wanted.low, abs=0.1 * width)
    assert found.high == pytest.approx(wanted.high, abs=0.1 * width)


def test_an_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(60):
        found = estimated("a", "1", rng.standard_normal(25), of="items", rng=rng)
        inside += found.low <= 0 <= found.high
    assert inside >= 50  # of 57 expected; fewer than 50 has a probability below 1e-3


def test_rows_are_drawn_whole():
    rows = np.stack([np.arange(10.0), 2 * np.arange(10.0)], axis=1)

    def slope(drawn: np.ndarray) -> float:
        return float(np.polyfit(drawn[:, 0], drawn[:, 1], 1)[0])

    found = estimated("slope", "1", rows, of="items", rng=np.random.default_rng(0), statistic=slope)
    assert found.low == pytest.approx(2, abs=1e-9)
    assert found.high == pytest.approx(2, abs=1e-9)


def test_equal_items_give_an_interval_without_width_and_one_item_an_endless_one():
    same = estimated("a", "1", [2.0, 2.0, 2.0], of="items", rng=np.random.default_rng(0))
    assert (same.low, same.high) == (2.0, 2.0)
    one = estimated("a", "1", [2.0], of="items", rng=np.random.default_rng(0))
    assert one.below(3).met == "unclear"


def test_resamples_that_the_statistic_is_undefined_of_are_left_out():
    values = np.array([1.0, 2.0, 3.0, 4.0])

    def undefined_alone(drawn: np.ndarray) -> float:
        return math.nan if np.ptp(drawn) == 0 else float(drawn.mean())

    found = estimated(
        "a", "1", values, of="items", rng=np.random.default_rng(0), statistic=undefined_alone
    )
    assert 1 < found.low < 2
    assert 3 < found.high < 4


def test_the_interval_of_an_unknown_value_is_unknown():
    found = estimated("a", "1", [1.0, math.nan, 2.0], of="items", rng=np.random.default_rng(0))
    assert math.isnan(found.value)
    assert math.isnan(found.low) or math.isnan(found.high)
    assert found.below(9).met == "unclear"


def test_no_item_is_refused():
    with pytest.raises(ParameterError, match="there is no item"):
        estimated("a", "1", [], of="items", rng=np.random.default_rng(0))


def test_an_effect_is_worded_with_the_digits_that_its_interval_carries():
    assert str(effect(-31.04, -33.41, -29.52)) == "−31.0 dB (−33.4 to −29.5)"
    assert str(effect(0.5, 0.5, 0.5)) == "0.500 dB"


def test_an_exact_zero_counts_as_minus_320_decibels():
    assert decibels_of(xr.DataArray([0.0, 0.1])).values.tolist() == [-320.0, -20.0]
