"""Linear filters: operators whose frequency response is known before any data is seen.

Conventions
-----------
A response is given at frequencies in cycles per sample, relative to the *position* of an output
sample: a kernel that is symmetric about the position of its output has a real response, also for an
even size. Real outputs lie around 0. Complex channels lie around their center frequency.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, label
from invarsig.errors import DimError
from invarsig.operators.base import Operator
from invarsig.spectra import share_outside

__all__ = ["Channels", "LinearFilter", "Tapped", "axes_from", "dtft"]

# Number of frequencies along the requested dim, and along others. A band that a stride keeps should
# hold this many of them: fewer say little about where it ends.
_FINE, _COARSE, _IN_BAND = 4096, 128, 64

# Largest number of values in a response.
_ROOM = 2**21


@dataclass(frozen=True)
class Channels:
    """New dims that a filter bank makes.

    Parameters
    ----------
    axes
        Their axes, in the order of the responses.
    coords
        Auxiliary coordinates over them.
    centers
        For complex outputs, for each filtered dim the center frequency in cycles per sample, of
        the shape of the channels. Empty for real ones.
    """

    axes: tuple[Axis, ...] = ()
    coords: Mapping[str, AuxiliaryCoordinate] = field(default_factory=dict)
    centers: Mapping[str, np.ndarray] = field(default_factory=dict)


def axes_from(given: xr.DataArray | Axes | Axis | Sequence[Axis]) -> Axes:
    """Axes of a labeled array, or the given axes themselves."""
    if isinstance(given, xr.DataArray):
        return Axes.of(given)
    if isinstance(given, Axes):
        return given
    several = (given,) if isinstance(given, Axis) else tuple(given)
    return Axes({axis.dim: axis for axis in several})


def dtft(taps: np.ndarray, frequencies: Sequence[np.ndarray]) -> np.ndarray:
    """Frequency response of centered taps at the outer grid of 1-D frequencies.

    ``H(f) = sum_k h[k] exp(-2 pi i f k)``, k counted from the middle of the taps.
    """
    rank = len(frequencies)
    values = taps
    # The first of the last `rank` axes is consumed, and its frequencies are appended at the end.
    for frequency in frequencies:
        axis = values.ndim - rank
        k = np.arange(values.shape[axis]) - (values.shape[axis] - 1) / 2
        parts = np.array_split(frequency, max(1, k.size * frequency.size // 2**20))
        turned = (np.exp(-2j * np.pi * np.multiply.outer(k, part)) for part in parts)
        values = np.concatenate(
            [np.tensordot(values, turns, axes=(axis, 0)) for turns in turned], axis=-1
        )
    return values


def _power_of_taps(taps: np.ndarray, rank: int, place: int, count: int) -> np.ndarray:
    """Power at `count` frequencies along one of the last dims, summed over the taps of the others.

    By Parseval's theorem that is the sum over their frequencies, up to a factor.
    """
    lead = taps.shape[: taps.ndim - rank]
    lines = np.moveaxis(taps, len(lead) + place, -1)
    lines = lines.reshape(math.prod(lead), -1, lines.shape[-1])
    # At these frequencies taps that far apart have the same phase.
    lines = np.pad(lines, [(0, 0), (0, 0), (0, -lines.shape[-1] % count)])
    lines = lines.reshape(*lines.shape[:2], -1, count).sum(axis=2)
    out = np.zeros((lines.shape[0], count))
    block = max(1, _ROOM // out.size)
    for first in range(0, lines.shape[1], block):
        spectrum = np.fft.fft(lines[:, first : first + block], axis=-1)
        out += (np.abs(spectrum) ** 2).sum(axis=1)
    return out.reshape(*lead, count)


class Tapped(abc.ABC):
    """Filters that run by taps: whatever is said of them is said of these."""

    @abc.abstractmethod
    def _taps(self, axes: Axes) -> np.ndarray:
        """Taps ``(*channels, *dims)`` on given axes; only their steps are read."""


class LinearFilter(Operator):
    """A linear operator that multiplies spectra, and then keeps every s-th sample."""

    @abc.abstractmethod
    def _channels(self, axes: Axes) -> Channels:
        """New dims on given axes; only steps and units of the axes are read."""

    @abc.abstractmethod
    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Response ``(*channels, *grid)`` at the outer grid of 1-D frequencies, one for each dim.

        Of the filter that runs: where taps are truncated, of those that are left. In cycles per
        sample along the filtered dims, which are those of ``self.dims`` that do not become
        channels; only steps and units of the axes are read.
        """

    def frequency_response(
        self,
        x: xr.DataArray | Axis | Sequence[Axis],
        frequency: Mapping[str, Any] | None = None,
        *,
        size: int = 256,
    ) -> xr.DataArray:
        """Frequency response before the stride, known without any data.

        ``H(f) = sum_k h[k] exp(-2 pi i f k)`` with k the distance from the output's position and
        the taps h that run, truncated where they are. `folded_share` and `safe_stride` are of the
        same response.

        Parameters
        ----------
        x
            Labeled array that the filter is applied to, or the axes it lies along.
        frequency
            For each dim the frequencies at which to evaluate it, in the axis'
            `Axis.frequency_unit`. By default `size` of them over one rate, the lowest first.
        size
            Number of frequencies along dims that `frequency` does not name.

        Returns
        -------
        xarray.DataArray
            Over the channels and, for each dim, ``{dim}_frequency``.

        Raises
        ------
        DimError
            If a dim of the filter is missing.
        """
        axes = axes_from(x)
        named, dims = dict(frequency or {}), self._filtered(axes)
        stray = [dim for dim in named if dim not in dims]
        if stray:
            raise DimError(
                f"{self} does not filter along {stray[0]!r}; its dims are "
                f"{', '.join(map(repr, dims))}."
            )
        grid, per_sample = [], []
        for dim in dims:
            step = axes[dim].step
            if dim in named:
                values = np.atleast_1d(np.asarray(named[dim], dtype=np.float64))
            else:
                values = np.fft.fftshift(np.fft.fftfreq(size)) / abs(step)
            grid.append(values)
            per_sample.append(values * step)
        channels = self._channels(axes)
        values = self._response(axes, per_sample)
        names = [f"{dim}_frequency" for dim in dims]
        out = label(values, *channels.axes, *names)
        out = out.assign_coords(
            {name: xr.Variable(*parts) for name, parts in channels.coords.items()}
        )
        units = [axes[dim].frequency_unit for dim in dims]
        return out.assign_coords(
            {
                name: (name, where, {"units": unit})
                for name, where, unit in zip(names, grid, units, strict=True)
            }
        )

    def folded_share(
        self, x: xr.DataArray | Axis | Sequence[Axis], stride: int, dim: str | None = None
    ) -> xr.DataArray:
        """Share of the output's energy that a stride would fold, for white noise.

        The energy of the response outside one output rate around each channel's center: the one
        that it has at that stride.

        Parameters
        ----------
        x
            Labeled array that the filter is applied to, or the axes it lies along.
        stride
            In samples.
        dim
            Dim of the stride; needed where the filter has several dims.

        Returns
        -------
        xarray.DataArray
            Over the channels, from 0 to 1.
        """
        axes = axes_from(x)
        name = self._one_dim(axes, dim)
        channels = self._channels(axes)
        power, bins = self._marginal(axes, name, stride)
        values = share_outside(power, bins, stride, self._centers_at(axes, name, stride))
        out = label(values, *channels.axes)
        return out.assign_coords(
            {key: xr.Variable(*parts) for key, parts in channels.coords.items()}
        )

    def safe_stride(
        self,
        x: xr.DataArray | Axis | Sequence[Axis],
        dim: str | None = None,
        *,
        db: float = -60.0,
        most: int = 1024,
    ) -> int:
        """Largest stride at which no channel folds more than a given share of its energy.

        Known from the response alone, for white noise: by bandwidth for complex channels, by
        highest frequency for real ones. Gaussian tails cut at 3 standard deviations leave some
        -50 dB at any stride.
        Signals whose spectrum falls fold less in low-pass channels, and may fold more in others.

        Parameters
        ----------
        x
            Labeled array that the filter is applied to, or the axes it lies along.
        dim
            Dim of the stride; needed where the filter has several dims.
        db
            Share of the energy that may fold, in dB.
        most
            Strides above this are not tried; for large banks in several dims none above 32, to
            limit memory.

        Returns
        -------
        int
            1 if even a stride of 2 folds more than that.
        """
        parameters.decibels(db, "db", zero=False)
        axes = axes_from(x)
        name = self._one_dim(axes, dim)
        tried = min(most, _FINE // _IN_BAND)
        while True:
            power, bins = self._marginal(axes, name, tried)
            # The bands that strides keep are nested, so the share grows with the stride.
            low, high = 1, min(tried, 4 * bins.size // _IN_BAND)
            while low < high:
                middle = (low + high + 1) // 2
                center = self._centers_at(axes, name, middle)
                # Written so that a response that is not a number is not safe.
                if share_outside(power, bins, middle, center).max() <= 10 ** (db / 10):
                    low = middle
                else:
                    high = middle - 1
            if low < tried or tried >= most:
                return low
            tried = min(4 * tried, most)

    def _centers_at(self, axes: Axes, dim: str, stride: int) -> np.ndarray:
        """Center frequencies along a dim that channels have at a stride, in cycles per sample."""
        return np.asarray(self._channels(axes).centers.get(dim, 0.0))

    def _filtered(self, axes: Axes) -> list[str]:
        made = {axis.dim for axis in self._channels(axes).axes}
        return [dim for dim in self.dims if dim not in made]

    def _one_dim(self, axes: Axes, dim: str | None) -> str:
        dims = self._filtered(axes)
        if dim is None and len(dims) == 1:
            return dims[0]
        if dim is None or dim not in dims:
            raise DimError(
                f"{self} filters along {', '.join(map(repr, dims))}; name one of them, not {dim!r}."
            )
        return dim

    def _marginal(self, axes: Axes, dim: str, stride: int) -> tuple[np.ndarray, np.ndarray]:
        """Power of each channel along one dim, summed over the others, and its frequencies.

        At enough frequencies to locate the edge of a stride's band, if memory allows.
        """
        dims = self._filtered(axes)
        place = dims.index(dim)
        fine, least = _FINE, _FINE if len(dims) == 1 else _FINE // 8
        while fine < _IN_BAND * stride:
            fine *= 2
        if isinstance(self, Tapped):
            return _power_of_taps(self._taps(axes), len(dims), place, fine), np.fft.fftfreq(fine)
        lines = _COARSE ** (len(dims) - 1)
        lines *= math.prod(axis.size for axis in self._channels(axes).axes)
        while fine > least and fine * lines > _ROOM:
            fine //= 2
        bins = [np.fft.fftfreq(fine if name == dim else _COARSE) for name in dims]
        power = np.abs(self._response(axes, bins)) ** 2
        lead = power.ndim - len(dims)
        others = tuple(lead + k for k in range(len(dims)) if k != place)
        return power.sum(axis=others), bins[place]
