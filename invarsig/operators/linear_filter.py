"""Linear filters: operators whose frequency response is known before any data is seen.

Conventions
-----------
A response is given at frequencies in cycles per sample, relative to the *position* of an output
sample: a kernel that is symmetric about where its output stands has a real response, an even one
included. Real outputs lie around 0. Complex channels lie around their centre frequency.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, label
from invarsig.errors import DimError, ParameterError
from invarsig.operators.base import Operator
from invarsig.spectra import share_outside

__all__ = ["Channels", "LinearFilter", "axes_from"]

_FINE, _COARSE = 4096, 128


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
        For complex outputs, for each filtered dim the centre frequency in cycles per sample, of
        the shape of the channels. Empty for real ones.
    """

    axes: tuple[Axis, ...] = ()
    coords: Mapping[str, AuxiliaryCoordinate] = field(default_factory=dict)
    centers: Mapping[str, np.ndarray] = field(default_factory=dict)


def axes_from(given: xr.DataArray | Axes | Axis | Sequence[Axis]) -> Axes:
    """Axes of a labelled array, or those given themselves."""
    if isinstance(given, xr.DataArray):
        return Axes.of(given)
    if isinstance(given, Axes):
        return given
    several = (given,) if isinstance(given, Axis) else tuple(given)
    return Axes({axis.dim: axis for axis in several})


class LinearFilter(Operator):
    """A linear operator that multiplies spectra, and then keeps every s-th sample."""

    @abc.abstractmethod
    def _channels(self, axes: Axes) -> Channels:
        """New dims on given axes; only steps and units of the axes are read."""

    @abc.abstractmethod
    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """Response ``(*channels, *grid)`` at the outer grid of 1-D frequencies, one for each dim.

        In cycles per sample along the filtered dims, which are those of ``self.dims`` that do not
        become channels; only steps and units of the axes are read.
        """

    def frequency_response(
        self,
        x: xr.DataArray | Axis | Sequence[Axis],
        frequency: Mapping[str, Any] | None = None,
        *,
        size: int = 256,
    ) -> xr.DataArray:
        """Frequency response before the stride, known without any data.

        ``H(f) = sum_k h[k] exp(-2 pi i f k)`` with k the distance from the output's position.

        Parameters
        ----------
        x
            Labelled array that the filter is for, or the axes it lies along.
        frequency
            For each dim the frequencies to give it at, in the axis' `Axis.frequency_unit`. By
            default `size` of them over one rate, the lowest first.
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

        The energy of the response outside one output rate around each channel's centre.

        Parameters
        ----------
        x
            Labelled array that the filter is for, or the axes it lies along.
        stride
            In samples.
        dim
            Along which; needed where the filter has several dims.

        Returns
        -------
        xarray.DataArray
            Over the channels, from 0 to 1.
        """
        axes = axes_from(x)
        name = self._one_dim(axes, dim)
        channels = self._channels(axes)
        power, bins = self._marginal(axes, name)
        values = share_outside(power, bins, stride, channels.centers.get(name, 0.0))
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
        highest frequency for real ones. Signals whose spectrum falls fold less in low-pass
        channels, and may fold more in others.

        Parameters
        ----------
        x
            Labelled array that the filter is for, or the axes it lies along.
        dim
            Along which; needed where the filter has several dims.
        db
            Share of the energy that may fold, in dB.
        most
            Strides above this are not tried.

        Returns
        -------
        int
            1 if already a stride of 2 folds more than that.
        """
        if not np.isfinite(db) or db >= 0:
            raise ParameterError(f"db is {db!r}; give a finite number of decibels below 0.")
        axes = axes_from(x)
        name = self._one_dim(axes, dim)
        power, bins = self._marginal(axes, name)
        center = self._channels(axes).centers.get(name, 0.0)
        safe = 1
        for stride in range(2, most + 1):
            # Written so that a response that is not a number is not safe.
            if not share_outside(power, bins, stride, center).max() <= 10 ** (db / 10):
                break
            safe = stride
        return safe

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

    def _marginal(self, axes: Axes, dim: str) -> tuple[np.ndarray, np.ndarray]:
        """Power of each channel along one dim, summed over the others, and its frequencies."""
        dims = self._filtered(axes)
        place = dims.index(dim)
        fine = _FINE if len(dims) == 1 else _FINE // 8
        bins = [np.fft.fftfreq(fine if name == dim else _COARSE) for name in dims]
        power = np.abs(self._response(axes, bins)) ** 2
        lead = power.ndim - len(dims)
        others = tuple(lead + k for k in range(len(dims)) if k != place)
        return power.sum(axis=others), bins[place]
