"""Anti-aliased pools, augmentation and both, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("trained-anti-aliasing")


def test_each_alone_keeps_more_answers_than_neither(found):
    for name in ("augmentation less neither", "anti-aliasing less neither", "both less neither"):
        assert found.effect(f"answers kept, {name}").low > 0


def test_digits_gain_most_from_augmentation(found):
    by = {
        name: found.effect(f"answers kept, {name} less neither, digits").value
        for name in ("augmentation", "anti-aliasing")
    }
    assert by["augmentation"] > by["anti-aliasing"] > 0


def test_pictures_of_both_media_count(found):
    medium = found.dataset["medium"].to_numpy()
    assert found.effect("answers kept, both").count == len(medium)
    assert set(medium.tolist()) == {"digits", "textures"}
