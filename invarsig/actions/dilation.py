"""Dilation along any axes at once, about a place that is given in coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions.base import Action
from invarsig.actions.point_map import (
    Beyond,
    PointMap,
    checked_beyond,
    finite,
    induced_axis,
    middle_of,
    named_dims,
    place_of,
)
from invarsig.actions.smooth_noise import smooth_noise
from invarsig.actions.translation import Translate
from invarsig.axes import Axis, LengthLike, plain_lengths, rescaled_lengths

__all__ = ["Dilate"]


@dataclass(frozen=True)
class Dilate(PointMap):
    """Dilation: ``(D_s x)(u) = x(c + (u - c) / s)``, larger for a factor s above 1.

    Along a log2 axis of scales it moves by log2(s) octaves, along one of frequency bands by as much
    downwards.

    Where a signal shrinks, what would lie beyond the Nyquist frequency of the grid is filtered out
    before (below s times Nyquist, of complex channels as far from the center that they carry, a
    sinc of 16 / s samples to each side under a Kaiser window): it is lost, and does not fold. The
    transition of that filter, some 13 % of the new Nyquist to either side, is lost in part. The
    floor includes what is lost.

    Parameters
    ----------
    factor
        s, above 0.
    center
        The fixed point, as a coordinate along each dim: a number in the unit of the axis, or with a
        unit of its own ("2 px"). It has no default: the middle of a signal
        is not that of a result with a stride (see `about_middle`).
    dims
        Dims to dilate along; those of the center by default.
    scale, band
        Names of the induced dims: scales, and frequencies. Both must be log2 axes where a result
        has them. They are moved too, and what comes in at their ends is zero and not known.
    boundary
        What comes in from beyond the ends of `dims`: "zero", "reflect" (the mirror image about the
        last sample) or "nan".

    Raises
    ------
    ParameterError
        If the factor is not above 0.
    AxisError
        If a scale or band axis is not geometric: no translation moves it by octaves.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=0.1, unit="s")
    >>> bell = label(np.exp(-((np.arange(41) * 0.1 - 2) ** 2) / 0.18), time)
    >>> wide = np.exp(-((np.arange(41) * 0.1 - 2) ** 2) / 0.18 / 4)
    >>> bool(abs(Dilate(2.0, {"time": 2.0})(bell) - wide).max() < 1e-5)
    True

    References
    ----------
    Lindeberg (1998), Feature detection with automatic scale selection,
    doi:10.1023/A:1008045108935, on scales that move by octaves.
    """

    factor: float
    center: Mapping[str, LengthLike] = None  # type: ignore[assignment]  # refused by name
    dims: tuple[str, ...] | None = None
    scale: str = "scale"
    band: str = "band"
    boundary: Beyond = "zero"

    accuracy = 2e-2

    def __post_init__(self) -> None:
        center: Any = self.center
        own = tuple(center) if isinstance(center, Mapping) else ()
        given = own if self.dims is None else self.dims
        dims = () if center is None and not given else named_dims(given, "Dilate")
        object.__setattr__(self, "dims", dims)
        object.__setattr__(self, "center", place_of(center, dims, "The center", "Dilate"))
        factor = finite(self.factor, "The factor")
        parameters.positive(factor, "The factor", wanted="one above 0")
        object.__setattr__(self, "factor", factor)
        checked_beyond(self.boundary)

    @classmethod
    def about_middle(cls, x: xr.DataArray, factor: float, dims: Sequence[str], **more: Any) -> Self:
        """Dilate about the middle of `x`; its results, too, whatever their own middle is.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label(np.zeros(4), Axis("time", step=0.5, unit="s"))
        >>> Dilate.about_middle(x, 2.0, ["time"]).center
        {'time': 0.75}
        """
        return cls(factor, middle_of(x, dims), tuple(dims), **more)

    @property
    def required(self) -> tuple[str, ...]:
        """The dims that it dilates."""
        return tuple(self.center)

    @property
    def induced(self) -> tuple[str, ...]:
        """The dims of scales and of frequencies."""
        return (self.scale, self.band)

    def at(self, t: float) -> Self:
        """Dilate by the factor to the power of `t`."""
        return replace(self, factor=self.factor**t)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Dilate the renamed dims."""
        return replace(
            self,
            center={names.get(dim, dim): place for dim, place in self.center.items()},
            dims=tuple(names.get(dim, dim) for dim in self.required),
            scale=names.get(self.scale, self.scale),
            band=names.get(self.band, self.band),
        )

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Dilate by the same factor about the same place, expressed in other units."""
        return replace(self, center=rescaled_lengths(self.center, factors))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """Larger and smaller, along one dim and along two, with scales."""
        time = Axis("time", step=0.01, size=300, unit="s")
        two = Axis("channel", size=2)
        yield cls(1.3, {"time": 1.2}), smooth_noise(rng, [time], [two])
        yield cls(0.8, {"time": 1.7}, boundary="reflect"), smooth_noise(rng, [time], [two])
        plane = [Axis("y", size=160, unit="px"), Axis("x", size=150, unit="px")]
        yield cls(1.25, {"y": 70.5, "x": 80.0}), smooth_noise(rng, plane)
        octaves = Axis("scale", size=6, step=0.5, unit="px", scale="log2")
        large = smooth_noise(rng, [Axis("x", size=400, unit="px")], [octaves])
        yield cls(math.sqrt(2), {"x": 190.0}), large

    def _dims_on(self, x: xr.DataArray) -> tuple[str, ...]:
        return tuple(dim for dim in self.required if dim in x.dims)

    def _source(self, places: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        center = plain_lengths(self.center, self)
        return {
            dim: center[dim] + (place - center[dim]) / self.factor for dim, place in places.items()
        }

    def _rings(self, axes: Sequence[Axis]) -> tuple[bool, ...]:
        return tuple(axis.periodic and self.factor == 1.0 for axis in axes)

    def _band(self) -> float:
        return min(self.factor, 1.0)

    def _companions(self, x: xr.DataArray) -> tuple[Action, ...]:
        octaves = math.log2(self.factor)
        moves = {
            dim: length
            for dim, length in ((self.scale, octaves), (self.band, -octaves))
            if induced_axis(x, dim, "A dilation", unit="octave") is not None
        }
        return (Translate(moves),) if moves else ()
