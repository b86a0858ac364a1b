"""An axis is prepared once: the signal as given beside the periodic one, stride, grid and moves."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.lift import stride_and_reach
from invarsig.aliasing.periodic import periodized
from invarsig.aliasing.prepared_axis import PreparedAxis, dims_along
from invarsig.errors import DimError, ParameterError

ENDING = iv.power_law_noise(iv.Axis("x", size=90, step=0.5, unit="mm"), exponent=0.7, rng=2)
PERIODIC = iv.power_law_noise(iv.Axis("x", size=48, unit="px", period=48.0), rng=1)
PIPELINES = [
    iv.Relu() >> iv.MaxPool(window={"x": 4}),
    iv.BlurPool(taps=3, stride={"x": 2}) >> iv.Relu() >> iv.MaxPool(window={"x": 3}),
    iv.MaxPool(window={"x": 3}) >> iv.GlobalPool("x"),
]


@pytest.mark.parametrize("op", PIPELINES, ids=str)
@pytest.mark.parametrize("x", [ENDING, PERIODIC], ids=["ending", "periodic"])
def test_the_signal_as_given_stays_beside_the_periodic_one(op, x):
    given = PreparedAxis.of(op, x, "x")
    assert given.op is given.given_op is op
    assert given.x is given.given is x
    assert given.treatment == ""
    periodic = given.periodic()
    assert periodic.given_op is op
    assert periodic.given is x
    wanted, said = periodized(op, x, "x")
    assert periodic.x.identical(wanted)
    assert periodic.treatment == said
    assert periodic.axis.periodic
    assert periodic.stride == stride_and_reach(op, x, "x")[0]
    assert periodic.axis.size % periodic.stride == 0


def test_a_periodic_axis_is_left_alone():
    prepared = PreparedAxis.of(PIPELINES[0], PERIODIC, "x").periodic()
    assert prepared.x is PERIODIC
    assert prepared.op is PIPELINES[0]


def test_the_axis_begins_at_the_stage_that_creates_it():
    sound = iv.power_law_noise(iv.Axis("time", size=2000, step=1e-3, unit="s"), rng=4)
    op = iv.Spectrogram.in_samples(sound, window=64, hop=16) >> iv.MaxPool(window={"frequency": 2})
    prepared = PreparedAxis.of(op, sound, "frequency")
    assert prepared.skipped == 1
    assert "frequency" in prepared.given.dims
    np.testing.assert_array_equal(prepared.op(prepared.x), op(sound))
    with pytest.raises(DimError, match="'y'"):
        PreparedAxis.of(op, sound, "y")


def test_lengths_that_are_given_are_those_it_moves_by():
    prepared = PreparedAxis.of(PIPELINES[0], ENDING, "x", [0.5, 3])
    assert [move.shifts["x"] for move in prepared.moves] == [0.5, 3.0]


@pytest.mark.parametrize(
    "ask", [iv.diagnose, iv.baseline, lambda op, x: iv.check(op, x, max_error=-40.0)]
)
def test_a_pipeline_that_acts_on_no_dim_is_refused_alike_everywhere(ask):
    with pytest.raises(ParameterError, match="name one in along="):
        ask(iv.Relu(), PERIODIC)
    assert dims_along(iv.Relu(), PERIODIC, "x") == ("x",)
