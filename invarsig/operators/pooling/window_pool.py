"""Pools that have a window and a stride along each dim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import DtypeError, ParameterError
from invarsig.kernels.operation_counts import of_passes
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    BoundaryChoice,
    Padding,
    Span,
    adds_nothing,
    check_boundary,
    checked_padding,
    local_dims,
    shared_dims,
    spans_of,
)

__all__ = ["WindowPool", "require_real", "window_examples", "windowed_plan"]


def windowed_plan(
    spans: tuple[Span, ...],
    kernel: object,
    *,
    separable: bool = False,
    samples: Sequence[int] | None = None,
) -> Plan:
    """Plan of a kernel that makes one output of each window, at once or axis by axis.

    Along each axis a window takes as many `samples`, all those that it spans by default.
    """
    taken = samples or [span.window for span in spans]
    passes = of_passes(
        [sum(span.pads) + span.axis.size for span in spans], [span.size for span in spans], taken
    )
    return Plan(
        tuple(span.axis for span in spans),
        tuple(span.out_axis for span in spans),
        {span.axis.dim: span.stride for span in spans},
        {span.axis.dim: span.reach for span in spans},
        kernel,  # type: ignore[arg-type]
        taps=int(np.prod(taken)),
        operations=passes if separable else None,
        shared=shared_dims(spans),
        local=local_dims(spans),
    )


def require_real(values: np.ndarray, what: str) -> None:
    """Raise if values are complex: they have no order."""
    if np.iscomplexobj(values):
        raise DtypeError(
            f"{what} needs real values, and these are complex; put a Modulus before it."
        )


def window_examples(
    cls: type[WindowPool], rng: np.random.Generator, *, activations: bool = False, **options: Any
) -> Iterator[tuple[Operator, xr.DataArray]]:
    """Adjacent and overlapping windows, odd and even, in one, two and three dims.

    On white noise, or on magnitudes of it where `activations` are needed.
    """
    picture, volume = noise_picture(rng), noise_picture(rng, {"z": 4, "y": 6, "x": 8})
    if activations:
        picture, volume = abs(picture), abs(volume)
    yield cls(window={"x": 4}, **options), picture
    yield cls(window={"x": 3}, stride={"x": 2}, **options), picture
    both = {"y": 2, "x": 3}
    yield cls(window=both, stride={"y": 2, "x": 1}, boundary="reflect", **options), picture
    yield cls(window={"x": 5}, stride={"x": 2}, boundary="valid", **options), picture
    box = {"z": 2, "y": 3, "x": 2}
    yield cls(window=box, stride={"y": 1, "x": 4}, boundary={"y": "zero"}, **options), volume
    own: dict[str, Any] = {"padding": {"y": (1, 0), "x": (2, 1)}, "ceil_mode": True, **options}
    yield cls({"y": 3, "x": 4}, {"y": 2, "x": 3}, "edge", **own), picture


@dataclass(frozen=True)
class WindowPool(ArrayOperator):
    """Pools that have a window and a stride along each dim."""

    window: Mapping[str, int] = mapping_field()
    stride: Mapping[str, int] | None = mapping_field(default=None)
    boundary: BoundaryChoice = mapping_field(default=None)
    padding: Padding | None = mapping_field(default=None)
    _: KW_ONLY
    ceil_mode: bool = False

    _keeps_plans = True

    _takes_infinity: ClassVar[bool] = False
    """Whether the border may hold an infinite value."""

    def _check_windows(self) -> None:
        """Check windows, strides and boundary; for `__post_init__`."""
        object.__setattr__(self, "window", parameters.counts("window", self.window))
        if not self.window:
            raise ParameterError(f"{type(self).__name__} needs a window along at least one dim.")
        if self.stride is not None:
            given = parameters.counts("stride", self.stride)
            object.__setattr__(self, "stride", given)
            stray = [dim for dim in given if dim not in self.window]
            if stray:
                raise ParameterError(
                    f"The stride names {stray[0]!r}, along which there is no window; add it to "
                    "window=."
                )
        if self.padding is not None:
            object.__setattr__(self, "padding", checked_padding(self.padding, self.dims))
        parameters.one_of("ceil_mode", self.ceil_mode, (False, True))
        check_boundary(self.boundary, infinite=self._takes_infinity)

    @property
    def homogeneity(self) -> float | None:
        """1: a pooled value scales with what is pooled; None where the border has its own."""
        return 1 if adds_nothing(self.boundary) else None

    def result_unit(self, unit: str) -> str | None:
        """The unit of the samples, which the border's value is in."""
        return unit

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the window."""
        return tuple(self.window)

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the stride and the padding along each dim."""
        return {**super()._meaning(), "stride": self._strides(), "padding": self._paddings()}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows with other strides."""
        changed = other_strides(self._strides(), strides)
        if changed is None:
            return None
        same = replace(self, stride=changed, padding=None)
        kept = self._paddings()
        return same if same._paddings() == kept else replace(same, padding=kept)

    def _strides(self) -> dict[str, int]:
        return {dim: (self.stride or {}).get(dim, size) for dim, size in self.window.items()}

    def _paddings(self) -> dict[str, int | tuple[int, int]]:
        spacing, given = self._strides(), self.padding or {}
        usual = {d: max((size - spacing[d]) // 2, 0) for d, size in self._covered().items()}
        return {dim: given.get(dim, by) for dim, by in usual.items()}

    def _spans(self, axes: Axes) -> tuple[Span, ...]:
        return spans_of(
            axes,
            self._covered(),
            self._strides(),
            self.boundary,
            self._paddings(),
            ceil_mode=self.ceil_mode,
        )

    def _covered(self) -> Mapping[str, int]:
        """For each dim how many samples a window spans."""
        return self.window
