"""Layers of a pipeline or graph, as a baseline keeps them: what they read, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.units import layer_name, parts_of, paths_of
from invarsig.diagnosis.layer_response import Grid, Response, grid_of, respond
from invarsig.operators import Graph, Operator
from invarsig.operators.base import stages_of
from invarsig.operators.graph import INPUT

__all__ = ["Layer", "LayerNow", "layers_of", "named_by_path"]

_Run = Callable[[Sequence[xr.DataArray]], xr.DataArray]


@dataclass(frozen=True)
class Layer:
    """One layer: a stage of a pipeline, or a node of a graph.

    Parameters
    ----------
    path
        Its path, such as "layer2.conv1"; of a stage its number.
    text
        What it is.
    reads
        Which layers it reads, counted from 1; 0 for the input.
    grids
        Grids of what it reads.
    response
        What it gives for one noise that is always the same; None where that is not known.

    Examples
    --------
    >>> Layer("conv1", "Relu()", (0,)).reads
    (0,)
    """

    path: str
    text: str
    reads: tuple[int, ...]
    grids: tuple[Grid, ...] = ()
    response: Response | None = None


@dataclass(frozen=True, eq=False)
class LayerNow:
    """A layer that can be run.

    Parameters
    ----------
    path, text, reads
        As of a `Layer`.
    inputs
        What it reads.
    run
        Runs it.
    """

    path: str
    text: str
    reads: tuple[int, ...]
    inputs: tuple[xr.DataArray, ...]
    run: _Run

    def kept(self) -> Layer:
        """The layer, as a baseline keeps it."""
        grids = tuple(map(grid_of, self.inputs))
        return Layer(self.path, self.text, self.reads, grids, self.response_on(grids))

    def response_on(self, grids: Sequence[Grid]) -> Response | None:
        """What it gives for the fixed noise on other grids; None where it cannot be run there."""
        if len(grids) != len(self.inputs):
            return None
        return respond(self.run, self.inputs, grids)


def layers_of(given: AsGiven) -> tuple[LayerNow, ...]:
    """The layers of a pipeline that has run."""
    op, texts, paths = given.op, _texts(given.op), paths_of(given.op)
    last = {unit.stage + 1: k for k, unit in enumerate(given.run.units, 1)}
    results = {0: given.run.features[0], **{n: given.run.features[k] for n, k in last.items()}}
    found = []
    for number, (text, path) in enumerate(zip(texts, paths, strict=True), 1):
        if isinstance(op, Graph):
            node = op.nodes[number - 1]
            places = {INPUT: 0, **{each.name: k for k, each in enumerate(op.nodes, 1)}}
            reads = tuple(places[name] for name in node.sources)
            run: _Run = node
        else:
            reads, run = (number - 1,), _alone(stages_of(op)[number - 1])
        inputs = tuple(results[k] for k in reads)
        found.append(LayerNow(path, text, reads, inputs, run))
    return tuple(found)


def named_by_path(op: Operator, number: int) -> str:
    """What a layer is called: "conv1: Conv2d(3)" of a graph, "stage 2, Relu()" of a pipeline.

    Examples
    --------
    >>> import invarsig as iv
    >>> named_by_path(iv.Relu() >> iv.Tanh(), 2)
    'stage 2, Tanh()'
    >>> named_by_path(iv.Graph([iv.Node("act", iv.Relu(), "input")]), 1)
    'act: Relu()'
    """
    return layer_name(number, paths_of(op)[number - 1], parts_of(op)[number - 1])


def _texts(op: Operator) -> tuple[str, ...]:
    """What layers are, without their names."""
    return tuple(str(each.op) for each in op.nodes) if isinstance(op, Graph) else parts_of(op)


def _alone(stage: Operator) -> _Run:
    return lambda values: stage(values[0])
