"""Values of a JSON file that anyone may have edited: of the kind that is wanted, or refused."""

from __future__ import annotations

import math
from typing import Any

from invarsig import parameters
from invarsig.errors import ReadError

__all__ = ["as_count", "as_list", "as_number", "as_text", "as_truth", "number_or_nan"]


def as_list(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise ReadError(f"{value!r} is not a list")
    return value


def as_text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ReadError(f"{value!r} is not text")
    return value


def as_truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ReadError(f"{value!r} is neither true nor false")
    return value


def as_number(value: Any) -> float:
    """A finite number."""
    if not parameters.is_finite(value):
        raise ReadError(f"{value!r} is not a finite number")
    return float(value)


def as_count(value: Any) -> int:
    """A whole number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ReadError(f"{value!r} is not a whole number of at least 0")
    return value


def number_or_nan(value: Any) -> float:
    """A number, where null stands for NaN."""
    return math.nan if value is None else as_number(value)
