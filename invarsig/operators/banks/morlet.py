"""Morlet wavelets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes, Axis
from invarsig.errors import ParameterError
from invarsig.kernels.wavelets import morlet_area, morlet_response, precision
from invarsig.operators.banks.channels import channel_axis, complex_coords, orientation_axis
from invarsig.operators.banks.skewed_bank import SkewedBank
from invarsig.operators.banks.spectral_bank import SpectralBank
from invarsig.operators.banks.wave_bank import check_directions
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.linear_filter import Channels, axes_from
from invarsig.operators.noise import noise_picture, noise_sound
from invarsig.operators.scattering.wavelets import (
    wavelet_width,
    wavelets_along,
    wavelets_in_plane,
)

__all__ = ["MorletBank"]


@dataclass(frozen=True)
class MorletBank(SkewedBank, SpectralBank):
    """Morlet wavelets: a wave under a Gaussian, corrected to have zero mean.

    ``ψ(t) = c g(t) (exp(2 π i f t) - κ)`` with a Gaussian g and the κ for which ``Σ ψ = 0``; in
    frequency ``G(ν - f) - κ G(ν)``, ``G(ν) = exp(-ν² / 2 σ²)``, repeated at every whole frequency.
    Along one dim c makes ``Σ |ψ| = 1``; over two dims the Gaussian has integral 1. The bank is
    given by that response, and multiplies spectra: wavelets of a coarse scale are as long as the
    signal, and truncated taps would have a mean again.

    Parameters
    ----------
    over
        One dim, or the two dims that an orientation lies in: ``("y", "x")``. At orientation
        0 the wave runs along the last one.
    frequency
        Center frequencies f: along one dim in cycles per unit of its axis (Hz on seconds); with
        orientations in cycles per sample.
    sigma
        Standard deviations σ of the Gaussians in frequency, in the same unit: one for each
        frequency. By default neighbors that are ``2^(1/Q)`` apart cross at ``√(1/2)``:
        ``σ = f (1 - 2^(-1/Q)) / (1 + 2^(-1/Q)) / √(ln 2)``.
    orientation
        Angles in radians; required with two dims.
    Q
        Wavelets for each octave, for which the default widths are designed.
    slant
        With orientations, the width across the wave over the width along it, in frequency.
    stride, boundary
        As for `Convolve`; an axis that is not periodic is mirrored about its edge.
    band
        For each dim the stride that center frequencies are chosen for; the stride itself by
        default.

    Returns
    -------
    xarray.DataArray
        Complex, with a new dim "band" (center frequency) and, with orientations, "orientation"
        (radians). Each channel carries ``{dim}_center_frequency``: f, and with a stride the middle
        of the band of one output rate that holds the most energy, where f is not as good.

    Raises
    ------
    ParameterError
        If a frequency is not above 0 or at or over the axis' Nyquist frequency.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = label(5 + np.cos(2 * np.pi * 100 * np.arange(800) / 800), time)
    >>> y = MorletBank("time", frequency=[200.0, 100.0, 50.0])(tone)
    >>> abs(y).mean("time").values.round(2).tolist()
    [0.22, 0.5, 0.02]
    >>> bank = MorletBank.for_scattering(tone, "time", J=4, Q=1)
    >>> np.round(bank.frequency).tolist()
    [280.0, 140.0, 70.0, 35.0, 18.0]

    References
    ----------
    Mallat (2009), A wavelet tour of signal processing, chapter 4. The tables of `for_scattering`:
    Andreux et al. (2020), Kymatio: scattering transforms in Python, Journal of Machine Learning
    Research 21.
    """

    over: str | tuple[str, ...] = dims_field()
    frequency: Any = lengths_field(power=-1, along="over")
    sigma: Any = lengths_field(power=-1, along="over", default=None)
    orientation: tuple[float, ...] | None = None
    Q: float = 1.0
    slant: float = 1.0
    channels: tuple[str, str] = dims_field(default=("band", "orientation"))

    def __post_init__(self) -> None:
        check_directions(self)
        if self.sigma is not None:
            object.__setattr__(self, "sigma", parameters.positives(self.sigma, "sigma"))
            if len(self.sigma) != len(self.frequency):
                raise ParameterError(
                    f"sigma has {len(self.sigma)} widths for {len(self.frequency)} frequencies; "
                    "give one for each."
                )
        parameters.positives(self.Q, "Q")
        parameters.positives(self.slant, "slant")
        self._check_bank()

    @classmethod
    def for_scattering(
        cls,
        x: xr.DataArray | Axes | Axis | Sequence[Axis],
        over: str | tuple[str, ...],
        *,
        J: int,
        Q: int = 1,
        L: int = 8,
        **options: Any,
    ) -> MorletBank:
        """Give the wavelets of a scattering transform: kymatio 0.3.0's frequencies and widths.

        Along one dim Q wavelets for each octave, at the rate of `x`, until their width in time has
        grown to that of the average over 2^J samples; Q - 1 more follow at equal steps down to 0.
        In two dims J octaves of L orientations, from 3/8 cycles per sample on.

        Parameters
        ----------
        x
            Labeled array that the bank is applied to, or its axes.
        over
            One dim, or two.
        J, Q, L
            As for `Scattering`.
        **options
            Of the class: `stride`, `boundary`, `channels`.
        """
        scales = parameters.count(J, "J, the log2 of the scale,")
        if not isinstance(over, str):
            plane = wavelets_in_plane(scales, parameters.count(L, "L, the number of orientations,"))
            octaves = plane[::L]
            return cls(
                over,
                tuple(psi.frequency for psi in octaves),
                tuple(psi.sigma for psi in octaves),
                tuple(psi.angle for psi in plane[:L] if psi.angle is not None),
                slant=plane[0].slant,
                **options,
            )
        step = abs(axes_from(x)[over].step)
        line = wavelets_along(scales, parameters.count(Q, "Q, the number of wavelets per octave,"))
        if not line:
            raise ParameterError(
                f"No wavelet fits J = {J} with Q = {Q} per octave; take a larger J."
            )
        return cls(
            over,
            tuple(psi.frequency / step for psi in line),
            tuple(psi.sigma / step for psi in line),
            Q=Q,
            **options,
        )

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the filters lie in."""
        return (self.over,) if isinstance(self.over, str) else self.over

    @property
    def hermitian(self) -> bool:
        """No: the wavelets are complex."""
        return False

    def _designed(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Center frequencies and their standard deviations, in cycles per sample."""
        scale = abs(axes[self.dims[0]].step) if self.orientation is None else 1.0
        frequency = np.array(self.frequency) * scale
        if (frequency >= 0.5).any():
            worst = self.frequency[int(frequency.argmax())]
            unit = self._unit(axes)
            raise ParameterError(
                f"A center frequency of {worst:g} {unit} along {self.dims[0]!r} is not below the "
                f"Nyquist frequency of {0.5 / scale:g} {unit}."
            )
        if self.sigma is None:
            return frequency, np.array([wavelet_width(f, self.Q) for f in frequency])
        return frequency, np.array(self.sigma) * scale

    def _unit(self, axes: Axes) -> str:
        one = axes[self.dims[0]]
        return one.frequency_unit if self.orientation is None else "cycles/sample"

    def _centers(self, axes: Axes) -> list[np.ndarray]:
        """For each dim the center frequencies of the channels, in cycles per sample."""
        frequency, _ = self._designed(axes)
        if self.orientation is None:
            # In the axis' unit a wave rotates in the opposite sense where positions run backwards.
            return [np.sign(axes[self.dims[0]].step) * frequency]
        angle = np.array(self.orientation)
        return [frequency[:, None] * np.sin(angle), frequency[:, None] * np.cos(angle)]

    def _channels(self, axes: Axes) -> Channels:
        band, coords = channel_axis(
            self.channels[0], self.frequency, self._unit(axes), geometric=True
        )
        channels = [band]
        if self.orientation is not None:
            angle, more = orientation_axis(self.channels[1], self.orientation)
            channels.append(angle)
            coords.update(more)
        centers = self._carried(axes, dict(zip(self.dims, self._centers(axes), strict=True)))
        coords.update(complex_coords(axes, channels, centers))
        return Channels(tuple(channels), coords, centers)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        _, sigma = self._designed(axes)
        centers = self._centers(axes)
        if self.orientation is None:
            return np.stack(
                [
                    morlet_response(frequencies, [f], precision(s)) / morlet_area(f, s)
                    for f, s in zip(centers[0].tolist(), sigma.tolist(), strict=True)
                ]
            )
        rows, columns = centers
        return np.stack(
            [
                np.stack(
                    [
                        morlet_response(
                            frequencies,
                            [rows[band, turn], columns[band, turn]],
                            precision(s, self.slant * s, angle),
                        )
                        for turn, angle in enumerate(self.orientation)
                    ]
                )
                for band, s in enumerate(sigma.tolist())
            ]
        )

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one dim in Hz, with orientations in samples, and the tables of scattering."""
        sound = noise_sound(rng)
        yield cls("time", frequency=[800.0, 1600.0], stride={"time": 4}), sound
        yield cls("time", frequency=[900.0], Q=2, boundary="reflect"), sound
        yield cls.for_scattering(sound, "time", J=3, Q=2), sound
        picture = noise_picture(rng)
        yield cls(("y", "x"), (0.25,), None, (0.0, math.pi / 3), stride={"x": 2}), picture
        yield cls.for_scattering(picture, ("y", "x"), J=2, L=3), picture
