"""What the report says of pipelines that choose their samples."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.report.reading import AxisReading
from invarsig.report.sections.alignment import SECTION
from tests.report.trees import chosen_axis

LEAD = (
    "The pipeline chooses which samples it keeps: with its output moved from the samples that it "
    "chose before to those that it chose after"
)


@pytest.mark.parametrize(
    ("aligned", "said"),
    [
        ([0.0, 1e-16, 0.0], "it is the same at every shift by whole samples, where"),
        ([0.05, 0.02, 0.0], "it still differs by 5 % at 2 ms;"),
        ([0.001, 0.0, 0.0], "it differs by 0.1 % at 2 ms;"),
    ],
)
def test_what_is_left_after_alignment_stands_beside_the_error_without_it(aligned, said):
    node = chosen_axis(aligned=("length", aligned))
    alone = "moved by the shift alone it differs by up to 25 %."
    assert f"{LEAD}, {said} {alone}" in SECTION.sentences(AxisReading.of(node))


def test_fractions_of_a_sample_do_not_count_where_whole_ones_were_tried():
    node = chosen_axis(aligned=("length", [0.3, 0.0, 0.0]), attrs={"step": 0.004})
    assert (
        "it is the same at every shift by whole samples"
        in SECTION.sentences(AxisReading.of(node))[0]
    )
    between = chosen_axis(aligned=("length", [0.3, 0.2, 0.1]), attrs={"step": 0.003})
    assert "still differs by 30 % at 2 ms" in SECTION.sentences(AxisReading.of(between))[0]


def test_batch_items_that_move_apart_are_told():
    node = chosen_axis(aligned=("length", [0.0] * 3), apart=("length", [0.0, 1.0, 0.0]))
    said = SECTION.sentences(AxisReading.of(node))[1]
    assert "by up to 1 sample of the output, which no error of each alone shows" in said
    together = chosen_axis(aligned=("length", [0.0] * 3), apart=("length", [0.0] * 3))
    assert len(SECTION.sentences(AxisReading.of(together))) == 1


def test_nothing_is_said_of_pipelines_that_choose_nothing():
    assert SECTION.sentences(AxisReading.of(chosen_axis())) == []
    nan = chosen_axis(aligned=("length", [np.nan] * 3))
    assert SECTION.sentences(AxisReading.of(nan)) == []


@pytest.mark.nightly
def test_a_diagnosis_shows_both_alignments():
    axes = [iv.Axis(dim, size=24, unit="px", period=24.0) for dim in "yx"]
    x = iv.power_law_noise(*axes, channels=3, rng=2)
    op = iv.Relu() >> iv.PolyphasePool(stride={"y": 4, "x": 4}, over="channel")
    found = iv.diagnose(op, x)
    assert set(found.axes) == {"y", "x"}, "channels that an operator is joint over are no axis"
    axis = found["x"]
    whole = axis.sel(length=[1.0, 2.0, 3.0])
    assert not whole["aligned"].any()
    assert float(whole["measured"].max()) > 0.1
    np.testing.assert_allclose(whole["measured"], whole["predicted"], rtol=1e-10)
    allowed = "Along x, its choice of samples allowed for, it is 0 % off."
    assert allowed in found.summary()
    assert "move apart" not in found.summary()
    alone = iv.diagnose(iv.Relu() >> iv.PolyphasePool(stride={"y": 4, "x": 4}), x, along="x")
    assert "choose for themselves and move apart" in alone.summary()
    assert "aligned" not in iv.diagnose(iv.MaxPool(window={"x": 4}), x, along="x")["x"]
