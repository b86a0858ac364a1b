"""Rotation of a plane about a place that is given in coordinates."""

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
    shared_factor,
)
from invarsig.actions.smooth_noise import smooth_noise
from invarsig.actions.translation import Translate
from invarsig.axes import Axis, LengthLike, axis_of, in_unit, plain_lengths, rescaled_lengths
from invarsig.errors import AxisError

__all__ = ["Rotate"]


@dataclass(frozen=True)
class Rotate(PointMap):
    """Rotation: ``(R_a x)(u) = x(c + R_-a (u - c))``, counter-clockwise in a picture.

    The angle a turns the first dim's axis toward the second one's, y toward x. In a picture,
    where y points down, that is counter-clockwise as seen, the sense of `numpy.rot90`; on a map or
    a plot with y up it is clockwise. Banks count orientations the other way, from x toward y, so
    an axis of orientations moves by -a.

    Quarter turns that take samples to samples only move them: about a sample, or about the middle
    of a square; where the axes are periodic with the same period, with wrapping as well. All other
    rotations are read off a quintic spline, and do not wrap, as a torus has no rotational symmetry
    except quarter turns. Half a turn wraps along each axis that is periodic.

    Parameters
    ----------
    angle
        In radians, or text with its unit, "30 deg"; `Rotate.in_degrees` takes degrees.
    center
        The fixed point, as a coordinate along each dim: a number in the unit of the axis, or with a
        unit of its own ("2 px"). It has no default: the middle of a signal
        is not that of a result with a stride (see `about_middle`).
    dims
        The two dims of the plane, in the order in which banks take them.
    orientation
        Name of the induced dim: angles in radians, counted from the second dim to the first in
        samples of theirs. It moves periodically where it is periodic: for complex channels, and
        filters of odd order, give a bank a whole turn. After half a turn they come back as their
        conjugate, or with the other sign, and the error would show that.
    boundary
        What comes in from beyond the ends: "zero", "reflect" (the mirror image about the last
        sample) or "nan".

    Raises
    ------
    AxisError
        When called on axes of different units, on orientations that are not in radians, or, but
        for half a turn, on such that count in samples of different lengths or opposite senses.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([[1.0, 2.0], [3.0, 4.0]], Axis("y", unit="px"), Axis("x", unit="px"))
    >>> Rotate(math.pi / 2, {"y": 0.5, "x": 0.5})(x).values.tolist()
    [[2.0, 4.0], [1.0, 3.0]]

    References
    ----------
    Unser, Thévenaz & Yaroslavsky (1995), Convolution-based interpolation for fast, high-quality
    rotation of images, doi:10.1109/83.465102, on splines; Freeman & Adelson (1991),
    doi:10.1109/34.93808, on orientations.
    """

    angle: float | str
    center: Mapping[str, LengthLike] = None  # type: ignore[assignment]  # refused by name
    dims: tuple[str, ...] = ("y", "x")
    orientation: str = "orientation"
    boundary: Beyond = "zero"

    accuracy = 1e-2

    def __post_init__(self) -> None:
        object.__setattr__(self, "dims", named_dims(self.dims, "Rotate", count=2))
        object.__setattr__(self, "angle", in_unit(self.angle, "rad", "The angle"))
        object.__setattr__(self, "center", place_of(self.center, self.dims, "The center", "Rotate"))
        checked_beyond(self.boundary)

    @classmethod
    def in_degrees(
        cls,
        degrees: float,
        center: Mapping[str, LengthLike] | None = None,
        dims: tuple[str, ...] = ("y", "x"),
        **more: Any,
    ) -> Self:
        """Rotate by an angle in degrees; about the middle by ``about_middle(x, math.radians(90))``.

        Examples
        --------
        >>> Rotate.in_degrees(90, {"y": 0.5, "x": 0.5}).angle == math.pi / 2
        True
        """
        angle = math.radians(finite(degrees, "The angle, in degrees,"))
        return cls(angle, center, dims, **more)  # type: ignore[arg-type]

    @classmethod
    def about_middle(
        cls, x: xr.DataArray, angle: float, dims: Sequence[str] = ("y", "x"), **more: Any
    ) -> Self:
        """Rotate about the middle of `x`; on its results, too, whatever their own middle is.

        Examples
        --------
        >>> from invarsig.axes import Axis, label
        >>> x = label(np.eye(4), Axis("y", unit="px"), Axis("x", unit="px"))
        >>> Rotate.about_middle(x, 0.5).center
        {'y': 1.5, 'x': 1.5}
        """
        return cls(angle, middle_of(x, dims), tuple(dims), **more)

    @property
    def required(self) -> tuple[str, ...]:
        """The two dims of the plane."""
        return self.dims

    @property
    def induced(self) -> tuple[str, ...]:
        """The dim of orientations."""
        return (self.orientation,)

    def at(self, t: float) -> Self:
        """Rotate by `t` times the angle."""
        return replace(self, angle=t * float(self.angle))

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Rotate the plane of the renamed dims."""
        return replace(
            self,
            center={names.get(dim, dim): place for dim, place in self.center.items()},
            dims=tuple(names.get(dim, dim) for dim in self.dims),
            orientation=names.get(self.orientation, self.orientation),
        )

    def rescaled(self, factors: Mapping[str, float]) -> Self:
        """Rotate where the units of both dims got smaller by the same factor."""
        by = shared_factor(self.dims, factors, "A rotation")
        return replace(self, center=rescaled_lengths(self.center, dict.fromkeys(self.dims, by)))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Action, xr.DataArray]]:
        """By quarter turns of a square and of a torus, by other angles, and with orientations."""
        small = [Axis(dim, size=64, unit="px") for dim in ("y", "x")]
        yield cls(math.pi / 2, {"y": 31.5, "x": 31.5}), smooth_noise(rng, small)
        ring = [replace(axis, step=0.5, period=32.0) for axis in small]
        yield cls(-math.pi / 2, {"y": 14.0, "x": 17.0}), smooth_noise(rng, ring)
        plane = [Axis(dim, size=100, unit="px") for dim in ("y", "x")]
        more = cls(0.3, {"y": 47.0, "x": 52.3}, boundary="reflect")
        yield more, smooth_noise(rng, plane)
        angles = Axis("orientation", step=math.pi / 5, size=5, unit="rad", period=math.pi)
        yield cls(-0.8, {"y": 50.0, "x": 45.0}), smooth_noise(rng, plane, [angles])

    def _dims_on(self, x: xr.DataArray) -> tuple[str, ...]:
        """Both dims, or none: the remainder of a plane along one dim does not turn."""
        if not all(dim in x.dims for dim in self.dims):
            return ()
        axes = [axis_of(x, dim) for dim in self.dims]
        units = {axis.length_unit for axis in axes}
        if len(units) > 1:
            one, other = axes
            raise AxisError(
                f"A rotation needs the same unit along both dims; {one.dim!r} is in "
                f"{one.length_unit or 'no unit'} and {other.dim!r} in "
                f"{other.length_unit or 'no unit'}. Give both in one unit."
            )
        return self.dims

    def _source(self, places: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        first, second = self.dims
        cos, sin = _cos_sin(float(self.angle))
        center = plain_lengths(self.center, self)
        down, across = (places[dim] - center[dim] for dim in self.dims)
        return {
            first: center[first] + cos * down + sin * across,
            second: center[second] - sin * down + cos * across,
        }

    def _rings(self, axes: Sequence[Axis]) -> tuple[bool, ...]:
        cos, sin = _cos_sin(float(self.angle))
        rings = tuple(axis.periodic for axis in axes)
        if sin == 0:
            return rings
        longer = abs(axes[0].size * axes[0].step) - abs(axes[1].size * axes[1].step)
        square = cos == 0 and all(rings) and abs(longer) < 1e-6 * abs(axes[0].step)
        return (square, square)

    def _band(self) -> float:
        return 1.0

    def _companions(self, x: xr.DataArray) -> tuple[Action, ...]:
        axis = induced_axis(x, self.orientation, "A rotation", unit="rad")
        if axis is None:
            return ()
        turns_back = _cos_sin(float(self.angle))[1] == 0  # half a turn is one whatever the steps
        if all(dim in x.dims for dim in self.dims) and not turns_back:
            one, other = (axis_of(x, dim).step for dim in self.dims)
            if abs(one - other) > 1e-6 * abs(one):
                raise AxisError(
                    f"Orientations are angles between samples, and the steps are {one:g} along "
                    f"{self.dims[0]!r} and {other:g} along {self.dims[1]!r}: they do not turn as "
                    "coordinates do. Give both axes the same step before the bank."
                )
        return (Translate({self.orientation: -float(self.angle)}),)


def _cos_sin(angle: float) -> tuple[float, float]:
    """Cosine and sine, whole numbers at quarter turns."""
    quarters = angle / (math.pi / 2)
    if abs(quarters - round(quarters)) < 1e-12 * max(1.0, abs(quarters)):
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarters) % 4]
    return math.cos(angle), math.sin(angle)
