"""Convolution of functions on quarter turns, flips and positions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from invarsig.axes import Axes, Axis, label
from invarsig.errors import AxisError
from invarsig.operators.banks.convolve import Convolve
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import lengths_field
from invarsig.operators.groups.group import GroupKernels, moved_kernels, quarter_turns

__all__ = ["GroupConvolution"]


@dataclass(frozen=True, eq=False)
class GroupConvolution(GroupKernels):
    """Convolution on a group: ``y[θ, n] = sum_φk h[φ - θ, R_θ⁻¹ k] x[φ, n - k]``.

    A later layer of a group convolutional network: its input and output are functions on the group.
    For the output at θ, the kernel is rotated in space and rolled along the orientation. For the
    group "p4m", with elements ``g = R_θ M^m``, the sum goes over all elements g' and places k,
    ``y[g, n] = sum h[g⁻¹ g', g⁻¹ k] x[g', n - k]``, where ``g⁻¹ g'`` is at the orientation
    ``φ - θ``, or ``θ - φ`` if g is mirrored, and at the sum of both reflections, modulo 2. Cohen &
    Welling correlate where this convolves along the plane: their kernels are these, point-reflected
    there.

    Its input and output transform as those of `LiftingConvolution`, and quarter turns are exact
    about the same centers. A pool over "orientation" (and "reflection") alone gives a picture
    again, which turns with the input; one over the plane as well gives an invariant.

    Parameters
    ----------
    kernels
        Taps over "orientation" (relative to the output's own: sample r is r quarter turns further),
        for "p4m" over "reflection" (sample 1 is the opposite one), and over the plane. Other dims
        become channels, or are summed over. Coordinates along these dims are not read.
    group, plane, over, stride, boundary
        As for `LiftingConvolution`.
    orientation, reflection
        Names of the dims of the group, in the kernels and in the input.
    turn
        A whole turn, in the unit of the axis of orientations.

    Raises
    ------
    DimError
        If the input lacks one of these dims.
    AxisError
        If its orientations are not a whole turn in quarters, or its reflections are not two.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> rng = np.random.default_rng(1)
    >>> x = iv.label(rng.standard_normal((8, 8)), iv.Axis("y", period=8), iv.Axis("x", period=8))
    >>> lifting = iv.LiftingConvolution(iv.label(rng.standard_normal((3, 3)), "y", "x"))
    >>> taps = iv.label(rng.standard_normal((4, 3, 3)), "orientation", "y", "x")
    >>> layers = lifting >> iv.Relu() >> iv.GroupConvolution(taps)
    >>> turned = layers(x.copy(data=np.rot90(x.values)))
    >>> wanted = np.rot90(layers(x).roll(orientation=-1).values, axes=(1, 2))
    >>> bool(abs(turned - wanted).max() < 1e-12)
    True

    References
    ----------
    Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576.
    """

    turn: float = lengths_field(along="orientation", default=2 * math.pi)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are summed over, those of the group, and the plane."""
        return (*self._over, *self._elements, *self.plane)

    @property
    def _spanned(self) -> tuple[str, ...]:
        return (*self._elements, *self.plane)

    def plan(self, axes: Axes) -> Plan:
        """Place the taps, moved by each element, along the group and the plane."""
        turning = axes[self.orientation]
        turns = quarter_turns(turning, self.turn)
        group = [turning]
        if self.group == "p4m":
            group.append(self._reflections(axes))
        # Temporarily the dims of the group have one name as input and another as output.
        fresh = {f"{dim}_of_output": axis for dim, axis in zip(self._elements, group, strict=True)}
        taps = self._moved(turns)
        names = (*self._made, *fresh, *self._over, *self._elements, *self.plane)
        kernels = xr.DataArray(taps, dims=names)
        own = {
            name: coordinate.variable
            for name, coordinate in self.kernels.coords.items()
            if coordinate.dims and set(coordinate.dims) <= set(self._made)
        }
        plan = Convolve(
            kernels.assign_coords(own),
            self.stride,
            self.boundary,
            (*self._made, *fresh),
            (*self._over, *self._elements),
        ).plan(axes)
        read = {axis.dim: axis for axis in group}
        placed = [dim for dim in read if axes.placed(dim)]
        own_names = dict(zip(fresh, self._elements, strict=True))
        return replace(
            plan,
            in_axes=tuple(read.get(axis.dim, axis) for axis in plan.in_axes),
            out_axes=tuple(fresh.get(axis.dim, axis) for axis in plan.out_axes),
            stride={**dict.fromkeys(placed, 1), **plan.stride},
            reach={**dict.fromkeys(placed, (math.inf, math.inf)), **plan.reach},
            coords={
                name: (tuple(own_names.get(dim, dim) for dim in where), values, attrs)
                for name, (where, values, attrs) in plan.coords.items()
            },
        )

    def _reflections(self, axes: Axes) -> Axis:
        axis = axes.read_or_counted(self.reflection)
        if axis.size != 2:
            raise AxisError(
                f"The axis {self.reflection!r} has {axis.size} samples; a group has two "
                "reflections, as a LiftingConvolution makes them."
            )
        return axis

    def _moved(self, turns: np.ndarray) -> np.ndarray:
        """Taps ``(*channels, *elements out, *over, *elements in, *plane)``."""
        base = self._squared()
        lead, count = len(self._made), len(self._elements)
        mirrors = (0, 1)[:count]
        group = tuple(range(base.ndim - 2 - count, base.ndim - 2))

        def seen_from(turn: int, mirror: int) -> np.ndarray:
            taps = moved_kernels(base, turn, bool(mirror))
            apart = (-1 if mirror else 1) * (turns - turn) % 4
            taps = np.take(taps, apart, axis=group[0])
            return np.flip(taps, axis=group[1]) if mirror else taps

        every = np.array([[seen_from(turn, mirror) for mirror in mirrors] for turn in turns])
        moved = np.moveaxis(every, (0, 1), (lead, lead + 1))
        return moved.squeeze(lead + 1) if count == 1 else moved

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Turns only, turns with flips and a stride, and a sum over channels."""
        x = _noise_on_the_group(rng)
        taps = label(rng.standard_normal((4, 3, 3)), "orientation", "y", "x")
        yield cls(taps), x.isel(reflection=0, drop=True)
        both = ("orientation", "reflection", "y", "x")
        yield (
            cls(
                label(rng.standard_normal((4, 2, 2, 2)), *both),
                group="p4m",
                stride={"y": 2, "x": 2},
            ),
            x,
        )
        mixing = label(rng.standard_normal((3, 2, 4, 2, 3, 3)), "out", "channel", *both)
        yield cls(mixing, group="p4m", over=("channel",), boundary="zero"), x


def _noise_on_the_group(rng: np.random.Generator) -> xr.DataArray:
    angle = Axis("orientation", 0.0, math.pi / 2, 4, "rad", 2 * math.pi)
    y, x = (Axis(dim, 1.5, 0.5, n, "px", n * 0.5) for dim, n in (("y", 8), ("x", 12)))
    values = rng.standard_normal((2, 4, 2, 8, 12))
    both = Axis("reflection", size=2, unit="", period=2.0)
    return label(values, "channel", angle, both, y, x, name="features")
