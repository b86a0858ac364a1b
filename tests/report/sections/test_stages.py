"""Which stage makes the error along one axis."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import AxisReading
from invarsig.report.sections.stages import SECTION, stages
from tests.report.trees import chosen_axis, with_swaps


def said(node):
    return SECTION.sentences(AxisReading(node))


def test_stages_are_named_by_their_numbers_and_shares():
    assert said(chosen_axis()) == [
        (
            "Treated as periodic: 83 % of the error over the shifts measured comes from stage 3, "
            "MaxPool(time: 4); 17 % from stage 2, Relu()."
        )
    ]


def test_a_stage_that_takes_back_is_said_to():
    share = (("stage", "length"), [[-0.2, -0.2, -0.2], [1.2, 1.2, 1.2]])
    assert said(chosen_axis(share=share)) == [
        (
            "Treated as periodic: 120 % of the error over the shifts measured comes from stage 3, "
            "MaxPool(time: 4); -20 % from stage 2, Relu()."
        ),
        "A negative share is an error that makes up for part of another stage's.",
    ]


def test_round_off_is_attributed_to_nobody():
    node = chosen_axis(
        measured=("length", [1e-16] * 3), share=(("stage", "length"), np.full((2, 3), np.nan))
    )
    assert said(node) == ["The error is round-off, so there is nothing to attribute to a stage."]


def test_the_border_has_its_own_share():
    node = chosen_axis(border_share=("length", [0.0, 0.34, 0.0]))
    assert said(node)[1] == (
        "29 % of the error's energy is at the border; the stages' shares are taken inside."
    )


def test_a_share_is_the_mean_over_the_shifts_by_the_energy_of_their_errors():
    node = chosen_axis(
        measured=("length", [0.1, 0.2, 0.3]),
        share=(("stage", "length"), [[0.9, 0.0, np.nan], [0.1, 1.0, np.nan]]),
    )
    # (0.9 * 1 + 0 * 4) / 5: the third shift has no shares and so no part.
    assert said(node) == [
        (
            "Treated as periodic: 82 % of the error over the shifts measured comes from stage 3, "
            "MaxPool(time: 4); 18 % from stage 2, Relu()."
        )
    ]
    assert (
        "stage 2, Relu(): 18 %; stage 3, MaxPool(time: 4): 82 %."
        in stages(AxisReading(node), "s").text
    )


def test_a_nonlinearity_without_a_stride_is_given_its_reason():
    share = (("stage", "length"), [[0.98, 0.98, np.nan], [0.02, 0.02, np.nan]])
    reason = (
        "Stage 2 has no stride: it makes frequencies that the sampling rate there cannot hold, "
        "and they fold. That shows at shifts between whole samples of its own grid."
    )
    assert reason in said(with_swaps(chosen_axis(share=share)))
    # Whether a stage is pointwise is read from a number, and never from its printed name.
    assert reason not in said(chosen_axis(share=share))


def test_the_chart_tells_the_gains_in_its_text():
    found = with_swaps(chosen_axis()).assign(swap_gain=("stage", [np.nan, 14.2]))
    drawing = stages(AxisReading(found), "s")
    assert drawing.text.endswith(
        "Gain of replacing it by its alias-free counterpart: stage 2: not swapped; stage 3: "
        "14.2 dB."
    )
    assert "gain of replacing it" in drawing.svg
    assert "gain of replacing it" not in stages(AxisReading(chosen_axis()), "s").svg
