"""What a pipeline or graph is run as: units, each of which reads results of those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig.operators import Graph, Join, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.graph import INPUT
from invarsig.operators.pipeline import told

__all__ = ["Unit", "layer_name", "live", "parts_of", "paths_of", "units_of"]


@dataclass(frozen=True)
class Unit:
    """What is run as a unit: an operator on one result, or a join of several.

    Parameters
    ----------
    op
        The operator, or the join.
    stage
        The stage that it belongs to, counted from 0.
    inputs
        Which results it reads: 0 is the input of all, and k what the k-th unit gives.
    """

    op: Operator | Join
    stage: int
    inputs: tuple[int, ...]

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run it."""
        with told(self.op, self.stage + 1, values[0]):
            return self.op(values) if isinstance(self.op, Join) else self.op(values[0])


def units_of(op: Operator) -> tuple[Unit, ...]:
    """The stages of a pipeline or the nodes of a graph, and those of what is nested in them.

    Examples
    --------
    >>> import invarsig as iv
    >>> inner = iv.Pipeline((iv.Relu(), iv.Tanh()))
    >>> [(str(unit.op), unit.stage) for unit in units_of(iv.Pipeline((iv.Modulus(), inner)))]
    [('Modulus()', 0), ('Relu()', 1), ('Tanh()', 1)]
    """
    units: list[Unit] = []
    if isinstance(op, Graph):
        _expanded(op, units, 0, None)
        return tuple(units)
    last = 0
    for number, stage in enumerate(stages_of(op)):
        last = _expanded(stage, units, last, number)
    return tuple(units)


def parts_of(op: Operator) -> tuple[str, ...]:
    """What the stages of `units_of` are called: those of a pipeline, or the nodes of a graph."""
    return tuple(map(str, op.nodes if isinstance(op, Graph) else stages_of(op)))


def paths_of(op: Operator) -> tuple[str, ...]:
    """Paths of what `parts_of` names: the names of a graph's nodes, or the stages' numbers."""
    if isinstance(op, Graph):
        return tuple(node.name for node in op.nodes)
    return tuple(str(number) for number in range(1, len(stages_of(op)) + 1))


def layer_name(number: int, path: str, text: str) -> str:
    """What a layer is called: a node of a graph by its text, which begins with its path.

    Examples
    --------
    >>> layer_name(2, "2", "Relu()"), layer_name(2, "conv1", "conv1: Conv2d(3)")
    ('stage 2, Relu()', 'conv1: Conv2d(3)')
    """
    return f"stage {number}, {text}" if path == str(number) else text


def _expanded(op: Operator | Join, units: list[Unit], source: int, stage: int | None) -> int:
    """Add what an operator is made of; give back which result is its own."""
    if isinstance(op, Pipeline):
        for each in op.stages:
            source = _expanded(each, units, source, stage)
        return source
    if not isinstance(op, Graph):
        units.append(Unit(op, stage or 0, (source,)))
        return len(units)
    found = {INPUT: source}
    for number, node in enumerate(op.nodes):
        own = number if stage is None else stage
        inputs = tuple(found[name] for name in node.sources)
        if isinstance(node.op, Join):
            units.append(Unit(node.op, own, inputs))
            found[node.name] = len(units)
        else:
            found[node.name] = _expanded(node.op, units, inputs[0], own)
    return found[op.nodes[-1].name]


def live(units: Sequence[Unit], place: int) -> set[int]:
    """Results that units from a given one on read, and that units before it gave."""
    return {k for unit in units[place:] for k in unit.inputs if k <= place}
