"""Augmentation on pictures like those of the training and on others, reduced."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("augmentation-in-kind")


def test_augmentation_helps_on_the_kind_that_it_showed_and_less_on_every_other(found):
    typical = found.effect("gain, as in the training")
    assert typical.low > 20
    for words in ("noise of 30 % of the peak", "a texture behind", "strokes a pixel thicker"):
        assert found.effect(f"gain, {words}").high < typical.low


def test_the_claim_is_true(found):
    assert found.answer == "true"
    assert found.effect("gain on unusual pictures over gain on typical ones").high < 0.5


def test_all_kinds_have_the_same_digits(found):
    assert found.dataset["truth"].dims == ("image",)
    assert found.dataset["answer"].sizes["kind"] == 4
