"""Operators that stand for somebody else's code, which has no form as Python source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["WithoutSource"]


class WithoutSource:
    """What is written as its text in angle brackets, wherever operators are written as source."""

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """What it does: it was given as an object and not as source."""
        return f"<{self}>"
