"""The base class of operators that give q samples for each one."""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import rate_of, same_strides

__all__ = ["Upsampling", "centered", "finer"]


def finer(axis: Axis, by: int, offset: float = 0.0, size: int | None = None) -> Axis:
    """Give the axis with `by` samples for each of its own, periodic if it is and if all are there.

    Parameters
    ----------
    axis
        The axis.
    by
        How many samples there are for each.
    offset
        Where the first one stands, in samples of `axis` after its first one.
    size
        How many samples there are; `by` for each by default.

    Examples
    --------
    >>> finer(Axis("x", size=4, period=4.0), 2, centered(2)).positions().tolist()[:4]
    [-0.25, 0.25, 0.75, 1.25]
    """
    return replace(
        axis,
        start=axis.start + offset * axis.step,
        step=axis.step / by,
        size=axis.size * by if size is None else size,
        period=axis.period if axis.periodic else None,
    )


def centered(by: int) -> float:
    """Position of the first of the samples that share the cell of one, in samples after it."""
    return (1 / by - 1) / 2


@dataclass(frozen=True)
class Upsampling(ArrayOperator):
    """Operators that give q samples for each one, along each of some dims."""

    factor: Mapping[str, int] = mapping_field()

    def _check_factor(self) -> None:
        """Check the factors; for `__post_init__`."""
        object.__setattr__(self, "factor", parameters.counts("factor", self.factor))
        if not self.factor:
            raise ParameterError(f"{type(self).__name__} needs a factor along at least one dim.")

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the factors."""
        return tuple(self.factor)

    def plan(self, axes: Axes) -> Plan:
        """Give q samples for each one; a periodic axis stays periodic."""
        before = tuple(axes[dim] for dim in self.factor)
        factors = tuple(self.factor.values())
        pairs = list(zip(before, factors, strict=True))
        return Plan(
            before,
            tuple(finer(axis, by, self._offset(by)) for axis, by in pairs),
            {axis.dim: rate_of(Fraction(1, by)) for axis, by in pairs},
            {axis.dim: (abs(axis.step) * self._reach(by),) * 2 for axis, by in pairs},
            lambda values: self._upsampled(values, before),
            taps=math.prod(self._taps(by) for by in factors),
            shared=frozenset(axis.dim for axis in before if axis.periodic),
            local={axis.dim: axis.periodic for axis in before},
        )

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself where nothing changes; None elsewhere, as it keeps every sample."""
        own = {dim: rate_of(Fraction(1, by)) for dim, by in self.factor.items()}
        return self if same_strides(own, strides) else None

    @abc.abstractmethod
    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        """Upsample the last axes of an array."""

    @abc.abstractmethod
    def _offset(self, by: int) -> float:
        """Where the first sample stands, in input samples after the first of those."""

    @abc.abstractmethod
    def _reach(self, by: int) -> float:
        """How far the input that a sample depends on is away, in input samples."""

    def _taps(self, by: int) -> int:
        """How many input samples enter one output sample."""
        return 1

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Self, xr.DataArray]]:
        """One, two and three dims, periodic and finite, even and odd factors."""
        picture = noise_picture(rng)
        yield cls({"x": 2}), picture
        yield cls({"y": 3, "x": 2}), picture
        yield cls({"x": 1}), picture
        yield cls({"x": 3}), picture.isel(x=slice(0, 11))
        yield cls({"z": 2, "y": 1, "x": 4}), noise_picture(rng, {"z": 3, "y": 4, "x": 5})
