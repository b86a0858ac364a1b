"""Lengths with units of their own, and the axes that they fit.

A length may be written before the axis is known: "10 ms" are 0.01 on an axis in seconds, 10 on one
in milliseconds, and nothing on one in pixels. Units are few, and exact ratios of one another; what
is not in the table fits an axis whose unit is written the same.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.axes.axis import Axis
from invarsig.errors import AxisError, ParameterError

__all__ = [
    "Length",
    "LengthLike",
    "has_unit",
    "in_axis_unit",
    "in_base_unit",
    "in_unit",
    "lengths_along",
    "plain_lengths",
    "ratio_of_units",
    "read_length",
    "rescaled_lengths",
    "shown_length",
]

_DEGREE = (
    "deg ° degree degrees degrees_east degree_east degrees_E degree_E "
    "degrees_north degree_north degrees_N degree_N"
)
_KINDS: dict[str, dict[str, tuple[float, float]]] = {
    "time": {
        "ns": (1, 10**9),
        "us µs μs": (1, 10**6),
        "ms": (1, 1000),
        "s sec second seconds": (1, 1),
        "min minute minutes": (60, 1),
        "h hr hour hours": (3600, 1),
        "d day days D": (86400, 1),
        "week weeks W": (604800, 1),
    },
    "frequency": {
        "mHz": (1, 1000),
        "Hz hertz cycles/s": (1, 1),
        "kHz kilohertz cycles/ms": (1000, 1),
        "MHz cycles/us cycles/µs": (10**6, 1),
        "cycles/min": (1, 60),
        "cycles/h": (1, 3600),
        "cycles/day": (1, 86400),
    },
    "distance": {
        "nm": (1, 10**9),
        "um µm μm": (1, 10**6),
        "mm": (1, 1000),
        "cm": (1, 100),
        "m meter meters metre metres": (1, 1),
        "km": (1000, 1),
    },
    "angle": {
        "rad radian radians": (1, 1),
        _DEGREE: (math.pi, 180),
        "arcmin arcminute arcminutes": (math.pi, 10800),
        "arcsec arcsecond arcseconds": (math.pi, 648000),
        "turn turns": (2 * math.pi, 1),
    },
    "frequency over angles": {
        " ".join(f"cycles/{unit}" for unit in _DEGREE.split()): (1, 1),
        "cycles/rad cycles/radian cycles/radians": (math.pi, 180),
        "cycles/arcmin": (60, 1),
        "cycles/arcsec": (3600, 1),
        "cycles/turn": (1, 360),
    },
    "pitch": {
        "octave octaves": (1, 1),
        "semitone semitones": (1, 12),
        "cent cents": (1, 1200),
    },
    "pixels": {"px pixel pixels": (1, 1)},
    "samples": {"sample samples": (1, 1)},
}
_UNITS = {
    name: (kind, ratio)
    for kind, units in _KINDS.items()
    for names, ratio in units.items()
    for name in names.split()
}
_WRITTEN = re.compile(
    r"\s*(?P<over>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"(?:\s*/\s*(?P<under>\d+\.?\d*|\.\d+))?"
    r"\s*(?P<unit>[^\d\s.,+/-][^\s]*(?:\s[^\s]+)*)?\s*"
)


@dataclass(frozen=True)
class Length:
    """A length with a unit of its own.

    Parameters
    ----------
    value
        The number.
    unit
        Its unit: of time (ns to weeks), frequency, distance, angle, pitch (octaves, semitones,
        cents), "px", "sample", or the very unit of the axis that it is meant for.

    Raises
    ------
    ParameterError
        If the number is not finite.

    Examples
    --------
    >>> ten = Length(10.0, "ms")
    >>> ten.along(Axis("time", unit="s")), str(-2 * ten)
    (0.01, '-20 ms')
    """

    value: float
    unit: str

    def __post_init__(self) -> None:
        value = parameters.finite(self.value, "A length", f" {self.unit}")
        object.__setattr__(self, "value", value)

    def along(self, axis: Axis) -> float:
        """Express the length in the unit of an axis, `Axis.length_unit`.

        Raises
        ------
        AxisError
            If it does not fit: the unit is of another kind, or the axis has none.
        """
        ratio = ratio_of_units(self.unit, axis.length_unit)
        if ratio is None:
            raise AxisError(f"{self} does not fit the axis {axis.dim!r}, {_wanted(axis)}.")
        return self.value * ratio[0] / ratio[1]

    def along_frequencies(self, axis: Axis) -> float:
        """Express a frequency in the unit of frequency of an axis, `Axis.frequency_unit`."""
        ratio = ratio_of_units(self.unit, axis.frequency_unit)
        if ratio is None:
            raise AxisError(
                f"{self} is not a frequency along the axis {axis.dim!r}, whose frequencies are in "
                f"{axis.frequency_unit}; give it in that, or as a plain number."
            )
        return self.value * ratio[0] / ratio[1]

    def __mul__(self, factor: float) -> Length:
        """Give a length that is `factor` times as long."""
        return Length(self.value * factor, self.unit)

    __rmul__ = __mul__

    def __neg__(self) -> Length:
        """Give the length in the other direction."""
        return Length(-self.value, self.unit)

    def __bool__(self) -> bool:
        """Whether it is other than 0."""
        return self.value != 0

    def __str__(self) -> str:
        """Write it as it can be read again."""
        return f"{self.value:.6g} {self.unit}"


LengthLike = float | str | Length | np.timedelta64 | datetime.timedelta
"""A number in the unit of the axis, or a length with a unit of its own."""


def ratio_of_units(unit: str, other: str) -> tuple[float, float] | None:
    """How many of another unit one is, as two numbers to multiply and divide by; None if none.

    Examples
    --------
    >>> ratio_of_units("ms", "s"), ratio_of_units("ms", "px"), ratio_of_units("cell", "cell")
    ((1, 1000), None, (1, 1))
    """
    if unit == other:
        return 1, 1
    one, two = _UNITS.get(unit), _UNITS.get(other)
    if one is None or two is None or one[0] != two[0]:
        return None
    over, under = one[1][0] * two[1][1], one[1][1] * two[1][0]
    if isinstance(over, int) and isinstance(under, int):
        common = math.gcd(over, under)
        return over // common, under // common
    return over / under, 1


def read_length(value: Any, what: str, *, wanted: str = "one finite length") -> float | Length:
    """Read one length, or one position: a number, or a length with a unit of its own.

    Parameters
    ----------
    value
        A number in the unit of the axis; a duration of the standard library, NumPy or pandas; text
        such as "10 ms" or "1/4 octave"; a scalar array, whose attribute ``units`` counts; a
        quantity of pint.
    what
        Beginning of the message: "The shift along 'x'".
    wanted
        What the message asks for where it is not a number.

    Raises
    ------
    ParameterError
        If it is none of these, or not finite.

    Examples
    --------
    >>> read_length(2, "The shift"), read_length("1/4 octave", "The shift")
    (2.0, Length(value=0.25, unit='octave'))
    >>> read_length(np.timedelta64(90, "m"), "The shift")
    Length(value=5400.0, unit='s')
    """
    if isinstance(value, Length):
        return value
    unit = ""
    if isinstance(value, (np.ndarray, xr.DataArray)) and value.ndim == 0:
        unit = str(value.attrs.get("units", "")) if isinstance(value, xr.DataArray) else ""
        value = value.to_numpy()[()] if isinstance(value, xr.DataArray) else value[()]
    if isinstance(value, str):
        return _read_text(value, what)
    if isinstance(value, datetime.timedelta):
        return Length(value.total_seconds(), "s")
    if isinstance(value, np.timedelta64):
        return Length(_seconds(value, what), "s")
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        value, unit = value.magnitude, f"{value.units:~}"
    number = parameters.finite(value, what, wanted=wanted)
    return Length(number, unit) if unit else number


def _read_text(text: str, what: str) -> Length:
    found = _WRITTEN.fullmatch(text)
    if found is None or found["unit"] is None or float(found["under"] or 1) == 0:
        known = "give one finite length with its unit, such as '10 ms', '2 px' or '1/4 octave'"
        alone = found is not None and found["unit"] is None
        more = ", or a plain number in the unit of the axis" if alone else ""
        raise ParameterError(f"{what} is {text!r}; {known}{more}.")
    return Length(float(found["over"]) / float(found["under"] or 1), found["unit"])


def _seconds(value: np.timedelta64, what: str) -> float:
    try:
        seconds = float(value / np.timedelta64(1, "s"))
    except TypeError as error:
        raise ParameterError(
            f"{what} is {value}, and months and years have no one length; give days."
        ) from error
    return parameters.finite(seconds, what, wanted="one finite length")


def in_unit(value: Any, unit: str, what: str) -> float:
    """Read one length that is in a known unit, whatever axis it is used on: an angle, an interval.

    Examples
    --------
    >>> in_unit("3 semitones", "octave", "The transposition"), in_unit(0.5, "rad", "The angle")
    (0.25, 0.5)
    """
    read = read_length(value, what, wanted="one finite number")
    if not isinstance(read, Length):
        return read
    ratio = ratio_of_units(read.unit, unit)
    if ratio is None:
        kind = _UNITS[unit][0]
        raise ParameterError(f"{what} is {read}; give {_article(kind)}, in {_listed(kind)}.")
    return read.value * ratio[0] / ratio[1]


def has_unit(value: Any) -> bool:
    """Whether a value is a length with a unit of its own, or holds one.

    Examples
    --------
    >>> has_unit("2 deg"), has_unit({"lon": ("1 deg", 2)}), has_unit(datetime.timedelta(hours=1))
    (True, True, True)
    >>> has_unit(2), has_unit("periodic"), has_unit({"lon": 2})
    (False, False, False)
    """
    if isinstance(value, str):
        found = _WRITTEN.fullmatch(value)
        return found is not None and found["unit"] is not None
    if isinstance(value, Mapping):
        return any(map(has_unit, value.values()))
    if isinstance(value, (tuple, list)):
        return any(map(has_unit, value))
    if isinstance(value, (Length, datetime.timedelta, np.timedelta64)):
        return True
    return hasattr(value, "magnitude") and hasattr(value, "units")


def in_base_unit(length: Length) -> float:
    """A length in the unit of its kind that others are counted in, seconds of times; else itself.

    Examples
    --------
    >>> in_base_unit(Length(25, "ms")), in_base_unit(Length(2, "kHz")), in_base_unit(Length(3, "x"))
    (0.025, 2000.0, 3.0)
    """
    _, (over, under) = _UNITS.get(length.unit, ("", (1, 1)))
    return length.value * over / under


def in_axis_unit(given: Any, axis: Axis) -> float:
    """Express what `read_length` gave in the unit of an axis."""
    return given.along(axis) if isinstance(given, Length) else float(given)


def lengths_along(given: Mapping[str, Any], axes: Mapping[str, Axis]) -> dict[str, float | Length]:
    """Express lengths in the units of those axes that there are."""
    return {
        dim: in_axis_unit(length, axes[dim])
        if isinstance(length, Length) and dim in axes
        else length
        for dim, length in given.items()
    }


def rescaled_lengths(
    given: Mapping[str, Any], factors: Mapping[str, float]
) -> dict[str, float | Length]:
    """Lengths where the unit along a dim got smaller by a factor; units of their own stay."""
    return {
        dim: length if isinstance(length, Length) else length * factors.get(dim, 1.0)
        for dim, length in given.items()
    }


def plain_lengths(given: Mapping[str, Any], what: object) -> dict[str, float]:
    """Lengths as plain numbers; what they belong to says that they are not known yet.

    Raises
    ------
    AxisError
        If one has a unit of its own: a number is known once there is an axis.
    """
    numbers = {dim: each for dim, each in given.items() if not isinstance(each, Length)}
    if len(numbers) < len(given):
        raise AxisError(
            f"{what} has a length in a unit of its own, and what that is in the unit of the axis "
            "is known once there is a signal x: use .on(x)."
        )
    return numbers


def shown_length(length: Any) -> str:
    """Write a length as the argument that it was: a number, or text in quotes."""
    return repr(str(length)) if isinstance(length, Length) else f"{length:.6g}"


def _wanted(axis: Axis) -> str:
    """Whose lengths are in what, and what to give."""
    unit = axis.length_unit
    if not unit:
        return (
            f"which has no unit; give a plain number, or set x.{axis.dim}.attrs['units'] to its "
            "unit"
        )
    if unit == "sample":
        return "which counts samples, as it has no coordinate; give a number of samples"
    kind = _UNITS.get(unit, ("", ()))[0]
    same = f"a length in {_listed(kind)}" if kind else f"a length in {unit}, or a plain number"
    return f"whose lengths are in {unit}; give {same}"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _listed(kind: str) -> str:
    """The units of a kind, each by the first of its names."""
    *first, last = (names.split()[0] for names in _KINDS[kind])
    return f"{', '.join(first)} or {last}" if first else last
