"""Octave and fractional-octave filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.banks.spectral_bank import SpectralBank
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.frontends.triangular_bank import check_band_edges
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_sound

__all__ = ["OctaveBank"]


@dataclass(frozen=True)
class OctaveBank(SpectralBank):
    """Octave filters, or those of a fraction of an octave: the bands of acoustics.

    Band x of b in an octave has its exact midband frequency at ``f = f_r G^(x / b)``, and at
    ``f_r G^((2 x + 1) / (2 b))`` where b is even, with the octave ratio ``G = 10^(3/10)`` (or 2);
    its edges are ``f G^(±1 / (2 b))``. The response is the magnitude of the analog Butterworth
    band-pass, ``|H(v)| = (1 + (Q (v / f - f / v))^(2 n))^(-1/2)`` with
    ``Q = 1 / (G^(1 / (2 b)) - G^(-1 / (2 b)))``, which is 3 dB down at the edges. It has no phase:
    nothing is delayed. Order n = 3 (a band-pass of order 6) stays within the limits of class 1.

    Parameters
    ----------
    low, high
        Frequencies whose nearest bands are the first and the last, in Hz (the axis' unit of
        frequency); nominal ones such as 31.5 are fine.
    fraction
        Bands in an octave b: 1 for octaves, 3 for third-octaves.
    over
        The dim of time.
    order
        Order n of the low-pass that the band-pass is made of.
    base
        10 for ``G = 10^(3/10)`` as IEC 61260-1 has it, 2 for ``G = 2``.
    reference
        f_r: 1000 Hz.
    channel
        Name of the new dim.
    stride, boundary
        As for `Convolve`; filters are as long as the axis.

    Returns
    -------
    xarray.DataArray
        With a new dim "frequency" in front of time: exact midband frequencies, on a log2 axis.

    Raises
    ------
    ParameterError
        If the upper edge of a band is at or over the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 8000, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 500 * np.arange(8000) / 8000), time)
    >>> y = OctaveBank(low=250.0, high=1000.0)(tone)
    >>> y.frequency.values.round(1).tolist(), y.std("time").values.round(3).tolist()
    ([251.2, 501.2, 1000.0], [0.075, 0.707, 0.073])

    References
    ----------
    IEC 61260-1:2014, Electroacoustics, octave-band and fractional-octave-band filters; ANSI S1.11.
    """

    low: float = lengths_field(power=-1, along="over", default=31.5)
    high: float = lengths_field(power=-1, along="over", default=8000.0)
    fraction: int = 1
    over: str = dims_field(default="time")
    order: int = 3
    base: Literal[10, 2] = 10
    reference: float = lengths_field(power=-1, along="over", default=1000.0)
    channel: str = dims_field(default="frequency")

    def __post_init__(self) -> None:
        check_band_edges(parameters.positive(self.low, "low"), None)
        if parameters.positive(self.high, "high") < self.low:
            raise ParameterError(
                f"low is {self.low:g} and high is {self.high:g}; give low at most high."
            )
        parameters.positive(self.reference, "reference")
        for what in ("fraction", "order"):
            object.__setattr__(self, what, parameters.count(getattr(self, what), f"The {what}"))
        parameters.one_of("base", self.base, (10, 2))
        self._check_bank()

    @property
    def hermitian(self) -> bool:
        """Yes: real signals come out real."""
        return True

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    def _octave(self) -> float:
        """Octave ratio G in octaves: 1, or a little less."""
        return 0.3 * math.log2(10) if self.base == 10 else 1.0

    def _exponents(self) -> np.ndarray:
        """Midband frequencies over the reference, in fractions of an octave."""
        half = 0.5 if self.fraction % 2 == 0 else 0.0
        places = [
            self.fraction * math.log2(edge / self.reference) / self._octave() - half
            for edge in (self.low, self.high)
        ]
        return np.arange(round(places[0]), round(places[1]) + 1) + half

    def _centers(self, axes: Axes) -> np.ndarray:
        """Midband frequencies in cycles per sample."""
        axis = axes[self.over]
        turns = self._exponents() * self._octave() / self.fraction
        center = np.asarray(self.reference * 2**turns * abs(axis.step))
        edge = float(center[-1]) * 2 ** (self._octave() / (2 * self.fraction))
        if edge >= 0.5:
            unit, scale = axis.frequency_unit, abs(axis.step)
            raise ParameterError(
                f"The band at {center[-1] / scale:g} {unit} along {self.over!r} ends at "
                f"{edge / scale:g} {unit}, which is not below the Nyquist frequency of "
                f"{0.5 / scale:g} {unit}; give a lower high."
            )
        return center

    def _channels(self, axes: Axes) -> Channels:
        axis, exponents = axes[self.over], self._exponents()
        first = math.log2(self.reference) + exponents[0] * self._octave() / self.fraction
        step = self._octave() / self.fraction
        unit = axis.frequency_unit
        return Channels(
            (Axis(self.channel, float(first), step, exponents.size, unit, scale="log2"),)
        )

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        ratio = self._octave() / (2 * self.fraction)
        quality = 1 / (2**ratio - 2**-ratio)
        center = self._centers(axes)[:, None]
        # The bins of one rate: a frequency beyond it stands for its alias.
        f = np.abs((frequencies[0] + 0.5) % 1.0 - 0.5)
        with np.errstate(divide="ignore"):
            detuned = quality * (f / center - center / f)
        return np.asarray((1 + detuned ** (2 * self.order)) ** -0.5)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Octaves and third-octaves, periodic with a stride and not, both bases."""
        sound = noise_sound(rng)
        yield cls(500.0, 2000.0), sound
        yield cls(500.0, 1000.0, 3, stride={"time": 2}), sound
        yield cls(1000.0, 2000.0, 2, base=2, boundary="symmetric"), sound
