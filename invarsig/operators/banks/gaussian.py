"""Gaussian filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import TapBank, channel_axis, positive
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture

__all__ = ["GaussianBank"]


@dataclass(frozen=True)
class GaussianBank(TapBank):
    """Sampled Gaussians of several widths: ``h[k] ∝ exp(-k² / 2 σ²)``, normed to sum 1.

    Separable over the dims of `sigma`. The frequency response is close to
    ``exp(-2 π² σ² f²)``, below -60 dB from ``f = 0.59 / σ`` on.

    Parameters
    ----------
    sigma
        For each dim the standard deviation in the unit of its axis (s, Hz, px, octaves), or
        several of them; as many for each dim.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.
    channel
        Name of the new dim that counts the widths; there is none for single numbers.

    Returns
    -------
    xarray.DataArray
        With the dim `channel`, whose coordinate is the width along the first dim (geometric
        widths make a log2 axis).

    Raises
    ------
    ParameterError
        If a width is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.eye(1, 9)[0], Axis("x", unit="px", period=9.0))
    >>> GaussianBank(sigma={"x": [0.5, 1.0]}, truncate=3)(x).isel(x=0).values.round(4).tolist()
    [0.7866, 0.3991]

    References
    ----------
    Lindeberg (1994), Scale-space theory in computer vision.
    """

    sigma: Mapping[str, Any] = lengths_field()
    truncate: float = 4.0
    channel: str = dims_field(default="scale")

    def __post_init__(self) -> None:
        given: Any = self.sigma
        if not isinstance(given, Mapping) or not given:
            raise ParameterError(
                f"sigma={self.sigma!r} names no dim; give a mapping such as {{'x': 2.0}}."
            )
        widths: dict[str, float | tuple[float, ...]] = {}
        for dim, value in self.sigma.items():
            numbers = positive(value, f"sigma along {dim!r}")
            widths[dim] = numbers[0] if np.ndim(value) == 0 else numbers
        object.__setattr__(self, "sigma", widths)
        counts = {len(np.atleast_1d(w)) for w in widths.values() if np.ndim(w)}
        if len(counts) > 1:
            raise ParameterError(
                f"sigma has {sorted(counts)} widths for its dims; give as many for each."
            )
        positive(self.truncate, "truncate")
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that have a width."""
        return tuple(self.sigma)

    def _widths(self, axes: Axes) -> list[np.ndarray]:
        """For each dim the widths of the channels, in samples."""
        count = max(len(np.atleast_1d(width)) for width in self.sigma.values())
        return [
            np.broadcast_to(np.atleast_1d(width), (count,)) / abs(axes[dim].step)
            for dim, width in self.sigma.items()
        ]

    def _plain(self) -> bool:
        """Whether widths are single numbers, so that there is no channel dim."""
        return all(np.ndim(width) == 0 for width in self.sigma.values())

    def _channels(self, axes: Axes) -> Channels:
        if self._plain():
            return Channels()
        first = self.dims[0]
        widths = self._widths(axes)[0] * abs(axes[first].step)
        axis, coords = channel_axis(self.channel, widths.tolist(), axes[first].length_unit)
        return Channels((axis,), coords)

    def _taps(self, axes: Axes) -> np.ndarray:
        taps = np.ones(1)
        for place, widths in enumerate(self._widths(axes)):
            half = math.ceil(self.truncate * widths.max())
            k = np.arange(-half, half + 1)
            bells = np.exp(-0.5 * (k / widths[:, None]) ** 2)
            bells[np.abs(k) > np.ceil(self.truncate * widths)[:, None]] = 0
            bells /= bells.sum(axis=1, keepdims=True)
            taps = taps[..., None] * bells.reshape(len(widths), *(1,) * place, -1)
        return taps[0] if self._plain() else taps

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        out = np.ones(1)
        for place, (widths, f) in enumerate(zip(self._widths(axes), frequencies, strict=True)):
            # Sampling repeats the bell at every whole frequency.
            images = f[:, None] + np.arange(-4, 5)
            bells = np.exp(-2 * (np.pi * widths[:, None, None] * images) ** 2).sum(axis=-1)
            whole = np.exp(-2 * (np.pi * widths[:, None] * np.arange(-4, 5)) ** 2).sum(axis=-1)
            out = out[..., None] * (bells / whole[:, None]).reshape(len(widths), *(1,) * place, -1)
        return out[0] if self._plain() else out

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """One width, and several, in one and two dims."""
        picture = noise_picture(rng)
        yield cls(sigma={"x": 0.6}, truncate=3.0), picture
        yield cls(sigma={"y": [0.3, 0.6], "x": [0.4, 0.8]}, stride={"x": 2}, truncate=3.0), picture
        yield cls(sigma={"x": [0.3, 0.6, 1.2]}, boundary="symmetric", truncate=3.0), picture
