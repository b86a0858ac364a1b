"""The finding about a graph: its nodes and edges, the error after each, what wrapping does."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.aliasing.on_a_ring import on_a_ring
from invarsig.aliasing.rolled import Rolled
from invarsig.aliasing.units import units_of
from invarsig.diagnosis.findings.graph import GRAPH
from invarsig.diagnosis.given import Given
from invarsig.measures.norms import relative

PICTURE = iv.power_law_noise(
    iv.Axis("y", size=16, unit="px"), iv.Axis("x", size=24, unit="px"), exponent=0.5, rng=3
)
SUMS = iv.Convolve(iv.label([1.0, 2.0, -0.5], "x"), boundary="zero")


def network(*last):
    return iv.Graph(
        [
            iv.Node("stem", SUMS, "input"),
            iv.Node("blocks.0.act", iv.Tanh(), "stem"),
            iv.Node("blocks.0.add", iv.Add(), ("blocks.0.act", "stem")),
            iv.Node("blocks.1.pool", iv.MaxPool(window={"y": 2, "x": 2}), "blocks.0.add"),
            *last,
        ]
    )


def found_of(op, x=PICTURE, dims=("y", "x"), shifts=None):
    given = Given(op, x, dims, shifts, lambda _text, _done: None)
    return GRAPH.measure(given), given


def test_nodes_and_edges_are_those_of_the_graph():
    data, _ = found_of(network())
    assert data.node_path.values.tolist() == [node.name for node in network()]
    assert data.node_kind.values.tolist() == ["operator", "operator", "join", "operator"]
    assert list(zip(data.edge_from.values.tolist(), data.edge_to.values.tolist(), strict=True)) == [
        (0, 1), (1, 2), (2, 3), (1, 3), (3, 4),
    ]  # fmt: skip
    np.testing.assert_array_equal(data.node_rate[:, 1], [1, 1, 1, 0.5])
    assert data.node_sizes.values[-1] == "y 8, x 12"


@pytest.mark.parametrize("dims", [("x",), ("y", "x")])
def test_the_error_after_a_node_is_that_of_the_network_cut_off_there(dims):
    data, given = found_of(network(), dims=dims, shifts={dim: [1.0] for dim in dims})
    for row, place in enumerate(data.node_move.values):
        move = given.judged[place].move
        for k in range(4):
            part = iv.Graph(network().nodes[: k + 1])
            error = iv.equivariance_error(part, PICTURE, move, protocol="roll")
            np.testing.assert_allclose(data.node_error[row, k], error, atol=1e-13)


def test_the_last_error_is_that_of_the_move_whose_error_is_split():
    found = iv.diagnose(network(), PICTURE, ["x"], shifts=[1.0, 0.5])
    data = found.tree["input_1"].to_dataset(inherit=False)
    place = data.node_move.values.tolist().index(data.attrs["cause_edge_move"])
    whole = data.cause_error[data.cause_bar.values.tolist().index("whole")]
    np.testing.assert_allclose(data.node_error[place, -1], whole, rtol=1e-9)


def test_what_wrapping_does_is_measured_on_the_last_result():
    op = network()
    data, given = found_of(op)
    around = on_a_ring(Rolled.of(units_of(op), PICTURE), ["y", "x"])
    off = relative(around - op(PICTURE), op(PICTURE), "centered")
    assert data.attrs["graph_wrapped"] == pytest.approx(float(off), rel=1e-12)
    assert data.attrs["graph_answer"] == data.attrs["graph_answer_wrapped"] == -1
    assert given.judged


def test_the_answer_of_a_classifier_is_named_as_given_and_wrapped():
    rng = np.random.default_rng(0)
    stack = iv.label(rng.standard_normal((5, 16, 24)), "class", "y", "x")
    ends = iv.Convolve(iv.label([1.0, 0.0, 1.0], "x"), boundary="zero")
    pool = iv.GlobalPool(("y", "x"), "mean")
    op = iv.Graph([iv.Node("conv", ends, "input"), iv.Node("pool", pool, "conv")])
    data, _ = found_of(op, stack)
    # Every sample is read twice on a ring; what a zero padding loses stands at the two ends.
    wrapped = 2 * stack.mean(("y", "x"))
    lost = (stack.isel(x=0) + stack.isel(x=-1)).mean("y") / 24
    assert data.attrs["graph_answer_wrapped"] == int(wrapped.values.argmax())
    assert data.attrs["graph_answer"] == int((wrapped - lost).values.argmax())


def test_a_chain_has_none():
    data, _ = found_of(iv.Tanh() >> iv.MaxPool(window={"x": 2}), dims=("x",))
    assert not data.variables


def test_a_node_made_of_several_stages_is_one_node():
    inner = iv.Node("head", iv.Tanh() >> SUMS >> iv.Relu(), "blocks.1.pool")
    data, _ = found_of(network(inner), dims=("x",), shifts={"x": [1.0]})
    assert data.sizes["node"] == 5
    error = iv.equivariance_error(network(inner), PICTURE, iv.Translate(x=1.0), protocol="roll")
    np.testing.assert_allclose(data.node_error[0, -1], error, atol=1e-13)


def test_a_diagnosis_of_a_graph_survives_a_file(tmp_path):
    found = iv.diagnose(network(), PICTURE, ["x"], shifts=[1.0])
    found.save(tmp_path / "found.json")
    again = iv.diagnosis.Diagnosis.load(tmp_path / "found.json")
    for name in ("node_path", "node_error", "edge_to", "cause_share_by_order"):
        np.testing.assert_array_equal(again.tree["input_1"][name], found.tree["input_1"][name])
    assert again.summary() == found.summary()
