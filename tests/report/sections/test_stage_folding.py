"""What is said and shown of the stages that fold, and of the stages that create."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.report.page import render
from invarsig.report.reading import AxisReading
from invarsig.report.sections.stage_folding import SECTION, StageFolding, stage_foldings
from tests.report.trees import HOSTILE, chosen_axis, tree_of, with_stage_folding


def reading(attrs=None, **changes):
    return AxisReading(with_stage_folding(chosen_axis(attrs=attrs), **changes))


def test_stages_are_said_the_one_that_folds_most_first():
    assert SECTION.sentences(reading()) == [
        (
            "At stage 3, MaxPool(time: 4), 20 % of the energy of its output has folded; 80 % of "
            "that is image 1: energy at 35 to 60 Hz (the central 80 % of it) folds onto 2.5 to "
            "27.5 Hz. 30 % of its power is at frequencies where several images meet."
        ),
        (
            "At stage 2, Relu(), 1 % of the energy of its output has folded; 100 % of that is "
            "image 1: energy at 130 to 200 Hz (the central 80 % of it) folds onto 50 to 120 Hz."
        ),
    ]


def test_of_segments_it_is_said_which_part_it_is():
    said = SECTION.sentences(reading(attrs={"segments": 3, "segments_left_out": 0}))
    assert said[0].startswith("On the part diagnosed at once: at stage 3")


def test_a_stage_where_nothing_folds_is_said_to_fold_nothing():
    said = SECTION.sentences(reading(fold_share=("stage", [1e-30, 0.2])))
    assert said[-1] == "At stage 2 nothing folds."
    row = SECTION.table(reading(fold_share=("stage", [1e-30, 0.2]))).rows[0]
    assert [cell.text for cell in row.cells[:2]] == ["0 %", "nothing folds"]


def test_a_stage_that_folding_does_not_explain_is_said_to_be_so():
    nothing = {
        name: (("stage", *dims), np.full((2, *size), np.nan))
        for name, dims, size in (
            ("fold_share", (), ()),
            ("fold_strongest", (), ()),
            ("fold_from", ("fold_edge",), (2,)),
        )
    }
    found = reading(fold_explained=("stage", [0.0, 0.0]), **nothing)
    said = SECTION.sentences(found)
    assert said[0].startswith("Stage 2, Relu(), does not treat every place alike")
    assert len(said) == 2
    assert SECTION.table(found).rows[0].cells[1].text == "not explained by folding"


def test_one_stage_that_folds_all_there_is_is_not_told_twice():
    one = {
        "fold_stride": ("stage", [np.nan, 4.0]),
        "fold_share": ("stage", [np.nan, 3.0 / 25.0]),
    }
    assert SECTION.sentences(reading(**one)) == [
        "Stage 3, MaxPool(time: 4), is the only one that strides: all folds there."
    ]
    one["fold_share"] = ("stage", [np.nan, 0.5])
    assert SECTION.sentences(reading(**one))[0].startswith("At stage 3")


def test_complex_channels_count_from_their_centres_with_signed_images():
    found = reading(
        fold_about_center=("stage", [0.0, 1.0]),
        fold_strongest=("stage", [1.0, -1.0]),
        fold_from=(("stage", "fold_edge"), [[130.0, 200.0], [-60.0, -35.0]]),
    )
    said = SECTION.sentences(found)[0]
    assert "image -1: energy at -60 to -35 Hz" in said
    assert "counted from the centre frequency of each channel" in said
    table = SECTION.table(found)
    assert table.rows[1].cells[1].text.endswith("\N{DAGGER}")
    assert "† Frequencies count from the center frequency of each channel." in table.caption
    assert "† Frequencies count" not in SECTION.table(reading()).caption


def test_the_images_share_out_what_folds():
    for stage in StageFolding.all_of(reading()):
        assert sum(part for _, part in stage.images) == pytest.approx(1)
    assert StageFolding.all_of(reading())[1].images == ((1, 0.8), (2, 0.2))


def test_each_stage_has_a_small_chart_with_its_numbers_in_words():
    drawings = stage_foldings(reading(), "f")
    assert len(drawings) == 2
    assert drawings[1].text.replace("\N{NO-BREAK SPACE}", " ") == (
        "What folds at stage 3, MaxPool(time: 4), along time: 20 % of the energy of its output; "
        "35 to 60 Hz onto 2.5 to 27.5 Hz."
    )
    for drawing in drawings:
        assert "stays" in drawing.svg
        assert "folds" in drawing.svg
        # Told apart by a fill and by dashes, not by colour alone.
        assert "stroke-dasharray" in drawing.svg


def test_parts_without_a_frequency_are_left_out_of_the_chart():
    spectrum = with_stage_folding(chosen_axis())["fold_spectrum"].to_numpy().copy()
    spectrum[:, :, ::2] = np.nan
    dims = ("stage", "fold_part", "fold_place")
    assert len(stage_foldings(reading(fold_spectrum=(dims, spectrum)), "f")) == 2
    spectrum[:] = np.nan
    assert stage_foldings(reading(fold_spectrum=(dims, spectrum)), "f") == []


def test_the_page_shows_stages_that_fold():
    page = render(tree_of(with_stage_folding(chosen_axis()))).replace("\N{NO-BREAK SPACE}", " ")
    for text in ("Which detail folds at which stage", "keeps 1 sample in 4: 62.5 Hz", "Tangled"):
        assert text in page
    assert "above −20 dB of the strongest bin" in page
    assert "Which detail folds at which stage" not in render(tree_of(chosen_axis()))


def test_names_of_stages_are_escaped():
    node = with_stage_folding(chosen_axis(operator=("stage", [HOSTILE, HOSTILE])))
    page = render(tree_of(node))
    assert "<img src=x" not in page
