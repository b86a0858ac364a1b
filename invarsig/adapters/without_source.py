"""Operators that stand for somebody else's code, which has no form as Python source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from invarsig.operators.source import Source

__all__ = ["WithoutSource"]


class WithoutSource:
    """What was given as an object and not as source.

    It is shown as its text in angle brackets. In code to run it is a name to be imported, with a
    comment on what it is.
    """

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """What it does, or the name that stands for it."""
        if not isinstance(source, Source) or not source.runs:
            return f"<{self}>"
        name = str(self).partition("(")[0]
        return source.missing(self, name, f"the operator {self}")
