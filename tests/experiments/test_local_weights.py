"""Shared weights against weights of their own, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("local-weights")


def test_sharing_needs_a_twenty_fifth_of_the_weights(found):
    weights = found.dataset["weights"]
    counts = [int(weights.sel(way=way)) for way in ("convolutional", "local")]
    assert counts == [3818, 94754]
    assert all(str(count) in found.dataset.attrs["design"] for count in counts)
    assert round(counts[1] / counts[0]) == 25


def test_both_are_right_within_the_moves_of_the_training_and_less_often_beyond(found):
    for words in ("shared weights", "weights of their own"):
        near, far = (
            found.effect(f"right {where}, {words}") for where in ("up to 2 px", "at 3 and 4 px")
        )
        assert near.low > 80
        assert far.high < near.low


def test_a_shared_kernel_may_move_instead_of_the_digit(found):
    (law,) = found.experiment().laws(found.dataset)
    assert law.holds
    wrong = found.dataset.assign(moved_kernel=found.dataset["moved_kernel"] + 1e-3)
    assert not found.experiment().laws(wrong)[0].holds
