"""What anyone's function is called, on pages and in errors."""

from __future__ import annotations

import dis
from functools import partial
from typing import Any

__all__ = ["name_of"]

_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


def name_of(function: Any) -> str:
    """The name of a function; of a partial one, or a lambda that calls one, of what it calls.

    Examples
    --------
    >>> import numpy as np
    >>> name_of(partial(np.clip, a_min=0)), name_of(lambda a: np.fft.rfft(a, axis=-1))
    ('clip', 'rfft')
    >>> name_of(lambda a: a + 1), name_of(np.poly1d([1, 2]))
    ('lambda', 'poly1d')
    """
    while isinstance(function, partial):
        function = function.func
    name = str(getattr(function, "__name__", type(function).__name__))
    return name if name != "<lambda>" else _only_call(function) or "lambda"


def _only_call(function: Any) -> str:
    """The name of the one function that a lambda calls, whose result it gives; "" for others."""
    steps = [each for each in dis.get_instructions(function) if each.opname != "CACHE"]
    names = [each.opname for each in steps]
    calls = [k for k, name in enumerate(names) if name.startswith("CALL")]
    if len(calls) != 1 or not names[-1].startswith("RETURN") or calls[0] != len(names) - 2:
        return ""
    first = next((k for k, name in enumerate(names) if name.startswith("LOAD")), 0)
    if names[first] not in ("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME"):
        return ""
    last = first
    while names[last + 1] in _ATTRIBUTES:
        last += 1
    return str(steps[last].argval)
