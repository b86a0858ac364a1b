"""Convolution with kernels that are given.

A kernel's taps are centered: an odd kernel keeps the grid, an even one moves it by half a
sample. Complex channels carry their center frequency along each dim in the auxiliary
coordinate ``{dim}_center_frequency``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, center_frequency_name, promoted
from invarsig.errors import DimError, ParameterError
from invarsig.operators.banks.bank import tap_plan
from invarsig.operators.banks.channels import channels_of_weights
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.linear_filter import Channels, LinearFilter, dtft
from invarsig.operators.noise import noise_picture
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import (
    BoundaryChoice,
    Padding,
    check_boundary,
    checked_padding,
    linear_but_for_the_border,
)

__all__ = ["Convolve"]


@dataclass(frozen=True, eq=False)
class Convolve(ArrayOperator, LinearFilter):
    """Convolution with given kernels: ``y[c, n] = sum_k h[c, k] x[n - d k]``, k centered.

    The layers of networks correlate: their weights, flipped along the dims of space, are `kernels`.
    The bias that follows is `PositionAffine` with an offset over the channels, a stage of its own.

    Parameters
    ----------
    kernels
        Taps over the dims that they span. Dims that the input has are convolved; the others
        become channels of the result, with their coordinates. Coordinates along the
        convolved dims are not read: taps are centered.
    stride
        For each dim the distance between the samples that are kept; 1 by default.
    boundary
        "periodic", "reflect", "symmetric", "edge" (torch: replicate; scipy.ndimage: nearest),
        "zero", ``("constant", value)`` or "valid", for all dims or as a mapping. By default
        periodic where the axis is, and valid elsewhere.
    channels
        Dims of `kernels` that become channels. Naming them makes every other one required.
    over
        Dims of `kernels` and input that are summed over, as the input channels of a network.
    dilation
        For each dim the distance d between the taps, in samples; 1 by default.
    padding
        For each dim a pair: by how many samples the boundary extends the axis before and after.
        Kernels of w taps then fit in ``(size + before + after - (d (w - 1) + 1)) // stride + 1``
        times. Or one number: how many samples before each stride its window begins; by default
        the window is centered. Has no effect where the boundary is "valid", or follows a periodic
        axis.
    groups
        Number g of groups of channels that are convolved apart, along the one dim of `over`: there
        the kernels have a g-th of the input's channels, and the first g-th of the kernels is for
        the first group. As many groups as channels is a depthwise convolution.

    Raises
    ------
    DimError
        If the input lacks a dim that is to be convolved.
    AxisError
        If a kernel is longer than a periodic axis, or the numbers of channels do not fit.
    ParameterError
        If the groups do not divide the kernels, or there is not one dim of channels on either side.

    Examples
    --------
    >>> import xarray as xr
    >>> from invarsig.axes import Axis, label
    >>> x = label([1.0, 0.0, 0.0, 0.0], Axis("x", period=4.0))
    >>> Convolve(xr.DataArray([1.0, 2.0, 3.0], dims="x"))(x).values.tolist()
    [2.0, 3.0, 0.0, 1.0]
    >>> pair = xr.DataArray([1.0, -1.0], dims="x")
    >>> apart = Convolve(pair, boundary="zero", padding={"x": (0, 2)}, dilation={"x": 2})
    >>> apart(label([0.0, 0.0, 1.0, 1.0], "x")).values.tolist()
    [1.0, 1.0, -1.0, -1.0]

    References
    ----------
    Oppenheim & Schafer, Discrete-time signal processing, chapter 2.
    """

    kernels: xr.DataArray = mapping_field()
    stride: Mapping[str, int] = mapping_field(default_factory=dict)
    boundary: BoundaryChoice = mapping_field(default=None)
    channels: tuple[str, ...] | None = dims_field(default=None)
    over: tuple[str, ...] = dims_field(default=())
    _: KW_ONLY
    dilation: Mapping[str, int] = mapping_field(default_factory=dict)
    padding: Padding = mapping_field(default_factory=dict)
    groups: int = 1

    linear: ClassVar[bool] = linear_but_for_the_border()

    def __post_init__(self) -> None:
        if not isinstance(self.kernels, xr.DataArray):
            raise ParameterError(
                "kernels must be an xarray.DataArray over the dims that it spans, such as "
                "xr.DataArray([1, 2, 1], dims='x')."
            )
        for name in ("channels", "over"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if self.kernels.size == 0:
            raise ParameterError(f"The kernels are empty: sizes {dict(self.kernels.sizes)}.")
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        check_boundary(self.boundary)
        for dim in (*(self.channels or ()), *self.over):
            if dim not in self.kernels.dims:
                raise DimError(f"The kernels have no dim {dim!r}; they span {self.kernels.dims}.")
        self._check_layer()

    def _check_layer(self) -> None:
        """Check dilation, padding and groups."""
        space = [dim for dim in self.dims if dim not in self.over]
        dilation = parameters.counts("dilation", self.dilation)
        stray = [dim for dim in dilation if dim not in space]
        if stray:
            raise DimError(
                f"The dilation names {stray[0]!r}, along which there is no filter; the filters lie "
                f"along {', '.join(map(repr, space))}."
            )
        object.__setattr__(self, "dilation", {dim: by for dim, by in dilation.items() if by != 1})
        object.__setattr__(self, "padding", checked_padding(self.padding, space))
        object.__setattr__(self, "groups", parameters.count(self.groups, "The number of groups"))
        if self.groups == 1:
            return
        if len(self.over) != 1 or self.channels is None or len(self.channels) != 1:
            raise ParameterError(
                f"groups={self.groups} needs one dim of channels that comes in and one that goes "
                "out: over=('channel',), channels=('out',)."
            )
        count = self.kernels.sizes[self.channels[0]]
        if count % self.groups:
            raise ParameterError(
                f"The {count} kernels over {self.channels[0]!r} are not a multiple of "
                f"groups={self.groups}; give every group as many."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the kernels, less those named as channels."""
        return tuple(str(dim) for dim in self.kernels.dims if dim not in (self.channels or ()))

    def plan(self, axes: Axes) -> Plan:
        """Place the taps along those of their dims that the input has."""
        dims, new = self._split(axes)
        taps = self._laid_out(dims, new)
        channels = self._channels(axes)
        return tap_plan(
            axes,
            dims,
            taps,
            channels,
            self.stride,
            self.boundary,
            self.over,
            padding=self.padding,
            groups=self.groups,
        )

    def _split(self, axes: Axes) -> tuple[list[str], list[str]]:
        """Dims that are convolved, and those that become channels."""
        spanned = [dim for dim in self.dims if dim not in self.over]
        dims = [dim for dim in spanned if dim in axes] if self.channels is None else spanned
        if not dims:
            names = ", ".join(map(repr, axes)) or "none"
            raise DimError(
                f"The kernels span {', '.join(map(repr, self.kernels.dims))}, none of which the "
                f"input has to convolve along; its dims are {names}."
            )
        new = [str(dim) for dim in self.kernels.dims if dim not in dims and dim not in self.over]
        return dims, new

    def _laid_out(self, dims: Sequence[str], new: Sequence[str]) -> np.ndarray:
        """Taps, with zeros between those of a dilated kernel: they let no NaN in."""
        taps = promoted(self.kernels.transpose(*new, *self.over, *dims).to_numpy())
        if not self.dilation:
            return taps
        steps = [self.dilation.get(dim, 1) for dim in dims]
        lead, window = taps.shape[: -len(dims)], taps.shape[-len(dims) :]
        sizes = [by * (size - 1) + 1 for by, size in zip(steps, window, strict=True)]
        apart = np.zeros((*lead, *sizes), dtype=taps.dtype)
        apart[_spaced(steps)] = taps
        return apart

    def _channels(self, axes: Axes) -> Channels:
        dims, new = self._split(axes)
        made, coords = channels_of_weights(self.kernels, new)
        coords |= self._centers(axes, dims, new, self._laid_out(dims, new))
        centers = {
            dim: np.asarray(coords[center_frequency_name(dim)][1]) * axes[dim].step
            for dim in dims
            if center_frequency_name(dim) in coords
        }
        return Channels(made, coords, centers)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        if self.over:
            raise ParameterError(
                f"{self} sums over {', '.join(map(repr, self.over))}, so it has no one response; "
                "select the kernels of one input channel first."
            )
        dims, new = self._split(axes)
        return dtft(self._laid_out(dims, new), frequencies)

    def _centers(
        self, axes: Axes, dims: Sequence[str], new: Sequence[str], taps: np.ndarray
    ) -> dict[str, AuxiliaryCoordinate]:
        """Center frequencies of complex channels, where the kernels do not bring their own."""
        coords: dict[str, AuxiliaryCoordinate] = {}
        if np.iscomplexobj(taps):
            for place, dim in enumerate(dims):
                name = center_frequency_name(dim)
                if name not in self.kernels.coords:
                    # The taps of a dilated kernel are counted: of its images the one nearest to 0.
                    by = self.dilation.get(dim, 1)
                    near = taps[_spaced([self.dilation.get(d, 1) for d in dims])]
                    center = _centroid(near, len(new), len(self.over), place) / by / axes[dim].step
                    coords[name] = (tuple(new), center, axes[dim].center_attrs())
        return coords

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same kernels with other strides."""
        changed = other_strides(self.stride, strides, set(self.dims) - set(self.over))
        return None if changed is None else replace(self, stride=changed)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even kernels, a bank, complex taps, and a sum over channels."""
        picture = noise_picture(rng)
        taps = xr.DataArray(rng.standard_normal((3, 4)), dims=("y", "x"))
        bank = xr.DataArray(
            rng.standard_normal((2, 5)), dims=("filter", "x"), coords={"filter": ["one", "two"]}
        )
        turning = bank * np.exp(2j * np.pi * 0.2 * np.arange(5))
        yield cls(taps, stride={"x": 2}), picture
        yield cls(bank, stride={"x": 3}, boundary="reflect"), picture
        yield cls(turning, stride={"x": 4}), picture
        mixing = xr.DataArray(rng.standard_normal((3, 2, 3)), dims=("out", "channel", "x"))
        yield cls(mixing, boundary="valid", over=("channel",)), picture
        yield cls(taps, {"x": 2}, "edge", dilation={"x": 2}, padding={"x": (1, 4)}), picture
        yield cls(taps, dilation={"y": 3}, padding={"y": (1, 2)}), picture
        yield cls(bank, boundary="zero", padding={"x": (4, 1)}), picture
        each = xr.DataArray(rng.standard_normal((4, 1, 3)), dims=("out", "channel", "x"))
        named = ("out",), ("channel",)
        yield cls(each, {"x": 2}, "zero", *named, padding={"x": (1, 1)}, groups=2), picture


def _spaced(steps: Sequence[int]) -> tuple[Any, ...]:
    """Index of every so many-th sample along the last axes."""
    return (..., *(slice(None, None, by) for by in steps))


def _centroid(taps: np.ndarray, channels: int, over: int, place: int) -> np.ndarray:
    """Where the energy of complex kernels lies along one dim, in cycles per sample."""
    axis = channels + over + place
    spectrum = np.abs(np.fft.fft(taps, n=max(64, 4 * taps.shape[axis]), axis=axis)) ** 2
    others = tuple(k for k in range(channels, taps.ndim) if k != axis)
    energy = spectrum.sum(axis=others)
    turns = np.exp(2j * np.pi * np.arange(energy.shape[-1]) / energy.shape[-1])
    return np.asarray(np.angle((energy * turns).sum(axis=-1)) / (2 * np.pi))
