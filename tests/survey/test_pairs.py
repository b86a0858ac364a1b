"""Two pipelines on the same files: the change on each file, its median, the counts and the cost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.survey.cost import cost_of
from invarsig.survey.page import render
from invarsig.survey.paired import pairs_of_survey
from invarsig.survey.pairs import Cost, pair
from tests.survey.test_change import made

ERRORS = st.lists(
    st.tuples(st.floats(1e-4, 1.0), st.floats(1e-4, 1.0)), min_size=1, max_size=12
).map(lambda both: {str(k): each for k, each in enumerate(both)})


@given(ERRORS)
def test_exchanging_the_two_changes_every_sign_and_nothing_else(errors):
    one = pair("a", "b", "x", errors)
    other = pair("b", "a", "x", {name: both[::-1] for name, both in errors.items()})
    assert one.median == pytest.approx(-other.median, abs=1e-9)
    np.testing.assert_allclose(one.interval, [-each for each in other.interval[::-1]], atol=1e-9)
    assert (one.better, one.worse, one.alike) == (other.worse, other.better, other.alike)
    assert one.chance == pytest.approx(other.chance)


@given(ERRORS)
def test_the_median_is_that_of_the_changes_and_lies_in_its_interval(errors):
    found = pair("a", "b", "x", errors)
    changes = [20 * math.log10(b / a) for a, b in errors.values()]
    assert found.median == pytest.approx(np.median(changes), abs=1e-9)
    assert found.better + found.worse + found.alike == len(errors)
    if len(errors) > 1:
        low, high = found.interval
        assert low - 1e-9 <= found.median <= high + 1e-9


def test_the_sign_test_is_the_tail_of_a_fair_coin_on_both_sides():
    errors = {str(k): (0.1, 0.05 if k < 9 else 0.2) for k in range(10)} | {"same": (0.1, 0.1)}
    found = pair("a", "b", "x", errors)
    assert (found.better, found.worse, found.alike) == (9, 1, 1)
    assert found.chance == pytest.approx(2 * binom.cdf(1, 10, 0.5))


def test_the_change_of_each_file_is_seen_where_distributions_overlap(rng):
    """Files differ by 40 dB, pipelines by 1 dB: paired, that is certain; as medians it is not."""
    first = 10 ** rng.uniform(-2, 0, 40) * 0.9
    errors = {str(k): (each, each * 10 ** (-1 / 20)) for k, each in enumerate(first)}
    found = pair("a", "b", "x", errors)
    assert found.median == pytest.approx(-1.0)
    assert found.interval == pytest.approx((-1.0, -1.0))
    assert found.chance < 1e-9
    assert "b against a, along x: the error is 1 dB smaller (median of 40 files" in found.sentence


def test_what_may_be_chance_is_said_to_be_and_costs_follow():
    errors = {"1": (0.1, 0.05), "2": (0.1, 0.04), "3": (0.1, 0.2)}
    found = pair("a", "b", "x", errors, Cost(2.5, 0.5))
    assert "smaller on 2, larger on 1, which may be chance (sign test, p of 1)" in found.sentence
    assert "it takes 2.5 times as many multiplications" in found.sentence
    assert "gives 0.5 times as many values." in found.sentence
    same = pair("a", "b", "x", {"1": (0.1, 0.1)}, Cost(1.0, 1.0))
    assert same.sentence == (
        "b against a, along x: the same error on 1 file; it takes as many multiplications and "
        "gives as many values."
    )


def test_below_round_off_all_errors_are_alike():
    assert pair("a", "b", "x", {"1": (1e-9, 1e-12)}).alike == 1


def test_a_cost_is_counted_over_the_values_of_the_input():
    x = iv.label(np.ones((4, 64)), "y", "x")
    assert cost_of(iv.MeanPool({"x": 4}), x) == {"work": 1.0, "output_rate": 0.25}
    dense = cost_of(iv.MeanPool({"x": 4}, stride={"x": 1}), x)
    # Only 61 of 64 windows lie inside the axis.
    assert (dense["work"], dense["output_rate"]) == (4 * 61 / 64, 61 / 64)


@pytest.fixture(scope="module")
def both(cuts):
    ops = {
        "max": iv.MaxPool({"x": 2}),
        "blurred": iv.MaxPool({"x": 2}, stride={"x": 1}) >> iv.BlurPool(taps=5, stride={"x": 2}),
    }
    out = cuts.parent / "both.zarr"
    return iv.survey(ops, cuts, "x", out=out, workers=0)


def test_a_survey_of_two_pipelines_is_paired_in_dataset_summary_and_page(both):
    data = both.paired()
    assert data.attrs["reference"] == "max"
    table = both.table
    by = {
        name: dict(zip(rows.input.values, rows.worst.values, strict=True))
        for name, rows in (
            (name, table.isel(row=(table.pipeline == name).to_numpy() & (table.dim == "x").values))
            for name in both.pipelines
        )
    }
    for name in data.input.values:
        change = float(data.change.sel(pipeline="blurred", dim="x", input=name))
        if name in by["max"]:
            wanted = 20 * math.log10(by["blurred"][name] / by["max"][name])
            assert change == pytest.approx(wanted)
        else:
            assert math.isnan(change)
    (found,) = pairs_of_survey(both)
    assert found.files == int(data.files.item()) == len(by["max"])
    assert data["median"].item() == found.median
    assert found.sentence in both.summary()
    assert found.cost.output == 14 / 16  # The blur has no values up to the edge.
    assert found.cost.work > 1
    page = render(both)
    assert "Compared with max, file by file" in page
    assert f"{found.better} better, {found.worse} worse" in page


def test_another_reference_turns_the_signs_and_an_unknown_one_is_refused(both):
    back = both.paired("blurred")
    assert back["median"].item() == pytest.approx(-both.paired()["median"].item())
    with pytest.raises(ParameterError, match="reference"):
        both.paired("other")


def test_one_pipeline_alone_is_paired_with_none(whole):
    assert whole.paired().sizes["pipeline"] == 0
    assert "file by file" not in render(whole)


def test_two_surveys_are_paired_by_content():
    before, now = made([0.1, 0.2, 0.4], first=1), made([0.4, 0.1, 0.2], first=0)
    (found,) = iv.pair_surveys(now, before)
    assert found.files == 2
    assert found.sentence.startswith("p now and before, along x: the same error on 2 files")
    np.testing.assert_allclose(found.changes, 0.0, atol=1e-12)
