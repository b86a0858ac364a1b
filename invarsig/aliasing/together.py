"""Neighboring units of a graph taken together, as one unit that has one result.

The sum over units is exact whatever a unit is, so a block of a network may be one. What it is
wrapped is all of its units wrapped. Only units that keep the grid and are shift-invariant apart
from their ends are taken together: what such a block does on its own is nonlinearity between
samples, and nothing else that has a name is lost in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.aliasing.onward import Onward
from invarsig.aliasing.units import Unit, live
from invarsig.aliasing.wrapped import Wrapped
from invarsig.axes import Axes
from invarsig.operators import Join

__all__ = ["Together", "spans", "taken_together"]


@dataclass(frozen=True, eq=False)
class Together(Join):
    """Several units as one.

    Parameters
    ----------
    first
        The first of them.
    onward
        All units up to the last of them, and the labels of their results.
    around
        Those of them that have ends along the axes that move, wrapped, by their number.
    """

    first: int
    onward: Onward
    around: Mapping[int, Wrapped]

    linear = False

    @property
    def inputs(self) -> tuple[int, ...]:
        """Which results they read of those that others give."""
        every = (k for unit in self.onward.units[self.first :] for k in unit.inputs)
        return tuple(sorted({k for k in every if k <= self.first}))

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """The axes of the last result."""
        return Axes.of(self.onward.like[-1])

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run them as given."""
        return self.onward.run(self.first, dict(zip(self.inputs, values, strict=True)))

    def wrapped(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Run them with each one wrapped."""
        found = dict(zip(self.inputs, values, strict=True))
        for place in range(self.first, len(self.onward.units)):
            unit, around = self.onward.units[place], self.around.get(place)
            met = [found[k] for k in unit.inputs]
            found[place + 1] = unit(met) if around is None else around.cut(around(met[0]))
        return found[len(self.onward.units)]

    def __str__(self) -> str:
        """How many they are."""
        return f"{len(self.onward.units) - self.first} units"


def spans(units: Sequence[Unit], blocks: Sequence[str], fits: Callable[[int], bool]) -> list[range]:
    """Which units are taken together: those of whole nodes of one block, with one result.

    Parameters
    ----------
    units
        All of them.
    blocks
        The block that each node lies in; "" for a node that is not taken together with others.
    fits
        Whether a unit may be taken together with its neighbors.

    Returns
    -------
    list of range
        Places of units, in order; each unit in one.
    """
    nodes = _nodes(units)
    fit = [bool(blocks[units[node.start].stage]) and all(map(fits, node)) for node in nodes]
    found: list[range] = []
    number = 0
    while number < len(nodes):
        first, name = nodes[number].start, blocks[units[nodes[number].start].stage]
        end = number + 1
        for k in range(number, len(nodes)):
            if not fit[k] or blocks[units[nodes[k].start].stage] != name:
                break
            if not live(units, nodes[k].stop) & set(range(first + 1, nodes[k].stop)):
                end = k + 1
        if end > number + 1:
            found.append(range(first, nodes[end - 1].stop))
        else:
            found += [range(place, place + 1) for place in nodes[number]]
        number = end
    return found


def _nodes(units: Sequence[Unit]) -> list[range]:
    """The units of each node."""
    begins = [k for k in range(len(units)) if not k or units[k].stage != units[k - 1].stage]
    return [range(*pair) for pair in zip(begins, [*begins[1:], len(units)], strict=True)]


def taken_together(
    units: Sequence[Unit],
    like: Sequence[xr.DataArray],
    parts: Sequence[range],
    around: Mapping[int, Wrapped],
) -> tuple[Unit, ...]:
    """One unit for each span; `like` has the labels of all results."""
    labels = [z.copy(data=np.broadcast_to(np.zeros((), z.dtype), z.shape)) for z in like]
    number = {0: 0} | {part.stop: k for k, part in enumerate(parts, 1)}
    found = []
    for part in parts:
        unit = units[part.start]
        if len(part) > 1:
            stop = part.stop
            onward = Onward(units[:stop], labels[: stop + 1], lambda _: None)
            inner = {k: around[k] for k in part if k in around and around[k].continued}
            op = Together(part.start, onward, inner)
            unit = Unit(op, units[stop - 1].stage, op.inputs)
        found.append(Unit(unit.op, unit.stage, tuple(number[k] for k in unit.inputs)))
    return tuple(found)
