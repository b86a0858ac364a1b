"""Joint time-frequency scattering."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.kernels.cascade import Cascade
from invarsig.kernels.spectral_product import multiplied_operations
from invarsig.operators.base import Operator, Plan
from invarsig.operators.fields import dims_field, mapping_field
from invarsig.operators.noise import noise_sound
from invarsig.operators.scattering.kept import CascadeOperator
from invarsig.operators.scattering.rings import Ring, laid_round, ring_of, rings_of, shared_along
from invarsig.operators.scattering.wavelets import LowPass, Wavelet, low_pass, wavelets_along
from invarsig.operators.strides import other_strides
from invarsig.operators.windows import BoundaryChoice, Span, check_boundary

__all__ = ["TimeFrequencyScattering"]


@dataclass(frozen=True)
class _Joint:
    """A wavelet, or the low-pass (None), in time and along log-frequency, and its spin."""

    rate: Wavelet | None
    quefrency: Wavelet | None
    spin: int = 0

    def response(
        self, frequencies: list[np.ndarray], averages: tuple[LowPass, LowPass]
    ) -> np.ndarray:
        """Response over (log-frequency, time); upward spin runs against log-frequency."""
        across = (self.quefrency or averages[0]).response([(-self.spin or 1) * frequencies[0]])
        along = (self.rate or averages[1]).response([frequencies[1]])
        return np.asarray(np.multiply.outer(across, along))


@dataclass(frozen=True)
class TimeFrequencyScattering(CascadeOperator):
    """Joint time-frequency scattering: wavelets over the picture made by a wavelet transform.

    With the scalogram ``X(λ, t) = |x * ψ_λ|(t)`` over log-frequency and time it is ``X * Φ`` and
    ``|X * Ψ| * Φ``. Every ``Ψ(λ, t) = ψ_l(∓λ) ψ_m(t)`` is a product of two Morlet wavelets, and
    ``Φ`` of two Gaussians, which average over 2^J samples and 2^J_frequency bins. With the upper
    sign, spin 1, Ψ responds to rising patterns, with the lower one, spin -1, to falling ones. Where
    either wavelet is replaced by its Gaussian there is one spin, 0.

    Parameters
    ----------
    over
        The dim of time.
    J
        Octaves in time: the average is over 2^J samples.
    Q
        First wavelets for each octave: bins of the log-frequency axis.
    J_frequency
        Octaves along log-frequency: the average is over 2^J_frequency bins.
    stride
        Samples in time from one output to the next; 2^J by default. Nothing is decimated before the
        end, so it only selects which outputs are kept. Log-frequency is not decimated.
    boundary
        As for `Scattering`, in time. Along log-frequency the scalogram is mirrored.

    Returns
    -------
    xarray.DataArray
        With the new dims "path" and "frequency" (log2). Beside "path" stand "order", the
        modulation in time "rate" (cycles per unit of time), along log-frequency "quefrency"
        (cycles per octave), both NaN where the low-pass is, and "spin".

    Raises
    ------
    AxisError
        If 2^J is more than time holds, or 2^J_frequency more than there are bins.

    Examples
    --------
    >>> import invarsig as iv
    >>> time = iv.Axis("time", step=1 / 4000, size=2048, unit="s", period=2048 / 4000)
    >>> rising = iv.io.chirp(time, 100.0, 1400.0)
    >>> y = TimeFrequencyScattering("time", J=9, Q=8, J_frequency=2)(rising)
    >>> dict(y.sizes)
    {'path': 74, 'frequency': 55, 'time': 4}
    >>> up, down = ((y.isel(path=y.spin == spin) ** 2).sum().item() for spin in (1, -1))
    >>> up > 5 * down
    True

    References
    ----------
    Andén, Lostanlen & Mallat (2019), doi:10.1109/TSP.2019.2918992. Filters as for `Scattering`.
    """

    over: str = dims_field(default="time")
    J: int = 8
    Q: int = 8
    J_frequency: int = 2
    stride: Mapping[str, int] | int | None = mapping_field(default=None)
    boundary: BoundaryChoice = mapping_field(default=None)
    channels: tuple[str, str] = dims_field(default=("path", "frequency"))

    linear = False

    @property
    def homogeneity(self) -> float:
        """1: moduli of filters keep the scale."""
        return 1

    def __post_init__(self) -> None:
        for name in ("J", "Q", "J_frequency"):
            object.__setattr__(self, name, parameters.count(getattr(self, name), name))
        if self.stride is not None:
            given = self.stride
            by = given if isinstance(given, Mapping) else {self.over: given}
            object.__setattr__(self, "stride", parameters.counts("stride", by))
            stray = [dim for dim in by if dim != self.over]
            if stray:
                raise DimError(f"The stride names {stray[0]!r}; time is {self.over!r}.")
        check_boundary(self.boundary)
        if not self._first:
            raise ParameterError(
                f"No wavelet fits J = {self.J} with Q = {self.Q} per octave; take a larger J."
            )

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of time."""
        return (self.over,)

    @property
    def _stride(self) -> int:
        given = self.stride if isinstance(self.stride, Mapping) else {}
        return given.get(self.over, 2**self.J)

    @property
    def _first(self) -> list[Wavelet]:
        """First wavelets that are evenly spaced in octaves, the lowest first."""
        line = wavelets_along(self.J, self.Q)
        return line[: len(line) - self.Q + 1][::-1]

    @property
    def _joints(self) -> list[_Joint]:
        rates, quefrencies = wavelets_along(self.J, 1), wavelets_along(self.J_frequency, 1)
        return [
            *(_Joint(rate, None) for rate in rates),
            *(_Joint(None, quefrency) for quefrency in quefrencies),
            *(_Joint(r, q, spin) for r in rates for q in quefrencies for spin in (1, -1)),
        ]

    def plan(self, axes: Axes) -> Plan:
        """Make time wrap, and list the bins and the paths."""
        stride = {self.over: self._stride}
        (ring,) = rings_of(axes, stride, self.boundary, self.J, {self.over: 1})
        axis, path = ring.span.axis, Axis(self.channels[0], size=1 + len(self._joints))
        lowest = self._first[0].frequency / abs(axis.step)
        bins = Axis(
            self.channels[1],
            math.log2(lowest),
            1 / self.Q,
            len(self._first),
            axis.frequency_unit,
            scale="log2",
        )
        if bins.size < 2**self.J_frequency:
            raise AxisError(
                f"J_frequency = {self.J_frequency} averages over {2**self.J_frequency} bins, and "
                f"J = {self.J} with Q = {self.Q} per octave makes {bins.size} along {bins.dim!r}; "
                "take a smaller J_frequency, or a larger J or Q."
            )
        across = ring_of(Span(bins, 1, 1, 0, "reflect"), self.J_frequency, 1, 1)
        return Plan(
            (axis,),
            (path, bins, ring.span.out_axis),
            stride,
            {self.over: (math.inf, math.inf)},
            partial(self._scattered, rings=(across, ring)),
            self._coords(axis),
            operations=self._operations(across, ring),
            shared=shared_along((ring,)),
        )

    def _coords(self, axis: Axis) -> dict[str, AuxiliaryCoordinate]:
        joints, dims = self._joints, (self.channels[0],)

        def column(wavelets: list[Wavelet | None], factor: float) -> np.ndarray:
            return (
                np.array([np.nan, *(np.nan if w is None else w.frequency for w in wavelets)])
                * factor
            )

        return {
            "order": (dims, np.array([1] + [2] * len(joints)), {}),
            "rate": (
                dims,
                column([joint.rate for joint in joints], 1 / abs(axis.step)),
                {"units": axis.frequency_unit},
            ),
            "quefrency": (
                dims,
                column([joint.quefrency for joint in joints], self.Q),
                {"units": "cycles/octave"},
            ),
            "spin": (dims, np.array([0, *(joint.spin for joint in joints)]), {}),
        }

    def _meaning(self) -> dict[str, Any]:
        """Parameters, with the stride along each dim."""
        return {**super()._meaning(), "stride": {self.over: self._stride}}

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give the same transform with another stride in time."""
        changed = other_strides({self.over: self._stride}, strides)
        return None if changed is None else replace(self, stride=changed)

    def _scattered(self, values: np.ndarray, rings: tuple[Ring, Ring]) -> np.ndarray:
        if np.iscomplexobj(values):
            raise DtypeError("TimeFrequencyScattering needs real values, and these are complex.")
        across, along = rings
        around = laid_round(values, [along])
        moduli = self._ready(self._scalogram, [along.size], around.dtype).moduli(around)
        grid = math.gcd(self._stride, along.size)
        scalogram = np.moveaxis(moduli, 0, -2)
        out, step = self._joined(scalogram, across, grid), self._stride // grid
        return out[..., : along.span.size * step : step]

    def _joined(self, scalogram: np.ndarray, across: Ring, grid: int) -> np.ndarray:
        """Scatter pictures ``(..., bin, time)``, periodic in time: ``(..., path, bin, time)``."""
        cascade = self._cascade(grid)
        turned = np.swapaxes(laid_round(np.swapaxes(scalogram, -1, -2), [across]), -1, -2)
        ready = self._ready(cascade, turned.shape[-2:], turned.dtype)
        out = ready(turned)[..., : across.span.axis.size, :]
        return np.moveaxis(out, 0, scalogram.ndim - 2)

    @property
    def _scalogram(self) -> Cascade:
        """The first wavelets, of whose moduli the scalogram is made."""
        first = [(psi.response, (1,)) for psi in self._first]
        return Cascade([low_pass(self.J, 1).response], first, [], [()] * len(first), (1,))

    def _cascade(self, grid: int) -> Cascade:
        averages = (low_pass(self.J_frequency, 1), low_pass(self.J, 1))

        def of(joint: _Joint) -> Callable[[list[np.ndarray]], np.ndarray]:
            return partial(joint.response, averages=averages)

        joints = self._joints
        return Cascade(
            [average.response for average in averages],
            [(of(joint), (1, 1)) for joint in joints],
            [],
            [()] * len(joints),
            (1, grid),
        )

    def _operations(self, across: Ring, along: Ring) -> float:
        """Multiplications of the wavelets along time, their moduli, and the cascade of those."""
        count = len(self._first)
        first = multiplied_operations([along.size], count, [1]) + count * along.size
        cascade = self._cascade(math.gcd(self._stride, along.size))
        return first + cascade.operations([across.size, along.size])

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """On a periodic and on a finite signal, at two strides."""
        sound = noise_sound(rng)
        yield cls("time", J=4, Q=2, J_frequency=1), sound
        yield cls("time", J=3, Q=3, J_frequency=2, stride=2, boundary="reflect"), sound
