"""A trained word recognizer moved along time and mel, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("trained-speech")


def test_it_bears_moves_along_mel_better_than_along_time(found):
    by = {
        axis: found.effect(f"answers kept along {axis}, connected").value
        for axis in ("time", "mel")
    }
    assert by["mel"] > by["time"] + 10


def test_a_word_changes_more_the_farther_it_moves_and_not_at_all_at_rest(found):
    for axis in ("time", "mel"):
        change = found.dataset[f"change_{axis}"].sel(head="connected").to_numpy()
        kept = found.dataset[f"kept_{axis}"].sel(head="connected").to_numpy()
        assert (change[0] == 0).all()
        assert (kept[0] == 100).all()
        assert (np.diff(change.mean(axis=1)) > 0).all()


def test_pooling_along_an_axis_keeps_more_answers_along_it(found):
    for axis in ("time", "mel"):
        pooled = found.effect(f"answers kept along {axis}, pooled along {axis}").value
        assert pooled >= found.effect(f"answers kept along {axis}, connected").value
