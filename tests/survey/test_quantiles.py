"""Quantiles and their intervals, against resampling and against the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from invarsig.errors import ParameterError
from invarsig.measures.bootstrap import bootstrap_interval
from invarsig.survey.quantiles import quantile


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("count", [2, 7, 20, 143])
def test_the_quantile_is_numpys_at_the_inverted_distribution(rng, count, probability):
    values = rng.standard_normal(count)
    wanted = np.quantile(values, probability, method="inverted_cdf")
    assert quantile(values, probability).value == wanted


@pytest.mark.parametrize("probability", [0.5, 0.9])
def test_the_interval_is_the_one_that_resampling_converges_to(rng, probability):
    values = np.sort(rng.exponential(size=60))
    drawn = np.sort(rng.choice(values, (40_000, values.size)), axis=1)
    place = math.ceil(values.size * probability) - 1
    found = quantile(values, probability)
    for end, tail in ((found.low, 0.025), (found.high, 0.975)):
        # Of 40 000 resamples the share at or below the end is known to within 0.003.
        at_most = np.mean(drawn[:, place] <= end)
        below = np.mean(drawn[:, place] < end)
        assert below - 0.004 < tail < at_most + 0.004


def test_the_interval_agrees_with_the_packages_bootstrap(rng):
    values = np.sort(rng.exponential(size=200))
    found = quantile(values, 0.5)
    drawn = bootstrap_interval(
        values, rng, lambda each: np.quantile(each, 0.5, method="inverted_cdf")
    )
    places = np.searchsorted(values, [found.low, found.high])
    assert np.abs(np.searchsorted(values, drawn) - places).max() <= 3


def test_it_holds_the_true_quantile_about_as_often_as_it_says(rng):
    truth = math.log(2)
    held = 0
    for _ in range(400):
        found = quantile(rng.exponential(size=80), 0.5)
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 400 <= 0.985


def test_what_is_not_known_is_left_out_and_few_values_say_little():
    assert quantile([3.0, math.nan, 1.0, 2.0], 0.5) == quantile([1.0, 2.0, 3.0], 0.5)
    one = quantile([0.3], 0.9)
    assert (one.value, one.low, one.high, one.count) == (0.3, -math.inf, math.inf, 1)
    assert math.isnan(quantile([math.nan], 0.5).value)


def test_equal_values_have_no_width():
    found = quantile([0.2] * 9, 0.9)
    assert (found.low, found.value, found.high) == (0.2, 0.2, 0.2)


def test_a_probability_lies_between_0_and_1():
    for bad in (0.0, 1.0, math.nan, "half"):
        with pytest.raises(ParameterError, match="probability"):
            quantile([1.0], bad)
