"""Strided convolutions in place of max pools, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("trained-strides")


def test_strides_lose_accuracy(found):
    effect = found.effect("right answers, strided convolution less max pool")
    assert effect.met == "no"
    assert found.answer == "false"


def test_strides_keep_the_fewest_answers_of_digits_that_move(found):
    kept = {
        way: found.effect(f"answers kept, {way}, digits").value
        for way in ("strided convolution", "max pool", "max, blurred", "polyphase selection")
    }
    assert min(kept, key=kept.get) == "strided convolution"
    assert kept["max, blurred"] > kept["max pool"] + 10
