"""The steerable pyramid: oriented bands an octave wide, each at the stride it allows.

Conventions
-----------
Frequencies are in cycles per sample of the input, ``r`` is the radial one and ``φ`` its angle,
counted from the last dim toward the first. All radial windows are halves of one cosine in log
frequency: with ``t = log2(2 r / c)``, held between 0 and 1,

    ``low(r; c) = cos(π t / 2)``, 1 up to c/2 and 0 from c on;  ``high(r; c) = sin(π t / 2)``.

Level l passes what lies below ``c = 2^-l / 2``, the Nyquist frequency at stride 2^l, so that stride
is free of aliasing, and it is strictly zero in the new Nyquist bin.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import ParameterError
from invarsig.operators.banks.bank import filter_dims
from invarsig.operators.banks.channels import complex_coords
from invarsig.operators.banks.skewed_bank import SkewedBank
from invarsig.operators.banks.spectral_bank import SpectralBank
from invarsig.operators.base import Operator
from invarsig.operators.combinators import Levels
from invarsig.operators.fields import dims_field
from invarsig.operators.linear_filter import Channels
from invarsig.operators.noise import noise_picture
from invarsig.operators.windows import BoundaryChoice

__all__ = [
    "SteerablePyramidBand",
    "SteerablePyramidHighpass",
    "SteerablePyramidLowpass",
    "steerable_pyramid",
]

Part = Literal["real", "complex"]


def low_window(radius: np.ndarray, cutoff: float) -> np.ndarray:
    """Radial low-pass: 1 up to half the cutoff, 0 from the cutoff on, half a cosine between."""
    # Rounding must not pass anything at the cutoff, which is the new Nyquist frequency.
    over = radius >= cutoff * (1 - 1e-12)
    return np.where(over, 0.0, np.cos(np.pi / 2 * _octave(radius, cutoff)))


def high_window(radius: np.ndarray, cutoff: float) -> np.ndarray:
    """Radial high-pass that goes with `low_window`: their squares sum to one."""
    over = radius >= cutoff * (1 - 1e-12)
    return np.where(over, 1.0, np.sin(np.pi / 2 * _octave(radius, cutoff)))


def _octave(radius: np.ndarray, cutoff: float) -> np.ndarray:
    """Position in the octave below the cutoff, from 0 to 1."""
    return np.log2(np.clip(2 * radius / cutoff, 1.0, 2.0))


def _radius(frequencies: Sequence[np.ndarray]) -> np.ndarray:
    squares = np.zeros(())
    for frequency in frequencies:
        squares = np.add.outer(squares, frequency**2)
    return np.sqrt(squares)


class _Residual(SpectralBank):
    """The residuals of the oriented bands: real, isotropic, over any dims."""

    @property
    def hermitian(self) -> bool:
        """The response is real and even."""
        return True

    def _channels(self, axes: Axes) -> Channels:
        return Channels()

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        return self._window(_radius(frequencies))

    @abc.abstractmethod
    def _window(self, radius: np.ndarray) -> np.ndarray:
        """Response at radial frequencies."""


@dataclass(frozen=True)
class SteerablePyramidHighpass(_Residual):
    """High-pass residual of the steerable pyramid: the corners of the frequency plane.

    ``H(r) = sin(π/2 · log2(4 r))`` for r from 1/4 to 1/2 cycle per sample, 0 below and 1 above:
    ``high(r; 1/2)``. It is never strided.

    Parameters
    ----------
    over
        Its dims, one or more.
    stride, boundary
        As for `SteerablePyramidBand`.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> x = label(np.cos(np.pi * np.arange(8)), Axis("x", period=8.0))
    >>> SteerablePyramidHighpass("x")(x).values.round(12).tolist()
    [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]

    References
    ----------
    Simoncelli & Freeman (1995), doi:10.1109/ICIP.1995.537667.
    """

    over: tuple[str, ...] = dims_field()

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "SteerablePyramidHighpass"))
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that it filters along."""
        return self.over

    def _window(self, radius: np.ndarray) -> np.ndarray:
        return high_window(radius, 0.5)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Along one dim and over two."""
        yield cls(("x",)), noise_picture(rng)
        yield cls(("y", "x")), noise_picture(rng, {"y": 9, "x": 14})


@dataclass(frozen=True)
class SteerablePyramidLowpass(_Residual):
    """Low-pass residual of the steerable pyramid after a number of levels.

    ``L(r) = cos(π/2 · log2(2 r / c))`` for r from c/2 to c with ``c = 2^-levels / 2``, 1 below and
    0 above: ``low(r; c)``. Free of aliasing up to a stride of 2^levels.

    Parameters
    ----------
    over
        Its dims, one or more.
    levels
        Number of levels of bands removed before.
    stride, boundary
        As for `SteerablePyramidBand`.

    Raises
    ------
    ParameterError
        If a parameter is outside what the pyramid is defined for.

    Examples
    --------
    >>> from invarsig.axes import Axis, label
    >>> x = label([4.0, 0, 0, 0, 0, 0, 0, 0], Axis("x", period=8.0))
    >>> SteerablePyramidLowpass("x", 1, stride={"x": 2})(x).values.round(4).tolist()
    [1.5, 0.5, -0.5, 0.5]

    References
    ----------
    Simoncelli & Freeman (1995), doi:10.1109/ICIP.1995.537667.
    """

    over: tuple[str, ...] = dims_field()
    levels: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "SteerablePyramidLowpass"))
        object.__setattr__(self, "levels", parameters.count(self.levels, "levels", least=0))
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that it filters along."""
        return self.over

    def _window(self, radius: np.ndarray) -> np.ndarray:
        return low_window(radius, 0.5 / 2**self.levels)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Along one dim, over two, and on a finite axis."""
        yield cls(("x",), 2, stride={"x": 4}), noise_picture(rng)
        yield cls(("y", "x"), 1, stride={"y": 2, "x": 2}), noise_picture(rng, {"y": 14, "x": 24})
        yield cls(("x",), 1, stride={"x": 2}, boundary="reflect"), noise_picture(rng)


@dataclass(frozen=True)
class SteerablePyramidBand(SkewedBank, SpectralBank):
    """Oriented bands of one level of the steerable pyramid, designed in the Fourier domain.

    ``B_k(r, φ) = low(r; c) high(r; c/2) · i^(K-1) α cos(φ - π k / K)^(K-1)`` with the cutoff
    ``c = 2^-level / 2``: an octave-wide raised cosine in log frequency about c/2, times the angular
    response of a derivative of order K - 1. With
    ``α = 2^(K-1) (K-1)! / √(K (2K-2)!)`` the squares of the K bands sum to their radial part, and
    with the residuals of `steerable_pyramid` to one. Strictly zero from c on, so a stride of up to
    2^level folds nothing, and the strided band commutes with every translation.

    Parameters
    ----------
    over
        Two dims, ``("y", "x")``. At orientation 0 the band passes waves along the last one.
    level
        0 for the finest band, which lies about 1/4 cycle per sample; each level is an octave lower.
    orientations
        Their number K, at ``π k / K``. With K = 1 the band is isotropic.
    part
        "real", or "complex": twice the half of the response that lies within π/2 of the
        orientation. Its real part is the real band, its imaginary part the band in quadrature.
    stride
        For each dim the stride in samples; none by default. `steerable_pyramid` takes 2^level.
    boundary
        As for `Convolve`, without "valid": on a finite axis the signal is mirrored about its edge
        unless stated otherwise.
    band
        For each dim the stride that center frequencies are chosen for; the stride itself by
        default.

    Returns
    -------
    xarray.DataArray
        With a new dim "orientation" (radians, period π). Real bands of odd order (even K) come back
        with the opposite sign after that period, complex ones of real signals conjugated; `steer`
        gives the real ones at any angle. Complex channels carry ``{dim}_center_frequency``: the
        frequency next to the band's peak about which one output rate at stride 2^level holds the
        whole band; at a larger stride the one about which it holds the most of it.

    Raises
    ------
    ParameterError
        If there are not two dims, or a complex band has one orientation.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> n = np.arange(16)
    >>> ring = [Axis("y", period=16.0), Axis("x", period=16.0)]
    >>> x = label(np.cos(np.pi / 2 * n) + 0 * n[:, None], *ring)
    >>> band = SteerablePyramidBand(("y", "x"), level=0, orientations=4, part="complex")
    >>> abs(band(x)).max(("y", "x")).values.round(3).tolist()
    [0.894, 0.316, 0.0, 0.316]

    References
    ----------
    Simoncelli & Freeman (1995), doi:10.1109/ICIP.1995.537667; Portilla & Simoncelli (2000),
    doi:10.1023/A:1026553619983, for the complex form.
    """

    over: tuple[str, ...] = dims_field()
    level: int = 0
    orientations: int = 4
    part: Part = "real"
    channel: str = dims_field(default="orientation")

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", filter_dims(self.over, "SteerablePyramidBand", 2))
        object.__setattr__(self, "level", parameters.count(self.level, "level", least=0))
        object.__setattr__(
            self, "orientations", parameters.count(self.orientations, "orientations")
        )
        parameters.one_of("part", self.part, Part)
        if self.part == "complex" and self.orientations < 2:
            raise ParameterError(
                "A complex band with orientations=1 has no half-plane to lie in; give at "
                "least 2, or part='real'."
            )
        self._check_bank()

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims that the bands lie in."""
        return self.over

    @property
    def hermitian(self) -> bool:
        """Whether the bands are real."""
        return self.part == "real"

    def _angles(self) -> np.ndarray:
        return np.arange(self.orientations) * np.pi / self.orientations

    def _channels(self, axes: Axes) -> Channels:
        count = self.orientations
        angle = Axis(self.channel, 0.0, np.pi / count, count, "rad", period=np.pi)
        coords: dict[str, AuxiliaryCoordinate] = {}
        centers: dict[str, np.ndarray] = {}
        if self.part == "complex":
            cutoff, angles = 0.5 / 2**self.level, self._angles()
            centers = {
                self.over[0]: _center(np.sin(angles), np.cos(angles), cutoff),
                self.over[1]: _center(np.cos(angles), np.sin(angles), cutoff),
            }
            centers = self._carried(axes, centers)
            coords = complex_coords(axes, [angle], centers)
        return Channels((angle,), coords, centers)

    def _response(self, axes: Axes, frequencies: Sequence[np.ndarray]) -> np.ndarray:
        rows, columns = np.meshgrid(*frequencies, indexing="ij")
        radius, cutoff = np.hypot(rows, columns), 0.5 / 2**self.level
        radial = low_window(radius, cutoff) * high_window(radius, cutoff / 2)
        angles, order = self._angles()[:, None, None], self.orientations - 1
        norm = 2.0**order / math.sqrt(self.orientations * math.comb(2 * order, order))
        # Cosine of the angle between the frequency and the orientation; nothing passes at 0.
        along = columns * np.cos(angles) + rows * np.sin(angles)
        cosine = along / np.where(radius > 0, radius, 1.0)
        if self.part == "complex":
            cosine, norm = np.maximum(cosine, 0.0), 2 * norm
        return np.asarray(1j**order * norm * radial * cosine**order)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """Even and odd orders, real and complex, with strides, and on finite axes."""
        picture = noise_picture(rng, {"y": 12, "x": 20})
        both = {"y": 2, "x": 2}
        yield cls(("y", "x"), 1, 4, stride=both), picture
        yield cls(("y", "x"), 0, 3), picture
        yield cls(("y", "x"), 1, 4, "complex", stride=both), picture
        yield cls(("x", "y"), 2, 2, stride={"x": 4}, boundary="symmetric"), picture


def _center(along: np.ndarray, across: np.ndarray, cutoff: float) -> np.ndarray:
    """Where a half-disc of radius `cutoff` is centered along one dim, next to its peak.

    It covers ``[-cutoff |across|, cutoff]``, or the mirror image. One rate of ``2 cutoff`` holds
    that if the center is at most ``cutoff (1 - |across|)``; the peak is at ``cutoff / 2``.
    """
    most = cutoff * (1 - np.abs(across))
    return np.asarray(np.sign(along) * np.minimum(cutoff / 2 * np.abs(along), most))


def steerable_pyramid(
    over: Sequence[str],
    *,
    levels: int = 4,
    orientations: int = 4,
    part: Part = "real",
    boundary: BoundaryChoice = None,
) -> Levels:
    """Steerable pyramid: oriented bands an octave apart, each at its own rate.

    A high-pass residual at stride 1, bands of K orientations at strides 1, 2, 4, …,
    ``2^(levels - 1)``, and a low-pass residual at stride ``2^levels``. No level folds anything, so
    on periodic axes all of them commute with every translation. The squares of all responses sum to
    one (a tight frame): with zeros inserted between the samples of each level, multiplied by the
    decimation factor, and filtered again with the conjugate responses, the levels sum to the
    picture (for complex bands half the real part does).

    Parameters
    ----------
    over
        Two dims, ``("y", "x")``. On a periodic axis ``2^levels`` must divide the size.
    levels
        Number of levels of bands.
    orientations, part, boundary
        As for `SteerablePyramidBand`.

    Returns
    -------
    Levels
        "highpass", "band_0", "band_1", …, "lowpass".

    Raises
    ------
    ParameterError
        If the number of levels, or of orientations, is not a whole number of at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from invarsig.axes import Axis, label
    >>> ring = [Axis("y", period=16.0), Axis("x", period=16.0)]
    >>> x = label(np.eye(16), *ring)
    >>> tree = steerable_pyramid(("y", "x"), levels=2)(x)
    >>> {name: tuple(node.dataset.sizes.values()) for name, node in tree.items()}
    {'highpass': (16, 16), 'band_0': (4, 16, 16), 'band_1': (4, 8, 8), 'lowpass': (4, 4)}

    References
    ----------
    Simoncelli & Freeman (1995), doi:10.1109/ICIP.1995.537667.
    """
    dims, count = filter_dims(over, "A steerable pyramid", 2), parameters.count(levels, "levels")
    operators: dict[str, Operator] = {"highpass": SteerablePyramidHighpass(dims, boundary=boundary)}
    for level in range(count):
        operators[f"band_{level}"] = SteerablePyramidBand(
            dims,
            level,
            orientations,
            part,
            stride=dict.fromkeys(dims, 2**level),
            boundary=boundary,
        )
    operators["lowpass"] = SteerablePyramidLowpass(
        dims, count, stride=dict.fromkeys(dims, 2**count), boundary=boundary
    )
    return Levels(operators)
