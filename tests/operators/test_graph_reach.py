"""The reach of a graph counts from where the samples of a join stand."""

import numpy as np
import pytest

import invarsig as iv


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("step", [0.5, -0.5])
def test_a_branch_that_stands_half_a_sample_later_reaches_from_the_join(turned, step):
    x = iv.label(np.random.default_rng(1).standard_normal(12), iv.Axis("x", step=step))
    pool = iv.MeanPool(window={"x": 2}, stride={"x": 1}, boundary="zero", padding={"x": 0})
    inputs = ("pool", "input") if turned else ("input", "pool")
    graph = iv.Graph([iv.Node("pool", pool, "input"), iv.Node("sum", iv.Add(), inputs)])
    y, plan = graph(x), graph.plan(iv.Axes.of(x))
    left, right = (each / abs(step) for each in plan.reach["x"])
    where = iv.axis_of(y, "x").offset(iv.axis_of(x, "x")) / step
    reached = [where + 3 - left, where + 3 + right]  # of the fourth sample

    changed = [k for k in range(12) if float(abs(graph(x.where(x.x != x.x[k], 9.0)) - y)[3]) > 0]
    assert [min(changed), max(changed)] == reached


def test_a_lift_plans_each_node_on_the_axes_that_it_meets():
    # The second node works along a dim that the graph's input does not have.
    x = iv.label(np.random.default_rng(1).standard_normal(32), iv.Axis("x", period=32.0))
    bank = iv.GaussianBank({"x": [1.0, 2.0]}, channel="width")
    peak = iv.MaxPool(window={"width": 2, "x": 2}, stride={"x": 2})
    graph = iv.Graph([iv.Node("bank", bank, "input"), iv.Node("peak", peak, "bank")])
    lifted, chain = (iv.lift(op, x, "x") for op in (graph, bank >> peak))
    np.testing.assert_allclose(lifted, chain, atol=1e-12)
