"""Operators that are a pipeline inside and one stage outside."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping

import xarray as xr

from invarsig.axes import Axes, fields_of
from invarsig.operators.base import Operator, Plan, stages_of
from invarsig.operators.graph import Graph
from invarsig.operators.pipeline import Dense, Pipeline

__all__ = ["Composed", "bordered", "branches_of"]


class Composed(Operator):
    """An operator that is defined by other operators: `body` builds them from its parameters."""

    @property
    @abc.abstractmethod
    def body(self) -> Operator:
        """The operator or pipeline that it stands for."""

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the body is linear."""
        return self.body.linear

    @property
    def front_end(self) -> bool:  # type: ignore[override]
        """Whether the body begins with a front end."""
        return any(stage.front_end for stage in stages_of(self.body)[:1])

    @property
    def dims(self) -> tuple[str, ...]:
        """Core dims of the body that its input must have."""
        return self.body.dims

    def plan(self, axes: Axes) -> Plan:
        """Plan of the body."""
        return Pipeline((self.body,)).plan(axes)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the body on a finer output grid, by polyphase recursion."""
        return Dense(self.body, dict(strides))

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        return self.body(x)


def branches_of(op: Operator) -> tuple[Operator, ...]:
    """Operators that a stage is made of, in parallel or nested."""
    if isinstance(op, Pipeline):
        return (op,)
    if isinstance(op, Composed):
        return (op.body,)
    if isinstance(op, Graph):
        return tuple(node.op for node in op.nodes if isinstance(node.op, Operator))
    found: list[Operator] = []
    for each in fields_of(op):
        value = getattr(op, each.name)
        several = value.values() if isinstance(value, Mapping) else value
        inside = several if isinstance(several, Iterable) else (several,)
        found += [one for one in inside if isinstance(one, Operator)]
    return tuple(found)


def bordered(op: Operator) -> bool:
    """Whether a boundary is declared anywhere in an operator: it does not follow a period.

    Examples
    --------
    >>> import invarsig as iv
    >>> pool = iv.MaxPool(window={"x": 3}, boundary="zero")
    >>> bordered(iv.Relu() >> pool), bordered((iv.Relu() >> pool).bounded(None))
    (True, False)
    """
    if getattr(op, "boundary", None) is not None:
        return True
    parts = op.stages if isinstance(op, Pipeline) else branches_of(op)
    return any(bordered(each) for each in parts)
