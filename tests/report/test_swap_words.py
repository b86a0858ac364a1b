"""What is said of swapped stages and of what nonlinearities create."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.report.figures import stages
from invarsig.report.reading import AxisReading
from invarsig.report.sentences import explain, explanation
from invarsig.report.swap_words import created_sentences, swap_sentences
from tests.report.trees import chosen_axis, with_swaps


def reading(attrs=None, **changes):
    node = with_swaps(chosen_axis(attrs=attrs))
    return AxisReading(node.assign(changes))


def test_the_gain_of_a_twin_stands_beside_the_share():
    assert swap_sentences(reading()) == [
        "Swapping stage 3 for its alias-free twin gains 14.2 dB; it has 83 % of the error."
    ]


def test_a_twin_that_ends_the_error_takes_it_to_round_off():
    found = reading(swap_gain=("stage", [0.1, 290.0]), swap_error=("stage", [0.2, 1e-16]))
    assert swap_sentences(found) == [
        (
            "Swapping stage 3 for its alias-free twin takes the error down to round-off (-320.0 "
            "dB); it has 83 % of the error."
        )
    ]


def test_where_another_stage_gains_more_both_are_said():
    assert swap_sentences(reading(swap_gain=("stage", [2.0, -0.5]))) == [
        (
            "Swapping stage 2 for its alias-free twin gains 2.0 dB; it has 17 % of the error. "
            "Swapping stage 3, which has 83 %, loses 0.5 dB."
        )
    ]


def test_a_stage_without_a_twin_was_not_swapped():
    assert swap_sentences(reading(swap_gain=("stage", [2.0, np.nan])))[0].endswith(
        "Stage 3, which has 83 %, was not swapped."
    )
    assert swap_sentences(reading(swap_gain=("stage", [np.nan, np.nan]))) == []
    assert swap_sentences(AxisReading(chosen_axis())) == []


def test_what_a_nonlinearity_creates_is_said_with_the_frequency_and_the_gain_between_samples():
    # Of the shifts 2, 4 and 8 ms the first two are no whole multiples of a step of 8 ms.
    found = reading(attrs={"step": 0.008})
    (said,) = created_sentences(found)
    assert said == (
        "Stage 2, Relu(), creates 1.3 % of the energy of its output above the next stage's Nyquist "
        "frequency (62.5 Hz). Its twin, the same between filters at four times the rate, takes "
        "away 50 % of the error's energy (3.0 dB) at 2 ms and 4 ms, between whole samples."
    )


def test_a_filtered_twin_that_does_harm_loses():
    found = reading({"step": 0.008}, swap_gain_between=("stage", [-0.2, 6.0]))
    assert created_sentences(found)[0].endswith(
        "four times the rate, loses 0.2 dB at 2 ms and 4 ms, between whole samples."
    )


def test_a_filtered_twin_that_changes_nothing_is_said_to_change_nothing():
    found = reading({"step": 0.008}, swap_gain_between=("stage", [-0.02, 6.0]))
    assert "changes the error by less than 0.05 dB at 2 ms" in created_sentences(found)[0]


@pytest.mark.parametrize("changes", [{}, {"swap_gain_between": ("stage", [np.nan, np.nan])}])
def test_at_whole_samples_alone_nothing_is_said_of_those_between(changes):
    assert created_sentences(reading(**changes)) == [
        (
            "Stage 2, Relu(), creates 1.3 % of the energy of its output above the next stage's "
            "Nyquist frequency (62.5 Hz)."
        )
    ]


def test_a_nonlinearity_that_creates_nothing_is_not_named():
    assert created_sentences(reading(created=("stage", [1e-30, np.nan]))) == []
    assert created_sentences(AxisReading(chosen_axis())) == []


def test_nothing_is_said_of_swaps_where_there_is_nothing_to_attribute():
    same = {"measured": ("shift", [1e-16] * 3), "share": (("stage", "shift"), [[np.nan] * 3] * 2)}
    assert not any("twin" in each for each in explanation(with_swaps(chosen_axis(**same))))


def test_the_sentences_stand_with_those_of_the_stages():
    said = explain(with_swaps(chosen_axis())).stages
    assert said[0].startswith("83 % of the error")
    assert any(each.startswith("Swapping stage 3") for each in said)
    assert any(each.startswith("Stage 2, Relu(), creates") for each in said)


def test_the_chart_tells_the_gains_in_its_text():
    found = with_swaps(chosen_axis()).assign(swap_gain=("stage", [np.nan, 14.2]))
    drawing = stages(found, "s")
    assert drawing.text.endswith(
        "Gain of swapping it for its alias-free twin: stage 2: not swapped; stage 3: 14.2 dB."
    )
    assert "gain of its twin" in drawing.svg
    assert "gain of its twin" not in stages(chosen_axis(), "s").svg
