"""Reflection along any axes at once, about a place that is given in coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import xarray as xr

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
from invarsig.axes import Axis, LengthLike, label, plain_lengths, rescaled_lengths
from invarsig.errors import AxisError, ParameterError

__all__ = ["Flip"]


@dataclass(frozen=True)
class Flip(PointMap):
    """Reflection: ``(F x)(u) = x(2 c - u)``, along any dims at once.

    Where it takes samples to samples (about a sample, half-way between two, or anywhere on the grid
    of a periodic axis) it only moves them; elsewhere they are read off a quintic spline.

    A direction ``(cos θ, sin θ)`` along the second and the first dim of the plane is taken to
    ``π - θ`` by a reflection along the second dim, to ``-θ`` along the first, and to ``θ + π``
    along both; an axis of orientations is moved so. Where one of both is reflected, the two entries
    of a dim of reflections change places: those of the original kernels, and of their mirror
    images.

    Parameters
    ----------
    dims
        Dims to reflect along, one or several.
    center
        The fixed point, as a coordinate along each dim: a number in the unit of the axis, or with a
        unit of its own ("2 px"). It has no default: the middle of a signal
        is not that of a result with a stride (see `about_middle`).
    plane
        The two dims in which orientations lie, in the order in which banks take them.
    orientation
        Name of the induced dim: angles in radians, counted from the second dim of the plane to the
        first.
    reflection
        Name of the other induced dim, at 0 and 1.
    boundary
        What comes in from beyond the ends: "zero", "reflect" (the mirror image about the last
        sample) or "nan".
    times
        How often it is reflected.

    Raises
    ------
    ParameterError
        From ``at(t)`` where t is not a whole number: there is no half of a reflection.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 2.0, 3.0, 4.0], Axis("x", unit="px", period=4.0))
    >>> Flip("x", {"x": 1.5})(x).values.tolist(), Flip("x", {"x": 0.0})(x).values.tolist()
    ([4.0, 3.0, 2.0, 1.0], [1.0, 4.0, 3.0, 2.0])

    References
    ----------
    Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576 (the group
    p4m).
    """

    dims: str | tuple[str, ...]
    center: Mapping[str, LengthLike] = None  # type: ignore[assignment]  # refused by name
    plane: tuple[str, ...] = ("y", "x")
    orientation: str = "orientation"
    reflection: str = "reflection"
    boundary: Beyond = "zero"
    times: int = 1

    continuous = False
    accuracy = 1e-2

    def __post_init__(self) -> None:
        object.__setattr__(self, "dims", named_dims(self.dims, "Flip"))
        object.__setattr__(self, "plane", named_dims(self.plane, "The plane of Flip", count=2))
        object.__setattr__(
            self, "center", place_of(self.center, self.required, "The center", "Flip")
        )
        object.__setattr__(self, "times", self._whole(self.times))
        checked_beyond(self.boundary)

    @classmethod
    def about_middle(cls, x: xr.DataArray, dims: str | Sequence[str], **more: Any) -> Self:
        """Reflect about the middle of `x`; its results, too, whatever their own middle is.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label([1.0, 2.0, 3.0], Axis("x", unit="px"))
        >>> Flip.about_middle(x, "x")(x).values.tolist()
        [3.0, 2.0, 1.0]
        """
        names = named_dims(dims, "Flip")
        return cls(names, middle_of(x, names), **more)

    @property
    def required(self) -> tuple[str, ...]:
        """The dims that it reflects."""
        return named_dims(self.dims, "Flip")

    @property
    def induced(self) -> tuple[str, ...]:
        """The dims of orientations and of reflections."""
        return (self.orientation, self.reflection)

    def at(self, t: float) -> Self:
        """Reflect `t` times as often: twice is the identity; `t` must be whole."""
        return replace(self, times=self._whole(self.times * t))

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Reflect the renamed dims."""
        return replace(
            self,
            dims=tuple(names.get(dim, dim) for dim in self.required),
            center={names.get(dim, dim): place for dim, place in self.center.items()},
            plane=tuple(names.get(dim, dim) for dim in self.plane),
            orientation=names.get(self.orientation, self.orientation),
            reflection=names.get(self.reflection, self.reflection),
        )

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Reflect about the same place, expressed in other units."""
        return replace(self, center=rescaled_lengths(self.center, factors))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """About the middle, on a periodic axis, between samples, and with orientations."""
        time = Axis("time", step=0.01, unit="s")
        yield cls("time", {"time": 0.06}), label(rng.standard_normal((2, 13)), "channel", time)
        y, x = Axis("y", unit="px", period=8.0), Axis("x", unit="px", period=10.0)
        yield cls(("y", "x"), {"y": 2.0, "x": 0.5}), label(rng.standard_normal((8, 10)), y, x)
        angles = Axis("orientation", step=math.pi / 6, unit="rad", period=math.pi)
        yield cls("x", {"x": 3.0}), label(rng.standard_normal((6, 8, 10)), angles, y, x)
        long = Axis("time", step=0.01, size=200, unit="s")
        yield cls("time", {"time": 1.0033}), smooth_noise(rng, [long])

    def _whole(self, times: Any) -> int:
        number = finite(times, "The number of reflections")
        if number != round(number):
            raise ParameterError(
                f"A reflection cannot be done {number:g} times: it has no half-way; give a whole "
                "number (even ones are the identity)."
            )
        return round(number)

    def _dims_on(self, x: xr.DataArray) -> tuple[str, ...]:
        return tuple(dim for dim in self.required if dim in x.dims)

    def _source(self, places: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        if self.times % 2 == 0:
            return places
        center = plain_lengths(self.center, self)
        return {dim: 2 * center[dim] - place for dim, place in places.items()}

    def _rings(self, axes: Sequence[Axis]) -> tuple[bool, ...]:
        return tuple(axis.periodic for axis in axes)

    def _band(self) -> float:
        return 1.0

    def _companions(self, x: xr.DataArray) -> tuple[Action, ...]:
        turned = tuple(dim in self.required for dim in self.plane)
        if self.times % 2 == 0 or not any(turned):
            return ()
        moves: list[Action] = []
        if induced_axis(x, self.orientation, "A reflection", unit="rad") is not None:
            if all(turned):
                moves.append(Translate({self.orientation: math.pi}))
            else:
                moves.append(self._mirror(self.orientation, 0.0 if turned[0] else math.pi / 2))
        if self.reflection in x.dims and not all(turned):
            if x.sizes[self.reflection] != 2:
                raise AxisError(
                    f"The dim {self.reflection!r} has {x.sizes[self.reflection]} entries, and a "
                    "reflection swaps two; rename the dim if it holds something else."
                )
            moves.append(self._mirror(self.reflection, 0.5))
        return tuple(moves)

    def _mirror(self, dim: str, middle: float) -> Flip:
        """Reflect an induced dim about one of its own places."""
        return Flip((dim,), {dim: middle}, plane=self.plane)
