"""Means of frames, from which short-time energies are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.kernels.convolution import convolved
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field, mapping_field
from invarsig.operators.frontends.spectrogram import tapered
from invarsig.operators.frontends.units import (
    Framed,
    check_hop,
    require_window,
    whole_hop,
    whole_samples,
)
from invarsig.operators.linear_filter import Channels, LinearFilter, dtft
from invarsig.operators.noise import noise_sound
from invarsig.operators.pooling.window_pool import windowed_plan
from invarsig.operators.strides import every_sample
from invarsig.operators.windows import (
    BoundaryChoice,
    check_boundary,
    extended,
    linear_but_for_the_border,
    spans_of,
)

__all__ = ["FrameMean"]


@dataclass(frozen=True)
class FrameMean(Framed, ArrayOperator, LinearFilter):
    """Frame mean: the weighted mean of each window, ``y[j] = sum_n w[n] x[j h + n]``.

    `MeanPool` with a tapered window, and with lengths in seconds, as in all front ends. After
    `Square` it gives short-time energies.

    Parameters
    ----------
    window, hop
        Lengths in seconds (the unit of the axis); whole numbers of samples up to 1e-6.
    over
        The dim of time.
    taper
        Shape of the window, a name that `scipy.signal.get_window` knows. Of L samples the weights
        are scipy's periodic window of L + 1 samples without its first one, scaled to sum 1: they
        are symmetric, and where that window begins with 0 (Hann) no sample has weight 0. Of
        scipy's own windows of L samples the symmetric one would spend two samples on zeros, and
        the periodic one is not symmetric.
    boundary
        As for `MaxPool`.
    stride
        The hop in samples, in place of `hop`: a mapping from the dim.

    Returns
    -------
    xarray.DataArray
        Over the same dims; samples stand at the windows' centers. With a boundary, the first window
        has its middle on the first sample.

    Raises
    ------
    ParameterError
        If the window or the hop is not a whole number of samples.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([0.0, 4.0, 0.0, 0.0], Axis("time", step=0.25, unit="s", period=1.0))
    >>> FrameMean(window=0.75, hop=0.5)(x).values.round(12).tolist()
    [1.0, 1.0]

    References
    ----------
    Rabiner & Schafer (1978), Digital Processing of Speech Signals, on short-time energy.
    """

    window: float = lengths_field(along="over")
    hop: float = lengths_field(along="over")
    over: str = dims_field(default="time")
    taper: str = "hann"
    boundary: BoundaryChoice = mapping_field(default=None)
    stride: Mapping[str, int] | None = mapping_field(default=None)

    linear: ClassVar[bool] = linear_but_for_the_border()
    front_end = True

    def __post_init__(self) -> None:
        parameters.positive(self.window, f"window along {self.over!r}")
        parameters.positive(self.hop, f"hop along {self.over!r}")
        object.__setattr__(self, "stride", check_hop(self.stride, self.over))
        check_boundary(self.boundary)

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Place the windows along time."""
        axis = axes[self.over]
        taps = self._taps(axis)
        require_window(axis, self.window, taps.size, self.boundary)
        hop = whole_hop(axis, self.hop, self.stride)
        middle = {self.over: taps.size // 2}
        spans = spans_of(axes, {self.over: taps.size}, {self.over: hop}, self.boundary, middle)

        def kernel(values: np.ndarray) -> np.ndarray:
            return convolved(extended(values, spans), taps, [hop])

        return windowed_plan(spans, kernel)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same windows at another hop, in samples."""
        if not every_sample({**strides, self.over: 1}):
            return None
        if self.over not in strides:
            return self
        return replace(self, stride={self.over: strides[self.over]})

    def _taps(self, axis: Axis) -> np.ndarray:
        length = whole_samples(axis, self.window, "window")
        weights = tapered(self.taper, length + 1)[1:]
        return np.asarray(weights / weights.sum())

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``sum_n w[n] cos(2 pi f n)``, n counted from the window's center."""
        return dtft(self._taps(axes[self.over]), frequencies).real

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Odd and even windows, periodic and not."""
        sound = noise_sound(rng)
        yield cls(0.003, 0.001), sound
        yield cls(21 / 8000, 0.0015, taper="boxcar"), sound
        yield cls(0.002, 0.001, boundary="valid"), sound
