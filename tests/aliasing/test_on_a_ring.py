"""A network whose every padding wraps is the network written with periodic paddings."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.on_a_ring import on_a_ring
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of

X = iv.label(np.random.default_rng(2).standard_normal((12, 24)), "y", "x")


def network(boundary):
    sums = iv.Convolve(iv.label([1.0, 2.0, 0.5], "x"), boundary=boundary)
    down = iv.Convolve(iv.label([1.0, -1.0, 3.0], "x"), stride={"x": 2}, boundary=boundary)
    return iv.Graph(
        [
            iv.Node("one", sums, "input"),
            iv.Node("act", iv.Relu(), "one"),
            iv.Node("two", sums, "act"),
            iv.Node("sum", iv.Add(), ("two", "one")),
            iv.Node("half", down, "sum"),
        ]
    )


@pytest.mark.parametrize("boundary", ["zero", "reflect", "symmetric"])
def test_it_is_the_network_with_periodic_paddings(boundary):
    given = network(boundary)
    around = on_a_ring(Rolled.of(units_of(given), X), ["x"])
    np.testing.assert_allclose(around, network("periodic")(X), atol=1e-12)
    assert not np.allclose(around, given(X))


def test_what_has_no_padding_stays_as_it_is():
    for op in (network("periodic"), network("valid").nodes[0].op):
        np.testing.assert_allclose(on_a_ring(Rolled.of(units_of(op), X), ["x"]), op(X), atol=1e-12)


def test_only_the_dims_named_are_wrapped():
    op = iv.Convolve(iv.label([1.0, 2.0, 0.5], "y"), boundary="zero") >> network("zero").nodes[0].op
    around = on_a_ring(Rolled.of(units_of(op), X), ["x"])
    half = op.stages[0] >> network("periodic").nodes[0].op
    np.testing.assert_allclose(around, half(X), atol=1e-12)
