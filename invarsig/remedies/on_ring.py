"""An operator on axes whose two ends are taken to meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, axis_of, is_chunked
from invarsig.operators import Operator, Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.source import Source

__all__ = ["OnRing"]


@dataclass(frozen=True)
class OnRing(Operator):
    """An operator that needs periodic axes, on axes that end: their ends are taken to meet.

    An axis that is not a multiple of the stride is continued by its last sample.

    Parameters
    ----------
    op
        The operator.
    multiples
        For each dim that is taken to wrap, what its size has to be a multiple of.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([4.0, 0.0, 0.0, 0.0, 0.0], "x")
    >>> OnRing(iv.SpectralPool(stride={"x": 2}), {"x": 2})(x).values.round(2)
    array([2., 0., 0.])
    """

    op: Operator
    multiples: Mapping[str, int] = field(default_factory=dict)

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """As Python, after ``from invarsig.remedies.on_ring import OnRing``."""
        if isinstance(source, Source):
            source.imports("from invarsig.remedies.on_ring import OnRing")
        return f"OnRing({source(self.op)}, {source(self.multiples)})"

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the operator is linear."""
        return self.op.linear

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the operator."""
        return self.op.dims

    def plan(self, axes: Axes) -> Plan:
        """The plan on periodic axes, whose results depend on the whole of them."""
        ends = {dim: axes[dim] for dim in self.multiples if not axes[dim].periodic}
        rings = [_ring(axis, self.multiples[dim]) for dim, axis in ends.items()]
        around = axes.replaced(list(ends), rings)
        plan = self.op.plan(around)
        given = tuple(ends.get(axis.dim, axis) for axis in plan.in_axes)
        out = tuple(
            replace(axis, period=None) if axis.dim in ends else axis for axis in plan.out_axes
        )
        kept = {axis.dim for axis in out}
        return replace(
            plan,
            in_axes=given,
            out_axes=out,
            kernel=None,
            reach={**plan.reach, **{dim: (np.inf, np.inf) for dim in ends if dim in kept}},
            shared=plan.shared - set(ends),
            operations=plan.work(around) / max(plan.items(around), 1),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the operator with other strides, on the same axes."""
        other = self.op.restrided(strides)
        return None if other is None else replace(self, op=other)

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        ends = [dim for dim in self.multiples if not axis_of(x, dim).periodic]
        for dim in ends:
            axis = axis_of(x, dim)
            ring = _ring(axis, self.multiples[dim])
            more = ring.size - axis.size
            if more:
                longer = x.pad({dim: (0, more)}, mode="edge")
                x = longer.chunk({dim: _longer(x, dim, more)}) if is_chunked(x) else longer
            x = x.assign_coords({dim: (dim, ring.coordinate(), ring.attrs())})
        y = self.op(x)
        for dim in ends:
            if dim in y.dims:
                axis = replace(axis_of(y, dim), period=None)
                y = y.assign_coords({dim: (dim, axis.coordinate(), axis.attrs())})
        return y

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """A low-pass on a picture that ends, at a size that is not a multiple of the stride."""
        from invarsig.operators import SpectralPool

        picture = noise_picture(rng).isel(x=slice(0, 23))
        yield cls(SpectralPool(stride={"x": 2}), {"x": 2}), picture


def _longer(x: xr.DataArray, dim: str, more: int) -> tuple[int, ...]:
    """Chunks along a dim that gets longer: the last one does."""
    *others, last = x.chunksizes[dim]
    return (*others, last + more)


def _ring(axis: Axis, multiple: int) -> Axis:
    size = -(-axis.size // multiple) * multiple
    return replace(axis, size=size, period=size * abs(axis.step))
