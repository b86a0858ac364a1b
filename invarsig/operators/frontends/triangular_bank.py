"""Banks of triangles over a linear frequency axis, spaced evenly on an auditory scale."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes import AuxiliaryCoordinate, Axes, Axis, label
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.kernels.runs import Runs
from invarsig.operators.base import ArrayOperator, Operator, Plan
from invarsig.operators.fields import dims_field, lengths_field
from invarsig.operators.frontends.units import in_hertz
from invarsig.operators.strides import every_sample

__all__ = ["Norm", "TriangularBank", "check_band_edges", "hertz_coordinate"]

Norm = Literal["slaney"] | None


def hertz_coordinate(dim: str, hertz: np.ndarray) -> dict[str, AuxiliaryCoordinate]:
    """Center frequencies of bands, beside a dim that is in mel, Bark or ERB-rate."""
    return {"center_frequency": ((dim,), hertz, {"units": "Hz"})}


@dataclass(frozen=True)
class TriangularBank(ArrayOperator):
    """Triangles over frequency whose corners are spaced evenly on an auditory scale.

    Triangle m rises from corner m to corner m + 1 and falls to corner m + 2, linearly in hertz.
    A subclass gives the scale.
    """

    bands: int = 40
    low: float = lengths_field(power=1, along="over", default=0.0)
    high: float | None = lengths_field(power=1, along="over", default=None)
    norm: Norm = "slaney"
    over: str = dims_field(default="frequency")
    hertz: float = lengths_field(power=-1, along="over", default=1.0)

    linear = True
    absolute = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", parameters.count(self.bands, "The number of bands"))
        parameters.positive(self.hertz, "hertz")
        check_band_edges(self.low, self.high)
        parameters.one_of("norm", self.norm, Norm)

    @abc.abstractmethod
    def _rate(self, hertz: np.ndarray) -> np.ndarray:
        """The scale at frequencies in hertz."""

    @abc.abstractmethod
    def _inverse(self, rate: np.ndarray) -> np.ndarray:
        """Frequencies in hertz at places on the scale."""

    @property
    @abc.abstractmethod
    def _made(self) -> tuple[str, str]:
        """Name of the new dim and the scale's unit."""

    @property
    def dims(self) -> tuple[str, ...]:
        """The dim of frequency."""
        return (self.over,)

    def plan(self, axes: Axes) -> Plan:
        """Replace the axis of frequency by that of the scale."""
        axis = axes[self.over]
        bands, coords = self._bands(axis)
        if bands.dim in axes and bands.dim != self.over:
            raise DimError(
                f"The input has a dim {bands.dim!r} already; rename it, or give the new one "
                "another name."
            )
        summed = Runs(self._weights(axis))

        def kernel(values: np.ndarray) -> np.ndarray:
            if np.iscomplexobj(values):
                raise DtypeError(
                    f"{type(self).__name__} sums energies or magnitudes, and these values are "
                    "complex; put a Modulus before it."
                )
            return summed(values)

        return Plan((axis,), (bands,), kernel=kernel, coords=coords, taps=axis.size)

    def restrided(self, strides: Mapping[str, int]) -> Operator | None:
        """Give itself, or None where a stride is asked for: it has none."""
        return self if every_sample(strides) else None

    def matrix(self, x: xr.DataArray | Axis) -> xr.DataArray:
        """Weights of the bank on a given axis of frequency.

        Parameters
        ----------
        x
            Labeled array, or its axis of frequency.

        Returns
        -------
        xarray.DataArray
            Over the bands and over frequency.
        """
        axis = x if isinstance(x, Axis) else Axes.of(x)[self.over]
        bands, coords = self._bands(axis)
        whole = axis if axis.periodic else replace(axis, period=None)
        out = label(self._weights(axis), bands, whole)
        return out.assign_coords({name: xr.Variable(*parts) for name, parts in coords.items()})

    def _corners(self, axis: Axis) -> np.ndarray:
        """Corners of the triangles on the scale: two more than there are bands."""
        frequency = _frequencies(axis, type(self).__name__)
        top, spacing = float(frequency.max()), float(np.abs(np.diff(frequency)).max(initial=0.0))
        high = top if self.high is None else self.high
        if high > top + spacing / 2 * (1 + 1e-9) or self.low >= high:
            edge, value = ("high", high) if high > top + spacing / 2 else ("low", self.low)
            raise ParameterError(
                f"The band edge {edge} is {value:g} {axis.unit}, and the axis {self.over!r} ends "
                f"at {top:g} {axis.unit}; give low below high, and high within the axis."
            )
        scale = in_hertz(axis.unit, self.hertz, type(self).__name__)
        ends = self._rate(np.array([self.low, high]) * scale)
        return np.linspace(ends[0], ends[1], self.bands + 2)

    def _bands(self, axis: Axis) -> tuple[Axis, dict[str, AuxiliaryCoordinate]]:
        """Axis of the bands on the scale, and their center frequencies."""
        corners, (dim, unit) = self._corners(axis), self._made
        step = (corners[-1] - corners[0]) / (self.bands + 1)
        made = Axis(dim, float(corners[1]), float(step), self.bands, unit)
        return made, hertz_coordinate(dim, self._inverse(corners[1:-1]))

    def _weights(self, axis: Axis) -> np.ndarray:
        """Triangles on the bins: (band, bin)."""
        corners = self._inverse(self._corners(axis))
        bins = _frequencies(axis, type(self).__name__) * self.hertz
        widths = np.diff(corners)
        rising = (bins - corners[:-2, None]) / widths[:-1, None]
        falling = (corners[2:, None] - bins) / widths[1:, None]
        weights = np.maximum(0.0, np.minimum(rising, falling))
        empty = np.flatnonzero(weights.max(axis=1) <= 0)
        if empty.size:
            band = int(empty[0])
            spacing = float(np.abs(np.diff(bins)).min(initial=np.inf))
            raise ParameterError(
                f"{empty.size} of {self.bands} bands hold no bin of {self.over!r}: band {band} "
                f"lies from {corners[band]:.4g} to {corners[band + 2]:.4g} Hz, and the bins are "
                f"{spacing:.4g} Hz apart. Give fewer bands, a higher low, or a longer window "
                "before it."
            )
        if self.norm == "slaney":
            weights *= (2 / (corners[2:] - corners[:-2]))[:, None]
        return np.asarray(weights)

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[Operator, xr.DataArray]]:
        """On the bins of a spectrogram, with and without normalization, in other units."""
        frequency = Axis("frequency", 0.0, 125.0, 33, "Hz")
        time = Axis("time", 0.1, 0.01, 6, "s", 0.06)
        x = label(rng.standard_normal((33, 6)) ** 2, frequency, time, name="power")
        yield cls(bands=8), x
        yield cls(bands=5, low=200.0, high=3000.0, norm=None), x
        fine = Axis("frequency", 3.9, -0.1, 40, "kc/s")
        y = label(rng.standard_normal((2, 40)) ** 2, "channel", fine)
        yield cls(bands=6, low=0.3, high=3.5, hertz=1000.0), y


def _frequencies(axis: Axis, what: str) -> np.ndarray:
    """Frequencies of the bins, in the axis' own unit."""
    if axis.epoch is not None:
        raise AxisError(
            f"{what} sums over frequencies, and the axis {axis.dim!r} holds dates or durations; "
            "name the dim of frequencies in over=, or put a Spectrogram before it."
        )
    return axis.coordinate()


def check_band_edges(low: object, high: object) -> None:
    """Raise unless the edges of a bank are finite frequencies, the low one below the high one."""
    lowest = parameters.finite(low, "low", wanted="a finite frequency")
    parameters.finite(lowest, "low", least=0, wanted="a frequency of at least 0")
    if high is None:
        return
    if parameters.finite(high, "high", wanted="a finite frequency") <= lowest:
        raise ParameterError(f"low is {low:g} and high is {high:g}; give low below high.")
