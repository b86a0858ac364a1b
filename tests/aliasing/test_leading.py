"""Pipelines that begin alike are judged on shared results, as each is by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.leading import Beginnings, Leading
from invarsig.aliasing.moves_as_given import default_moves_as_given
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of

X = iv.power_law_noise(iv.Axis("y", size=42), iv.Axis("x", size=48), exponent=1.0, rng=3)
BLUR, POOL = iv.BlurPool(stride={"y": 1, "x": 1}), iv.MaxPool(window={"y": 3, "x": 3})
GIVEN = BLUR >> iv.Relu() >> POOL
CHANGED = [
    BLUR >> iv.Relu() >> iv.MeanPool(window={"y": 3, "x": 3}),
    iv.BlurPool(stride={"y": 1, "x": 1}) >> iv.Relu() >> iv.Subsample(stride={"x": 3}),
    BLUR >> iv.Tanh() >> POOL,
    POOL >> iv.Relu(),
]


@pytest.mark.parametrize("signal", [X, X.astype(np.float32)], ids=["double", "single"])
def test_judged_alike_the_worst_error_is_the_one_that_each_has_by_itself(signal):
    given = AsGiven.of(GIVEN, signal, ["y", "x"])
    runs = [given.changed(op) for op in CHANGED]
    alone_of = [AsGiven.of(op, signal, ["y", "x"]) for op in CHANGED]
    beginnings = Beginnings.among([run.run for run in runs])
    for move in default_moves_as_given(given.along):
        before, leading = given.judge(move), Leading(beginnings, move)
        for one, run in zip(alone_of, runs, strict=True):
            alone = one.judge(move)
            if not np.isfinite(before.inside):  # then the whole output is compared after it too
                alone = replace(alone, inside=np.nan)
            found = run.judge_alike(before, leading)
            np.testing.assert_allclose(found.worst, alone.worst, rtol=1e-12)
            np.testing.assert_allclose(found.worst_parts, alone.worst_parts, rtol=1e-12)


def test_what_pipelines_begin_alike_with_is_run_once():
    calls = []

    def counted(values: np.ndarray) -> np.ndarray:
        calls.append(1)
        return values

    first = iv.Apply(counted)
    runs = [Rolled.of(units_of(first >> each), X) for each in (iv.Relu(), iv.Tanh(), iv.Square())]
    calls.clear()
    leading = Leading(Beginnings.among(runs), iv.Translate(x=1.0))
    for run in runs:
        wanted = run.moved(iv.Translate(x=1.0)).result
        calls.clear()
        np.testing.assert_array_equal(leading.moved(run), wanted)
        assert len(calls) == (run is runs[0])


def test_beginnings_are_the_same_where_operators_are_equal_and_in_one_order():
    runs = [Rolled.of(units_of(op), X) for op in (GIVEN, *CHANGED)]
    found = Beginnings.among(runs)
    assert [len(found.leading(run)) for run in runs] == [2, 2, 2, 1, 0]


def test_what_no_later_pipeline_begins_with_is_freed():
    first, second = iv.BlurPool(stride={"y": 1, "x": 1}), iv.Relu()
    ends = (iv.Tanh(), iv.Square(), iv.Modulus())
    runs = [Rolled.of(units_of(first >> second >> each), X) for each in ends]
    leading = Leading(Beginnings.among(runs), iv.Translate(x=1.0))
    kept = []
    for run in runs:
        leading.moved(run)
        kept.append(len(leading._known))
    # The result of the second unit alone, until the last pipeline has read it.
    assert kept == [1, 1, 0]


def test_in_any_order_and_asked_again_the_results_are_the_same():
    move = iv.Translate(y=1.0)
    runs = [AsGiven.of(op, X, ["y"]).run for op in (GIVEN, *CHANGED)]
    wanted = [run.output(move) for run in runs]
    leading = Leading(Beginnings.among(runs), move)
    for place in (3, 0, 4, 0, 2, 1, 3, 1):
        np.testing.assert_array_equal(leading.moved(runs[place]), wanted[place])


def test_ready_to_be_judged_a_pipeline_holds_no_results_in_between():
    given = AsGiven.of(GIVEN, X, ["y", "x"])
    ready = given.ready()
    assert [each.dims for each in ready.run.features] == [each.dims for each in given.run.features]
    held = [each.to_numpy().base for each in ready.run.features[1:-1]]
    assert all(base is not None and base.nbytes <= 8 for base in held)
    for move in default_moves_as_given(given.along):
        one, other = given.judge(move), ready.judge(move)
        np.testing.assert_array_equal(one.worst_parts, other.worst_parts)
        np.testing.assert_array_equal(
            [one.roll, one.inside, one.inside_limit, one.cut, one.cut_limit],
            [other.roll, other.inside, other.inside_limit, other.cut, other.cut_limit],
        )
