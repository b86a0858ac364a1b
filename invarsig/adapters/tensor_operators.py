"""Traced tensor operations as labeled operators and joins."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from invarsig.adapters.effects import Effect, alike, rates_of
from invarsig.adapters.step import Step
from invarsig.adapters.without_source import WithoutSource
from invarsig.axes import Axes
from invarsig.errors import AxisError
from invarsig.operators import Join, Operator
from invarsig.operators.plan import Plan

__all__ = ["TensorJoin", "TensorOperator"]


@dataclass(frozen=True, eq=False, repr=False)
class TensorOperator(WithoutSource, Operator):
    """Tensor operations on one labeled result.

    Parameters
    ----------
    step
        The operations.
    affine
        Whether they are linear.
    restrides, varies
        The same with other strides, and in another way: by "dilation", "padding", "interpolation".
    changes
        How it differs from the operation of the module, by the same names and "stride".
    taps
        How many multiplications each sample of the result takes.
    """

    network: ClassVar[bool] = True

    step: Step
    affine: bool = False
    restrides: Callable[[Mapping[str, int]], TensorOperator | None] | None = None
    varies: Callable[[str, Any], TensorOperator | None] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    taps: float = 1.0

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is linear."""
        return self.affine

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims along which samples are not treated one by one."""
        there = self.step.own_dims(self.step.reads[0])
        return tuple(self.step.named(dim) for dim in self.step.effects if dim in there)

    def plan(self, axes: Axes) -> Plan:
        """Which axes come out, how far apart their samples are, and how far it reaches."""
        step, named = self.step, self.step.named
        for dim in step.own_dims(step.reads[0]):
            axes.counted(named(dim))
        there = {axis.dim: axis for axis in step.axes([axes])}
        before = tuple(axes.read_or_counted(dim) for dim in self.dims)
        effects = {named(dim): effect for dim, effect in step.effects.items()}
        known = {axis.dim for axis in before}
        kept = [axis for axis in before if axis.dim in there]
        out = [axis for dim, axis in there.items() if dim in known or dim not in axes]
        size = {axis.dim: abs(axis.step) for axis in before}
        return Plan(
            before,
            tuple(out),
            rates_of({axis.dim: effects[axis.dim] for axis in kept}),
            {
                axis.dim: (
                    effects[axis.dim].left * size[axis.dim],
                    effects[axis.dim].right * size[axis.dim],
                )
                for axis in kept
            },
            operations=self.taps * math.prod(axis.size for axis in out),
            shared=frozenset(dim for dim in known if effects[dim].shared),
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same with other strides, of convolutions and pools; of others None."""
        if self.restrides is None:
            ratios = {self.step.named(d): e.ratio for d, e in self.step.effects.items()}
            same = all(ratios.get(dim, 1) == by for dim, by in strides.items())
            return self if same else None
        if self.step.names:
            return None
        made = self.restrides(strides)
        if made is None:
            return None
        own = {**self.changes.get("stride", {}), **strides}
        return replace(made, changes={**self.changes, "stride": own})

    def varied(self, kind: str, to: Any) -> TensorOperator | None:
        """Give the same in another way; None where there is no such form.

        Parameters
        ----------
        kind
            "dilation": by dim, how many times as far apart the samples stand that it reads;
            "padding": "circular", "reflect" or "replicate" in place of zeros; "interpolation":
            "linear" in place of the nearest sample.
        to
            What it is to be.
        """
        made = None if self.varies is None or self.step.names else self.varies(kind, to)
        if made is None:
            return None
        before = self.changes.get(kind, {})
        if kind == "dilation":
            to = {**before, **{dim: by * before.get(dim, 1) for dim, by in to.items()}}
        return replace(made, changes={**self.changes, kind: to})

    def rename(self, names: Mapping[str, str]) -> Self:
        """The same over renamed dims."""
        step = self.step
        every = dict.fromkeys((*step.dims, *(d for r in step.reads for d in step.own_dims(r))))
        called = {dim: names.get(step.named(dim), step.named(dim)) for dim in every}
        return replace(self, step=replace(step, names=called, _sizes={}, _templates={}))

    def rescale(self, factors: Mapping[str, float]) -> Self:
        """The same: everything is counted in samples."""
        return self

    def bounded(self, boundary: str | None) -> Self:
        """The same: it pads by itself."""
        return self

    def bare(
        self, inputs: Sequence[xr.DataArray], y: xr.DataArray
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """The tensor operations between plain arrays."""
        return self.step.bare(inputs, y)

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        return self.step.labeled([x])

    def __str__(self) -> str:
        """What it does."""
        return self.step.text


@dataclass(frozen=True, eq=False, repr=False)
class TensorJoin(WithoutSource, Join):
    """A tensor operation on several labeled results.

    Samples are joined as torch joins them, one by one; where branches have placed them differently
    the positions of the first one count.
    """

    step: Step
    affine: bool = False
    taps: float = 0.0

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether it is linear in all inputs at once."""
        return self.affine

    def work(self, after: Axes) -> float:
        """Count the products that it sums over."""
        return self.taps * math.prod(after.read_or_counted(dim).size for dim in after)

    def after(self, inputs: Sequence[Axes]) -> Axes:
        """Axes of the result.

        Raises
        ------
        AxisError
            If the inputs have different rates.
        """
        for dim in self.step.dims:
            name, effect = self.step.named(dim), self.step.effects.get(dim, Effect())
            met = [axes.read_or_counted(name) for axes in inputs if name in axes]
            if effect.moves or effect.left:
                continue
            for other in met[1:]:
                if not alike(met[0], other):
                    raise AxisError(
                        f"The inputs of {self} do not meet along {name!r}: one has {met[0].size} "
                        f"samples every {met[0].step:.6g}, another {other.size} every "
                        f"{other.step:.6g}."
                    )
        drop = [self.step.named(d) for read in self.step.reads for d in self.step.own_dims(read)]
        return inputs[0].replaced(drop, self.step.axes(inputs))

    def bare(
        self, inputs: Sequence[xr.DataArray], y: xr.DataArray
    ) -> Callable[[Sequence[np.ndarray]], np.ndarray] | None:
        """The tensor operations between plain arrays."""
        return self.step.bare(inputs, y)

    def __call__(self, values: Sequence[xr.DataArray]) -> xr.DataArray:
        """Join."""
        return self.step.labeled(values)

    def rename(self, names: Mapping[str, str]) -> Self:
        """The same over renamed dims."""
        step = self.step
        every = dict.fromkeys((*step.dims, *(d for r in step.reads for d in step.own_dims(r))))
        called = {dim: names.get(step.named(dim), step.named(dim)) for dim in every}
        return replace(self, step=replace(step, names=called, _sizes={}, _templates={}))

    def __str__(self) -> str:
        """What it does."""
        return self.step.text
