"""What is said of the pipeline as given: the finding, the change, the causes and the border."""

from __future__ import annotations

import re

import numpy as np
import pytest

from invarsig.report.code import listing
from invarsig.report.limits import severity
from invarsig.report.reading import InputReading
from invarsig.report.section import Look
from invarsig.report.sections.action import SECTION as ACTION
from invarsig.report.sections.causes import SECTION as CAUSES
from invarsig.report.sections.edges import SECTION as EDGES
from invarsig.report.sections.measured import SECTION as MEASURED
from invarsig.report.sections.remedies import SECTION as REMEDIES
from invarsig.report.sections.scale import SECTION as SCALE
from invarsig.report.sections.sum_of_causes import SECTION as SUM
from invarsig.report.split import Split
from invarsig.report.track import place_on_scale
from invarsig.report.verdict import Verdict
from invarsig.report.verdict_words import finding, lede, standing
from tests.report.trees import found_input

NAN = np.nan
NINE = ("move", [NAN] * 9)
ZERO = ("move", [1e-16] * 9)


def reading(**changes):
    return InputReading(found_input(**changes))


def plain(markup):
    return re.sub(r"<[^>]*>", " ", markup).replace("\N{NO-BREAK SPACE}", " ")


def test_the_finding_is_the_worst_move_in_one_sentence():
    assert (
        finding(reading()) == "Move the picture by 2 px along y and x and the result is 13 % off."
    )
    assert lede(reading()) == [
        (
            "An error of 13 % is severe. Measured on the picture as given: rolled round, compared "
            "over 16 % of the output, away from the ends. Relative to the output without its mean."
        ),
        "A perfect pipeline would score up to 0.1 % in this test.",
    ]


def test_a_cut_that_is_worse_than_every_roll_leads():
    found = reading(cut_error=("move", [NAN, NAN, 0.144, NAN, NAN, 0.1, NAN, NAN, 0.12]))
    assert finding(found) == (
        "Move the picture by 4 px along y, so that new content enters, and the result is 14 % off."
    )
    assert "two real cuts, compared over 98 % of the output, where they overlap" in lede(found)[0]


def test_up_to_round_off_is_said_only_where_every_figure_is_rounding():
    exact = {"inside_error": ZERO, "roll_error": ZERO, "cut_error": ZERO}
    assert standing(reading(**exact)) == "shift-equivariant up to round-off"
    assert finding(reading(**exact)).endswith("the result moves along, up to round-off.")
    for name in ("inside_error", "cut_error"):
        for place in (0, 7) if name == "inside_error" else range(9):
            values = [1e-16] * 9
            values[place] = 0.004
            found = reading(**{**exact, name: ("move", values)})
            assert "round-off" not in finding(found) + standing(found)


def test_an_error_below_its_measuring_limit_is_no_claim_of_exactness():
    found = reading(
        inside_error=("move", [0.01] * 9), inside_limit=("move", [0.02] * 9), cut_error=ZERO
    )
    assert standing(found) == "as good as this test can tell"
    assert finding(found).endswith("the result moves along, to within 1 %.")


@pytest.mark.parametrize(
    ("state", "said"),
    [("nan", "NaN"), ("empty", "undefined"), ("constant", "constant"), ("untried", "No move was")],
)
def test_where_nothing_is_known_that_is_said(state, said):
    found = reading(attrs={"verdict_state": state})
    assert said in finding(found)
    assert not any(section.shows(found) for section in (ACTION, SCALE, CAUSES, EDGES))


def test_where_every_roll_is_blind_no_move_tried_can_tell():
    found = reading(blind=("move", [1.0] * 9))
    assert Verdict(found).state == "blind"
    assert finding(found) == "No move tried can tell."
    assert "a whole output step" in " ".join(lede(found))
    worse = reading(blind=("move", [1.0] * 9), cut_error=("move", [0.1] * 9))
    assert Verdict(worse).state == "known"


def test_lost_dims_change_instead_of_being_off():
    found = reading(moved_lost=("moved", [1.0, 1.0]))
    assert finding(found).endswith("and the result changes by 13 %.")


def test_different_lengths_are_told_with_their_dims():
    data = found_input(moved_unit=("moved", ["s", "Hz"])).assign_coords(moved=["time", "frequency"])
    lengths = data["move_length"].to_numpy() * [0.008, 31.25]
    data["move_length"] = (("move", "moved"), lengths)
    assert finding(InputReading(data)) == (
        "Move the recording by 16 ms along time and 62.5 Hz along frequency and the result is 13 % "
        "off."
    )


def test_every_kind_of_move_has_its_row_and_a_blind_one_has_no_verdict():
    text = plain(SCALE.body(reading(), Look("s")))
    for label in ("along y", "along x", "both at once", "real cuts", "after the change", "by 4 px"):
        assert label in text
    assert "no verdict possible" in text
    assert "16 % compared" in text
    assert SCALE.brief(reading())[0] == (
        "Rolled, at worst: 9 % along y (2 px), 9 % along x (2 px) and 13 % along both at once."
    )


def test_the_scale_is_logarithmic_with_four_equal_zones():
    places = [place_on_scale(each) for each in (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 7.0, 0.0)]
    assert places == pytest.approx([0, 25, 50, 75, 100, 100, 0])
    words = [severity(each) for each in (9.9e-4, 1e-3, 9.9e-3, 1e-2, 0.099, 0.1, 1.1)]
    assert words == ["negligible", "slight", "slight", "clear", "clear", "severe", "severe"]


def test_the_change_stands_with_before_after_price_and_code():
    text = plain(ACTION.body(reading(), Look("a")))
    for part in (
        "Do this: pool in two soft steps of 2 at stage 3",
        "13 %",
        "0.5 %",
        "22 % more work",
        "51 \N{MULTIPLICATION SIGN} 51 outputs",
        "fine detail 58 % weaker",
        "To keep fine detail: halve the stride of stage 3",
        "import invarsig as iv",
    ):
        assert part in text


def test_where_no_change_reaches_the_target_that_is_said():
    found = reading(
        attrs={"remedy_recommended": -1},
        remedy_reaches=("remedy", [0.0] * 3),
        remedy_after=("remedy", [0.06, 0.08, 0.09]),
    )
    text = plain(ACTION.body(found, Look("a")))
    assert "Do this first:" in text
    assert "no change tried reaches 1 %" in text
    assert "None of the changes tried reaches 1 %; the best leaves 6 %." in (
        REMEDIES.table(found).caption
    )


def test_a_pipeline_within_the_target_needs_no_change():
    found = reading(
        attrs={"remedy_recommended": -1},
        remedy_before=("remedy", [0.004] * 3),
        remedy_after=("remedy", [0.001, 0.002, 0.003]),
        remedy_gain=("remedy", [12.0, 6.0, 2.5]),
    )
    text = plain(ACTION.body(found, Look("a")))
    assert "Nothing to change 0.4 % is within the target of 1 %" in re.sub(r"\s+", " ", text)
    assert ACTION.brief(found) == ["Nothing to change: 0.4 % is within the target of 1 %."]


def test_a_gain_is_said_as_what_is_left_on_other_parts_and_a_part_that_misses_is_named():
    said = " ".join(ACTION.brief(reading()))
    assert "On nine in ten other parts of the picture, 2 to 6 % of the error is expected" in said
    assert "The worst part of the picture keeps just over 1 %" in said or "keeps 1 %" in said
    row = REMEDIES.table(reading()).rows[0]
    assert row.cells[-1].text == "2 to 6 % of it; held-out: 4 % of it"


def test_a_gain_whose_low_end_is_not_above_0_may_not_help():
    found = reading(
        remedy_gain_low=("remedy", [-0.5, -0.5, np.nan]),
        remedy_worst_part=("remedy", [np.nan] * 3),
    )
    said = " ".join(ACTION.brief(found))
    assert "It may not help on other parts: on nine in ten" in said
    assert "The worst part" not in said
    notes = [row.note for row in REMEDIES.table(found).rows]
    assert [("May not help" in note) for note in notes] == [True, True, False]


def test_what_goes_is_struck_out_and_what_is_new_is_marked():
    before = "iv.Relu() >> iv.MaxPool(window={'x': 4})"
    after = "iv.Relu() >> iv.BlurPool(taps=5) >> iv.Modulus()"
    lines = listing(after, before).splitlines()
    assert [line[:5] for line in lines[2:-1]] == ["<span", "<del>", "<ins>", "<ins>"]
    kept = [line for line in lines if not line.startswith("<del>")]
    code = "\n".join(plain(line)[1:-1] for line in kept)
    code = code.replace("&gt;", ">").replace("&#x27;", "'")
    compile(code, "pasted", "exec")


def test_code_that_is_no_python_is_shown_as_text():
    assert "&lt;script&gt;" in listing("<script> >> (")
    assert "<script>" not in listing("<script> >> (")


def test_a_main_cause_is_named_only_where_it_stands_apart_by_more_than_its_uncertainty():
    assert CAUSES.brief(reading()) == [
        "Why: Folding at stage 3, MaxPool(y: 4, x: 4), makes almost all of it."
    ]
    share = np.zeros((2, 5, 3))
    share[:, 0, 2], share[:, 3, 0] = 0.55, 0.45
    doubt = np.full((2, 5, 3), NAN)
    doubt[:, 0, 2], doubt[:, 3, 0] = 0.12, 0.12
    dims = ("cause_bar", "cause", "stage")
    near = reading(cause_share=(dims, share), cause_uncertainty=(dims, doubt))
    assert Split(near, "verdict").main == ""
    assert CAUSES.brief(near)[0].startswith("Why: No main cause")
    sure = reading(cause_share=(dims, share), cause_uncertainty=(dims, doubt / 10))
    assert Split(sure, "verdict").main == "folding"


def test_every_cause_has_advice_of_its_own():
    told = set()
    for place in range(5):
        share = np.zeros((2, 5, 3))
        share[:, place, 1] = 1.0
        dims = ("cause_bar", "cause", "stage")
        found = reading(cause_share=(dims, share), cause_uncertainty=(dims, 0 * share))
        told.add(plain(CAUSES.body(found, Look("c"))).rpartition("gainst ")[2])
    assert len(told) == 5
    assert any("no filter helps" in each for each in told)


def test_the_bars_add_up_and_a_negative_part_is_listed_but_not_drawn():
    share = np.zeros((2, 5, 3))
    share[:, 3, 0], share[:, 0, 2] = 1.13, -0.13
    dims = ("cause_bar", "cause", "stage")
    markup = CAUSES.body(reading(cause_share=(dims, share)), Look("c"))
    widths = [float(each) for each in re.findall(r'width="([\d.]+)%"', markup)]
    assert widths == [100.0]
    assert "\N{MINUS SIGN}13 %" in plain(markup)
    both = CAUSES.body(reading(), Look("c"))
    widths = [float(each) for each in re.findall(r'width="([\d.]+)%"', both)]
    assert sum(widths) == pytest.approx(200, abs=0.05)


def test_the_border_is_the_paddings_fault_only_where_real_cuts_differ():
    (seam,) = EDGES.sentences(reading())
    assert "only the test's own seam" in seam
    (fault,) = EDGES.sentences(
        reading(cut_error=("move", [0.09] * 9), attrs={"verdict_seam": 0, "verdict_border": 0.09})
    )
    assert "it is the padding's fault: real cuts" in fault
    assert "differ by 9 %" in fault
    (unknown,) = EDGES.sentences(reading(cut_error=NINE))
    assert unknown == (
        "Whether two real cuts differ at the border is not known: none could be compared, as the "
        "moves are not whole output steps."
    )


def test_a_reason_is_a_code_and_an_unknown_code_says_nothing():
    found = reading(cut_error=NINE, cut_reason=("move", ["infinite reach"] * 9))
    assert EDGES.sentences(found) == []


def test_how_it_was_measured_names_protocols_words_and_the_input():
    text = plain(MEASURED.body(reading(attrs={"sha256": "ab" * 32}), Look("m")))
    for part in ("Rolled round", "Real cuts", "ab" * 32, "negligible: below 0.1 %", "dB"):
        assert part in text


def test_the_sum_of_the_causes_is_checked_in_its_own_place():
    assert SUM.sentences(reading())[0].startswith("The parts of the error where the verdict is")
    assert "1e-" in SUM.sentences(reading())[0] or "exactly" in SUM.sentences(reading())[0]


def test_a_change_is_said_to_reach_the_target_only_where_it_does():
    reached = REMEDIES.table(reading()).rows[0]
    assert "Reaches 1 % at the output's size with the least work." in reached.note
    missed = REMEDIES.table(reading(remedy_reaches=("remedy", [0.0] * 3))).rows[0]
    assert "Reaches" not in missed.note
    reasons = ("remedy", ["it stops what folds"] * 3)
    assert REMEDIES.table(reading(remedy_reason=reasons)).rows[2].note == (
        "It stops what folds. The one for those who need fine detail."
    )


def test_of_too_few_samples_no_verdict_is_given_but_that_there_are_too_few():
    found = reading(moved_size=("moved", [2.0, 2.0]))
    assert standing(found) == "hardly to be judged from 2 samples along y and x"
    assert lede(found)[1] == (
        "Of a result of 2 samples along y and x a shift by a part of a sample is guessed: take a "
        "larger picture, or an earlier layer."
    )
    rows = plain(SCALE.body(found, Look("s")))
    assert rows.count("too few samples") == 3
    assert rows.count("severe") == 1  # the name of the zone


@pytest.mark.parametrize("size", [1.0, 5.0, 100.0, NAN])
def test_of_enough_samples_of_one_and_where_nothing_is_known_the_verdict_stands(size):
    found = reading(moved_size=("moved", [size, size]))
    assert standing(found) == "severe"
    assert lede(found) == lede(reading())


def test_a_move_by_whole_samples_of_a_short_result_is_judged():
    # Two real cuts, and rolls by whole output steps that still show something.
    found = reading(
        moved_size=("moved", [2.0, 2.0]),
        cut_error=("move", [NAN, NAN, 0.144, NAN, NAN, 0.1, NAN, NAN, 0.12]),
    )
    assert standing(found) == "severe"
