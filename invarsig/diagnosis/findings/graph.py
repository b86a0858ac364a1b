"""The graph of a network: its nodes, the error after each, and what wrapping its padding does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from invarsig.actions import Translate
from invarsig.aliasing.on_a_ring import on_a_ring
from invarsig.aliasing.rolled import Rolled
from invarsig.axes import axis_of
from invarsig.diagnosis.findings.causes import SplitAt
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.errors import AxisError, InvarsigError
from invarsig.measures.norms import Norm, relative
from invarsig.operators import Graph, Join, Node
from invarsig.operators.graph import INPUT
from invarsig.report import schema

__all__ = ["GRAPH"]


def _graph(given: Given) -> xr.Dataset:
    """Nodes, edges and errors; nothing where the pipeline is a chain."""
    op = given.op
    if given.refused or not isinstance(op, Graph):
        return xr.Dataset()
    run, results = given.run.run, _results(given.run.run)
    number = {INPUT: 0} | {node.name: k for k, node in enumerate(op.nodes, 1)}
    edges = [(number[name], number[node.name]) for node in op.nodes for name in node.sources]
    places = _followed(given)
    moves = [given.judged[place].move for place in places]
    return schema.graph.dataset(
        _on_a_ring(given),
        node_path=[node.name for node in op.nodes],
        node_operator=[str(node.op) for node in op.nodes],
        node_kind=[_kind(node) for node in op.nodes],
        node_sizes=[_sizes(run.features[k]) for k in results],
        node_rate=[_rates(given, run.features[k]) for k in results],
        node_error=np.reshape(
            [_errors(run, results, move, given.run.norm) for move in moves],
            (len(moves), len(results)),
        ),
        node_move=places,
        node=np.arange(1, len(op.nodes) + 1),
        edge_from=[one for one, _ in edges],
        edge_to=[other for _, other in edges],
        graph_input=_sizes(run.features[0]),
    )


def _results(run: Rolled) -> list[int]:
    """Which feature is the result of each node: that of its last unit."""
    last: dict[int, int] = {}
    for place, unit in enumerate(run.units):
        last[unit.stage] = place + 1
    return [last[stage] for stage in sorted(last)]


def _followed(given: Given) -> list[int]:
    """The move whose error up to the edge is split, and along other dims the worst roll."""
    judged, worst = given.judged, dict[tuple[str, ...], int]()
    for place, each in enumerate(judged):
        if each.blind or not math.isfinite(each.roll):
            continue
        dims = tuple(each.move.shifts)
        if dims not in worst or each.roll > judged[worst[dims]].roll:
            worst[dims] = place
    at = SplitAt.of(given)
    if at is not None:
        worst[tuple(at.edge.move.shifts)] = judged.index(at.edge)
    return sorted(worst.values())


def _errors(run: Rolled, results: Sequence[int], move: Translate, norm: Norm) -> list[float]:
    """``||f_i(x') - g f_i(x)|| / ||f_i(x)||`` of each node's result, up to the very edge."""
    there = run.moved(move)
    found = []
    for k in results:
        here = run.features[k]
        back = move.rolled(here)
        gap = there.features[k].transpose(*back.dims).to_numpy() - back.to_numpy()
        found.append(float(relative(back.copy(data=gap), here, norm, (), move.required)))
    return found


def _kind(node: Node) -> str:
    return "join" if isinstance(node.op, Join) else "operator"


def _sizes(z: xr.DataArray) -> str:
    return ", ".join(f"{dim} {size}" for dim, size in z.sizes.items())


def _rates(given: Given, z: xr.DataArray) -> list[float]:
    """Samples for each sample of the axis where it first exists; NaN where it is not there."""
    found = []
    for dim, along in given.along.items():
        try:
            found.append(abs(along.axis.step / axis_of(z, dim).step) if dim in z.dims else math.nan)
        except AxisError:
            found.append(math.nan)
    return found


def _on_a_ring(given: Given) -> dict[str, float | int]:
    """How far the result is off where every padding wraps, and the largest output of a class."""
    y = given.run.y
    try:
        around = on_a_ring(given.run.run, given.dims)
    except InvarsigError:
        return {"graph_wrapped": math.nan, "graph_answer": -1, "graph_answer_wrapped": -1}
    gap = around.transpose(*y.dims).to_numpy() - y.to_numpy()
    off = given.run.relative(y.copy(data=gap), y, given.dims)
    wide = [dim for dim, size in y.sizes.items() if size > 1]
    single = len(wide) == 1 and wide[0] not in given.dims and y.dtype.kind == "f"
    answers = [int(np.argmax(each.to_numpy())) if single else -1 for each in (y, around)]
    return {"graph_wrapped": off, "graph_answer": answers[0], "graph_answer_wrapped": answers[1]}


GRAPH = InputFinding(schema.graph, _graph, "the layers")
