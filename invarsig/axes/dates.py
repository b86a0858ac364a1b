"""Dates and durations: ticks of some resolution read as seconds, and seconds written as ticks.

Resolutions differ in how far they reach: nanoseconds in 64 bits from 1677 to 2262, microseconds
over some 290 000 years to either side. Ticks are counted in whole numbers of any size.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from invarsig.errors import AxisError

__all__ = ["distance_in_seconds", "in_seconds", "shown_date", "written_dates"]

_SECONDS = {
    "W": Fraction(604800),
    "D": Fraction(86400),
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
# What xarray keeps, the finest first.
_WRITTEN = ("ns", "us", "ms", "s")
_LARGEST = 2**63 - 1


def in_seconds(values: np.ndarray) -> np.ndarray:
    """Dates or durations in seconds: dates from the first one on, durations from 0 on; NaN is NaT.

    Ticks that are further apart than 64 bits hold are subtracted as floats: as integers they wrap.
    """
    ticks, tick = values.astype(np.int64), _tick(values.dtype)
    first = ticks[0] if values.dtype.kind == "M" else np.int64(0)
    rough = ticks.astype(np.float64) - float(first)
    away = np.where(np.abs(rough) < 2.0**62, ticks - first, rough)
    seconds = away * tick.numerator / tick.denominator
    return np.where(np.isnat(values), np.nan, seconds)


def distance_in_seconds(one: np.datetime64, other: np.datetime64) -> float:
    """How much later one date is than another."""
    return float(_since_1970(one) - _since_1970(other))


def shown_date(epoch: np.datetime64, seconds: float) -> str:
    """Write the date some seconds after another one, without a time of day where that is midnight.

    Examples
    --------
    >>> shown_date(np.datetime64("2000-01-01", "ns"), 86400.0)
    '2000-01-02'
    >>> shown_date(np.datetime64("2000-01-01"), 90.5)
    '2000-01-01T00:01:30.500'
    """
    date = epoch.astype("datetime64[ms]") + np.timedelta64(round(seconds * 1000), "ms")
    text = str(date)
    return text.removesuffix(".000").removesuffix(":00").removesuffix("T00:00")


def written_dates(
    epoch: np.datetime64 | np.timedelta64, start: float, step: float, size: int, dim: str
) -> np.ndarray:
    """Dates or durations at ``epoch + start + step * k``, in a resolution that they fit.

    In the epoch's own if they are whole there; else in the finest that reaches as far, of
    nanoseconds, microseconds, milliseconds and seconds, where rounding takes no more than a
    thousandth of a step.

    Raises
    ------
    AxisError
        If no resolution reaches as far and is as fine.
    """
    own = np.datetime_data(epoch)[0]
    for unit in (own, *(each for each in _WRITTEN if each != own)):
        made = _ticks(epoch, start, step, size, unit, whole=unit == own)
        if made is not None:
            kind = "datetime64" if isinstance(epoch, np.datetime64) else "timedelta64"
            return np.asarray(made.astype(f"{kind}[{unit}]"))
    raise AxisError(
        f"The axis {dim!r} would have dates or durations from {start:.9g} s after {epoch} on, "
        f"{abs(step):.6g} s apart: no resolution of 64 bits reaches as far and is as fine. Count "
        "it in seconds, as numbers, instead of dates."
    )


def _ticks(
    epoch: np.datetime64 | np.timedelta64,
    start: float,
    step: float,
    size: int,
    unit: str,
    *,
    whole: bool,
) -> np.ndarray | None:
    """Ticks of a resolution; None where they do not fit. Whole ticks are counted in integers."""
    if unit not in _SECONDS:
        return None
    tick = _SECONDS[unit]
    origin = _since_1970(epoch) / tick
    first, by = Fraction(start) / tick, Fraction(step) / tick
    if any(abs(origin + place) > _LARGEST for place in (first, first + by * (size - 1))):
        return None
    near, each = round(first), round(by)
    off = max(abs(first - near), abs(by - each) * size)
    fine = min(1e-6, 1e-3 * abs(float(by)))
    slack = max(fine, 1e-15 * max(abs(float(first)), abs(float(by)) * size))
    if off <= slack and origin.denominator == 1:
        return int(origin) + near + each * np.arange(size, dtype=np.int64)
    if whole:
        return None
    # The whole part of the origin is added in integers; floats hold the rest.
    places = float(first + origin % 1) + float(by) * np.arange(size)
    rounded = np.round(places)
    if np.abs(places - rounded).max() > 1e-3 * abs(float(by)):
        return None
    return int(origin // 1) + rounded.astype(np.int64)


def _tick(dtype: np.dtype) -> Fraction:
    """Length of a tick in seconds."""
    unit, count = np.datetime_data(dtype)
    if unit not in _SECONDS:
        raise AxisError(
            f"Dates or durations of type {dtype} have no length in seconds; convert them to one of "
            f"{', '.join(_WRITTEN)}."
        )
    return _SECONDS[unit] * count


def _since_1970(date: np.datetime64 | np.timedelta64) -> Fraction:
    """A date or a duration in seconds, exactly."""
    return int(date.astype(np.int64)) * _tick(date.dtype)
