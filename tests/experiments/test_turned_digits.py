"""Digits turned and rescaled a little, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("turned-digits")


def test_max_pools_keep_more_answers_than_strides(found):
    effect = found.effect("answers kept when turned or rescaled a little, max pools less strides")
    assert effect.value > 0


def test_larger_angles_change_more_answers(found):
    for words in ("max pools", "strides"):
        small, large = (
            found.effect(f"answers kept when {by} degrees, {words}")
            for by in ("turned up to 10", "turned by 20 and 30")
        )
        assert small.low > large.high
