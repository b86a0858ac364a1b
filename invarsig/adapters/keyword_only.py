"""Functions that take no array by position, and how one is wrapped."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["how_to_wrap"]

_BY_POSITION = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)


def how_to_wrap(function: Callable[..., Any], name: str) -> str:
    """What to do with a function that takes arguments by keyword alone; "" for any other one.

    The array is taken to be the first argument that has to be given, or else the first one.

    Examples
    --------
    >>> def level(*, y, rate=16000): ...
    >>> how_to_wrap(level, "level")  # doctest: +NORMALIZE_WHITESPACE
    'It takes no array by position; wrap it, such as lambda a: level(y=a).
    Its other arguments (rate) go there too.'
    """
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ""
    if any(each.kind in _BY_POSITION for each in given):
        return ""
    begun = "It takes no array by position; wrap it"
    names = [each.name for each in given if each.kind is each.KEYWORD_ONLY]
    if not names:
        return f"{begun} in a function of one array."
    needed = [
        each.name for each in given if each.kind is each.KEYWORD_ONLY and each.default is each.empty
    ]
    array = (needed or names)[0]
    kept = function.keywords if isinstance(function, functools.partial) else {}
    others = [each for each in names if each != array and (each in needed or each in kept)]
    call = ", ".join([f"{array}=a", *(f"{each}=..." for each in others)])
    left = [each for each in names if each not in (array, *others)]
    also = f" Its other arguments ({', '.join(left)}) go there too." if left else ""
    return f"{begun}, such as lambda a: {name}({call}).{also}"
