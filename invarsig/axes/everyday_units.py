"""Lengths as people say them: hours and days for long times, and degrees with their sign."""

from __future__ import annotations

__all__ = ["is_degrees", "prefixed", "spoken"]

_DEGREES = frozenset(
    {
        "°",
        "deg",
        "degree",
        "degrees",
        *(f"{word}_{way}" for word in ("degree", "degrees") for way in ("east", "north", "E", "N")),
    }
)


def is_degrees(unit: str) -> bool:
    """Whether a unit is a degree, of longitude or of any other angle."""
    return unit in _DEGREES


def spoken(length: float, unit: str) -> tuple[float, str]:
    """The number and the unit that a length is said in; the unit with the space before it.

    Whole minutes, an hour and more, and whole days or two and more, are not said in seconds.

    Examples
    --------
    >>> spoken(3600.0, "s"), spoken(172800.0, "s"), spoken(90.0, "s"), spoken(12.0, "degrees_east")
    ((1.0, ' h'), (2.0, ' days'), (90.0, ' s'), (12.0, '°'))
    """
    if is_degrees(unit):
        return length, "°"
    size = abs(length)
    if unit == "s" and size >= 60 and size != float("inf"):
        if size >= 172800 or size % 86400 == 0:
            return length / 86400, " day" if size == 86400 else " days"
        if size >= 3600:
            return length / 3600, " h"
        if size % 60 == 0:
            return length / 60, " min"
    return length, f" {unit}" if unit else ""


def prefixed(value: float, unit: str) -> tuple[float, str]:
    """Factor and unit in which a time below a second, or a high frequency, is written.

    Examples
    --------
    >>> prefixed(0.0075, "s"), prefixed(2e-5, "s"), prefixed(44100.0, "Hz"), prefixed(0.5, "px")
    ((1000.0, 'ms'), (1000000.0, 'µs'), (0.001, 'kHz'), (1.0, 'px'))
    """
    size = abs(value)
    if unit == "s" and 0 < size < 1:
        return (1e3, "ms") if size >= 0.9995e-3 else (1e6, "µs")
    if unit == "Hz" and 9999.5 <= size < float("inf"):
        return 1e-3, "kHz"
    return 1.0, unit
