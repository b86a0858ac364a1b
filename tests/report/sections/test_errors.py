"""The error over the size of the move, in words and drawn."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import AxisReading
from invarsig.report.sections.errors import SECTION
from tests.report.trees import chosen_axis


def said(node):
    return SECTION.sentences(AxisReading(node))


def test_the_worst_and_the_smallest_move_are_told():
    assert said(chosen_axis()) == [
        "Made periodic along time, the result is up to 25 % off, at 4 ms; 2 ms already makes 10 %."
    ]


def test_round_off_is_called_rounding_and_of_the_periodic_axis():
    node = chosen_axis(measured=("length", [1e-16] * 3))
    assert said(node) == ["Made periodic along time, nothing but rounding shows."]


def test_a_lost_axis_changes():
    node = chosen_axis(attrs={"lost": 1, "explained": 0}, drop=["predicted"])
    assert "the result changes by up to 25 %" in said(node)[0]


def test_between_samples_the_folding_part_is_named_alone():
    node = chosen_axis(exact=("length", [1.0, 0.0, 1.0]), predicted=("length", [0.1, 0.2, 0.0]))
    assert said(node)[1] == (
        "At 4 ms folding alone predicts 20 % of the 25 % measured: between samples a nonlinearity "
        "makes an error of its own."
    )
    above = node.assign(predicted=("length", [0.1, 0.3, 0.0]))
    assert said(above)[1] == "At 4 ms folding alone predicts 30 %, and 25 % is measured."
    near = node.assign(predicted=("length", [0.1, 0.2499, 0.0]))
    assert len(said(near)) == 1


def test_the_caption_names_only_the_marks_that_are_drawn():
    note = SECTION.note(AxisReading(chosen_axis()))
    assert "Hollow marks are of the signal as given: as given, away from the ends" in note
    assert "Grey: whole output steps" in note
    bare = chosen_axis(drop=["interior", "predicted"], attrs={"out_step": np.nan})
    for treatment, axis in (
        ("", "the axis, which is periodic"),
        ("bent", "the axis made periodic"),
    ):
        own = AxisReading(bare.assign_attrs(treatment=treatment))
        assert SECTION.note(own) == f"Points are measured on {axis}."
