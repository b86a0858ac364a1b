"""Crops and changes of contrast, brightness and gray levels, reduced."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("appearance-changes")


def test_the_claim_is_false(found):
    assert found.answer == "false"


def test_brightness_changes_more_answers_than_a_move_by_a_pixel(found):
    brighter = found.effect("answers kept, brighter by a quarter of the range")
    moved = found.effect("answers kept, moved by 1 px")
    assert brighter.high < moved.low


def test_each_change_does_what_its_name_says(rng):
    import numpy as np

    import invarsig as iv
    from invarsig.experiments.appearance_changes import _changed

    x = iv.label(rng.random((2, 16, 16)), "image", "y", "x")
    found = _changed(x)
    spread = [float(x.max(("y", "x"))[0] - x.min(("y", "x"))[0])]
    np.testing.assert_allclose(found["contrast"].mean(("y", "x")), x.mean(("y", "x")))
    np.testing.assert_allclose(found["contrast"].std(("y", "x")), x.std(("y", "x")) / 2)
    assert float((found["brightness"] - x)[0].max()) == pytest.approx(0.25 * spread[0])
    np.testing.assert_allclose(found["gamma"].max(("y", "x")), x.max(("y", "x")))
    assert float((found["gamma"] - x).min()) > -1e-12
