"""The nodes of a graph, of which the stages of a pipeline are those of a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators import Graph, Join, Node, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.graph import INPUT
from invarsig.operators.pipeline import told

__all__ = ["Course", "replaced"]


@dataclass(frozen=True, eq=False)
class Course:
    """What a pipeline or a graph runs, in order.

    Results are numbered: 0 is the input, and k what the k-th node gives.

    Parameters
    ----------
    op
        The pipeline, the graph, or a single operator.
    nodes
        The nodes of the graph; of a pipeline a chain, whose nodes are its stages.
    """

    op: Operator
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, op: Operator) -> Course:
        """The nodes of a graph, or the stages of a pipeline as a chain of nodes.

        Examples
        --------
        >>> import invarsig as iv
        >>> Course.of(iv.Relu() >> iv.Tanh()).nodes[1].sources
        ('stage 1',)
        """
        if isinstance(op, Graph):
            return cls(op, tuple(op.nodes))
        names = [INPUT, *(f"stage {k}" for k in range(1, len(stages_of(op)) + 1))]
        stages = zip(names[1:], stages_of(op), names, strict=False)
        return cls(op, tuple(Node(name, stage, before) for name, stage, before in stages))

    @cached_property
    def inputs(self) -> tuple[tuple[int, ...], ...]:
        """For each node, which results it reads."""
        places = {INPUT: 0, **{node.name: k for k, node in enumerate(self.nodes, 1)}}
        return tuple(tuple(places[name] for name in node.sources) for node in self.nodes)

    def axes(self, x: Axes) -> list[Axes]:
        """Axes of all results."""
        found = [x]
        for node, inputs in zip(self.nodes, self.inputs, strict=True):
            found.append(node.after([found[k] for k in inputs]))
        return found

    def live(self, place: int) -> set[int]:
        """Results that nodes from a given one on read, and that nodes before it gave."""
        return {k for inputs in self.inputs[place:] for k in inputs if k <= place}

    def run(
        self, place: int, results: Sequence[tuple[xr.DataArray, ...] | None]
    ) -> list[tuple[xr.DataArray, ...] | None]:
        """Run the nodes from a given one on, on one or several signals at once.

        Parameters
        ----------
        place
            The first node that is run, counted from 0.
        results
            The results up to there, each for all signals; those that are not read may be None.
        """
        found = list(results[: place + 1])
        for number in range(place, len(self.nodes)):
            rows = [found[k] for k in self.inputs[number]]
            signals = zip(*(row for row in rows if row is not None), strict=True)
            found.append(tuple(self.node(number, values) for values in signals))
        return found

    def last(self, place: int, results: Sequence[tuple[xr.DataArray, ...] | None]) -> Any:
        """The output, for each signal; what no later node reads is freed."""
        kept = {k: results[k] for k in self.live(place)}
        kept[place] = results[place] if place not in kept else kept[place]
        count = next(len(row) for row in kept.values() if row is not None)
        outputs = []
        for one in range(count):
            values = {k: row[one] for k, row in kept.items() if row is not None}
            for number in range(place, len(self.nodes)):
                made = self.node(number, [values[k] for k in self.inputs[number]])
                values[number + 1] = made
                still = self.live(number + 1)
                values = {k: v for k, v in values.items() if k in still or k == number + 1}
            outputs.append(values[len(self.nodes)])
        return tuple(outputs)

    def node(self, place: int, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run one node."""
        if isinstance(self.op, Graph):
            return self.nodes[place](values)
        stage = self.nodes[place].op
        assert isinstance(stage, Operator)
        with told(stage, place + 1, values[0]):
            return stage(values[0])

    def with_nodes(self, nodes: Sequence[Node]) -> Operator:
        """The same pipeline or graph with other nodes; of a pipeline only the operators change."""
        if isinstance(self.op, Graph):
            return replace(self.op, nodes=tuple(nodes))
        return Pipeline(tuple(node.op for node in nodes if isinstance(node.op, Operator)))

    def rewritten(self, place: int, parts: Sequence[Operator], instead_of: int = 1) -> Operator:
        """The same with other operators, one after another, in the place of a node."""
        if not isinstance(self.op, Graph):
            stages = stages_of(self.op)
            after = stages[place + instead_of :]
            return Pipeline((*stages[:place], *parts, *after))
        last = self.nodes[place + instead_of - 1].name
        head = self.nodes[place]
        made = [*_chain(head, last, parts, {node.name for node in self.nodes})]
        nodes = (*self.nodes[:place], *made, *self.nodes[place + instead_of :])
        return replace(self.op, nodes=nodes)


def _chain(head: Node, last: str, parts: Sequence[Operator], taken: set[str]) -> list[Node]:
    """Operators in sequence, from what a node reads to a result of a given name."""
    made: list[Node] = []
    source: str | tuple[str, ...] = head.inputs
    for number, part in enumerate(parts, 1):
        name = last if number == len(parts) else _free(f"{last}, part {number}", taken)
        made.append(Node(name, part, source))
        source = name
    return made


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def replaced(graph: Graph, parts: Mapping[str, Operator | Sequence[Operator]]) -> Graph:
    """Put other operators in the place of some nodes of a graph.

    Parameters
    ----------
    graph
        The graph.
    parts
        By the name of the node, the operator that stands there, or several in sequence. The result
        of the last one has the node's name, so that what reads it stays as it is.

    Raises
    ------
    ParameterError
        If the graph has no such node, or the node joins several results.

    Examples
    --------
    >>> import invarsig as iv
    >>> graph = iv.Graph([iv.Node("pool", iv.MaxPool(window={"x": 2}), "input")])
    >>> dense, blur = graph.nodes[0].op.unstrided(["x"]), iv.BlurPool(stride={"x": 2})
    >>> print(*replaced(graph, {"pool": (dense, blur)}), sep=", ")
    pool, part 1: MaxPool(x: 2, stride x: 1), pool: BlurPool(stride x: 2)
    """
    made: Operator = graph
    for name, several in parts.items():
        names = [node.name for node in Course.of(made).nodes]
        if name not in names:
            raise ParameterError(
                f"The graph has no node {name!r}; its nodes are {', '.join(map(repr, names))}."
            )
        place = names.index(name)
        if isinstance(Course.of(made).nodes[place].op, Join):
            raise ParameterError(
                f"The node {name!r} joins several results; only operators on one are replaced."
            )
        chain = (several,) if isinstance(several, Operator) else tuple(several)
        made = Course.of(made).rewritten(place, chain)
    assert isinstance(made, Graph)
    return made
