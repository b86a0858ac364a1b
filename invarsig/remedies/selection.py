"""Polyphase selection in a graph: one choice of samples for all branches that meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes, axis_of, phase_name
from invarsig.operators import Graph, Join, Node, Operator, PolyphasePool
from invarsig.remedies.course import Course
from invarsig.remedies.on_ring import OnRing

__all__ = ["SelectedAlike", "alike", "partner_of"]


@dataclass(frozen=True)
class SelectedAlike(Join):
    """The samples of one result that `PolyphasePool` chooses of another one.

    Parameters
    ----------
    pool
        What chooses, on the second result.

    Examples
    --------
    >>> import invarsig as iv
    >>> alike = SelectedAlike(OnRing(iv.PolyphasePool(stride={"x": 2}), {"x": 2}))
    >>> values = iv.label([1.0, 2.0, 3.0, 4.0], "x")
    >>> alike([values, iv.label([0.0, 5.0, 0.0, 5.0], "x")]).values
    array([2., 4.])
    """

    pool: OnRing

    linear = False

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """Axes of the first result, with the stride."""
        return self.pool.plan(inputs[0]).after(inputs[0])

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Select."""
        value, guide = values
        select = self.pool.op
        assert isinstance(select, PolyphasePool)
        names = [phase_name(dim) for dim in select.stride]
        bare = [each.drop_vars(names, errors="ignore") for each in (value, guide)]
        chosen, made = self.pool(bare[1]), self.pool(bare[0])
        filled = _filled(value, self.pool)
        result = made.copy()
        steps = {dim: abs(axis_of(value, dim).step) for dim in select.stride}
        batch = chosen.coords[names[0]].dims
        for item in np.ndindex(*(chosen.sizes[dim] for dim in batch)):
            here = dict(zip(batch, item, strict=True))
            phases = {
                dim: round(float(chosen.coords[phase_name(dim)].isel(here)) / steps[dim])
                for dim in select.stride
            }
            every = {dim: slice(phases[dim], None, by) for dim, by in select.stride.items()}
            part = filled.isel({**here, **every}).transpose(*made.isel(here).dims)
            result[here] = part.to_numpy()
        own = {name: chosen.coords[name].variable for name in (*names, "phase_margin")}
        for name in names:
            own[name] = (
                own[name] + guide.coords[name].variable if name in guide.coords else own[name]
            )
        return result.assign_coords(own)

    def __str__(self) -> str:
        """What it does."""
        return f"the samples that {self.pool.op} selects"


def _filled(x: xr.DataArray, pool: OnRing) -> xr.DataArray:
    """Continued to a multiple of the stride, as the pool does."""
    more = {dim: (0, -x.sizes[dim] % by) for dim, by in pool.multiples.items()}
    return x.pad(more, mode="edge") if any(b for _, b in more.values()) else x


def alike(graph: Graph, first: str, second: str, pool: OnRing) -> Graph | None:
    """A graph with two nodes without their strides, the first of which chooses for both.

    Parameters
    ----------
    graph
        The graph.
    first, second
        Names of the nodes, in the order in which they are run.
    pool
        What chooses, with the strides of both.

    Returns
    -------
    Graph or None
        None where one of the nodes has no form without its stride.
    """
    made: list[Node] = []
    for node in graph.nodes:
        if node.name not in (first, second):
            made.append(node)
            continue
        assert isinstance(node.op, Operator)
        dense, part = node.op.restrided(dict.fromkeys(pool.multiples, 1)), f"{node.name}, part 1"
        if dense is None:
            return None
        made.append(Node(part, dense, node.inputs))
        if node.name == first:
            made.append(Node(first, pool, part))
        else:
            made.append(Node(second, SelectedAlike(pool), (part, f"{first}, part 1")))
    return replace(graph, nodes=tuple(made))


def partner_of(course: Course, place: int, axes: Sequence[Axes], dims: Sequence[str]) -> int | None:
    """The node that strides on the branch that a strided node's branch meets; None for none.

    Raises
    ------
    LookupError
        If the branches do not stride in the same way, so no choice of samples suits both. The
        message names the node where they meet.
    """
    strided = _strided(course, axes, dims)
    partner: int | None = None
    for number, (node, inputs) in enumerate(zip(course.nodes, course.inputs, strict=True)):
        if not isinstance(node.op, Join):
            continue
        there = [strided[k] for k in inputs if set(dims) & set(axes[k])]
        with_it = [each for each in there if place in each]
        for other in (each for each in there if with_it and place not in each):
            mine, others = with_it[0] - other, other - with_it[0]
            if len(mine) > 1 or len(others) != 1:
                raise LookupError(
                    f"its branch meets another one at {node.name!r}, which strides "
                    f"{'at no node' if not others else 'at ' + _named(course, others)}, so "
                    "the two would hold different samples"
                )
            (found,) = others
            if partner not in (None, found) or not _same(course, axes, place, found, dims):
                raise LookupError(
                    f"it meets {_named(course, {found})} at {node.name!r}, on another grid"
                )
            partner = found
        del number
    return partner


def _strided(course: Course, axes: Sequence[Axes], dims: Sequence[str]) -> list[frozenset[int]]:
    """For each result the nodes with a stride that lie before it."""
    found: list[frozenset[int]] = [frozenset()]
    for place, (node, inputs) in enumerate(zip(course.nodes, course.inputs, strict=True)):
        own = frozenset.union(*(found[k] for k in inputs))
        if _changes_rate(node, axes[inputs[0]], axes[place + 1], dims):
            own |= {place}
        found.append(own)
    return found


def _changes_rate(node: Node, before: Axes, after: Axes, dims: Sequence[str]) -> bool:
    if isinstance(node.op, Join):
        return False
    both = [d for d in dims if d in before and d in after and before.placed(d) and after.placed(d)]
    return any(abs(after[dim].step / before[dim].step) != 1 for dim in both)


def _same(course: Course, axes: Sequence[Axes], one: int, other: int, dims: Sequence[str]) -> bool:
    """Whether two nodes stride alike, on the same grid."""
    for dim in dims:
        grids = [
            (axes[course.inputs[k][0]][dim].step, axes[k + 1][dim].step, axes[k + 1][dim].size)
            for k in (one, other)
            if dim in axes[k + 1] and dim in axes[course.inputs[k][0]]
        ]
        if len(grids) != 2 or grids[0] != grids[1]:
            return False
    return True


def _named(course: Course, places: Sequence[int] | set[int] | frozenset[int]) -> str:
    return ", ".join(repr(course.nodes[place].name) for place in sorted(places))
