"""Unpooling against torch, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.operators.upsampling.arrays import array, by_name


@pytest.mark.parametrize("shape", [(6,), (9,), (4, 6), (5, 7)])
def test_unpooling_puts_values_back_as_torch_does(shape):
    torch = pytest.importorskip("torch", reason="the reference is torch")
    x = array(shape)
    rank, by = len(shape), 2
    pool = getattr(torch.nn.functional, f"max_pool{rank}d")
    back = getattr(torch.nn.functional, f"max_unpool{rank}d")
    given = torch.from_numpy(x.to_numpy()[None])
    pooled, places = pool(given, by, return_indices=True)
    wanted = back(pooled**2, places, by, output_size=given.shape)[0].numpy()
    window = by_name((by,) * rank)
    y = iv.MaxUnpool(window)([iv.MaxPool(window)(x) ** 2, x])
    np.testing.assert_array_equal(y, wanted)
    assert y.x.identical(x.x)


def test_unpooling_takes_what_its_pool_read_and_says_so():
    x = array((6,))
    pooled = iv.MaxPool({"x": 2})(x)
    join = iv.MaxUnpool({"x": 2})
    with pytest.raises(iv.errors.AxisError, match="windows of 2 of 3 samples"):
        join([x, pooled])
    with pytest.raises(iv.errors.ParameterError, match="give the values"):
        join([pooled])
    with pytest.raises(iv.errors.DimError, match="'y'"):
        iv.MaxUnpool({"y": 2})([pooled, x])
    with pytest.raises(iv.errors.ParameterError, match="no order"):
        join([pooled, x * 1j])


def test_a_graph_unpools():
    graph = iv.Graph(
        [
            iv.Node("pool", iv.MaxPool({"x": 2}), "input"),
            iv.Node("square", iv.Square(), "pool"),
            iv.Node("back", iv.MaxUnpool({"x": 2}), ("square", "input")),
        ]
    )
    x = array((6,), ring=True)
    assert graph(x).sizes["x"] == 6
    plan = graph.plan(iv.Axes.of(x))
    assert (plan.stride_along("x"), plan.whole_shift_along("x")) == (1, 2)
    named = graph.rename({"x": "time"})(x.rename(x="time"))
    np.testing.assert_array_equal(named, graph(x))
