"""What is said of swapped stages and of what nonlinearities create."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.report.reading import AxisReading
from invarsig.report.sections.created import SECTION as CREATED
from invarsig.report.sections.swaps import SECTION as SWAPS
from tests.report.trees import chosen_axis, with_swaps


def reading(attrs=None, **changes):
    node = with_swaps(chosen_axis(attrs=attrs))
    return AxisReading(node.assign(changes))


def test_the_gain_of_a_twin_stands_beside_the_share():
    assert SWAPS.sentences(reading()) == [
        "Replacing stage 3 by its alias-free counterpart gains 14.2 dB; it has 83 % of the error."
    ]


def test_a_twin_that_ends_the_error_takes_it_to_round_off():
    found = reading(swap_gain=("stage", [0.1, 290.0]), swap_error=("stage", [0.2, 1e-16]))
    assert SWAPS.sentences(found) == [
        (
            "Replacing stage 3 by its alias-free counterpart takes the error down to round-off "
            "(-320.0 dB); it has 83 % of the error."
        )
    ]


def test_where_another_stage_gains_more_both_are_said():
    assert SWAPS.sentences(reading(swap_gain=("stage", [2.0, -0.5]))) == [
        (
            "Replacing stage 2 by its alias-free counterpart gains 2.0 dB; it has 17 % of the "
            "error. Replacing stage 3, which has 83 %, loses 0.5 dB."
        )
    ]


def test_a_stage_without_a_twin_was_not_swapped():
    assert SWAPS.sentences(reading(swap_gain=("stage", [2.0, np.nan])))[0].endswith(
        "Stage 3, which has 83 %, was not replaced."
    )
    assert SWAPS.sentences(reading(swap_gain=("stage", [np.nan, np.nan]))) == []
    assert SWAPS.sentences(AxisReading(chosen_axis())) == []


def test_what_a_nonlinearity_creates_is_said_with_the_frequency_and_the_gain_between_samples():
    # Of the shifts 2, 4 and 8 ms the first two are no whole multiples of a step of 8 ms.
    found = reading(attrs={"step": 0.008})
    (said,) = CREATED.sentences(found)
    assert said == (
        "Stage 2, Relu(), creates 1 % of the energy of its output above the next stage's Nyquist "
        "frequency (62.5 Hz). Its counterpart, the same between filters at four times the rate, "
        "takes away 50 % of the error's energy (3.0 dB) at 2 ms and 4 ms, between whole samples."
    )


def test_a_filtered_twin_that_does_harm_loses():
    found = reading({"step": 0.008}, swap_gain_between=("stage", [-0.2, 6.0]))
    assert CREATED.sentences(found)[0].endswith(
        "four times the rate, loses 0.2 dB at 2 ms and 4 ms, between whole samples."
    )


def test_a_filtered_twin_that_changes_nothing_is_said_to_change_nothing():
    found = reading({"step": 0.008}, swap_gain_between=("stage", [-0.02, 6.0]))
    assert "changes the error by less than 0.05 dB at 2 ms" in CREATED.sentences(found)[0]


@pytest.mark.parametrize("changes", [{}, {"swap_gain_between": ("stage", [np.nan, np.nan])}])
def test_at_whole_samples_alone_nothing_is_said_of_those_between(changes):
    assert CREATED.sentences(reading(**changes)) == [
        (
            "Stage 2, Relu(), creates 1 % of the energy of its output above the next stage's "
            "Nyquist frequency (62.5 Hz)."
        )
    ]


def test_a_nonlinearity_that_creates_nothing_is_not_named():
    assert CREATED.sentences(reading(created=("stage", [1e-30, np.nan]))) == []
    assert CREATED.sentences(AxisReading(chosen_axis())) == []


def test_nothing_is_said_of_swaps_where_there_is_nothing_to_attribute():
    same = {"measured": ("length", [1e-16] * 3), "share": (("stage", "length"), [[np.nan] * 3] * 2)}
    assert SWAPS.sentences(AxisReading(with_swaps(chosen_axis(**same)))) == []


def test_the_table_of_nonlinear_stages_says_what_they_explain():
    node = with_swaps(chosen_axis())

    def row(value):
        found = node if value is None else node.assign(created_explains=("stage", [value, np.nan]))
        (row,) = CREATED.table(AxisReading(found)).rows
        return (row.head, *(cell.text for cell in row.cells))

    assert row(0.5) == ("2. Relu()", "1 %", "62.5 Hz", "50 %")
    assert row(None)[-1] == "not known"
    assert row(1e-12)[-1] == "none"
    assert row(-0.25)[-1] == "none: 25 % more without it"
    assert CREATED.table(AxisReading(chosen_axis())) is None
