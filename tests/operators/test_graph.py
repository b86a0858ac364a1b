"""Graphs: a chain and a skip connection are two of their shapes, and what does not fit is named."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

import invarsig as iv

RNG = np.random.default_rng
BLUR = iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero")
HALF = iv.MaxPool(window={"x": 2})
X = iv.label(RNG(0).standard_normal((3, 48)), "channel", iv.Axis("x", step=0.5, unit="s"))


def chain(*ops: iv.Operator) -> iv.Graph:
    names = ["input", *(f"n{k}" for k in range(len(ops)))]
    pairs = zip(names[1:], names, ops, strict=False)
    return iv.Graph([iv.Node(name, op, before) for name, before, op in pairs])


def skipped() -> iv.Graph:
    """``max(u + relu(blur(u)))`` with ``u = blur(x)``."""
    return iv.Graph(
        [
            iv.Node("first", BLUR, "input"),
            iv.Node("body.blur", BLUR, "first"),
            iv.Node("body.relu", iv.Relu(), "body.blur"),
            iv.Node("sum", iv.Add(), ("first", "body.relu")),
            iv.Node("pool", HALF, "sum"),
        ]
    )


def test_a_chain_gives_what_the_pipeline_gives():
    ops = (BLUR, iv.Tanh(), HALF)
    graph, pipeline = chain(*ops), iv.Pipeline(ops)
    assert graph(X).identical(pipeline(X))
    mine, theirs = graph.plan(iv.Axes.of(X)), pipeline.plan(iv.Axes.of(X))
    for name in ("in_axes", "out_axes", "stride", "reach", "shared"):
        assert getattr(mine, name) == getattr(theirs, name), name
    assert mine.work(iv.Axes.of(X)) == theirs.work(iv.Axes.of(X))


def test_a_skip_gives_what_a_residual_gives():
    pipeline = BLUR >> iv.Residual(BLUR >> iv.Relu()) >> HALF
    np.testing.assert_array_equal(skipped()(X), pipeline(X))
    mine, theirs = skipped().plan(iv.Axes.of(X)), pipeline.plan(iv.Axes.of(X))
    assert mine.reach == theirs.reach
    assert mine.out_axes == theirs.out_axes


def test_the_reach_is_that_of_the_widest_way():
    wide = iv.BlurPool(taps=7, stride={"x": 1}, boundary="zero")
    graph = iv.Graph(
        [
            iv.Node("narrow", BLUR, "input"),
            iv.Node("wide", wide, "input"),
            iv.Node("sum", iv.Add(), ("narrow", "wide")),
        ]
    )
    assert graph.plan(iv.Axes.of(X)).reach == {"x": (1.5, 1.5)}


def test_branches_of_two_strides_are_refused_with_both_grids_and_the_node():
    graph = iv.Graph([iv.Node("half", HALF, "input"), iv.Node("sum", iv.Add(), ("half", "input"))])
    words = "do not meet along 'x'.*24 samples every 1 .*48 every 0.5 .*Node 'sum'"
    with pytest.raises(iv.errors.AxisError, match=words):
        graph(X)
    with pytest.raises(iv.errors.AxisError, match=words):
        graph.plan(iv.Axes.of(X))


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([], "at least one"),
        ([iv.Node("a", iv.Relu(), "b")], "'a' reads 'b', which no node before"),
        ([iv.Node("a", iv.Relu(), "input")] * 2, "Two results are named 'a'"),
        ([iv.Relu()], "made of nodes, not Relu"),
    ],
)
def test_what_is_no_graph_is_refused(nodes, words):
    with pytest.raises(iv.errors.ParameterError, match=words):
        iv.Graph(nodes)


def test_a_node_of_two_inputs_is_a_join():
    with pytest.raises(iv.errors.ParameterError, match="has 2 inputs"):
        iv.Node("a", iv.Relu(), ("input", "b"))
    with pytest.raises(iv.errors.ParameterError, match="joins nothing"):
        iv.Node("a", iv.Add(), ())


def test_it_is_renamed_and_bounded_at_all_nodes():
    renamed = skipped().rename({"x": "time"})
    y = renamed(X.rename(x="time"))
    assert y.rename(time="x").identical(skipped()(X))
    around = X.assign_coords(x=("x", X.x.data, {"units": "s", "period": 24.0}))
    free = skipped().bounded(None)
    moved = free(around.roll(x=2, roll_coords=False))
    np.testing.assert_allclose(moved, free(around).roll(x=1, roll_coords=False), atol=1e-14)
    assert not np.allclose(skipped()(around)[:, 0], free(around)[:, 0])


def test_its_source_evaluates_back_to_it():
    again = eval(repr(skipped()), {"iv": iv})
    assert again(X).identical(skipped()(X))


def test_results_that_no_later_node_reads_are_freed():
    made: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []

    def tracked(values: np.ndarray) -> np.ndarray:
        result = values + 1.0
        made.append(weakref.ref(result))
        alive.append(sum(each() is not None for each in made))
        return result

    chain(*[iv.Apply(tracked)] * 10)(X)
    assert len(alive) == 10
    assert max(alive) <= 2
