"""The hop of anyone's function: a parameter of it, which may be given another value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from invarsig.errors import ParameterError
from invarsig.suggestions import did_you_mean

__all__ = ["check_hops", "with_strides"]


def check_hops(function: Callable[..., Any], hops: Mapping[str, str], name: str) -> dict[str, str]:
    """Check that a function has the parameters that its hops are said to be, with numbers.

    Parameters
    ----------
    function
        The function.
    hops
        For some dims the name of the parameter that is the hop along it.
    name
        What the function is called.

    Raises
    ------
    ParameterError
        If there is no such parameter, or its value is not a number above 0.
    """
    for parameter in hops.values():
        _value(function, parameter, name)
    return dict(hops)


def _value(function: Callable[..., Any], parameter: str, name: str) -> Any:
    """The number that a parameter has where it is not given."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        known = {}  # type: ignore[assignment]
    if parameter not in known:
        raise ParameterError(
            f"hop={parameter!r} is not a parameter of {name}, whose parameters are "
            f"{', '.join(map(repr, known)) or 'not known'}.{did_you_mean(parameter, known)} Wrap "
            "it in a function that takes its hop: def f(a, hop=...)."
        )
    value = known[parameter].default
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not value > 0:
        told = "has no value" if value is inspect.Parameter.empty else f"is {value!r}"
        raise ParameterError(
            f"The hop {parameter!r} of {name} {told}, and has to be a number above 0; give one by "
            f"functools.partial({name}, {parameter}=...)."
        )
    return value


def with_strides(
    function: Callable[..., Any],
    hops: Mapping[str, str],
    old: Mapping[str, Fraction],
    new: Mapping[str, int],
    name: str,
) -> Callable[..., Any] | None:
    """The function with hops for other strides; None where there are none.

    A hop may be in samples or in any other unit: it changes as the stride does. One that is a whole
    number stays one.

    Examples
    --------
    >>> def frames(a, hop=512): return a[::hop]
    >>> with_strides(frames, {"time": "hop"}, {"time": Fraction(512)}, {"time": 128}, "frames")
    functools.partial(<function frames at ...>, hop=128)
    """
    keywords: dict[str, Any] = {}
    for dim, stride in new.items():
        now = old.get(dim, Fraction(1))
        if stride == now:
            continue
        if dim not in hops:
            return None
        value = _value(function, hops[dim], name)
        part = Fraction(stride) / now
        if isinstance(value, int):
            whole = value * part
            if whole.denominator != 1:
                return None
            keywords[hops[dim]] = int(whole)
        else:
            keywords[hops[dim]] = value * part.numerator / part.denominator
    return partial(function, **keywords) if keywords else function
