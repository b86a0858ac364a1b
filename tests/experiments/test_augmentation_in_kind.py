"""Augmentation on pictures like those of the training and on others, reduced."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("augmentation-in-kind")


def test_augmentation_helps_on_every_kind_of_digit(found):
    for words in ("as in the training", "noise of 30 % of the peak", "strokes a pixel thicker"):
        assert found.effect(f"gain, {words}").low > 0


def test_it_helps_most_on_the_kind_that_it_showed(found):
    ratio = found.effect("gain on unusual pictures over gain on typical ones")
    assert ratio.high < 1


def test_all_kinds_have_the_same_digits(found):
    assert found.dataset["truth"].dims == ("image",)
    assert found.dataset["answer"].sizes["kind"] == 4
