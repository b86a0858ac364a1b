"""An axis: a uniform grid along one dim."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from invarsig import parameters
from invarsig.axes.dates import distance_in_seconds, written_dates
from invarsig.axes.everyday_units import is_degrees, spoken
from invarsig.errors import AxisError

__all__ = ["Axis", "Scale", "samples_phrase"]

Scale = Literal["linear", "log2"]


@dataclass(frozen=True)
class Axis:
    """A uniform grid along one dim.

    The k-th sample stands at ``start + k * step``, in `length_unit`.

    Parameters
    ----------
    dim
        Name of the dim.
    start, step
        Position of the first sample and distance to the next, in `length_unit`: the
        coordinate's own unit, or octaves where ``scale="log2"``. The step may be negative.
    size
        Number of samples.
    unit
        Unit of the coordinate ("s", "Hz", "px", "sample").
    period
        Declared period in `length_unit`, or None.
    scale
        "linear", or "log2" for a geometric coordinate.
    epoch
        The date or duration that `start` counts from, for datetime64 and timedelta64.
    slack
        How far the step may be off, relative to itself, for the round-off of the labels.

    Raises
    ------
    AxisError
        If the step is 0, the start is not finite, the period is no length above 0, or the size is
        no number of samples.

    Examples
    --------
    >>> Axis("time", step=0.01, size=100, unit="s").strided(4).step
    0.04
    """

    dim: str
    start: float = 0.0
    step: float = 1.0
    size: int = 1
    unit: str = "sample"
    period: float | None = None
    scale: Scale = "linear"
    epoch: np.datetime64 | np.timedelta64 | None = None
    slack: float = field(default=0.0, compare=False, repr=False)

    def __post_init__(self) -> None:
        parameters.one_of("scale", self.scale, Scale)
        for what, value in (("start", self.start), ("step", self.step)):
            if not parameters.is_finite(value) or (what == "step" and value == 0):
                wanted = "a distance other than 0" if what == "step" else "a finite position"
                raise AxisError(
                    f"The axis {self.dim!r} has the {what} {value!r} {self.length_unit}; give "
                    f"{wanted}."
                )
        if self.period is not None and not (parameters.is_finite(self.period) and self.period > 0):
            raise AxisError(
                f"The axis {self.dim!r} has the period {self.period!r} {self.length_unit}; give a "
                "length above 0, or None if it does not wrap."
            )
        if isinstance(self.size, bool) or not isinstance(self.size, (int, np.integer)):
            raise AxisError(f"The axis {self.dim!r} has {self.size!r} samples; give a count.")
        if self.size < 0:
            raise AxisError(f"The axis {self.dim!r} has {self.size} samples; give at least 0.")

    @property
    def length_unit(self) -> str:
        """Unit that lengths along the axis are measured in."""
        return "octave" if self.scale == "log2" else self.unit

    def in_words(self, length: float, digits: int = 6) -> str:
        """Write a length with its unit, as people say it; an axis may have none.

        Examples
        --------
        >>> Axis("x", unit="px").in_words(2.5), Axis("lon", unit="").in_words(7.5)
        ('2.5 px', '7.5')
        >>> Axis("time", unit="s").in_words(21600), Axis("lon", unit="degrees_east").in_words(7.5)
        ('6 h', '7.5°')
        """
        number, unit = spoken(length, self.length_unit)
        return f"{number:.{digits}g}{unit}"

    @property
    def frequency_unit(self) -> str:
        """Unit of frequencies along the axis: Hz on seconds, else cycles per unit.

        Examples
        --------
        >>> Axis("time", unit="s").frequency_unit, Axis("lon", unit="degrees_east").frequency_unit
        ('Hz', 'cycles/°')
        """
        if self.length_unit == "s":
            return "Hz"
        if is_degrees(self.length_unit):
            return "cycles/°"
        return f"cycles/{self.length_unit}" if self.length_unit else "cycles/unit"

    @property
    def periodic(self) -> bool:
        """Whether the samples cover exactly one declared period."""
        if self.period is None:
            return False
        return abs(self.size * abs(self.step) - self.period) <= 1e-6 * abs(self.step)

    @property
    def closes_a_circle(self) -> bool:
        """Whether its samples go once round a circle, 360° or 2 pi, and no period says so."""
        return self.period is None and self._covers(self.size, self._circle)

    @property
    def _circle(self) -> float:
        """Once round, in the unit of the axis; 0 where the unit is not one of angles."""
        if self.scale != "linear":
            return 0.0
        return 360.0 if is_degrees(self.unit) else math.tau if self.unit == "rad" else 0.0

    def _covers(self, samples: int, length: float) -> bool:
        """Whether so many samples cover a length, up to the round-off of the labels."""
        whole = samples * abs(self.step)
        return length > 0 and abs(whole - length) <= 1e-3 * abs(self.step) + whole * self.slack

    @property
    def repeats_the_first(self) -> bool:
        """Whether the last sample stands where the first does, once round (0° and 360°)."""
        once = self._circle if self.period is None else self.period
        return self.size > 2 and self._covers(self.size - 1, once)

    @property
    def not_closed(self) -> str:
        """Why an axis that wraps by its period or its unit, is not periodic; "" otherwise.

        Examples
        --------
        >>> print(Axis("lon", step=90.0, size=5, unit="degrees_east", period=360.0).not_closed)
        the last of its 5 samples repeats the first: leave it out, x.isel(lon=slice(-1))
        >>> print(Axis("lon", step=90.0, size=4, unit="degrees_east", period=350.0).not_closed)
        its 4 samples of 90° cover 360°, and not the period of 350°: set x.lon.attrs['period'] = 360
        """
        if self.periodic:
            return ""
        if self.repeats_the_first:
            left = f"leave it out, x.isel({self.dim}=slice(-1))"
            if self.period is None:
                left += f", and set x.{self.dim}.attrs['period'] = {self._circle:g}"
            return f"the last of its {self.size} samples repeats the first: {left}"
        if self.closes_a_circle:
            return f"its samples go once round, and no period is marked: set {self.how_to_close}"
        if self.period is None:
            return ""
        covered = self.size * abs(self.step)
        found = (
            f"its {self.size} samples of {self.in_words(abs(self.step))} cover "
            f"{self.in_words(covered)}, and not the period of {self.in_words(self.period)}"
        )
        once_round = self._covers(self.size, self._circle)
        return f"{found}: set {self.how_to_close}" if once_round else found

    def positions(self) -> np.ndarray:
        """Positions of the samples, in `length_unit`."""
        return self.start + self.step * np.arange(self.size)

    def coordinate(self) -> np.ndarray:
        """Values to write as the dim's coordinate: positions, powers of two of them, or dates."""
        if self.epoch is not None:
            return written_dates(self.epoch, self.start, self.step, self.size, self.dim)
        positions = self.positions()
        return np.exp2(positions) if self.scale == "log2" else positions

    def samples(self, length: float) -> float:
        """Express a length along the axis in samples; negative on a descending axis.

        A deviation from a whole number of samples that round-off of the labels explains is removed.
        """
        return self.snapped(length / self.step)

    def snapped(self, samples: float) -> float:
        """Round a count of samples to a whole number if only the labels' round-off is between."""
        whole = round(samples)
        near = min(1e-9 * max(1.0, abs(samples)) + self.slack * max(1.0, abs(samples)), 0.01)
        return float(whole) if abs(samples - whole) <= near else samples

    def strided(self, stride: int, *, size: int | None = None, offset: float = 0.0) -> Axis:
        """Keep every `stride`-th sample, beginning `offset` samples after the first one."""
        size = -(-self.size // stride) if size is None else size
        return replace(
            self,
            start=self.start + offset * self.step,
            step=self.step * stride,
            size=size,
            period=self.period if self.periodic else None,
        )

    def offset(self, other: Axis) -> float:
        """Distance from the start of `other` to the start of this axis, in `length_unit`."""
        lag = self.start - other.start
        if isinstance(self.epoch, np.datetime64) and isinstance(other.epoch, np.datetime64):
            lag += distance_in_seconds(self.epoch, other.epoch)
        return lag

    def attrs(self) -> dict[str, Any]:
        """Attributes that the coordinate of this axis carries."""
        named = self.epoch is None and self.unit
        attrs: dict[str, Any] = {"units": self.unit} if named else {}
        if self.period is not None:
            attrs["period"] = self.period
        if self.scale == "log2":
            attrs["scale"] = "log2"
        if self.size == 1:
            attrs["step"] = self.step
        return attrs

    def center_attrs(self) -> dict[str, Any]:
        """Attributes of the center frequencies of channels that are filtered out along the axis."""
        return {"units": self.frequency_unit, "nyquist": 0.5 / abs(self.step)}

    @property
    def how_to_close(self) -> str:
        """What to write to make it periodic over the samples that it has.

        Examples
        --------
        >>> Axis("lon", step=90.0, size=4, unit="degrees_east").how_to_close
        "x.lon.attrs['period'] = 360"
        >>> Axis("y", size=4).how_to_close
        "x = x.assign_coords(y=('y', range(4), {'units': 'sample', 'period': 4}))"
        """
        period = f"{self.size * abs(self.step):.12g}"
        if self.unit == "sample":  # what has no coordinate has no attributes either
            attrs = f"{{'units': 'sample', 'period': {period}}}"
            return f"x = x.assign_coords({self.dim}=({self.dim!r}, range({self.size}), {attrs}))"
        return f"x.{self.dim}.attrs['period'] = {period}"

    def __str__(self) -> str:
        """Describe the axis in half a sentence."""
        around = ", periodic" if self.periodic else ""
        if self.closes_a_circle:
            around = f", once round, and not marked periodic: {self.how_to_close}"
        elif self.not_closed:
            around = f", not periodic: {self.not_closed}"
        return f"{self.dim!r}: {self.size} samples of {self.in_words(abs(self.step))}{around}"


def samples_phrase(axis: Axis, length: float) -> str:
    """Say how many samples a length is: ``0.3 s along 'time' is 0.6 samples of 0.5 s``."""
    samples, size = length / abs(axis.step), axis.in_words(abs(axis.step))
    return f"{axis.in_words(length)} along {axis.dim!r} is {samples:.6g} samples of {size}"
