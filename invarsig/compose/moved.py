"""The base class of operators that move their input before they apply another operator."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping
from dataclasses import replace

from invarsig.axes import Axes
from invarsig.operators.base import Operator, Plan
from invarsig.operators.pipeline import Pipeline

__all__ = ["MovedInput"]


class MovedInput(Operator):
    """An operator that gives moved versions of its input to a body."""

    body: Operator
    back: bool

    @property
    @abc.abstractmethod
    def _moved(self) -> tuple[str, ...]:
        """Dims that the input must have to be moved."""

    @property
    @abc.abstractmethod
    def _runs(self) -> int:
        """How often the body runs; the moves themselves are not counted as work."""

    @property
    @abc.abstractmethod
    def _along(self) -> tuple[str, ...]:
        """Further dims that it is joint over where they are present."""

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are moved along, and the core dims of the body."""
        return tuple(dict.fromkeys((*self._moved, *self.body.dims)))

    def plan(self, axes: Axes) -> Plan:
        """Plan the body; along the moved dims the reach is infinite, and weights are not shared."""
        inner = Pipeline((self.body,)).plan(axes)
        used = {axis.dim: axis for axis in inner.in_axes}
        there = [dim for dim in self._along if dim in axes]
        for dim in (*self._moved, *there):
            used.setdefault(dim, axes[dim] if dim in self._moved else axes.read_or_counted(dim))
        after = inner.after(axes)
        made = {axis.dim: axis for axis in inner.out_axes}
        out = [made.get(dim) or used[dim] for dim in after if dim in made or dim in used]
        joint = [dim for dim in (*self._moved, *there) if dim in after]
        placed = [dim for dim in joint if axes.placed(dim)]
        return Plan(
            tuple(used.values()),
            tuple(out),
            {**dict.fromkeys(placed, 1), **inner.stride},
            {**inner.reach, **dict.fromkeys(placed, (math.inf, math.inf))},
            shared=inner.shared - set(joint),
            lost_stride=inner.lost_stride,
            lost_reach=inner.lost_reach,
            whole_shifts=inner.whole_shifts,
            finest=inner.finest,
        ).costing([self._runs * inner.work(axes)], axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same with a finer body; None where its results are moved back on their own grid.

        Moved back by a fraction of its own samples, a result on a coarse grid is not the finer one
        decimated.
        """
        dense = self.body.restrided(strides)
        if dense is None or dense == self.body:
            return None if dense is None else self
        return None if self.back else replace(self, body=dense)  # type: ignore[type-var]
