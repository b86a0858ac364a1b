"""Which of many alike cases run with every change; all of them run in the nightly session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def some(values: Iterable[Any], every: int) -> list[Any]:
    """One of `every` cases, the first one included; the others are nightly."""
    return [
        value if place % every == 0 else pytest.param(value, marks=pytest.mark.nightly)
        for place, value in enumerate(values)
    ]
