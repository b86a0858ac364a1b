"""Pooling as a prior, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("pooling-prior")


def test_pooling_gains_right_answers_on_average_over_the_sizes(found):
    assert found.answer == "true"
    assert found.effect("right answers gained by pooling").low > 5


@pytest.mark.parametrize(
    "words", ["max pools and global pooling", "strides and a fully connected layer"]
)
def test_more_training_pictures_give_more_right_answers(found, words):
    few, many = (found.effect(f"right, {words}, {size} pictures") for size in (50, 400))
    assert few.high < many.low


def test_with_the_fewest_pictures_neither_has_learned_much(found):
    assert found.effect("right, max pools and global pooling, 50 pictures").high < 50
