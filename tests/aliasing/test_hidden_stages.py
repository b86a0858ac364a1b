"""A move by whole steps of a stage hides what folds there: causes are of a move that hides none."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.hidden_stages import RateChanges, most_telling
from invarsig.diagnosis.findings.causes import CAUSES_OF_VERDICT, SplitAt
from invarsig.diagnosis.findings.verdict import VERDICT
from invarsig.diagnosis.given import Given
from invarsig.remedies.suspects import telling
from invarsig.report.reading import InputReading
from invarsig.report.sections.causes import SECTION

RING = iv.label(
    np.random.default_rng(7).standard_normal(256), iv.Axis("x", unit="px", period=256.0)
)
PICTURE = iv.power_law_noise(
    iv.Axis("y", size=32, unit="px"), iv.Axis("x", size=32, unit="px"), exponent=1.0, rng=3
)
STAGES = {
    "keep every second": iv.Subsample(stride={"x": 2}),
    "keep every fourth": iv.Subsample(stride={"x": 4}),
    "max": iv.MaxPool(window={"x": 2}),
    "repeat": iv.NearestUpsample({"x": 2}),
    "act": iv.Tanh(),
}


def network(stem: iv.Operator) -> iv.Graph:
    """Two strides, one behind the other."""
    return iv.Graph(
        [
            iv.Node("stem", stem, "input"),
            iv.Node("act", iv.Relu(), "stem"),
            iv.Node("pool", iv.MaxPool(window={"x": 2}), "act"),
        ]
    )


def causes_of(op: iv.Operator, shifts: list[float]) -> tuple[xr.Dataset, Given]:
    """What a diagnosis along x finds of the causes."""
    given = Given(op, PICTURE, ("x",), {"x": shifts}, lambda _text, _done: None)
    return CAUSES_OF_VERDICT.measure(given), given


def written(found: iv.Diagnosis, folder: Path) -> str:
    """The page of a diagnosis."""
    text = html.unescape(found.to_html(folder / "page.html").read_text())
    return re.sub("<[^>]*>", "", text).replace("\xa0", " ")


@settings(deadline=None, max_examples=40)
@drawn(st.lists(st.sampled_from(sorted(STAGES)), min_size=1, max_size=4), st.integers(1, 12))
def test_a_stage_is_hidden_exactly_where_it_commutes_with_the_move(names, shift):
    op = iv.Pipeline(tuple(STAGES[name] for name in names))
    move = iv.Translate(x=float(shift))
    hidden = RateChanges.of(op, RING, ["x"]).hidden(move)
    z = RING
    for place, stage in enumerate(op.stages):
        commutes = np.allclose(stage(move.rolled(z)), move.rolled(stage(z)), atol=1e-9)
        if STAGES[names[place]] is not STAGES["act"]:
            assert (place in hidden) == commutes, names
        else:
            assert place not in hidden
        z = stage(z)


def test_of_a_hidden_stage_nothing_folds_in_the_causes():
    op = network(iv.Subsample(stride={"x": 2}))
    for shift in (1.0, 2.0, 3.0, 4.0):
        move = iv.Translate(x=shift)
        hidden = RateChanges.of(op, RING, ["x"]).hidden(move)
        share = np.nan_to_num(iv.causes(op, RING, move)["share"].sum("cause").to_numpy())
        assert {k for k in (0, 2) if abs(share[k]) < 1e-12} == set(hidden)


@pytest.mark.parametrize("stem", ["keep every second", "max"])
def test_causes_are_told_of_a_move_that_hides_no_stage(stem):
    op = network(STAGES[stem])
    data, given = causes_of(op, [1.0, 2.0, 2.5, 3.0, 3.5])
    move = given.judged[data.attrs["cause_move"]].move
    assert given.rate_changes.hidden(move) == ()
    whole = data.cause_share.isel(cause_bar=1)
    assert abs(float(whole.sum("cause")[0])) > 0.05


def test_where_the_worst_move_hides_a_stage_the_page_says_so_and_splits_another(tmp_path):
    # Without noise between the pixels of a pair the second stride folds most, at 2 px.
    found = iv.diagnose(network(iv.MaxPool(window={"x": 2})), PICTURE, "x", shifts=[2.0, 1.0])
    data = found.findings
    assert data.roll_error[0] > data.roll_error[1]
    assert data.attrs["verdict_move"] == 0
    assert data.attrs["cause_move"] == data.attrs["cause_edge_move"] == 1
    assert data.stage_hidden.values.tolist() == [1, 0, 0]
    assert float(data.cause_error[0]) == pytest.approx(float(data.roll_error[1]), rel=1e-9)
    said = "2 px along x is a whole number of steps of stem, and hides what goes wrong there"
    for text in (found.summary(), written(found, tmp_path)):
        assert f"{said}, so the error when moved by 1 px along x is split." in text


def test_where_every_move_hides_a_stage_it_asks_for_another_one():
    data, given = causes_of(network(iv.MaxPool(window={"x": 2})), [2.0])
    assert data.attrs["cause_move"] == 0
    node = VERDICT.measure(given).merge(data, combine_attrs="no_conflicts")
    said = " ".join(SECTION.brief(InputReading(node)))
    assert said.endswith(
        "of stage 1, stem: MaxPool(x: 2), and hides what goes wrong there; give another shift."
    )


@pytest.mark.parametrize("dims", ["x", ["y", "x"]])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_default_moves_always_hold_one_that_hides_no_stage(dims, depth):
    along = [dims] if isinstance(dims, str) else dims
    pools = [iv.MaxPool(window=dict.fromkeys(along, 2)) for _ in range(depth)]
    given = Given(iv.Pipeline(tuple(pools)), PICTURE, tuple(along), None, lambda _text, _done: None)
    at = SplitAt.of(given)
    assert at is not None
    for each in (at.verdict, at.edge):
        assert given.rate_changes.hidden(each.move) == ()


def test_remedies_look_where_a_move_that_hides_no_stage_says():
    op = network(iv.MaxPool(window={"x": 2}))
    one, two = iv.Translate(x=1.0), iv.Translate(x=2.0)
    assert telling(op, PICTURE, [two, one], [0.2, 0.1]) == one
    assert telling(op, PICTURE, [two], [0.2]) == two


def test_an_assertion_says_which_stage_its_move_hides():
    op = iv.MaxPool(window={"x": 2}) >> iv.Relu() >> iv.MaxPool(window={"x": 2})
    with pytest.raises(AssertionError, match="whole number of steps of stage 1, MaxPool"):
        iv.testing.assert_equivariant(op, PICTURE, iv.Translate(x=2.0), max_db=-40.0)
    with pytest.raises(AssertionError) as told:
        iv.testing.assert_equivariant(op, PICTURE, iv.Translate(x=1.0), max_db=-40.0)
    assert "whole number of steps" not in str(told.value)


def test_a_planted_choice_by_the_largest_error_alone_is_caught(monkeypatch):
    """What stood before: the worst move, whatever it hides."""
    monkeypatch.setattr(RateChanges, "hidden", lambda _changes, _move: ())
    data, _ = causes_of(network(iv.MaxPool(window={"x": 2})), [2.0, 1.0])
    share = data.cause_share.isel(cause_bar=1).sum("cause")
    assert data.attrs["cause_move"] == 0
    assert abs(float(share[0])) < 1e-12


def test_blind_moves_and_rounding_are_never_chosen():
    op = network(iv.MaxPool(window={"x": 2}))
    run = AsGiven.of(op, PICTURE, ["x"])
    judged = [run.judge(iv.Translate(x=shift)) for shift in (4.0, 2.0, 1.0)]
    changes = RateChanges.of(op, PICTURE, ["x"])
    best = most_telling(changes, judged, judged[0], lambda one: one.roll, run.limit)
    assert best is judged[2]
    assert most_telling(changes, judged, judged[0], lambda _: 0.0, run.limit) is judged[0]
