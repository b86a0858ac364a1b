"""Augmentation within the moves that it showed and beyond, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("augmentation-in-place")


@pytest.mark.parametrize("head", ["fully connected", "global pooling"])
def test_augmentation_helps_within_its_moves_and_less_beyond(found, head):
    near, far = (
        found.effect(f"gain {where}, {head}") for where in ("within 2 px", "at 3 and 4 px")
    )
    assert near.low > 20
    assert far.value < near.value


def test_digits_at_rest_gain_nothing(found):
    answer, truth = found.dataset["answer"], found.dataset["truth"]
    right = (answer.sel(distance=0) == truth).mean(["network", "direction", "image"])
    gain = float(right.sel(way="fully connected, moved") - right.sel(way="fully connected, still"))
    assert gain < 0.02


def test_the_ratio_is_that_of_the_two_gains(found):
    for head in ("fully connected", "transformer"):
        ratio = found.effect(f"gain beyond what was seen over gain within, {head}").value
        near, far = (
            found.effect(f"gain {where}, {head}").value
            for where in ("within 2 px", "at 3 and 4 px")
        )
        assert ratio == pytest.approx(far / near, abs=0.05)
        assert np.isfinite(ratio)
