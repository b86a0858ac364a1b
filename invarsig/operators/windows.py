"""How windows are placed along an axis: where they begin, how many there are, what they cover.

Window j takes the samples from ``j * stride - padding`` on. Its result stands at the
window's center, so an even window moves the grid by half a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import AxisError, DimError, StrideError
from invarsig.kernels.borders import BOUNDARIES, padded

__all__ = [
    "BoundaryChoice",
    "Span",
    "check_boundary",
    "extended",
    "shared_dims",
    "spans_of",
]

BoundaryChoice = str | Mapping[str, str] | None
"""One name for all dims, a mapping from dims to names, or None for each axis' default.

The default is "periodic" where the axis is periodic, and "valid" elsewhere.
"""


@dataclass(frozen=True)
class Span:
    """Windows along one axis."""

    axis: Axis
    window: int
    stride: int
    padding: int
    boundary: str

    def __post_init__(self) -> None:
        size, dim = self.axis.size, self.axis.dim
        if self.boundary in ("periodic", "valid") and self.window > size:
            raise AxisError(
                f"A window of {self.window} samples is longer than the axis {dim!r} "
                f"({size} samples, {self.boundary} boundary); take a shorter window or more signal."
            )
        if self.boundary == "periodic" and size % self.stride:
            lower = size // self.stride * self.stride
            near = f"{lower} or {lower + self.stride}" if lower else f"{self.stride}"
            raise StrideError(
                f"{size} samples along {dim!r} are not a multiple of the stride {self.stride}, so "
                f"the result would not wrap; crop or pad the axis to {near} samples, or choose "
                "another boundary.",
                dim,
                size - lower,
            )

    @property
    def size(self) -> int:
        """Number of windows."""
        if self.boundary == "valid":
            return (self.axis.size - self.window) // self.stride + 1
        return -(-self.axis.size // self.stride)

    @property
    def pads(self) -> tuple[int, int]:
        """Samples that the windows take before the first and after the last one."""
        last = (self.size - 1) * self.stride - self.padding + self.window
        return self.padding, last - self.axis.size

    @property
    def out_axis(self) -> Axis:
        """Axis of the windows' centers."""
        center = (self.window - 1) / 2 - self.padding
        return self.axis.strided(self.stride, size=self.size, offset=center)

    @property
    def reach(self) -> tuple[float, float]:
        """Half the window, in the axis' unit, to either side of its center."""
        half = (self.window - 1) / 2 * abs(self.axis.step)
        return half, half


def check_boundary(boundary: BoundaryChoice) -> None:
    """Raise if a boundary is unknown."""
    for name in boundary.values() if isinstance(boundary, Mapping) else (boundary,):
        if name is not None:
            parameters.one_of("boundary", name, BOUNDARIES)


def spans_of(
    axes: Axes,
    windows: Mapping[str, int],
    strides: Mapping[str, int],
    boundary: BoundaryChoice,
    padding: Mapping[str, int | None],
) -> tuple[Span, ...]:
    """Place windows along each dim of `windows`."""
    named = boundary if isinstance(boundary, Mapping) else {}
    stray = [dim for dim in named if dim not in windows]
    if stray:
        raise DimError(
            f"The boundary names {stray[0]!r}, along which there is no window; the windows lie "
            f"along {', '.join(map(repr, windows))}."
        )
    spans = []
    for dim, window in windows.items():
        axis = axes[dim]
        name = boundary.get(dim) if isinstance(boundary, Mapping) else boundary
        if name is None:
            name = "periodic" if axis.periodic else "valid"
        stride, pad = strides.get(dim, 1), padding.get(dim)
        if pad is None or name == "valid":
            pad = 0 if name == "valid" else max((window - stride) // 2, 0)
        spans.append(Span(axis, window, stride, pad, name))
    return tuple(spans)


def shared_dims(spans: Sequence[Span]) -> frozenset[str]:
    """Dims along which windows meet no border, so that weights are shared."""
    return frozenset(span.axis.dim for span in spans if _goes_round(span))


def _goes_round(span: Span) -> bool:
    """Whether no window meets a border; those that abut, or lie further apart, never do."""
    if span.boundary == "periodic":
        return True
    whole = span.size * span.stride == span.axis.size
    before, after = span.pads
    return span.axis.periodic and before == 0 and after <= 0 and whole


def extended(values: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """Extend the last axes of an array by what the windows cover beyond its borders."""
    for axis, span in zip(range(-len(spans), 0), spans, strict=True):
        before, after = span.pads
        values = padded(values, values.ndim + axis, before, after, span.boundary)
    return values
