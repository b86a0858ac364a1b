"""Small rescalings of digits, in the reduced form."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("small-rescalings")


def changed(found, by):
    return found.effect(f"answers changed by {by} %, trained on moved digits").value


def test_larger_rescalings_change_more_answers(found):
    by = [changed(found, f"a rescaling of {percent}") for percent in (5, 10, 20)]
    assert by == sorted(by)
    assert by[-1] > 15


def test_a_rescaling_changes_more_than_the_shift_of_its_edge(found):
    assert changed(found, "a rescaling of 20") > changed(found, "the shift of an edge by 20")


def test_nothing_changes_at_rest(found):
    answer = found.dataset["answer"]
    assert set(answer["move"].to_numpy().tolist()) >= {"rest", "scale -5", "shift 20"}
    assert float((answer.sel(move="rest") == answer.sel(move="scale 5")).mean()) > 0.9
