"""Channels that become samples between the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, label
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.base import Plan
from invarsig.operators.fields import dims_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.upsampling.upsampling import Upsampling, centered

__all__ = ["PixelShuffle"]


@dataclass(frozen=True)
class PixelShuffle(Upsampling):
    """Pixel shuffle: channels become samples, ``y[c, q n + k] = x[c q + k, n]``.

    In several dims the channels count their phases in the order of `factor`, the last one fastest,
    as torch does for ``{"y": q, "x": q}``. The q samples share the cell of the one that they stood
    at. A layer of channels that differ is an interpolation with q filters of its own: where these
    differ in gain it makes a pattern that stays at the grid, which is imaging.

    Parameters
    ----------
    factor
        For each dim the factor q, a whole number of at least 1.
    over
        The dim of the channels, whose size the product of the factors divides.

    Raises
    ------
    AxisError
        If the product of the factors does not divide the number of channels.
    ParameterError
        If a factor is not a whole number of at least 1, or `over` is among its dims.

    Examples
    --------
    >>> from invarsig.axes import label
    >>> x = label([[1.0, 3.0], [2.0, 4.0]], "channel", "x")
    >>> PixelShuffle({"x": 2}, over="channel")(x).values.tolist()
    [[1.0, 2.0, 3.0, 4.0]]

    References
    ----------
    Shi et al. (2016), Real-time single image and video super-resolution using an efficient
    sub-pixel convolutional neural network, doi:10.1109/CVPR.2016.207.
    """

    over: str = dims_field(default="channel")

    linear = True

    def __post_init__(self) -> None:
        self._check_factor()
        named: Any = self.over
        if not isinstance(named, str) or named in self.factor:
            raise ParameterError(
                f"PixelShuffle takes its samples from over={self.over!r}; name one dim, along "
                "which there is no factor."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of the channels, and those of the factors."""
        return (self.over, *self.factor)

    def plan(self, axes: Axes) -> Plan:
        """Give q samples for each one, and as many channels less."""
        plan, channels = super().plan(axes), axes.counted(self.over)
        share = math.prod(self.factor.values())
        if channels.size % share:
            raise AxisError(
                f"{channels.size} channels along {self.over!r} are not a multiple of the "
                f"{share} samples that they become; give a multiple, or smaller factors."
            )
        fewer = Axis(self.over, size=channels.size // share)
        return replace(
            plan,
            in_axes=(channels, *plan.in_axes),
            out_axes=(fewer, *plan.out_axes),
            kernel=lambda values: self._upsampled(values, plan.in_axes),
        )

    def _upsampled(self, values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
        factors = [self.factor[axis.dim] for axis in axes]
        rank, lead = len(axes), values.ndim - len(axes) - 1
        space, rest = values.shape[lead + 1 :], values.shape[:lead]
        apart = values.reshape(*rest, -1, *factors, *space)
        first = lead + 1
        order = [each for k in range(rank) for each in (first + rank + k, first + k)]
        mixed = apart.transpose(*range(first), *order)
        return mixed.reshape(*rest, -1, *(n * by for n, by in zip(space, factors, strict=True)))

    def _offset(self, by: int) -> float:
        return centered(by)

    def _reach(self, by: int) -> float:
        return (by - 1) / (2 * by)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Self, xr.DataArray]]:
        """One and two dims."""
        picture = noise_picture(rng)
        yield cls({"x": 2}), picture
        axes = [Axis("y", size=4, period=4.0), Axis("x", size=6, period=6.0)]
        yield cls({"y": 3, "x": 2}), label(rng.standard_normal((12, 4, 6)), "channel", *axes)
