"""A pipeline as given, run on an input that is moved with wrapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import xarray as xr

from invarsig.actions import Translate
from invarsig.errors import DimError
from invarsig.operators import Graph, Join, Operator, Pipeline
from invarsig.operators.base import stages_of
from invarsig.operators.graph import INPUT
from invarsig.operators.pipeline import told

__all__ = ["Rolled", "Unit", "live", "parts_of", "paths_of", "units_of"]


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


@dataclass(frozen=True, eq=False)
class Rolled:
    """What each unit of a pipeline or graph gives.

    Parameters
    ----------
    units
        The pipeline.
    features
        The input, and what each unit gives.
    created
        For each unit the dims that it creates: a move along them begins after it.
    begun
        The move that was applied to the input, if any: the results of a node have been moved along
        the dims that it creates.
    windowed
        How it has been moved.
    """

    units: tuple[Unit, ...]
    features: tuple[xr.DataArray, ...]
    created: tuple[tuple[str, ...], ...]
    begun: Translate | None = None
    windowed: bool = False
    _moved: dict[tuple[object, int], xr.DataArray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, units: Sequence[Unit], x: xr.DataArray) -> Rolled:
        """Run the units on an input."""
        features, created, there = [x], [], [set(x.dims)]
        for unit in units:
            features.append(unit([features[k] for k in unit.inputs]))
            before = set().union(*(there[k] for k in unit.inputs))
            created.append(tuple(str(dim) for dim in features[-1].dims if dim not in before))
            there.append(before | set(features[-1].dims))
        return cls(tuple(units), tuple(features), tuple(created))

    def inputs(self, place: int) -> list[xr.DataArray]:
        """What a unit reads."""
        return [self.features[k] for k in self.units[place].inputs]

    @property
    def result(self) -> xr.DataArray:
        """The output."""
        return self.features[-1]

    def require(self, move: Translate) -> None:
        """Raise a `DimError` if a move is along a dim that no unit is given or gives."""
        there = dict.fromkeys(str(dim) for z in self.features for dim in z.dims)
        for dim in move.shifts:
            if dim not in there:
                raise DimError(
                    f"Neither the input nor any stage has the dim {dim!r} that {move} moves along; "
                    f"the dims are {', '.join(map(repr, there))}."
                )

    def moved(self, move: Translate, *, windowed: bool = False) -> Rolled:
        """Run the pipeline on the moved input; dims that a unit creates are moved after it."""
        found = [move.rolled(self.features[0], windowed=windowed)]
        for place, unit in enumerate(self.units):
            made = self.own(place, unit([found[k] for k in unit.inputs]))
            found.append(self.after(place, made, move, windowed=windowed))
        return Rolled(self.units, tuple(found), self.created, move, windowed)

    def feature(self, k: int, move: Translate, *, windowed: bool = False) -> xr.DataArray:
        """A result, moved; kept, since a graph reads it again."""
        key = (tuple(move.shifts.items()), k)
        if key not in self._moved:
            self._moved[key] = move.rolled(self.features[k], windowed=windowed)
        return self._moved[key]

    def own(self, place: int, value: xr.DataArray) -> xr.DataArray:
        """Move what a unit gives as these features have been, along the dims that it creates."""
        if self.begun is None:
            return value
        return self.after(place, value, self.begun, windowed=self.windowed)

    def after(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Move what a unit gives along the dims that it creates."""
        new = {dim: move.shifts[dim] for dim in self.created[place] if dim in move.shifts}
        return Translate(new).rolled(value, windowed=windowed) if new else value

    def rest(
        self, place: int, value: xr.DataArray, move: Translate, *, windowed: bool = False
    ) -> xr.DataArray:
        """Run the units from a given one on: the result before it is `value`, others are moved."""
        others = live(self.units, place) - {place}
        values = {k: self.feature(k, move, windowed=windowed) for k in others}
        values[place] = value
        for number in range(place, len(self.units)):
            unit = self.units[number]
            made = self.own(number, unit([values[k] for k in unit.inputs]))
            values[number + 1] = self.after(number, made, move, windowed=windowed)
        return values[len(self.units)]


def live(units: Sequence[Unit], place: int) -> set[int]:
    """Results that units from a given one on read, and that units before it gave."""
    return {k for unit in units[place:] for k in unit.inputs if k <= place}
