"""Sentences say the numbers, and nothing that the numbers do not say."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.report.figures import stages
from invarsig.report.reading import AxisReading, InputReading
from invarsig.report.sentences import (
    cause,
    explain,
    explanation,
    extent,
    help_sentences,
    standing,
    summary,
    verdict,
)
from invarsig.report.wording import decibels
from tests.report.trees import (
    chosen_axis,
    measured_axis,
    picture,
    tree_of,
    with_fronts,
    with_power,
    with_swaps,
)


def test_a_verdict_gives_error_prediction_and_floor():
    assert verdict(chosen_axis()) == (
        "Along time the pipeline is not shift-equivariant: at 4 ms the output differs by "
        "-12.0 dB (25 %); folding predicts -12.0 dB. A perfect operator would score -300.0 dB, "
        "which is rounding."
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
        "pipeline is not shift-invariant: at 4 ms the output changes by -12.0 dB (25 %). A "
        "perfect operator would score -300.0 dB, which is rounding."
    )
    assert explain(node).folding == []
    assert explain(node).spectrum == []


def test_silence_is_undefined_in_words():
    node = chosen_axis(measured=("shift", [np.nan] * 3), attrs={"worst_shift": np.nan})
    assert verdict(node) == (
        "Along time the error is undefined: the output has no energy beside its mean, so there is "
        "nothing that an error could be compared with. The signal is silent or constant, or the "
        "pipeline makes it so."
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
        "A perfect operator would score -14.0 dB, so how much of the error is the pipeline's own "
        "is undecidable."
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
    node = chosen_axis(
        exact=("shift", [1.0, 0.0, 1.0]),
        predicted=("shift", [0.1, 0.2, 0.0]),
        attrs={"step": 0.003},
    )
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
        attrs={"stride": 1, "step": 0.003},
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
        (
            "83 % of the error over the shifts measured comes from stage 3, MaxPool(time: 4); 17 % "
            "from stage 2, Relu()."
        )
    ]


def test_a_stage_that_takes_back_is_said_to():
    share = (("stage", "shift"), [[-0.2, -0.2, -0.2], [1.2, 1.2, 1.2]])
    assert explain(chosen_axis(share=share)).stages == [
        (
            "120 % of the error over the shifts measured comes from stage 3, MaxPool(time: 4); "
            "-20 % from stage 2, Relu()."
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
        "29 % of the error's energy is at the border; the stages' shares are taken inside."
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
            "Not moved back, the output changes by 20 % at 2 ms, the smallest shift tried.",
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


def test_treatment_is_told():
    text = "cropped to 40 samples and treated as periodic"
    said = explain(chosen_axis(drop=["interior"], attrs={"treatment": text})).borders
    assert said == ["Cropped to 40 samples and treated as periodic."]


NAN3 = ("shift", [np.nan] * 3)
AWAY = "On the signal as it is, compared away from its borders"
MISSING = "not measurable here, since"
CUT = "Cut out of the signal as it is at two places, so that new content enters"


@pytest.mark.parametrize(
    ("changes", "attrs", "sentence"),
    [
        (
            {"interior": NAN3},
            {"protocol_notes": "interior: Along 'time' nothing is left, use protocol='crop'"},
            (
                f"{AWAY}: {MISSING} the signal is too short for these shifts: its borders reach "
                "all of the output."
            ),
        ),
        (
            {"interior": NAN3},
            {"protocol_notes": "interior: no output is free (infinite reach over 40 samples)"},
            (
                f"{AWAY}: {MISSING} a stage depends on the whole axis, so all of the "
                "output has seen the borders."
            ),
        ),
        (
            {"interior": NAN3},
            {"protocol_notes": "interior: no output is free (infinite reach)", "lost": 1},
            (f"{AWAY}: {MISSING} the output has lost the axis, so all of it has seen the borders."),
        ),
        (
            {"interior": NAN3},
            {"protocol_notes": "crop: The results of the two cuts share no sample"},
            (f"{CUT}: {MISSING} the signal is too short for two cuts that can be compared."),
        ),
        (
            {"interior": ("shift", [np.nan, np.nan, 1e-15])},
            {"protocol_notes": "interior: Along 'time' nothing is left"},
            (
                f"{AWAY}: {MISSING} the signal is so short that only shifts by whole "
                "output samples allow it, and there any pipeline is exact."
            ),
        ),
    ],
)
def test_why_a_figure_is_missing_is_said_in_one_short_sentence(changes, attrs, sentence):
    assert explain(chosen_axis(attrs=attrs, **changes)).borders == [sentence]


def test_a_shift_by_whole_output_samples_is_not_quoted():
    node = chosen_axis(
        interior=("shift", [0.11, np.nan, 0.5]), crop=("shift", [np.nan, np.nan, 1e-15])
    )
    said = " ".join(explain(node).borders)
    assert "the error at 2 ms is -19.2 dB" in said
    assert "8 ms" not in said
    assert f"{CUT}: not measurable here" in said


SEAM = {"explained": 0, "explained_error": 0.09, "treatment": "It was tapered."}


def test_where_the_circle_was_closed_the_interior_figure_leads():
    node = chosen_axis(
        interior=("shift", [0.004, 0.005, 0.0096]), drop=["predicted", "power"], attrs=SEAM
    )
    assert standing(node) == "shift-equivariant to within 1 %"
    assert verdict(node) == (
        "Along time the pipeline is shift-equivariant to within 1 %: on the signal as it is, away "
        "from its borders, the output differs by -40.4 dB (0.96 %) at 8 ms. Treated as periodic it "
        "differs by -12.0 dB at 4 ms, but part of that may be made where the ends were joined."
    )
    assert "or the seam where the ends were joined" in explain(node).folding[0]
    assert explain(node).stages[0].startswith("Treated as periodic: 83 %")
    assert cause(node)[0].startswith("83 % of the error of the axis treated as periodic comes")


def test_without_an_interior_figure_the_crop_leads():
    changes = {"interior": NAN3, "crop": ("shift", [0.2, np.nan, 0.1])}
    node = chosen_axis(drop=["predicted"], attrs=SEAM, **changes)
    assert "not shift-equivariant: cut out of the signal as it is at two places" in verdict(node)
    assert "differs by -14.0 dB (20 %) at 2 ms" in verdict(node)
    neither = chosen_axis(drop=["predicted", "interior", "crop"], attrs=SEAM)
    assert "at 4 ms the output differs by -12.0 dB (25 %)." in verdict(neither)


def test_a_lost_axis_that_was_closed_is_led_by_the_crop():
    node = chosen_axis(
        interior=NAN3, crop=("shift", [0.004, np.nan, 0.009]), attrs={**SEAM, "lost": 1}
    )
    assert standing(node) == "shift-invariant to within 1 % at whole samples"
    assert "enters, the output changes by -40.9 dB (0.9 %) at 8 ms" in verdict(node)
    assert "Treated as periodic it changes by -12.0 dB at 4 ms" in verdict(node)


def test_an_axis_that_was_not_closed_is_led_by_the_periodic_figure():
    for attrs in ({**SEAM, "treatment": ""}, {**SEAM, "explained": 1}):
        node = chosen_axis(interior=("shift", [0.004, 0.005, 0.0096]), attrs=attrs)
        assert "at 4 ms the output differs by -12.0 dB (25 %)" in verdict(node)


def test_a_ramp_is_judged_away_from_the_seam():
    x = picture(np.random.default_rng(1), 64).drop_attrs()
    x = iv.label(x.to_numpy(), iv.Axis("y", size=64, unit="px"), iv.Axis("x", size=64, unit="px"))
    ramp = iv.Apply(lambda a: a * np.linspace(0, 1, a.shape[-1]), over="x", reach={"x": 0.0})
    node = iv.diagnose(ramp, x, "x")["x"]
    assert f"by {decibels(float(node.interior.max()))}" in verdict(node)
    assert float(node.interior.max()) < float(node.measured.max()) / 2


def blind_axis(**attrs):
    """Shifts by one and two total strides."""
    node = chosen_axis(measured=("shift", [0.0, 0.0, 0.0]), attrs=attrs)
    return node.assign_coords(shift=[0.008, 0.016, 0.024])


def test_shifts_by_whole_output_samples_cannot_tell():
    assert standing(blind_axis()) == "undecided: these shifts cannot tell"
    assert verdict(blind_axis()) == (
        "Along time these shifts cannot tell whether the pipeline is shift-equivariant: each is a "
        "whole multiple of the total stride (4 samples, 8 ms), at which any pipeline is exact, "
        "however much it aliases. In between, folding predicts up to -12.0 dB (25 %), at 4 ms. Try "
        "shifts in between."
    )
    assert explain(blind_axis()).stages == []
    assert help_sentences(blind_axis()) == []
    assert cause(blind_axis()) == []
    lost = blind_axis(lost=1, explained=0)
    assert "cannot tell whether the pipeline is shift-invariant" in verdict(lost)
    assert "In between" not in verdict(lost)


def test_an_error_at_whole_output_samples_is_one_all_the_same():
    node = chosen_axis(attrs={"explained": 0, "explained_error": 0.3}, drop=["predicted"])
    node = node.assign_coords(shift=[0.008, 0.016, 0.024]).assign_attrs(worst_shift=0.016)
    assert standing(node) == "not shift-equivariant"


@pytest.mark.parametrize("energy", [np.nan, 1e-15])
def test_a_silent_signal_is_called_silent_and_offered_nothing(energy):
    same = ("shift", [energy] * 3)
    node = chosen_axis(measured=same, invariance=same, interior=same, attrs={"worst_shift": 0.004})
    assert standing(node) == "undefined: silent or constant"
    assert "The signal is silent or constant" in verdict(node)
    assert explanation(node) == []
    assert help_sentences(node) == []
    assert cause(node) == []


def test_round_off_needs_no_remedy():
    node = chosen_axis(measured=("shift", [1e-16, 3e-11, 0.0]))
    assert "up to round-off" in verdict(node)
    assert help_sentences(node) == []


def test_within_a_tenth_of_a_decibel_folding_accounts_for_the_error():
    node = chosen_axis(exact=("shift", [1.0, 0.0, 1.0]), predicted=("shift", [0.1, 0.2499, 0.0]))
    assert "folding predicts -12.0 dB" in verdict(node)
    assert explain(node).folding[1] == "At 4 ms folding accounts for the error to within 0.1 dB."


def test_a_prediction_above_the_measured_error_is_no_part_of_it():
    node = chosen_axis(exact=("shift", [1.0, 0.0, 1.0]), predicted=("shift", [0.1, 0.3, 0.0]))
    assert "folding alone predicts -10.5 dB, and -12.0 dB is measured" in explain(node).folding[1]


def test_two_numbers_that_are_the_same_are_so_to_the_last_digit():
    node = chosen_axis(folded_energy=((), 3.0), predicted=("shift", [0.1, 0.25, 1e-16]))
    said = explain(node).folding
    assert said[0].startswith(
        "Folding explains the error: prediction and measurement agree exactly"
    )
    assert said[1].endswith("that is one number, to the last digit.")


def test_a_share_is_the_mean_over_the_shifts_by_the_energy_of_their_errors():
    node = chosen_axis(
        measured=("shift", [0.1, 0.2, 0.3]),
        share=(("stage", "shift"), [[0.9, 0.0, np.nan], [0.1, 1.0, np.nan]]),
    )
    # (0.9 * 1 + 0 * 4) / 5: the third shift has no shares and so no part.
    assert explain(node).stages == [
        (
            "82 % of the error over the shifts measured comes from stage 3, MaxPool(time: 4); 18 % "
            "from stage 2, Relu()."
        )
    ]
    assert "stage 2, Relu(): 18 %; stage 3, MaxPool(time: 4): 82 %." in stages(node, "s").text
    assert cause(node)[0] == "82 % of it comes from stage 3, MaxPool(time: 4)."


def test_a_nonlinearity_without_a_stride_is_given_its_reason():
    share = (("stage", "shift"), [[0.98, 0.98, np.nan], [0.02, 0.02, np.nan]])
    assert explain(chosen_axis(share=share)).stages == [
        "98 % of the error over the shifts measured comes from stage 2, Relu().",
        (
            "Stage 2 has no stride: it makes frequencies that the sampling rate there cannot hold, "
            "and they fold. That shows at shifts between whole samples of its own grid."
        ),
    ]


@pytest.mark.parametrize(
    ("attrs", "sizes", "said"),
    [
        (
            {"dim": "time", "unit": "s", "step": 1 / 16000},
            "time: 44580, channel: 2",
            "time: 44580 samples, 2.79 s at 16 kHz, channel: 2",
        ),
        ({"dim": "x", "unit": "px", "step": 1.0}, "x: 256", "x: 256 samples of 1 px"),
        (
            {"dim": "x", "unit": "m", "step": 0.5},
            "x: 256",
            "x: 256 samples, 128 m in steps of 0.5 m",
        ),
        ({"dim": "x", "unit": "sample", "step": 1.0}, "x: 1", "x: 1 sample"),
        ({"dim": "x", "unit": "px"}, "x: 256", "x: 256"),
        ({"dim": "x", "unit": "px", "step": 1.0}, "not: sizes, at all", "not: sizes, at all"),
        ({}, "", ""),
    ],
)
def test_an_input_is_told_with_its_extent(attrs, sizes, said):
    axis = AxisReading(xr.Dataset(attrs=attrs))
    assert extent(InputReading({"sizes": sizes}, (axis,))) == said


def test_remedies_give_gain_prediction_and_price():
    assert help_sentences(chosen_axis()) == [
        "A 5-tap blur before it gains 14.2 dB (predicted 14.1) for 6 % more work.",
        (
            "Half the stride takes the error down to round-off (-300.0 dB) for 2 times the work "
            "and an output 2 times as large."
        ),
    ]


def test_a_remedy_says_what_band_it_loses_and_how_it_was_compared():
    assert help_sentences(with_fronts(chosen_axis())) == [
        (
            "A 5-tap blur before it gains 14.2 dB (predicted 14.1) for 6 % more work; it loses "
            "24 % of the band below the new Nyquist frequency."
        ),
        (
            "Half the stride takes the error down to round-off (-300.0 dB) after whole-sample "
            "alignment for 2 times the work and an output 2 times as large."
        ),
        "On the Pareto front of error, work, output size and band: a 5-tap blur before it.",
    ]


def test_a_band_of_half_a_per_cent_is_not_said_to_be_lost():
    node = with_fronts(chosen_axis()).assign(remedy_lost=("remedy", [0.005, 0.0]))
    assert "band below" not in help_sentences(node)[0]


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
        "83 % of it comes from stage 3, MaxPool(time: 4).",
        "Half the stride takes the error down to round-off (-300.0 dB).",
    ]


def test_the_best_remedy_says_how_it_was_compared():
    assert cause(with_fronts(chosen_axis()))[1] == (
        "Half the stride takes the error down to round-off (-300.0 dB) after whole-sample "
        "alignment."
    )


def test_every_variable_but_the_shift_may_be_absent():
    everything = with_fronts(with_swaps(chosen_axis()))
    for name in everything.data_vars:
        node = everything.drop_vars(name)
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
    for part in (
        "speech.flac (time: 44571 samples, 89.1 s at 500 Hz)",
        "A note.",
        "Along time",
        "Along frequency",
        "help:",
    ):
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
    assert "that is one number, to " in said
    assert "of the error over the shifts measured comes from stage 2, MaxPool" in said
