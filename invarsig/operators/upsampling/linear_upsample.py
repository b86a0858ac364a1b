"""Linear interpolation between samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.base import Plan
from invarsig.operators.noise import noise_picture
from invarsig.operators.upsampling.upsampling import Upsampling, centered

__all__ = ["LinearUpsample"]


@dataclass(frozen=True)
class LinearUpsample(Upsampling):
    """Linear upsampling: ``y[j] = (1 - w) x[i] + w x[i + 1]`` at ``i + w = (j + 1/2) / q - 1/2``.

    In several dims one after the other, as bilinear interpolation does. The q samples share the
    cell of the one that they replace (a half-pixel grid). A periodic axis wraps; at the ends of any
    other the last sample is held, as torch does. That is zero insertion and a triangle, whose
    response falls off twice as fast as that of repeated samples.

    With ``aligned_corners`` the first and the last samples of both grids stand at the same
    positions, ``i + w = j (n - 1) / (q n - 1)``. Then samples are ``(n - 1) / (q n - 1)`` apart
    instead of 1/q: the weights at a sample depend on where it stands and on how many there are. No
    grid of one spacing starts where the cell of the first sample starts, so the axis does not wrap,
    and what is measured is an error of position, not imaging.

    Parameters
    ----------
    factor
        For each dim the factor q, a whole number of at least 1.
    aligned_corners
        Whether the ends of both grids coincide.

    Raises
    ------
    ParameterError
        If a factor is not a whole number of at least 1, or `aligned_corners` is not true or false.
    AxisError
        If corners are aligned along an axis of one sample.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([0.0, 4.0], "x")
    >>> LinearUpsample({"x": 2})(x).values.tolist()
    [0.0, 1.0, 3.0, 4.0]
    >>> LinearUpsample({"x": 2}, aligned_corners=True)(x).values.round(3).tolist()
    [0.0, 1.333, 2.667, 4.0]

    References
    ----------
    Crochiere & Rabiner (1983), Multirate digital signal processing, section 4.4. Odena, Dumoulin &
    Olah (2016), Deconvolution and checkerboard artifacts, doi:10.23915/distill.00003.
    """

    aligned_corners: bool = False

    linear = True

    def __post_init__(self) -> None:
        self._check_factor()
        if not isinstance(self.aligned_corners, bool):
            raise ParameterError(
                f"aligned_corners={self.aligned_corners!r} is not a choice; give True or False."
            )

    def plan(self, axes: Axes) -> Plan:
        """Give q samples for each one, on the half-pixel grid or between the same ends."""
        plan = super().plan(axes)
        if not self.aligned_corners:
            return plan
        after = []
        for axis in plan.in_axes:
            size = axis.size * self.factor[axis.dim]
            if axis.size < 2 <= size:
                raise AxisError(
                    f"One sample along {axis.dim!r} has no two corners to align; give at least "
                    "two, or aligned_corners=False."
                )
            step = axis.step * (axis.size - 1) / max(size - 1, 1)
            after.append(axis if size == axis.size else _open(axis, step, size))
        moved = {a.dim for a, b in zip(plan.in_axes, after, strict=True) if a != b}
        reach = {dim: abs(axes[dim].step) if dim in moved else 0.0 for dim in self.factor}
        return replace(
            plan,
            out_axes=tuple(after),
            # Its samples are at no rate of the input's: no whole shift keeps them.
            stride={dim: by for dim, by in plan.stride.items() if dim not in moved},
            reach={dim: (by, by) for dim, by in reach.items()},
            shared=plan.shared - moved,
            local={dim: wraps for dim, wraps in plan.local.items() if dim not in moved},
        )

    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        for place, axis in enumerate(axes, start=-len(axes)):
            by = self.factor[axis.dim]
            if by > 1:
                moved = np.moveaxis(values, place, -1)
                between = _between_ends if self.aligned_corners else _within_cells
                values = np.moveaxis(between(moved, by, axis.periodic), -1, place)
        return values

    def _offset(self, by: int) -> float:
        return centered(by)

    def _reach(self, by: int) -> float:
        """The further of the two samples: one away, less the shortest way to the nearer one."""
        return 0.0 if by == 1 else 1 - 1 / (2 * by) if by % 2 == 0 else 1 - 1 / by

    def _taps(self, by: int) -> int:
        return 1 if by == 1 else 2

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Self, xr.DataArray]]:
        """Both grids."""
        yield from super().examples(rng)
        picture = noise_picture(rng)
        yield cls({"y": 3, "x": 2}, aligned_corners=True), picture.isel(x=slice(0, 11))
        yield cls({"x": 2}, aligned_corners=True), picture


def _open(axis: Axis, step: float, size: int) -> Axis:
    """An axis that begins at the same place and does not wrap."""
    return replace(axis, step=step, size=size, period=None)


def _within_cells(values: np.ndarray, by: int, ring: bool) -> np.ndarray:
    """Interpolate along the last axis, phase by phase: each has one weight."""
    out = np.empty((*values.shape[:-1], values.shape[-1], by), dtype=values.dtype)
    before = np.roll(values, 1, axis=-1)
    after = np.roll(values, -1, axis=-1)
    if not ring:
        before[..., 0], after[..., -1] = values[..., 0], values[..., -1]
    for phase in range(by):
        # Twice q times the way from the sample's center, a whole number.
        away = 2 * phase + 1 - by
        other, weight = (before, -away / (2 * by)) if away < 0 else (after, away / (2 * by))
        # What has no weight has no say, not even where it is not a number.
        out[..., phase] = (1 - weight) * values + weight * other if away else values
    return out.reshape(*values.shape[:-1], -1)


def _between_ends(values: np.ndarray, by: int, ring: bool) -> np.ndarray:  # noqa: ARG001
    """Interpolate along the last axis between its first and its last sample."""
    size = values.shape[-1]
    # Whole numbers until the last division, so that samples that coincide are copied.
    parts = np.arange(size * by) * (size - 1)
    low, over = np.divmod(parts, size * by - 1)
    weight = (over / (size * by - 1)).astype(values.real.dtype)
    first, second = values[..., low], values[..., np.minimum(low + 1, size - 1)]
    return np.where(over == 0, first, (1 - weight) * first + weight * second)
