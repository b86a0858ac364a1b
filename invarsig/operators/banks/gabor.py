"""Gabor filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr

from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import (
    TapBank,
    channel_axis,
    complex_coords,
    orientation_axis,
    positive,
)
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture, noise_sound

__all__ = ["GaborBank"]

Part = Literal["complex", "real", "imag"]


@dataclass(frozen=True)
class GaborBank(TapBank):
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
        Centre frequencies: along one dim in cycles per unit of its axis (Hz on seconds);
        with orientations in cycles per sample, since an angle between hertz and seconds
        means nothing.
    orientation
        Angles in radians; required with two dims.
    bandwidth
        In octaves, at half amplitude.
    part
        "complex", or the "real" or "imag" part of the taps.
    stride, boundary
        As for `Convolve`.
    truncate
        Where the taps end, in standard deviations.

    Returns
    -------
    xarray.DataArray
        With a new dim "band" (centre frequency) and, with orientations, "orientation"
        (radians). Complex channels carry ``{dim}_center_frequency``.

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
    Daugman (1985), doi:10.1364/JOSAA.2.001160.
    """

    over: str | tuple[str, ...] = dims_field()
    frequency: Any = lengths_field(power=-1, along="over")
    orientation: tuple[float, ...] | None = None
    bandwidth: float = 1.0
    part: Part = "complex"
    truncate: float = 3.0
    channels: tuple[str, str] = dims_field(default=("band", "orientation"))

    def __post_init__(self) -> None:
        if not isinstance(self.over, str):
            object.__setattr__(self, "over", tuple(self.over))
        object.__setattr__(self, "frequency", positive(self.frequency, "frequency"))
        if (len(self.dims) == 2) != (self.orientation is not None) or len(self.dims) > 2:
            raise ParameterError(
                f"GaborBank over {', '.join(map(repr, self.dims))} with "
                f"orientation={self.orientation!r}: "
                "give one dim, or two dims and their orientations."
            )
        if self.orientation is not None:
            angles = np.atleast_1d(np.asarray(self.orientation, dtype=np.float64))
            if angles.size == 0 or not np.isfinite(angles).all():
                raise ParameterError(
                    f"orientation={self.orientation!r} holds no finite angle; give radians."
                )
            object.__setattr__(self, "orientation", tuple(angles.tolist()))
        positive(self.bandwidth, "bandwidth", " octaves")
        positive(self.truncate, "truncate")
        if self.part not in get_args(Part):
            raise ParameterError(
                f"part={self.part!r} is unknown; give one of {', '.join(get_args(Part))}."
            )
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    def _designed(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Centre frequencies in cycles per sample, and standard deviations in samples."""
        scale = abs(axes[self.dims[0]].step) if self.orientation is None else 1.0
        frequency = np.array(self.frequency) * scale
        if (frequency >= 0.5).any():
            worst = self.frequency[int(frequency.argmax())]
            unit = self._unit(axes)
            raise ParameterError(
                f"A centre frequency of {worst:g} {unit} along {self.dims[0]!r} is not below the "
                f"Nyquist frequency of {0.5 / scale:g} {unit}."
            )
        octaves = 2.0**self.bandwidth
        sigma = math.sqrt(math.log(2) / 2) / (np.pi * frequency) * (octaves + 1) / (octaves - 1)
        return frequency, sigma

    def _unit(self, axes: Axes) -> str:
        one = axes[self.dims[0]]
        return one.frequency_unit if self.orientation is None else "cycles/sample"

    def _centers(self, axes: Axes) -> list[np.ndarray]:
        """For each dim the centre frequencies of the channels, in cycles per sample."""
        frequency, _ = self._designed(axes)
        if self.orientation is None:
            # In the axis' unit a wave turns the other way round where positions run backwards.
            return [np.sign(axes[self.dims[0]].step) * frequency]
        angle = np.array(self.orientation)
        return [frequency[:, None] * np.sin(angle), frequency[:, None] * np.cos(angle)]

    def _channels(self, axes: Axes) -> Channels:
        band, coords = channel_axis(self.channels[0], self.frequency, self._unit(axes))
        channels = [band]
        if self.orientation is not None:
            angle, more = orientation_axis(self.channels[1], self.orientation)
            channels.append(angle)
            coords.update(more)
        centers: dict[str, np.ndarray] = {}
        if self.part == "complex":
            centers = dict(zip(self.dims, self._centers(axes), strict=True))
            coords.update(complex_coords(axes, channels, centers))
        return Channels(tuple(channels), coords, centers)

    def _taps(self, axes: Axes) -> np.ndarray:
        _, sigma = self._designed(axes)
        centers = self._centers(axes)
        half = math.ceil(self.truncate * sigma.max())
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

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """``exp(-2 pi^2 sigma^2 |f - f0|^2)``, repeated at every whole frequency by sampling."""
        _, sigma = self._designed(axes)
        centers = self._centers(axes)

        def bells(sign: float) -> np.ndarray:
            parts: list[np.ndarray] = []
            for center, f in zip(centers, frequencies, strict=True):
                s = sigma.reshape(-1, *(1,) * (center.ndim + 1))
                away = f[:, None] + np.arange(-3, 4) - sign * center[..., None, None]
                parts.append(np.exp(-2 * (np.pi * s * away) ** 2).sum(axis=-1))
            if len(parts) == 1:
                return parts[0]
            return np.asarray(parts[0][..., :, None] * parts[1][..., None, :])

        if self.part == "complex":
            return bells(1.0)
        there, mirrored = bells(1.0), bells(-1.0)
        parted = there + mirrored if self.part == "real" else (there - mirrored) / 1j
        return np.asarray(parted / 2)

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
