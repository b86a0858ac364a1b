"""A pipeline as given, run on an input that is moved with wrapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xarray as xr

from invarsig.actions import Translate
from invarsig.errors import DimError
from invarsig.operators import Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.pipeline import told

__all__ = ["Node", "Rolled", "nodes_of"]


@dataclass(frozen=True)
class Node:
    """An operator that is run as a unit, and the stage that it belongs to, counted from 0."""

    op: Operator
    stage: int

    def __call__(self, z: xr.DataArray) -> xr.DataArray:
        """Run it."""
        with told(self.op, self.stage + 1, z):
            return self.op(z)


def nodes_of(op: Operator) -> tuple[Node, ...]:
    """The stages of a pipeline; a nested pipeline is expanded into its own stages.

    Examples
    --------
    >>> import invarsig as iv
    >>> inner = iv.Pipeline((iv.Relu(), iv.Tanh()))
    >>> [(str(node.op), node.stage) for node in nodes_of(iv.Pipeline((iv.Modulus(), inner)))]
    [('Modulus()', 0), ('Relu()', 1), ('Tanh()', 1)]
    """
    return tuple(_nodes(op))


def _nodes(op: Operator) -> Iterator[Node]:
    for place, stage in enumerate(stages_of(op)):
        if isinstance(stage, Pipeline):
            yield from (Node(node.op, place) for node in _nodes(stage))
        else:
            yield Node(stage, place)


@dataclass(frozen=True, eq=False)
class Rolled:
    """The input of each node of a pipeline, and finally the output.

    Parameters
    ----------
    nodes
        The pipeline.
    features
        The input, and what each node gives.
    created
        For each node the dims that it creates: a move along them begins after it.
    begun
        The move that was applied to the input, if any: the results of a node have been moved along
        the dims that it creates.
    windowed
        How it has been moved.
    """

    nodes: tuple[Node, ...]
    features: tuple[xr.DataArray, ...]
    created: tuple[tuple[str, ...], ...]
    begun: Translate | None = None
    windowed: bool = False

    @classmethod
    def of(cls, nodes: Sequence[Node], x: xr.DataArray) -> Rolled:
        """Run the nodes on an input."""
        features, created, there = [x], [], set(x.dims)
        for node in nodes:
            features.append(node(features[-1]))
            created.append(tuple(str(dim) for dim in features[-1].dims if dim not in there))
            there |= set(features[-1].dims)
        return cls(tuple(nodes), tuple(features), tuple(created))

    @property
    def result(self) -> xr.DataArray:
        """The output."""
        return self.features[-1]

    def require(self, move: Translate) -> None:
        """Raise a `DimError` if a move is along a dim that no node is given or gives."""
        there = dict.fromkeys(str(dim) for z in self.features for dim in z.dims)
        for dim in move.shifts:
            if dim not in there:
                raise DimError(
                    f"Neither the input nor any stage has the dim {dim!r} that {move} moves along; "
                    f"the dims are {', '.join(map(repr, there))}."
                )

    def moved(self, move: Translate, *, windowed: bool = False) -> Rolled:
        """Run the pipeline on the moved input; dims that a node creates are moved after it."""
        found = [move.rolled(self.features[0], windowed=windowed)]
        for place, node in enumerate(self.nodes):
            made = self.own(place, node(found[-1]))
            found.append(self.after(place, made, move, windowed=windowed))
        return Rolled(self.nodes, tuple(found), self.created, move, windowed)

    def own(self, place: int, value: xr.DataArray) -> xr.DataArray:
        """Move what a node gives as these features have been, along the dims that it creates."""
        if self.begun is None:
            return value
        return self.after(place, value, self.begun, windowed=self.windowed)

    def after(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Move what a node gives along the dims that it creates."""
        new = {dim: move.shifts[dim] for dim in self.created[place] if dim in move.shifts}
        return Translate(new).rolled(value, windowed=windowed) if new else value

    def rest(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Run the nodes from a given one on, for a moved input."""
        for number in range(place, len(self.nodes)):
            made = self.own(number, self.nodes[number](value))
            value = self.after(number, made, move, windowed=windowed)
        return value
