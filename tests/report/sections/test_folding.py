"""Checks of the theory along one axis: does folding explain the error, and how closely."""

from __future__ import annotations

import numpy as np

import invarsig as iv
from invarsig.report.reading import AxisReading
from invarsig.report.sections.folding import SECTION
from tests.report.trees import chosen_axis, measured_axis, picture


def said(node):
    return SECTION.sentences(AxisReading(node))


def test_agreement_is_given_with_its_size():
    assert said(chosen_axis())[0] == (
        "Folding explains the error: prediction and measurement agree to 1e-16 of the output at "
        "3 of 3 shifts, where the prediction is exact."
    )


def test_a_prediction_that_is_off_is_not_passed_over():
    node = chosen_axis(predicted=("length", [0.1, 0.15, 0.0]))
    assert said(node)[0] == (
        "Folding explains only part of the error: at 3 of 3 shifts the prediction should be exact, "
        "and it is off by up to -20.0 dB (10 %)."
    )


def test_orbit_variance_and_folded_energy_are_one_number():
    assert said(chosen_axis())[1] == (
        "12 % of the output's energy has folded onto it. Measured by shifting (the variance of the "
        "outputs of all shifts, moved back) and taken from the spectrum, that is one number, to a "
        "relative 1e-13."
    )


def test_two_numbers_that_should_be_one_are_both_given():
    node = chosen_axis(orbit_variance=((), 6.0))
    assert said(node)[1] == (
        "From the spectrum 12 % of the output's energy has folded onto it; measured by shifting it "
        "is 24 %. The two should be one number, and differ by 50 %."
    )


def test_the_nyquist_bin_has_its_share():
    assert said(chosen_axis())[2] == (
        "25 % of the error's energy at 4 ms is in one bin, the output's Nyquist frequency "
        "(62.5 Hz)."
    )


def test_folding_that_could_not_be_tested_gives_the_reason():
    node = chosen_axis(attrs={"explained": 0, "unexplained": "The axis has 7 samples too few."})
    assert said(node) == ["Folding is undefined here: The axis has 7 samples too few."]


def test_two_numbers_that_are_the_same_are_so_to_the_last_digit():
    node = chosen_axis(folded_energy=((), 3.0), predicted=("length", [0.1, 0.25, 1e-16]))
    found = said(node)
    assert found[0].startswith(
        "Folding explains the error: prediction and measurement agree exactly"
    )
    assert found[1].endswith("that is one number, to the last digit.")


def test_an_operator_that_folding_does_not_explain_has_other_causes_named():
    node = chosen_axis(attrs={"explained": 0, "explained_error": 0.34}, drop=["predicted"])
    (text,) = said(node)
    assert text.startswith(
        "Folding alone does not explain this operator: moving the input by one total stride (4 "
        "samples, 8 ms) does not move the output by one sample, the two differ by -9.4 dB (34 %)."
    )
    assert "another cause than aliasing" not in text
    seam = {"explained": 0, "explained_error": 0.1, "treatment": "It was tapered."}
    assert "or the seam where the ends were joined" in said(chosen_axis(attrs=seam))[0]


def test_a_lost_axis_folds_nothing():
    assert said(chosen_axis(attrs={"lost": 1, "explained": 0})) == []


def test_a_real_pool_is_explained_by_folding_to_machine_precision():
    node = measured_axis(
        iv.Relu() >> iv.MaxPool(window={"x": 4, "y": 4}), picture(np.random.default_rng(1), 64), "x"
    )
    text = " ".join(said(node))
    assert "Folding explains the error" in text
    assert "that is one number, to " in text
