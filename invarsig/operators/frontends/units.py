"""Seconds in whole samples, and frequencies in hertz."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from invarsig.axes import Axis, samples_phrase
from invarsig.errors import ParameterError
from invarsig.operators.windows import check_counts

__all__ = ["above_zero", "check_hop", "finite", "in_hertz", "whole_samples"]

_HERTZ = {"kHz": 1e3, "MHz": 1e6, "cycles/ms": 1e3, "cycles/us": 1e6, "cycles/min": 1 / 60}


def finite(value: Any) -> bool:
    """Whether a parameter is one real, finite number."""
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return bool(real and np.isfinite(value))


def above_zero(value: Any, what: str, unit: str = "") -> float:
    """Check a parameter that is one number above 0."""
    if not finite(value) or value <= 0:
        shown = f"{value:g}{unit}" if finite(value) else repr(value)
        raise ParameterError(f"{what} is {shown}; give a value above 0.")
    return float(value)


def whole_samples(axis: Axis, length: float, what: str, remedy: str = "") -> int:
    """Express a length in whole samples; otherwise an error names the two nearest ones."""
    samples = length / abs(axis.step)
    whole = round(samples)
    if whole < 1 or abs(samples - whole) > 1e-6 * max(whole, 1):
        low = max(int(np.floor(samples)), 1)
        near = " or ".join(f"{n * abs(axis.step):.9g} ({n} samples)" for n in (low, low + 1))
        raise ParameterError(
            f"The {what} is no whole number of samples: {samples_phrase(axis, length)}. Give "
            f"{near}{remedy}."
        )
    return whole


def check_hop(stride: Mapping[str, int] | None, over: str) -> dict[str, int] | None:
    """Check a hop that is given in samples, as a mapping from the dim of time."""
    if stride is None:
        return None
    checked = check_counts("stride", stride)
    stray = [dim for dim in checked if dim != over]
    if stray:
        raise ParameterError(f"The stride names {stray[0]!r}; windows lie along {over!r}.")
    return checked


def in_hertz(unit: str, hertz: float, what: str) -> float:
    """How many hertz a unit of frequency is; an error where `hertz` was left at 1 and it is not."""
    if unit == "cycles/sample" and hertz == 1.0:
        raise ParameterError(
            f"{what} is defined in Hz, and frequencies here are in cycles/sample, since time has "
            "no coordinate; label it in seconds, or give as hertz= the number of samples a second."
        )
    known = _HERTZ.get(unit, 1.0)
    if hertz == 1.0 and known != 1.0:
        raise ParameterError(
            f"{what} is defined in Hz, and frequencies here are in {unit}; give hertz={known:g}."
        )
    return hertz
