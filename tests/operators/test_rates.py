"""Rates of pipelines and graphs whose stages go down and up."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.operators.polyphase import without_a_lift

SIZE = 6**4  # divided by the strides of any four stages


def ring() -> xr.DataArray:
    values = np.random.default_rng(1).standard_normal(SIZE)
    return iv.label(values, iv.Axis("x", unit="px", period=float(SIZE)))


def stage(rate: Fraction) -> iv.Operator:
    """A stage of a rate that goes up, or down."""
    if rate < 1:
        return iv.NearestUpsample({"x": rate.denominator})
    return iv.MaxPool({"x": rate.numerator})


def chained(rates: list[Fraction]) -> tuple[list[Fraction], int, int]:
    """The stride to each result, and what all have in common, worked out from the definition."""
    strides = [math.prod(rates[: k + 1], start=Fraction(1)) for k in range(len(rates))]
    whole = next(d for d in range(1, 10**4) if all((d / by).denominator == 1 for by in strides))
    finest = next(q for q in range(1, 10**4) if all((by * q).denominator == 1 for by in strides))
    return strides, whole, finest


RATES = st.lists(
    st.sampled_from([Fraction(1), Fraction(2), Fraction(3), Fraction(1, 2), Fraction(1, 3)]),
    min_size=1,
    max_size=4,
)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(RATES, st.integers(0, 4))
def test_a_pipeline_however_nested_has_the_rates_of_its_stages(rates, cut):
    stages = [stage(rate) for rate in rates]
    strides, whole, finest = chained(rates)
    nested = iv.Pipeline((iv.Pipeline(stages[:cut]), iv.Pipeline(stages[cut:])))
    nodes = [
        iv.Node(f"n{k}", each, "input" if k == 0 else f"n{k - 1}") for k, each in enumerate(stages)
    ]
    for op in (iv.Pipeline(stages), nested, iv.Graph(nodes), iv.Parallel({"a": nested})):
        plan = op.plan(iv.Axes.of(ring()))
        assert plan.stride_along("x") == strides[-1]
        assert plan.whole_shift_along("x") == whole
        assert plan.finest_along("x") == finest


@settings(max_examples=15, deadline=None, derandomize=True)
@given(RATES)
def test_moved_by_the_smallest_whole_shift_the_result_is_moved_wholly(rates):
    op, x = iv.Pipeline([stage(rate) for rate in rates]), ring()
    plan = op.plan(iv.Axes.of(x))
    whole = plan.whole_shift_along("x")
    by = whole / plan.stride_along("x")
    assert by == int(by)
    np.testing.assert_array_equal(op(x.roll(x=whole)), op(x).roll(x=int(by), roll_coords=False))


def test_whole_strides_stay_whole_numbers():
    plan = (stage(Fraction(2)) >> stage(Fraction(1, 2))).plan(iv.Axes.of(ring()))
    assert type(plan.stride_along("x")) is int
    assert plan.stride == {"x": 1}
    assert plan.whole_shifts == {"x": 2}


def test_branches_of_unlike_rates_are_named_with_their_fractions():
    op = iv.Sum(stage(Fraction(1, 2)), stage(Fraction(1, 3)))
    with pytest.raises(iv.errors.AxisError, match="1/2 and another of 1/3"):
        op.plan(iv.Axes.of(ring()))


def test_a_skip_keeps_the_rates_of_all_ways():
    skip = iv.Residual(stage(Fraction(3)) >> stage(Fraction(1, 3)))
    plan = (skip >> stage(Fraction(2))).plan(iv.Axes.of(ring()))
    assert (plan.stride_along("x"), plan.whole_shift_along("x")) == (2, 6)


def test_a_graph_knows_the_stride_up_to_where_it_loses_an_axis():
    graph = iv.Graph(
        [
            iv.Node("pool", iv.MaxPool({"x": 4}), "input"),
            iv.Node("mean", iv.GlobalPool("x", kind="mean"), "pool"),
        ]
    )
    plan = graph.plan(iv.Axes.of(ring()))
    chain = (iv.MaxPool({"x": 4}) >> iv.GlobalPool("x", kind="mean")).plan(iv.Axes.of(ring()))
    assert plan.stride_along("x") == chain.stride_along("x") == 4
    assert plan.reach_along("x") == chain.reach_along("x")


def test_a_dim_that_a_stage_makes_again_is_another_one():
    lost = iv.MaxPool({"x": 2}) >> iv.GlobalPool("x", kind="mean")
    plan = lost.plan(iv.Axes.of(ring()))
    assert plan.whole_shift_along("x") == 2


def test_why_there_is_no_lift_names_rates_and_what_there_is_instead():
    text = without_a_lift("x", Fraction(1, 2), 1)
    assert "stride of 1/2" in text
    assert "iv.aliasing.images(op, x, 'x')" in text


def test_blind_shifts_excerpts_and_crops_follow_the_smallest_whole_shift():
    op = iv.MaxPool({"x": 4}) >> iv.NearestUpsample({"x": 4})
    x = iv.label(np.random.default_rng(0).standard_normal(42), iv.Axis("x", unit="px"))
    assert iv.aliasing.stride_and_reach(op, x, "x")[0] == 4
    ring, said = iv.aliasing.periodized(op, x, "x")
    assert ring.sizes["x"] % 4 == 0
    assert "cropped to 40 samples" in said
    (told,) = iv.check(op, ring, max_error=-30, shifts=[4.0])
    assert told.outcome == "undecidable"
    assert "total stride of 4 samples" in told.sentence
    with pytest.raises(iv.errors.ParameterError, match="whole multiple of the total stride"):
        iv.causes(op, x, iv.Translate(x=2), "cut")
    assert float(iv.causes(op, x, iv.Translate(x=4), "cut").total) < 1e-12


def test_rolls_by_whole_samples_are_blind_to_what_only_goes_up():
    op = iv.NearestUpsample({"x": 2})
    (told,) = iv.check(op, ring(), max_error=-30, shifts=[1.0])
    assert told.outcome == "undecidable"
    (told,) = iv.check(op, ring(), max_error=-30, shifts=[0.5])
    assert told.outcome == "falls short"
