"""Ideal pooling of complex channels: the band around each center, and every s-th sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import (
    Axes,
    Axis,
    Parts,
    axis_of,
    center_of,
    nearest_periodic,
    on_axes,
    with_own_value,
)
from invarsig.errors import AxisError
from invarsig.kernels.operation_counts import of_transform
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import mapping_field
from invarsig.operators.noise import noise_picture
from invarsig.operators.pooling.spectral import SpectralPool
from invarsig.operators.pooling.tap_pool import check_band
from invarsig.operators.strides import other_strides
from invarsig.spectra import baseband

__all__ = ["BandPool", "ideal_pool"]


@dataclass(frozen=True)
class BandPool(Operator):
    """Keep one output rate around each channel's center frequency, then every s-th sample.

    Output bin j stands for the alias of j nearest to the center. Everything else that would fold
    onto it is removed, so that the result commutes with every translation, whole or not. The bin
    half-way between two aliases is zeroed. Of real samples, and of complex ones without a center,
    the band lies around 0: for those it is `SpectralPool`.

    Parameters
    ----------
    stride
        For each dim the stride s, in samples; the axis must be a multiple of it.
    band
        For each dim the stride that the band is designed for; the stride itself by default.

    Raises
    ------
    AxisError
        If an axis is not periodic, or not a multiple of the stride.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.exp(2j * np.pi * 3 / 8 * np.arange(8)), Axis("x", period=8.0))
    >>> x = x.assign_coords(x_center_frequency=0.375)
    >>> abs(BandPool(stride={"x": 4})(x)).values.round(12).tolist()
    [1.0, 1.0]

    References
    ----------
    Vaughan, Scott & White (1991), The theory of bandpass sampling, doi:10.1109/78.134430.
    """

    stride: Mapping[str, int] = mapping_field()
    band: Mapping[str, int] | None = mapping_field(default=None)

    linear = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", parameters.counts("stride", self.stride))
        object.__setattr__(self, "band", check_band(self.band, self.stride))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of the stride."""
        return tuple(self.stride)

    def plan(self, axes: Axes) -> Plan:
        """Decimate the axes; each output depends on the whole axis."""
        own = [axes[dim] for dim in self.stride]
        for axis in own:
            if not axis.periodic:
                raise AxisError(f"BandPool is defined on periodic axes. {nearest_periodic(axis)}")
            for by in (self._band(axis.dim), self.stride[axis.dim]):
                if axis.size % by:
                    raise AxisError(
                        f"{axis.size} samples along {axis.dim!r} are not a multiple of the stride "
                        f"{by}; crop the axis."
                    )
        sizes, total = [axis.size for axis in own], 0.0
        for place, axis in enumerate(own):  # of complex channels, for which this is
            sizes[place] //= self.stride[axis.dim]
            total += 2 * of_transform(axis.size) * math.prod(sizes) / sizes[place]
        return Plan(
            tuple(own),
            tuple(axis.strided(self.stride[axis.dim]) for axis in own),
            dict(self.stride),
            dict.fromkeys(self.stride, (np.inf, np.inf)),
            operations=total,
            shared=frozenset(self.stride),
        )

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the band along each dim."""
        return {**super()._meaning(), "band": {dim: self._band(dim) for dim in self.stride}}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same band with other strides."""
        band = {dim: self._band(dim) for dim in self.stride}
        changed = other_strides(self.stride, strides)
        if changed is None:
            return None
        return replace(self, stride=changed, band=band)

    def _band(self, dim: str) -> int:
        return (self.band or {}).get(dim, self.stride[dim])

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        self.plan(Axes.of(x))
        for dim, by in self.stride.items():
            x = _pooled(x, axis_of(x, dim), self._band(dim), by)
        return x

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Real samples, and complex ones."""
        yield cls(stride={"x": 2, "y": 2}), noise_picture(rng)
        picture = noise_picture(rng)
        other = noise_picture(rng).to_numpy()
        yield cls(stride={"x": 2}), picture.copy(data=picture.to_numpy() + 1j * other)


def ideal_pool(y: xr.DataArray, strides: Mapping[str, int]) -> Operator:
    """The pool that folds nothing for results such as `y`: around 0, or around their centers."""
    return BandPool(stride=strides) if y.dtype.kind == "c" else SpectralPool(stride=strides)


def _pooled(x: xr.DataArray, axis: Axis, band: int, stride: int) -> xr.DataArray:
    from scipy import fft

    dim, coarse = axis.dim, axis.size // band
    center = center_of(x, dim) * band
    frequency = baseband(coarse, center)
    half_way = np.abs(np.abs(frequency - np.asarray(center)[..., np.newaxis]) - 0.5) < 1e-9
    keep = np.zeros((*frequency.shape[:-1], axis.size), dtype=bool)
    bins = np.rint(frequency * coarse).astype(int) % axis.size
    np.put_along_axis(keep, bins, ~half_way if band > 1 else True, axis=-1)

    def kernel(values: np.ndarray) -> np.ndarray:
        out = fft.ifft(np.where(keep, fft.fft(values, axis=-1), 0), axis=-1)[..., ::stride]
        return np.asarray(out if np.iscomplexobj(values) else out.real)

    others = [each for each in map(str, x.dims) if each != dim]
    joint = with_own_value(others, keep.shape[:-1])
    keep = keep.reshape(*(x.sizes[each] for each in joint), axis.size)
    channels = [Axis(each, size=x.sizes[each]) for each in joint]
    parts = Parts("BandPool")
    made = on_axes(kernel, x, (*channels, axis), (*channels, axis.strided(stride)), parts=parts)
    return made.transpose(*x.dims)
