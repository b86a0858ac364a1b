"""What was measured on the signal as given, beside the axis made periodic."""

from __future__ import annotations

import numpy as np

from invarsig.report.reading import AxisReading
from invarsig.report.sections.borders import SECTION
from tests.report.trees import chosen_axis


def said(node):
    return SECTION.sentences(AxisReading(node))


def test_a_protocol_is_given_with_its_floor():
    assert said(chosen_axis()) == [
        (
            "On the signal as given, compared away from its ends, the error at 4 ms is -11.7 dB "
            "(26 %), with a floor of -34.0 dB."
        )
    ]


def test_a_protocol_at_its_floor_is_undecidable():
    node = chosen_axis(interior=("length", [np.nan, 0.025, np.nan]))
    assert said(node)[0].endswith(
        "the error at 4 ms is -32.0 dB (2 %): undecidable, the floor is -34.0 dB."
    )


def test_treatment_is_told():
    text = "cropped to 40 samples and treated as periodic"
    node = chosen_axis(drop=["interior"], attrs={"treatment": text})
    assert said(node) == ["Cropped to 40 samples and treated as periodic."]


def test_a_roll_by_whole_output_samples_is_not_quoted_but_a_cut_is():
    node = chosen_axis(
        interior=("length", [0.11, np.nan, 0.5]), cut=("length", [np.nan, np.nan, 0.14])
    )
    text = " ".join(said(node))
    assert "away from its ends, the error at 2 ms is -19.2 dB" in text
    assert "so that new content enters, the error at 8 ms is -17.1 dB (14 %)" in text


def test_free_text_of_the_library_is_never_searched_for_reasons():
    notes = {"protocol_notes": "interior: infinite reach\ncrop: the axis is lost"}
    node = chosen_axis(interior=("length", [np.nan] * 3), attrs=notes)
    assert said(node) == []
