"""Sentences say the numbers, and nothing that the numbers do not say."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.report.sentences import cause, explain, explanation, help_sentences, summary, verdict
from tests.report.trees import chosen_axis, measured_axis, picture, tree_of, with_power


def test_a_verdict_gives_error_prediction_and_floor():
    assert verdict(chosen_axis()) == (
        "Along time the pipeline is not shift-equivariant: at 4 ms the output differs by "
        "-12.0 dB (25 %); folding predicts -12.0 dB. The perfect score here is -300.0 dB."
    )


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (3e-16, "is shift-equivariant up to round-off"),
        (5e-3, "is shift-equivariant to within 1 %"),
        (2e-2, "is not shift-equivariant"),
    ],
)
def test_the_words_of_a_verdict_follow_its_number(size, words):
    node = chosen_axis(measured=("shift", [0.0, size, 0.0]), predicted=("shift", [0.0, size, 0.0]))
    assert words in verdict(node)


def test_a_verdict_on_no_error_at_all_says_exactly():
    node = chosen_axis(measured=("shift", [0.0, 0.0, 0.0]), drop=["predicted", "floor"])
    assert verdict(node).endswith("the output differs by exactly 0.")


def test_a_lost_axis_is_judged_by_invariance():
    node = chosen_axis(drop=["predicted", "power", "exact"], attrs={"lost": 1, "explained": 0})
    assert verdict(node) == (
        "Along time the output has lost the axis, so equivariance means invariance, and the "
        "pipeline is not shift-invariant: at 4 ms the output changes by -12.0 dB (25 %). The "
        "perfect score here is -300.0 dB."
    )
    assert explain(node).folding == []
    assert explain(node).spectrum == []


def test_silence_is_undefined_in_words():
    node = chosen_axis(measured=("shift", [np.nan] * 3), attrs={"worst_shift": np.nan})
    assert verdict(node) == (
        "Along time the error is undefined: the output has no energy beside its mean, so there is "
        "nothing that an error could be compared with."
    )
    assert cause(node) == []


def test_nan_in_the_output_leaves_nothing_to_say():
    node = chosen_axis(attrs={"nan": 1})
    assert verdict(node) == (
        "Along time nothing is known: the output holds NaN or infinite values, and so would every "
        "error."
    )
    assert explanation(node) == []


def test_an_infinite_error_is_called_infinite():
    node = chosen_axis(measured=("shift", [0.1, np.inf, 0.1]), drop=["predicted"])
    assert "differs by infinite" in verdict(node)


def test_a_floor_near_the_error_makes_it_undecidable():
    node = chosen_axis(floor=("shift", [0.2, 0.2, 0.2]))
    assert verdict(node).endswith(
        "The perfect score here is -14.0 dB, so how much of the error is the pipeline's own is "
        "undecidable."
    )


def test_agreement_is_given_with_its_size():
    assert explain(chosen_axis()).folding[0] == (
        "Folding explains the error: prediction and measurement agree to 1e-16 of the output at "
        "3 of 3 shifts, where the prediction is exact."
    )


def test_a_prediction_that_is_off_is_not_passed_over():
    node = chosen_axis(predicted=("shift", [0.1, 0.15, 0.0]))
    assert explain(node).folding[0] == (
        "Folding explains only part of the error: at 3 of 3 shifts the prediction should be exact, "
        "and it is off by up to -20.0 dB (10 %)."
    )


def test_between_samples_the_folding_part_is_named_alone():
    node = chosen_axis(exact=("shift", [1.0, 0.0, 1.0]), predicted=("shift", [0.1, 0.2, 0.0]))
    assert "folding alone predicts -14.0 dB" in verdict(node)
    assert explain(node).folding[1] == (
        "At 4 ms folding alone predicts -14.0 dB of the -12.0 dB measured: between whole samples a "
        "nonlinearity makes an error of its own."
    )


def test_without_a_stride_a_nonlinearity_is_to_blame_between_samples():
    node = chosen_axis(
        measured=("shift", [1e-16, 0.01, 1e-16]),
        predicted=("shift", [0.0, 0.0, 0.0]),
        exact=("shift", [1.0, 0.0, 1.0]),
        attrs={"stride": 1},
    )
    assert "differs by -40.0 dB (1 %); folding alone predicts none." in verdict(node)
    assert explain(node).folding[:3] == [
        "Every sample is kept (a total stride of 1), so nothing folds at a stride.",
        "At 2 of 3 shifts folding predicts no error, and none is measured.",
        (
            "At 4 ms folding predicts no error, and -40.0 dB is measured: between whole samples a "
            "nonlinearity makes an error of its own."
        ),
    ]


def test_orbit_variance_and_folded_energy_are_one_number():
    assert explain(chosen_axis()).folding[1] == (
        "12 % of the output's energy has folded onto it. Measured by shifting (the variance of the "
        "outputs of all shifts, moved back) and taken from the spectrum, that is one number, to a "
        "relative 1e-13."
    )


def test_two_numbers_that_should_be_one_are_both_given():
    node = chosen_axis(orbit_variance=((), 6.0))
    assert explain(node).folding[1] == (
        "From the spectrum 12 % of the output's energy has folded onto it; measured by shifting it "
        "is 24 %. The two should be one number, and differ by 50 %."
    )


def test_the_nyquist_bin_has_its_share():
    assert explain(chosen_axis()).folding[2] == (
        "25 % of the error's energy at 4 ms is in one bin, the output's Nyquist frequency "
        "(62.5 Hz)."
    )


def test_an_operator_that_folding_does_not_explain_is_not_explained_by_folding():
    node = chosen_axis(attrs={"explained": 0, "explained_error": 0.34}, drop=["predicted", "power"])
    assert explain(node).folding == [
        (
            "Folding does not explain this operator: moving the input by one total stride (4 "
            "samples, 8 ms) does not move the output by one sample, the two differ by -9.4 dB "
            "(34 %). Its error has another cause than aliasing: weights or borders that differ "
            "from place to place."
        )
    ]
    assert explain(node).spectrum == []
    assert "folding" not in verdict(node)


def test_folding_that_could_not_be_tested_gives_the_reason():
    node = chosen_axis(attrs={"explained": 0, "unexplained": "The axis has 7 samples too few."})
    said = explain(node).folding
    assert said == ["Folding is undefined here: The axis has 7 samples too few."]


def test_frequencies_are_named_where_they_come_from_and_where_they_go():
    # One cosine at 18 + 14 = 32 Hz in a band sampled at 40 Hz: image 1 of 8 Hz.
    frequency = np.arange(-20.0, 20.0)
    power = np.zeros((3, 40))
    power[1] = 1.0
    power[2, frequency == -8.0] = power[0, frequency == 8.0] = 5.0
    node = with_power(chosen_axis(attrs={"step": 0.0125}), power, [-1, 0, 1], frequency)
    assert explain(node).spectrum == [
        (
            "100 % of the folded energy is image 1: energy at 32 Hz (the central 80 % of it) folds "
            "onto 8 Hz."
        )
    ]


def test_a_band_on_both_sides_of_a_multiple_of_the_rate_folds_onto_zero():
    frequency = np.arange(-20.0, 20.0)
    power = np.zeros((5, 40))
    power[2] = 1.0
    power[1, np.abs(frequency) <= 9] = power[3, np.abs(frequency) <= 9] = 1.0
    node = with_power(chosen_axis(), power, [-2, -1, 0, 1, 2], frequency)
    assert explain(node).spectrum == [
        (
            "100 % of the folded energy is image 1: energy at 32 to 48 Hz (the central 80 % of it) "
            "folds onto 0 to 8 Hz."
        )
    ]


def test_the_bands_of_a_real_operator_hold_what_its_lift_has_above_the_new_nyquist():
    period = 128.0
    axis = iv.Axis("x", step=1.0, size=128, unit="px", period=period)
    x = iv.label(np.cos(2 * np.pi * 40 * np.arange(128) / period)[None, :], "c", axis)
    node = measured_axis(iv.Pipeline((iv.Subsample(stride={"x": 2}),)), x, "x")
    assert explain(node).spectrum == [
        (
            "100 % of the folded energy is image 1: energy at 0.312 cycles/px (the central 80 % of "
            "it) folds onto 0.188 cycles/px."
        )
    ]


def test_stages_are_named_by_their_numbers_and_shares():
    assert explain(chosen_axis()).stages == [
        "84 % of the error at 4 ms comes from stage 3, MaxPool(time: 4); 16 % from stage 2, Relu()."
    ]


def test_a_stage_that_takes_back_is_said_to():
    share = (("stage", "shift"), [[-0.2, -0.2, -0.2], [1.2, 1.2, 1.2]])
    assert explain(chosen_axis(share=share)).stages == [
        (
            "120 % of the error at 4 ms comes from stage 3, MaxPool(time: 4); -20 % from stage 2, "
            "Relu()."
        ),
        "A negative share is an error that makes up for part of another stage's.",
    ]


def test_round_off_is_attributed_to_nobody():
    node = chosen_axis(
        measured=("shift", [1e-16] * 3), share=(("stage", "shift"), np.full((2, 3), np.nan))
    )
    assert explain(node).stages == [
        "The error is round-off, so there is nothing to attribute to a stage."
    ]


def test_the_border_has_its_own_share():
    node = chosen_axis(border_share=("shift", [0.0, 0.34, 0.0]))
    assert explain(node).stages[1] == (
        "34 % of the error's energy is at the border; the stages' shares are taken inside."
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            [0.04, 0.12, 0.3],
            (
                "Not moved back, the output changes by 10 % between a shift of 2 ms (4 %) and one "
                "of 4 ms (12 %)."
            ),
        ),
        (
            [0.2, 0.3, 0.4],
            "Not moved back, the output changes by 20 % already at 2 ms, the smallest shift tried.",
        ),
        (
            [0.01, 0.03, 0.02],
            "Not moved back, the output changes by 3 % at most over shifts up to 8 ms.",
        ),
    ],
)
def test_invariance_is_told_as_the_shift_that_changes_a_tenth(values, sentence):
    assert explain(chosen_axis(invariance=("shift", values))).invariance == [sentence]


def test_a_protocol_is_given_with_its_floor():
    assert explain(chosen_axis()).borders == [
        (
            "On the signal as it is, compared away from its borders, the error at 4 ms is -11.7 dB "
            "(26 %), with a floor of -34.0 dB."
        )
    ]


def test_a_protocol_at_its_floor_is_undecidable():
    node = chosen_axis(interior=("shift", [np.nan, 0.025, np.nan]))
    assert explain(node).borders == [
        (
            "On the signal as it is, compared away from its borders, the error at 4 ms is -32.0 dB "
            "(2.5 %): undecidable, the floor is -34.0 dB."
        )
    ]


def test_treatment_and_missing_protocols_are_told():
    attrs = {
        "treatment": "cropped to 40 samples",
        "protocol_notes": "crop: too short\ninterior: no",
    }
    said = explain(chosen_axis(drop=["interior"], attrs=attrs)).borders
    assert said == ["Cropped to 40 samples.", "Crop: too short.", "Interior: no."]


def test_remedies_give_gain_prediction_and_price():
    assert help_sentences(chosen_axis()) == [
        "A 5-tap blur before it gains 14.2 dB (predicted 14.1) for 6 % more work.",
        (
            "Half the stride leaves round-off alone (-300.0 dB) for 2 times the work and an output "
            "2 times as large."
        ),
    ]


def test_a_remedy_that_does_harm_loses():
    node = chosen_axis(
        remedy_gain=("remedy", [-2.0, np.nan]),
        remedy_gain_predicted=("remedy", [-2.1, np.nan]),
        remedy_cost=("remedy", [0.9, 1.0]),
        remedy_size=("remedy", [1.0, np.nan]),
    )
    assert help_sentences(node) == [
        "None of the remedies tried gains 1 dB or more.",
        "A 5-tap blur before it loses 2.0 dB (predicted 2.1) for 10 % less work.",
        "Half the stride has an undefined gain for the same work.",
    ]


def test_without_remedies_nothing_is_said_to_help():
    assert help_sentences(chosen_axis(drop=[n for n in chosen_axis() if "remedy" in str(n)])) == []


def test_the_cause_is_the_largest_stage_and_the_best_remedy():
    assert cause(chosen_axis()) == [
        "84 % of it comes from stage 3, MaxPool(time: 4).",
        "Half the stride leaves round-off alone (-300.0 dB).",
    ]


def test_every_variable_but_the_shift_may_be_absent():
    everything = chosen_axis()
    for name in everything.data_vars:
        node = chosen_axis(drop=[name])
        assert verdict(node).startswith("Along time")
        assert all(each.endswith(".") for each in (*explanation(node), *help_sentences(node)))
    bare = xr.Dataset(coords={"shift": [1.0]}, attrs={"dim": "x"})
    assert verdict(bare).startswith("Along x the error is undefined")
    assert explanation(bare) == []
    assert verdict(xr.Dataset(attrs={"dim": "x"})) == (
        "Along x no shift was tried, so nothing is known."
    )


def test_the_summary_is_plain_lines_of_at_most_88_characters():
    text = summary(tree_of(chosen_axis(), chosen_axis(attrs={"dim": "frequency"}), notes="A note."))
    assert max(map(len, text.splitlines())) <= 88
    for part in ("speech.flac (time: 44571)", "A note.", "Along time", "Along frequency", "help:"):
        assert part in text
    assert "*" not in text


def test_a_hostile_name_cannot_steer_the_terminal():
    text = summary(
        tree_of(chosen_axis(attrs={"dim": "t\r\x1b[31m"}), name="a\x1b[2J\u202egpj.\udcff")
    )
    assert all(each.isprintable() for each in text.splitlines())
    assert "a\\x1b[2J\\u202egpj.\\udcff" in text
    assert "Along t\\r\\x1b[31m the" in text


def test_a_real_pool_is_explained_by_folding_to_machine_precision():
    node = measured_axis(
        iv.Relu() >> iv.MaxPool(window={"x": 4, "y": 4}), picture(np.random.default_rng(1), 64), "x"
    )
    said = " ".join(explanation(node))
    assert "Folding explains the error" in said
    assert "that is one number, to a relative" in said
    assert "100 % of the error" in said
