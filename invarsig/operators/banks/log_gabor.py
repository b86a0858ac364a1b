"""Log-Gabor filters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import Axes
from invarsig.errors import ParameterError
from invarsig.operators.banks.skewed_bank import SkewedBank
from invarsig.operators.banks.spectral_bank import SpectralBank
from invarsig.operators.banks.wave_bank import Part, WaveBank
from invarsig.operators.base import Operator
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.noise import noise_picture, noise_sound

__all__ = ["LogGaborBank"]


@dataclass(frozen=True)
class LogGaborBank(SkewedBank, WaveBank, SpectralBank):
    """Log-Gabor filters: Gaussians on a logarithmic frequency axis, one-sided, without a mean.

    ``H(f) = exp(-ln(f / f0)² / 2 ln(κ)²)`` for frequencies f above 0, and 0 for all others. With
    orientations f is the radius and ``exp(-(θ - θ0)² / 2 σ_θ²)`` multiplies it, θ the angle of the
    frequency. The ratio κ ("sigma on f") is 0.55 for about two octaves, 0.75 for about one; the
    bandwidth at half amplitude is ``2 √(2 / ln 2) |ln κ|`` octaves. Along one dim the result is
    analytic: its imaginary part is the Hilbert transform of the real one. The Nyquist bin, which
    has no side, is 0.

    Parameters
    ----------
    over
        One dim, or the two dims that an orientation lies in: ``("y", "x")``. At orientation
        0 the wave runs along the last one.
    frequency
        Center frequencies f0: along one dim in cycles per unit of its axis (Hz on seconds);
        with orientations in cycles per sample.
    orientation
        Angles θ0 in radians; required with two dims.
    bandwidth
        In octaves at half amplitude, in place of κ.
    sigma_on_f
        The ratio κ, between 0 and 1; 0.55 unless a bandwidth is given.
    angular_spread
        The standard deviation σ_θ in radians. By default 20 degrees: six orientations are then
        Kovesi's 1.5 standard deviations apart.
    cutoff
        Radius in cycles per sample where Kovesi's low-pass ``1 / (1 + (|f| / cutoff)^(2 n))`` is at
        half: 0.45 keeps out the corners of the spectrum, where not all directions exist at a given
        radius. None for no low-pass.
    sharpness
        The exponent n of the low-pass.
    part
        "complex", or the "real" (even) or "imag" (odd) part of the filters.
    stride, boundary
        As for `Convolve`; axes that are not periodic are mirrored by default.
    band
        For each dim the stride that center frequencies are chosen for; the stride itself by
        default.

    Returns
    -------
    xarray.DataArray
        With a new dim "band" (center frequency; a log2 axis where frequencies are geometric) and,
        with orientations, "orientation" (radians; periodic where they cover half a turn: after
        that, for a real signal, a complex channel is its own conjugate). Complex channels carry
        ``{dim}_center_frequency``: f0, and with a stride s the middle of that band ``1 / s`` wide
        which holds the most energy. Along one dim it is ``√(f0² + 1 / 4 s²)`` as long as it ends
        below the Nyquist frequency.

    Raises
    ------
    ParameterError
        If a frequency is not above 0 or at or over the axis' Nyquist frequency, if κ is not
        between 0 and 1, or if both κ and a bandwidth are given.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> time = Axis("time", step=1 / 800, unit="s", period=1.0)
    >>> tone = label(3 + np.cos(2 * np.pi * 100 * np.arange(800) / 800), time)
    >>> y = LogGaborBank("time", frequency=[50.0, 100.0, 200.0], bandwidth=1.0)(tone)
    >>> abs(y).mean("time").values.round(2).tolist()
    [0.03, 0.5, 0.03]

    References
    ----------
    Field (1987), Relations between the statistics of natural images and the response properties of
    cortical cells, doi:10.1364/JOSAA.4.002379; Kovesi (1999), Image features from phase congruency,
    Videre 1(3).
    """

    over: str | tuple[str, ...] = dims_field()
    frequency: Any = lengths_field(power=-1, along="over")
    orientation: tuple[float, ...] | None = None
    bandwidth: float | None = None
    sigma_on_f: float | None = None
    angular_spread: float = math.pi / 9
    cutoff: float | None = None
    sharpness: int = 15
    part: Part = "complex"
    channels: tuple[str, str] = dims_field(default=("band", "orientation"))

    def __post_init__(self) -> None:
        self._check_waves()
        if self.bandwidth is not None:
            if self.sigma_on_f is not None:
                raise ParameterError(
                    f"bandwidth={self.bandwidth:g} octaves and sigma_on_f={self.sigma_on_f:g} both "
                    "set the width of the filters; give one of them."
                )
            parameters.positives(self.bandwidth, "bandwidth", " octaves")
        if self.sigma_on_f is not None and not 0 < self.sigma_on_f < 1:
            raise ParameterError(
                f"sigma_on_f is {self.sigma_on_f:g}; give a ratio between 0 and 1."
            )
        parameters.positives(self.angular_spread, "angular_spread", " rad")
        if self.cutoff is not None:
            parameters.positives(self.cutoff, "cutoff", " cycles/sample")
        parameters.count(self.sharpness, "The sharpness of the cut-off")

    @property
    def hermitian(self) -> bool:
        """Whether real signals give real results: not with complex channels."""
        return self.part != "complex"

    def _log_width(self) -> float:
        """Standard deviation of ln f, which is ``|ln κ|``."""
        if self.bandwidth is not None:
            return self.bandwidth * math.sqrt(math.log(2) / 2) / 2
        return -math.log(0.55 if self.sigma_on_f is None else self.sigma_on_f)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        """The formula, on frequencies taken to within one rate around 0."""
        near = [(f + 0.5) % 1.0 - 0.5 for f in frequencies]
        grid = np.meshgrid(*near, indexing="ij", sparse=True)
        radius = np.asarray(np.sqrt(sum(f**2 for f in grid)))
        sided = np.ones(radius.shape, dtype=bool)
        for f in grid:
            sided = sided & (np.abs(f) < 0.5 - 1e-12)
        along = self._along(axes, np.where(sided, radius, 0.0))
        if self.orientation is None:
            forth = np.sign(axes[self.dims[0]].step) * grid[0] > 0
            return self._parted_response(along * forth, along * ~forth)
        angle = np.arctan2(*grid)
        sides = [self._around(angle + turn) for turn in (0.0, math.pi)]
        return self._parted_response(*(along[:, None] * side for side in sides))

    def _along(self, axes: Axes, radius: np.ndarray) -> np.ndarray:
        """Response ``(bands, *grid)`` along the wave; 0 at the frequency 0."""
        center = self._cycles(axes).reshape(-1, *(1,) * radius.ndim)
        with np.errstate(divide="ignore"):
            octaves = np.log(radius / center) / self._log_width()
        out = np.exp(-0.5 * octaves**2)
        if self.cutoff is not None:
            out = out / (1 + (radius / self.cutoff) ** (2 * self.sharpness))
        return np.asarray(out)

    def _around(self, angle: np.ndarray) -> np.ndarray:
        """Response ``(orientations, *grid)`` across the wave."""
        middle = np.reshape(np.array(self.orientation), (-1, *(1,) * angle.ndim))
        away = (angle - middle + math.pi) % (2 * math.pi) - math.pi
        return np.asarray(np.exp(-0.5 * (away / self.angular_spread) ** 2))

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """In one dim in Hz, and with orientations in samples; each part, with strides."""
        sound = noise_sound(rng)
        yield cls("time", frequency=[500.0, 1000.0, 2000.0], stride={"time": 4}), sound
        yield cls("time", 1000.0, bandwidth=1.0, part="real", boundary="reflect"), sound
        yield cls("time", [900.0, 1000.0], sigma_on_f=0.75, cutoff=0.45, part="imag"), sound
        picture = noise_picture(rng, {"y": 13, "x": 24})
        angles = tuple(np.arange(6) * math.pi / 6)
        yield cls(("y", "x"), (0.1, 0.2), angles, stride={"x": 2}, cutoff=0.45), picture
        yield cls(("y", "x"), 0.2, (0.5,), angular_spread=0.6, part="real"), picture
