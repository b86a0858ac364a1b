"""Convolution from a picture to functions on quarter turns, flips and positions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.operators.banks.convolve import Convolve
from invarsig.operators.base import Operator, Plan
from invarsig.operators.groups.group import GroupKernels, moved_kernels
from invarsig.operators.linear_filter import Channels, LinearFilter
from invarsig.operators.noise import noise_picture

__all__ = ["LiftingConvolution"]


@dataclass(frozen=True, eq=False)
class LiftingConvolution(GroupKernels, LinearFilter):
    """Convolution with all rotations of a kernel: ``y[θ, n] = sum_k h[R_θ⁻¹ k] x[n - k]``.

    The first layer of a group convolutional network: its input is a picture, and its output a
    function on the group. For the group "p4m" kernels are also mirrored, and stand at the element
    ``g = R_θ M^m`` with m the reflection and M the mirror image along the plane's first dim:
    ``y[g, n] = sum_k h[g⁻¹ k] x[n - k]``.

    Turning the picture by α, from the last dim of the plane toward the first, turns the result and
    moves it by α along "orientation". A flip along the first dim of the plane takes the orientation
    θ to -θ, one along the last dim takes it to π - θ; both swap the two reflections. At stride 1
    this is exact for quarter turns about any center that maps the grid to itself; with a stride the
    center must also map the grid of the *output* to itself, as a sample that is kept does on
    periodic axes. A stride of 2 about the center of an array of even size is exact for kernels of
    even size; for odd ones, whose samples lie elsewhere, the rotated result differs, and the error
    on white noise is 141 %.

    Taps are centered, so kernels of even size move the grid by half a sample along both dims, all
    rotations equally: where windows wrap or are "valid" the turn stays exact, about a center that
    maps both grids to themselves. With other boundaries the last row and column of the result have
    no counterpart at the first ones, and the turn is exact away from them.

    `CircularHarmonicBank` handles rotations differently: its channels do not move, but their phases
    rotate, at any angle up to sampling. Angular order k is the k-th Fourier coefficient along the
    orientation; four orientations cannot distinguish k from k + 4.

    Parameters
    ----------
    kernels
        Taps over the plane, at orientation 0; other dims become channels, or are summed over. Their
        coordinates along the plane are not read: taps are centered.
    group
        "p4": quarter turns; "p4m": quarter turns and flips.
    plane
        Two dims. Kernels turn from the last one toward the first, in samples.
    over
        Dims of `kernels` and input that are summed over, as the input channels of a network.
    stride, boundary
        As for `Convolve`. Only strides that are the same along both dims are equivariant.
    orientation, reflection
        Names of the new dims.

    Returns
    -------
    xarray.DataArray
        With a new dim "orientation" (0, π/2, π, 3π/2 rad, of period 2π) and for "p4m" a dim
        "reflection" (0 and 1, of period 2).

    Raises
    ------
    ParameterError
        If the kernels have an odd number of taps along one dim and an even one along the other.
    DimError
        If the input lacks a dim of the plane.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.eye(3)[[1]].T * np.eye(3)[1], Axis("y", period=3.0), Axis("x", period=3.0))
    >>> edge = xr.DataArray([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], dims=("y", "x"))
    >>> y = LiftingConvolution(edge)(x)
    >>> y.orientation.values.round(2).tolist()
    [0.0, 1.57, 3.14, 4.71]
    >>> [tuple(int(k) for k in np.argwhere(one.values)[0]) for one in y]
    [(1, 2), (2, 1), (1, 0), (0, 1)]

    References
    ----------
    Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576.
    """

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that are summed over, and the plane."""
        return (*self._over, *self.plane)

    @property
    def _spanned(self) -> tuple[str, ...]:
        return self.plane

    @property
    def _convolution(self) -> Convolve:
        """Plain convolution with all the kernels, stacked."""
        base, lead = self._squared(), len(self._made)
        mirrors = (False, True)[: len(self._elements)]
        every = [[moved_kernels(base, turns, mirror) for mirror in mirrors] for turns in range(4)]
        taps = np.moveaxis(np.array(every), (0, 1), (lead, lead + 1))
        if self.group == "p4":
            taps = taps.squeeze(lead + 1)
        kernels = xr.DataArray(taps, dims=(*self._made, *self._elements, *self._over, *self.plane))
        own = {
            name: coordinate.variable
            for name, coordinate in self.kernels.coords.items()
            if coordinate.dims and set(coordinate.dims) <= set(self._made)
        }
        turn = {"units": "rad", "period": 2 * math.pi}
        own[self.orientation] = xr.Variable(self.orientation, np.arange(4) * math.pi / 2, turn)
        if self.group == "p4m":
            own[self.reflection] = xr.Variable(self.reflection, [0.0, 1.0], {"period": 2.0})
        return Convolve(
            kernels.assign_coords(own),
            self.stride,
            self.boundary,
            (*self._made, *self._elements),
            self._over,
        )

    def plan(self, axes: Axes) -> Plan:
        """Place all rotations of the taps along the plane."""
        return self._convolution.plan(axes)

    def _channels(self, axes: Axes) -> Channels:
        return self._convolution._channels(axes)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        return self._convolution._response(axes, frequencies)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even kernels, channels in and out, complex taps; turns, and turns with flips."""
        picture = noise_picture(rng)
        yield cls(xr.DataArray(rng.standard_normal((3, 3)), dims=("y", "x"))), picture
        bank = xr.DataArray(
            rng.standard_normal((2, 2, 4)),
            dims=("filter", "y", "x"),
            coords={"filter": ["one", "two"]},
        )
        yield cls(bank, group="p4m", stride={"y": 2, "x": 2}), picture
        mixing = xr.DataArray(rng.standard_normal((3, 2, 3, 3)), dims=("out", "channel", "y", "x"))
        yield cls(mixing, over=("channel",), boundary="zero"), picture
        wave = np.exp(2j * np.pi * 0.15 * np.arange(3)) * np.ones((3, 1))
        yield cls(xr.DataArray(wave, dims=("y", "x")), group="p4m"), picture
