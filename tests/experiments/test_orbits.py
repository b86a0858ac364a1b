"""Averages over shifts and training with shifts, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.experiments.orbits import _averaged, _moves, _placed
from invarsig.operators import GlobalPool, Subsample
from tests.experiments.conftest import kept

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("orbits")


def test_a_mean_over_few_shifts_is_not_invariant(found):
    assert not kept(found, found.effect("error of the mean over 9 shifts, trained at one place"))


def test_and_it_leaves_a_classifier_of_one_place_next_to_guessing(found):
    assert found.effect("accuracy that all shifts cost, trained at one place").value > 40
    right = found.dataset["right"].sel(offset=0.0).mean("digit")
    assert float(right.sel(way="one")) > 0.8
    assert float(right.sel(way="one_all")) < 0.4


@pytest.mark.parametrize("words", ["trained within 2 px", "trained within 4 px"])
def test_training_with_shifts_does_not_carry_outside(found, words):
    outside = found.effect(f"accuracy lost outside, {words}")
    inside = found.effect(f"accuracy lost inside, {words}")
    assert kept(found, outside)
    assert outside.value > inside.value


def test_convolutions_under_a_mean_are_invariant_and_know_digits(found):
    assert found.effect("error, convolutions, averaged over the picture").value < -240
    right = found.dataset["right"].sel(way="built_in").mean("digit")
    assert float(right.min()) > 0.7
    np.testing.assert_array_equal(right, np.full(right.shape, float(right[0])))


def test_an_answer_averaged_over_all_shifts_costs_576_evaluations(found):
    counts = found.dataset["evaluations"]
    assert counts.sel(way=["one", "four_nine", "one_all", "built_in"]).values.tolist() == [
        1, 9, 576, 1,
    ]  # fmt: skip


def test_the_mean_over_all_shifts_is_the_mean_over_all_rolls(rng):
    x = _placed(rng.uniform(size=(2, 8, 8)), np.zeros(2, int), np.array([0, 3]))
    body = Subsample(stride={"y": 3, "x": 24}) >> GlobalPool(("y", "x"), "max")
    rolled = [
        np.roll(x.to_numpy(), (a, b), (1, 2))[:, ::3, ::24].max(axis=(1, 2))
        for a in range(24)
        for b in range(24)
    ]
    np.testing.assert_allclose(_averaged(body, "all shifts")(x), np.mean(rolled, axis=0))
    assert len(_moves("9 shifts")) == 9


def test_a_digit_stands_where_it_is_told_to(rng):
    digits = rng.uniform(0.1, 1, size=(2, 8, 8))
    x = _placed(digits, np.array([0, -8]), np.array([0, 8])).to_numpy()
    np.testing.assert_array_equal(x[0, 8:16, 8:16], digits[0])
    np.testing.assert_array_equal(x[1, :8, 16:], digits[1])
    assert np.count_nonzero(x) == 2 * 64
