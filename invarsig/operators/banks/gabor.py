"""Gabor filters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.kernels.rounding import rounded_up
from invarsig.operators.banks.bank import TapBank
from invarsig.operators.banks.wave_bank import Part, WaveBank
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.noise import noise_picture, noise_sound

__all__ = ["GaborBank"]


@dataclass(frozen=True)
class GaborBank(WaveBank, TapBank):
    """Gabor filters: a wave under a Gaussian, at several frequencies and orientations.

    ``h(u) = exp(-u² / 2 σ_u² - v² / 2 σ_v²) / (2 π σ_u σ_v) · exp(2 π i f u)`` with u along the
    wave and v across it; in one dim ``h(t) = exp(-t² / 2 σ²) / (√(2π) σ) · exp(2 π i f t)``. The
    width follows from the bandwidth b in octaves at half amplitude:
    ``σ = √(ln 2 / 2) / (π f) · (2^b + 1) / (2^b - 1)``.

    Parameters
    ----------
    over
        One dim, or the two dims that an orientation lies in: ``("y", "x")``. At orientation
        0 the wave runs along the last one.
    frequency
        Center frequencies, any number of them: along one dim in cycles per unit of its axis (Hz
        on seconds); with orientations in cycles per sample, since an angle between hertz and
        seconds means nothing.
    orientation
        Angles in radians; required with two dims.
    bandwidth
        In octaves, at half amplitude, the same for all frequencies; simple cells have 1 to 1.5
        (Daugman).
    part
        "complex", or the "real" or "imag" part of the taps.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations. Cutting at 3 leaves some -50 dB at all
        frequencies; for strides that are safe at -60 dB take 4.

    Returns
    -------
    xarray.DataArray
        With a new dim "band" (center frequency; a log2 axis where frequencies are geometric) and,
        with orientations, "orientation" (radians; periodic where they cover half a turn: after
        that, for a real signal, a complex channel is its own conjugate). Complex channels carry
        ``{dim}_center_frequency``.

    Raises
    ------
    ParameterError
        If a frequency is not above 0 or at or over the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = label(np.cos(2 * np.pi * 100 * np.arange(800) / 800), time)
    >>> y = GaborBank("time", frequency=[50.0, 100.0, 200.0])(tone)
    >>> abs(y).mean("time").values.round(2).tolist()
    [0.0, 0.5, 0.11]

    References
    ----------
    Daugman (1985), Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters, doi:10.1364/JOSAA.2.001160.
    """

    over: str | tuple[str, ...] = dims_field()
    frequency: Any = lengths_field(power=-1, along="over")
    orientation: tuple[float, ...] | None = None
    bandwidth: float = 1.0
    part: Part = "complex"
    truncate: float = 3.0
    channels: tuple[str, str] = dims_field(default=("band", "orientation"))

    def __post_init__(self) -> None:
        self._check_waves()
        parameters.positives(self.bandwidth, "bandwidth", " octaves")
        parameters.positives(self.truncate, "truncate")

    def _sigma(self, axes: Axes) -> np.ndarray:
        """Standard deviations in samples."""
        octaves = 2.0**self.bandwidth
        ratio = (octaves + 1) / (octaves - 1)
        return np.asarray(math.sqrt(math.log(2) / 2) / (np.pi * self._cycles(axes)) * ratio)

    def _taps(self, axes: Axes) -> np.ndarray:
        sigma = self._sigma(axes)
        centers = self._centers(axes)
        half = int(rounded_up(self.truncate * sigma.max()))
        k = np.arange(-half, half + 1)
        if self.orientation is None:
            f, s = centers[0][:, None], sigma[:, None]
            bell = np.exp(-0.5 * (k / s) ** 2) / (math.sqrt(2 * np.pi) * s)
            return self._parted(bell * np.exp(2j * np.pi * f * k))
        rows, columns = np.meshgrid(k, k, indexing="ij")
        s = sigma[:, None, None, None]
        bell = np.exp(-0.5 * (rows**2 + columns**2) / s**2) / (2 * np.pi * s**2)
        turns = [
            center[..., None, None] * at
            for center, at in zip(centers, (rows, columns), strict=True)
        ]
        return self._parted(bell * np.exp(2j * np.pi * (turns[0] + turns[1])))

    def _parted(self, taps: np.ndarray) -> np.ndarray:
        return taps if self.part == "complex" else np.asarray(getattr(taps, self.part))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one dim in Hz, and with orientations in samples; complex with a stride, and real."""
        sound = noise_sound(rng)
        yield cls("time", frequency=[800.0, 1600.0], bandwidth=1.5, stride={"time": 4}), sound
        yield cls("time", frequency=[1000.0], bandwidth=2.0, part="real"), sound
        picture = noise_picture(rng, {"y": 24, "x": 30})
        angles = (0.0, math.pi / 3)
        yield cls(("y", "x"), (0.25,), angles, bandwidth=1.8, stride={"x": 2}), picture
        quarters = tuple(np.arange(4) * math.pi / 4)
        op = cls(("y", "x"), (0.2, 0.3, 0.45), quarters, bandwidth=1.8, part="imag")
        yield op.bounded("reflect"), picture
