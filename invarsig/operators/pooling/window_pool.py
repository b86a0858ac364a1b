"""Pools that have a window and a stride of their own along each dim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.windows import (
    BoundaryChoice,
    Span,
    check_boundary,
    check_counts,
    shared_dims,
    spans_of,
)

__all__ = ["WindowPool", "windowed_plan"]


def windowed_plan(spans: tuple[Span, ...], kernel: object) -> Plan:
    """Plan of a kernel that makes one output of each window."""
    return Plan(
        tuple(span.axis for span in spans),
        tuple(span.out_axis for span in spans),
        {span.axis.dim: span.stride for span in spans},
        {span.axis.dim: span.reach for span in spans},
        kernel,  # type: ignore[arg-type]
        taps=int(np.prod([span.window for span in spans])),
        shared=shared_dims(spans),
    )


@dataclass(frozen=True)
class WindowPool(ArrayOperator):
    """Pools that have a window and a stride of their own along each dim."""

    window: Mapping[str, int] = mapping_field()
    stride: Mapping[str, int] | None = mapping_field(default=None)
    boundary: BoundaryChoice = mapping_field(default=None)
    padding: Mapping[str, int] | None = mapping_field(default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", check_counts("window", self.window))
        if not self.window:
            raise ParameterError(f"{type(self).__name__} needs a window along at least one dim.")
        for what, counts, least in (("stride", self.stride, 1), ("padding", self.padding, 0)):
            if counts is None:
                continue
            given = check_counts(what, counts, least=least)
            object.__setattr__(self, what, given)
            stray = [dim for dim in given if dim not in self.window]
            if stray:
                raise ParameterError(
                    f"The {what} names {stray[0]!r}, along which there is no window; add it to "
                    "window=."
                )
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the window."""
        return tuple(self.window)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows, other strides apart."""
        spacing, padding = self._strides(), dict(self.padding or {})
        for dim, window in self.window.items():
            padding.setdefault(dim, max((window - spacing[dim]) // 2, 0))
        changed = {dim: strides.get(dim, by) for dim, by in spacing.items()}
        return replace(self, stride=changed, padding=padding)

    def _strides(self) -> dict[str, int]:
        return {dim: (self.stride or {}).get(dim, size) for dim, size in self.window.items()}

    def _spans(self, axes: Axes) -> tuple[Span, ...]:
        return spans_of(axes, self.window, self._strides(), self.boundary, self.padding or {})

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Windows that abut and windows that overlap, odd and even, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(window={"x": 4}), picture
        yield cls(window={"x": 3}, stride={"x": 2}), picture
        yield cls(window={"y": 2, "x": 3}, stride={"y": 2, "x": 1}, boundary="reflect"), picture
        yield cls(window={"x": 5}, stride={"x": 2}, boundary="valid"), picture
