"""Intervals over units: they cover as often as they say, at the sizes and skews that are met."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from invarsig.experiments import intervals
from invarsig.experiments.intervals import studentized

# Shapes of distributions: draws of a size, and their mean. The primary effects of the last full run
# had skews from -1.8 to 1.7 in samples of 11, and sizes from 5 to 42 where resamples are drawn.
SHAPES = {
    "no skew": (lambda rng, size: rng.standard_normal(size), 0.0),
    "skew 1": (lambda rng, size: rng.gamma(4.0, size=size), 4.0),
    "skew 2": (lambda rng, size: rng.exponential(size=size), 1.0),
    "skew -2": (lambda rng, size: -rng.exponential(size=size), -1.0),
    "long tails": (lambda rng, size: rng.standard_t(5, size), 0.0),
}


def coverage(shape: str, count: int, runs: int, level: float = 0.95) -> float:
    """Share of intervals that hold the mean, in percent."""
    draw, mean = SHAPES[shape]
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(runs):
        low, high = studentized(draw(rng, count), rng).interval(level)
        inside += low <= mean <= high
    return 100 * inside / runs


@pytest.mark.parametrize(("shape", "count"), [("no skew", 11), ("skew 2", 11)])
def test_intervals_cover_within_two_points_of_what_they_say(monkeypatch, shape, count):
    monkeypatch.setattr(intervals, "_RESAMPLES", 599)
    assert abs(coverage(shape, count, 2000) - 95) <= 2  # scatter of the simulation: 0.5 points


# At 5 units of skew 2 it is 92.7 %: below ten the word "pilot" stands beside the answer, and the
# primary effects with so few had no skew (-0.03).
CELLS = [
    (shape, count)
    for shape in SHAPES
    for count in (5, 6, 9, 11, 16, 24, 42, 100)
    if count >= 9 or "2" not in shape
]


@pytest.mark.nightly
@pytest.mark.parametrize(("shape", "count"), CELLS)
def test_intervals_cover_within_two_points_at_all_sizes_and_skews_met(monkeypatch, shape, count):
    monkeypatch.setattr(intervals, "_RESAMPLES", 999)
    assert abs(coverage(shape, count, 4000) - 95) <= 2


@pytest.mark.nightly
def test_what_was_used_before_does_not_cover():
    """The check sees an interval that is too short: Efron's BCa of few skewed items."""
    draw, mean = SHAPES["skew 2"]
    rng, inside = np.random.default_rng(7), 0
    for _ in range(300):
        found = stats.bootstrap((draw(rng, 7),), np.mean, n_resamples=300, method="BCa", rng=rng)
        inside += found.confidence_interval.low <= mean <= found.confidence_interval.high
    assert 100 * inside / 300 < 90


@pytest.mark.nightly
def test_of_units_that_nest_the_outer_ones_are_drawn(monkeypatch):
    """Ten words of each of seven voices: what voices have in common does not count tenfold."""
    monkeypatch.setattr(intervals, "_RESAMPLES", 599)
    rng, runs = np.random.default_rng(11), 1500
    units = np.repeat(np.arange(7), 10)
    inside, naive = 0, 0
    for _ in range(runs):
        words = np.repeat(rng.standard_normal(7), 10) + rng.standard_normal(70)
        low, high = studentized(words, rng, units=units).interval()
        inside += low <= 0 <= high
        low, high = stats.t.interval(0.95, 69, words.mean(), stats.sem(words))
        naive += low <= 0 <= high
    assert abs(100 * inside / runs - 95) <= 2
    assert 100 * naive / runs < 80


def test_a_unit_with_many_items_counts_like_one_with_few():
    found = studentized([0.0] * 9 + [1.0], np.random.default_rng(0), units=["a"] * 9 + ["b"])
    assert found.value == 0.5
    assert found.count == 2


@pytest.mark.parametrize("count", [2, 4, 100, 400])
def test_of_very_few_and_of_many_units_the_interval_is_student_s(count):
    values = np.random.default_rng(3).standard_normal(count)
    found = studentized(values, np.random.default_rng(0)).interval()
    wanted = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert found == pytest.approx(wanted, rel=1e-12)


def test_pseudo_values_of_a_mean_are_the_items():
    values = np.random.default_rng(3).standard_normal(12)
    plain = studentized(values, np.random.default_rng(0))
    other = studentized(values, np.random.default_rng(0), statistic=lambda v: float(np.mean(v)))
    assert other.value == pytest.approx(plain.value, abs=1e-12)
    assert other.error == pytest.approx(plain.error, rel=1e-9)
    assert other.interval() == pytest.approx(plain.interval(), rel=1e-6)


def test_a_smooth_statistic_has_the_error_of_the_delta_method():
    values = np.random.default_rng(3).gamma(20.0, size=400)
    found = studentized(
        values, np.random.default_rng(0), statistic=lambda v: float(np.log(np.mean(v)))
    )
    assert found.error == pytest.approx(stats.sem(values) / values.mean(), rel=0.02)


def test_probabilities_are_those_of_the_interval():
    """A limit at the end of a 95 % interval has a one-sided probability of 2.5 %."""
    rng = np.random.default_rng(5)
    for count in (4, 12, 150):
        found = studentized(rng.gamma(3.0, size=count), rng)
        low, high = found.interval()
        assert found.chance_above(low) == pytest.approx(0.025, abs=1e-3)
        assert found.chance_below(high) == pytest.approx(0.025, abs=1e-3)
        assert found.chance_above(low - 1) < 0.025 < found.chance_above(low + 1e-3)


@pytest.mark.nightly
def test_the_smallest_distance_that_is_seen_is_seen_four_times_in_five(monkeypatch):
    monkeypatch.setattr(intervals, "_RESAMPLES", 599)
    rng, seen, runs = np.random.default_rng(2), 0, 1500
    away = math.sqrt(15) * stats.t.ppf(0.975, 14) / 15 + stats.t.ppf(0.8, 14) / math.sqrt(15)
    for _ in range(runs):
        found = studentized(rng.standard_normal(15) + away, rng)
        seen += found.interval()[0] > 0
    assert 100 * seen / runs == pytest.approx(80, abs=6)


@pytest.mark.parametrize("count", range(2, 12))
def test_units_that_agree_decide_once_they_are_six(count):
    """All of n on one side of the middle: by chance one time in 2**(n-1), either side."""
    same = studentized([2.0] * count, np.random.default_rng(0))
    assert same.interval() == ((2.0, 2.0) if count >= 6 else (-math.inf, math.inf))
    assert (same.chance_above(1.0), same.chance_above(3.0)) == (0.5**count, 1.0)
    assert math.isfinite(same.smallest_seen()) == (count >= 6)
    assert (2 * same.chance_above(1.0) <= 0.05) == math.isfinite(same.interval()[0])


def test_four_that_agree_by_luck_are_not_called_sure():
    """Coins that fall on 1 nine times in ten: of four, most draws agree and miss the mean."""
    rng, inside = np.random.default_rng(1), 0
    for _ in range(400):
        low, high = studentized((rng.random(4) < 0.9).astype(float), rng).interval()
        inside += low <= 0.9 <= high
    assert inside / 400 > 0.93


def test_one_unit_gives_an_endless_interval():
    one = studentized([2.0], np.random.default_rng(0))
    assert one.interval() == (-math.inf, math.inf)
    assert one.smallest_seen() == math.inf


def test_an_unknown_value_makes_all_unknown():
    found = studentized([1.0, math.nan, 2.0], np.random.default_rng(0))
    assert math.isnan(found.value)
    assert all(math.isnan(end) for end in found.interval())
    assert found.chance_above(0.0) == 1.0


def test_a_resample_of_one_unit_alone_is_endless_and_not_left_out():
    draws = intervals._draws(np.array([0.0, 0.0, 0.0, 0.0, 1.0]), np.random.default_rng(0))
    assert draws[0] == -math.inf
    assert not np.isnan(draws).any()
