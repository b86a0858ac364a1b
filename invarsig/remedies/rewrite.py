"""A rewrite of one node, and what is known where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from invarsig.axes import Axes, fields_of
from invarsig.operators import Graph, Operator
from invarsig.operators.linear_filter import LinearFilter
from invarsig.operators.pipeline import Dense
from invarsig.operators.strides import decimating
from invarsig.operators.windows import BoundaryChoice
from invarsig.remedies.borders import boundary_beside
from invarsig.remedies.course import Course

__all__ = ["Refused", "Rewrite", "Spot"]


@dataclass(frozen=True)
class Rewrite:
    """A pipeline with one stage changed.

    Parameters
    ----------
    name
        What is changed, in a few words.
    what
        What to do, as an imperative that the number of the stage follows.
    pipeline
        The pipeline with the change.
    reason
        Why it helps, and where it is exact.
    place
        Which stage is changed, counted from 0.
    parts, instead_of
        How many stages stand there now, and how many stood there before.
    low_pass
        What stands between the stage's dense form and its stride.
    lost
        Share of the band below the new Nyquist frequency that is damped; NaN where not known.
    strides
        Strides of the stage afterwards, along the dims that are moved along; None where the
        change is more than a low-pass and a stride.
    aligned
        Whether the result is compared after whole-sample alignment.
    leads_on
        Whether it is tried behind another change as well.
    everywhere
        Whether it is done at several nodes, which `what` names.
    """

    name: str
    what: str
    pipeline: Operator
    reason: str
    place: int
    parts: int = 1
    instead_of: int = 1
    low_pass: LinearFilter | None = None
    lost: float = 0.0
    strides: Mapping[str, int] | None = None
    aligned: bool = False
    leads_on: bool = True
    everywhere: bool = False


@dataclass(frozen=True)
class Refused:
    """A change that cannot be made, and why.

    Parameters
    ----------
    what
        The change, as an imperative that the name of the node follows.
    place
        Which node, counted from 0.
    reason
        Why not; it names the node that stands in the way.
    """

    what: str
    place: int
    reason: str


@dataclass(frozen=True)
class Spot:
    """One node of a pipeline or graph that is to be changed, and what it meets.

    Parameters
    ----------
    course, place
        The nodes, and which one.
    x, y
        What it is given, and what it gives.
    dims
        Dims that are moved along.
    given
        Dims of the pipeline's input.
    axes
        Axes of the pipeline's input.
    """

    course: Course
    place: int
    x: xr.DataArray
    y: xr.DataArray
    dims: tuple[str, ...]
    given: tuple[str, ...]
    axes: Axes

    @property
    def op(self) -> Operator:
        """The operator there."""
        op = self.course.nodes[self.place].op
        assert isinstance(op, Operator)
        return op

    @property
    def name(self) -> str:
        """The name of the node."""
        return self.course.nodes[self.place].name

    @property
    def in_graph(self) -> bool:
        """Whether it is a node of a graph."""
        return isinstance(self.course.op, Graph)

    @property
    def strides(self) -> dict[str, int]:
        """Strides above 1 along the dims that are moved along."""
        strides = decimating(self.op.plan(Axes.of(self.x)).stride)
        return {dim: by for dim, by in strides.items() if dim in self.dims}

    @property
    def following(self) -> Operator | None:
        """The operator that comes next, if it alone reads this one."""
        readers = [k for k, read in enumerate(self.course.inputs) if self.place + 1 in read]
        op = self.course.nodes[readers[0]].op if readers == [self.place + 1] else None
        return op if isinstance(op, Operator) else None

    def dense(self) -> Operator | None:
        """The operator without its strides; None where there is no such form on these axes."""
        return self.restrided(dict.fromkeys(self.strides, 1))

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """The operator with other strides; recursion over components needs axes that wrap."""
        found = self.op.restrided(strides)
        if found is None or (_recurses(found) and not self.wraps(self.op)):
            return None
        return found

    def with_hop(self, divisor: int, strides: Mapping[str, int]) -> Operator | None:
        """A front end made of stages, with a part of its hop; None where it is not told a hop.

        That is how it would be written; recursion over components would need axes that wrap.
        """
        hop = getattr(self.op, "hop", None)
        if hop is None or not _recurses(self.op.restrided(strides)):
            return None
        finer: Operator = replace(self.op, hop=hop / divisor)  # type: ignore[type-var]
        plan = finer.plan(Axes.of(self.x))
        same = all(plan.stride.get(dim) == by for dim, by in strides.items())
        return finer if same else None

    def wraps(self, op: Operator) -> bool:
        """Whether all axes that are strided along wrap, before an operator and behind it."""
        before = Axes.of(self.x)
        after = op.plan(before).after(before)
        return all(before[dim].periodic and after[dim].periodic for dim in self.strides)

    def boundary(self) -> BoundaryChoice:
        """Boundary of a new operator behind this one: that of this node, or of one beside it."""
        places = [k for k, node in enumerate(self.course.nodes) if isinstance(node.op, Operator)]
        stages = [op for node in self.course.nodes if isinstance(op := node.op, Operator)]
        met: list[Axes] = []
        if self.in_graph:
            results = self.course.axes(self.axes)
            met = [results[self.course.inputs[k][0]] for k in places]
        own = places.index(self.place)
        return boundary_beside(stages, own, Axes.of(self.x), list(self.strides), met)

    def rewritten(
        self,
        name: str,
        what: str,
        reason: str,
        *parts: Operator,
        instead_of: int = 1,
        **more: Any,
    ) -> Rewrite:
        """The pipeline with other operators in the place of this node, and of some after it."""
        pipeline = self.course.rewritten(self.place, parts, instead_of)
        return Rewrite(
            name, what, pipeline, reason, self.place, len(parts), instead_of=instead_of, **more
        )


def _recurses(op: object) -> bool:
    """Whether an operator holds the polyphase recursion of another."""
    if isinstance(op, Dense):
        return True
    if isinstance(op, Mapping):
        return any(map(_recurses, op.values()))
    if isinstance(op, tuple):
        return any(map(_recurses, op))
    return isinstance(op, Operator) and any(
        _recurses(getattr(op, each.name)) for each in fields_of(op)
    )
