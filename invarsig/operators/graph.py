"""A graph of operators, of which a chain and a skip connection are two shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.base import Operator, Plan, require_operator
from invarsig.operators.joins import Add, Join
from invarsig.operators.noise import noise_picture
from invarsig.operators.pipeline import located
from invarsig.operators.rates import Rates
from invarsig.suggestions import did_you_mean

__all__ = ["INPUT", "Graph", "Node"]

INPUT = "input"
"""The name of the graph's own input."""


@dataclass(frozen=True)
class Node:
    """One operation of a graph: an operator on a named result, or a join of several.

    Parameters
    ----------
    name
        Name of its result: a path such as "blocks.3.conv".
    op
        The operator, or the join.
    inputs
        Names of the results that it reads, "input" for the graph's own input.

    Raises
    ------
    ParameterError
        If an operator has more than one input, or a join has none.
    DtypeError
        If it is neither an operator nor a join.

    Examples
    --------
    >>> import invarsig as iv
    >>> str(iv.Node("pool", iv.MaxPool({"x": 2}), "input"))
    'pool: MaxPool(x: 2)'
    """

    name: str
    op: Operator | Join
    inputs: str | tuple[str, ...]

    def __post_init__(self) -> None:
        names = self.sources
        if isinstance(self.op, Join):
            if not names:
                raise ParameterError(f"The node {self.name!r} joins nothing; name its inputs.")
            return
        require_operator(self.op)
        if len(names) != 1:
            raise ParameterError(
                f"The node {self.name!r} has {len(names)} inputs, and {self.op} takes one; join "
                "them first, by Add, Multiply or Concatenate."
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the results that it reads."""
        return (self.inputs,) if isinstance(self.inputs, str) else tuple(self.inputs)

    @property
    def linear(self) -> bool:
        """Whether it is linear."""
        return bool(self.op.linear)

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run it on its inputs."""
        with named(self):
            return self.op(values) if isinstance(self.op, Join) else self.op(values[0])

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """Axes of its result."""
        if isinstance(self.op, Join):
            return self.op.after(inputs)
        return self.op.plan(inputs[0]).after(inputs[0])

    def __str__(self) -> str:
        """Its name and what it does."""
        return f"{self.name}: {self.op}"


@contextmanager
def named(node: Node) -> Iterator[None]:
    """Add to an error the node that it comes from."""
    where = f"Node {node.name!r}, {node.op}, of {', '.join(map(repr, node.sources))}"
    with located(where):
        yield


@dataclass(frozen=True)
class _Path:
    """What lies between the input and a result: its axes, rates and reach."""

    axes: Axes
    reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    shared: frozenset[str] | None = None  # None: all
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True)
class Graph(Operator):
    """Operators in a graph without cycles: each reads named results, and the last one is given.

    A chain is the graph whose nodes read the result before; a skip connection is one that a later
    `Add` reads, too. `invarsig.causes` splits its error over all nodes.

    Parameters
    ----------
    nodes
        In topological order: a node reads the input and results of nodes before it.

    Raises
    ------
    ParameterError
        If there is no node, two have one name, or one reads what no node before it gives.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> blur = iv.BlurPool(taps=3, stride={"x": 1})
    >>> graph = iv.Graph(
    ...     [
    ...         iv.Node("blur", blur, "input"),
    ...         iv.Node("relu", iv.Relu(), "blur"),
    ...         iv.Node("skip", iv.Add(), ("relu", "input")),
    ...         iv.Node("pool", iv.MaxPool(window={"x": 2}), "skip"),
    ...     ]
    ... )
    >>> x = iv.label(np.arange(8.0), iv.Axis("x", period=8.0))
    >>> graph(x).sizes["x"], len(graph)
    (4, 4)
    """

    nodes: Sequence[Node]

    def __post_init__(self) -> None:
        nodes = tuple(self.nodes)
        object.__setattr__(self, "nodes", nodes)
        if not nodes:
            raise ParameterError("A graph needs at least one node.")
        there = {INPUT}
        for node in nodes:
            if not isinstance(node, Node):
                raise ParameterError(
                    f"A graph is made of nodes, not {type(node).__name__}; give iv.Node(name, "
                    "operator, inputs)."
                )
            for name in node.sources:
                if name not in there:
                    raise ParameterError(
                        f"The node {node.name!r} reads {name!r}, which no node before it gives; "
                        f"there are {', '.join(map(repr, sorted(there)))}."
                        f"{did_you_mean(name, there)}"
                    )
            if node.name in there:
                raise ParameterError(f"Two results are named {node.name!r}; rename one.")
            there.add(node.name)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether all nodes are linear."""
        return all(node.linear for node in self.nodes)

    @property
    def network(self) -> bool:  # type: ignore[override]
        """Whether a node is part of a network."""
        return any(isinstance(node.op, Operator) and node.op.network for node in self.nodes)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that its nodes are joint over; some may be created by an earlier node."""
        single = [node.op for node in self.nodes if isinstance(node.op, Operator)]
        return tuple(dict.fromkeys(dim for op in single for dim in op.dims))

    def among(self, nodes: Sequence[Node]) -> Graph:
        """Give the graph of some of its nodes, which read nothing of the others."""
        return replace(self, nodes=tuple(nodes))

    def op(self, name: str) -> Operator:
        """The operator of a node.

        Raises
        ------
        ParameterError
            If there is no such node, or it joins several results.
        """
        for node in self.nodes:
            if node.name == name and isinstance(node.op, Operator):
                return node.op
        raise ParameterError(f"The graph has no node {name!r} with one input.")

    def plan(self, axes: Axes) -> Plan:
        """Follow axes, rates and reach along all ways through the graph."""
        paths = {INPUT: _Path(axes)}
        work, touched = 0.0, dict[str, None]()
        for node in self.nodes:
            before = [paths[name] for name in node.sources]
            with named(node):
                paths[node.name] = _next(node, before)
                if isinstance(node.op, Join):
                    work += node.op.work(paths[node.name].axes)
                else:
                    step = node.op.plan(before[0].axes)
                    work += step.work(before[0].axes)
                    touched |= dict.fromkeys(axis.dim for axis in step.in_axes)
        last, every = paths[self.nodes[-1].name], [path.rates for path in paths.values()]
        used = tuple(axes.read_or_counted(dim) for dim in axes if dim in touched)
        mine = {axis.dim for axis in used}
        out = [last.axes.read_or_counted(d) for d in last.axes if d in mine or d not in axes]
        kept = [axis for axis in out if axis.dim in mine]
        shared = frozenset(mine) if last.shared is None else last.shared & mine
        rates = last.rates.among(every)
        strides = rates.along(axis.dim for axis in kept)
        lost = mine - {axis.dim for axis in kept}
        made = Plan(
            used,
            tuple(out),
            {dim: by for dim, by in strides.items() if by != 1},
            {axis.dim: last.reach.get(axis.dim, (0.0, 0.0)) for axis in kept},
            shared=shared,
            # Where several ways lose a dim, all of them move by whole samples at this shift.
            lost_stride={dim: by for dim, by in rates.whole.items() if dim in lost and by > 1},
            lost_reach={dim: last.reach[dim] for dim in lost if dim in last.reach},
        )
        return rates.planned(made).costing([work], axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give None: several nodes stride, and none of them alone is the one to change."""
        return None

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        found = {INPUT: x}
        left = self._readers()
        for node in self.nodes:
            found[node.name] = node([found[name] for name in node.sources])
            for name in node.sources:
                left[name] -= 1
                if not left[name]:  # No later node reads it.
                    del found[name]
        return found[self.nodes[-1].name]

    def _rewritten(self, change: Any, method: str, argument: Any) -> Self:
        return replace(self, nodes=tuple(_changed(node, method, argument) for node in self.nodes))

    def _readers(self) -> dict[str, int]:
        """How often each result is read."""
        names = [name for node in self.nodes for name in node.sources]
        return {name: names.count(name) for name in names} | {self.nodes[-1].name: 1}

    def __str__(self) -> str:
        """Its size and its last node."""
        return f"Graph({len(self.nodes)} nodes, to {self.nodes[-1].name})"

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        """Go through the nodes."""
        return iter(self.nodes)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A skip connection before a stride."""
        from invarsig.operators.pointwise.rectifiers import Relu
        from invarsig.operators.pooling.blur_pool import BlurPool

        nodes = (
            Node("blur", BlurPool(taps=3, stride={"x": 1}), (INPUT,)),
            Node("relu", Relu(), ("blur",)),
            Node("sum", Add(), ("relu", INPUT)),
            Node("half", BlurPool(taps=3, stride={"x": 2}), ("sum",)),
        )
        yield cls(nodes), noise_picture(rng)


def _changed(node: Node, method: str, argument: Any) -> Node:
    """A node whose operator is renamed, rescaled or bounded; of joins only names change."""
    if isinstance(node.op, Operator):
        return replace(node, op=getattr(node.op, method)(argument))
    return replace(node, op=node.op.rename(argument)) if method == "rename" else node


def _next(node: Node, before: Sequence[_Path]) -> _Path:
    """The path to a node's result."""
    after = node.after([path.axes for path in before])
    reach: dict[str, tuple[float, float]] = {}
    for path in before:
        for dim in dict.fromkeys(dim for each in before for dim in each.reach):
            left, right = path.reach.get(dim, (0.0, 0.0))
            old, ahead = reach.get(dim, (0.0, 0.0)), _ahead(node, path.axes, after, dim)
            reach[dim] = (max(old[0], left + ahead), max(old[1], right - ahead))
    shared = [path.shared for path in before if path.shared is not None]
    common = frozenset.intersection(*shared) if shared else None
    if isinstance(node.op, Operator):
        step = node.op.plan(before[0].axes)
        _widen(reach, {**step.lost_reach, **step.reach})
        apart = frozenset(axis.dim for axis in step.in_axes if not step.shares(axis.dim))
        if apart:
            every = frozenset(before[0].axes) | frozenset(after)
            common = (every if common is None else common) - apart
        return _Path(after, reach, common, before[0].rates.then(step))
    _widen(reach, node.op.reaches([path.axes for path in before]))
    rates = Rates.joined([(path.rates, path.axes) for path in before], after)
    return _Path(after, reach, common, rates)


def _widen(reach: dict[str, tuple[float, float]], by: Mapping[str, tuple[float, float]]) -> None:
    """Add what a node reaches to what the ways to it do."""
    for dim, (left, right) in by.items():
        old = reach.get(dim, (0.0, 0.0))
        reach[dim] = (old[0] + left, old[1] + right)


def _ahead(node: Node, before: Axes, after: Axes, dim: str) -> float:
    """How far after the samples of an input those of a join stand, which joins them as they are."""
    if not isinstance(node.op, Join) or dim not in before or dim not in after:
        return 0.0
    one, other = before.read_or_counted(dim), after.read_or_counted(dim)
    return other.offset(one) * (1 if one.step > 0 else -1)
