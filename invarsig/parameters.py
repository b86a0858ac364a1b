"""Validation of arguments.

Each function takes an argument and its name, returns it in its plain type, and raises where the
definition does not allow it. The error names the value, its unit and the remedy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np

from invarsig.errors import InvarsigError, ParameterError
from invarsig.suggestions import did_you_mean
from invarsig.window_shapes import shape_of

__all__ = [
    "angles",
    "count",
    "counts",
    "decibels",
    "dims_once",
    "ending",
    "finite",
    "is_finite",
    "lengths",
    "numbers_of",
    "one_of",
    "positive",
    "positives",
    "window_weights",
]


def one_of(name: str, value: Any, allowed: Any) -> Any:
    """Check a value against the closed list of allowed ones.

    Parameters
    ----------
    name
        Name of the parameter.
    value
        What was given.
    allowed
        A ``Literal``, or one or None, or the values themselves.

    Examples
    --------
    >>> from typing import Literal
    >>> one_of("norm", "total", Literal["centered", "total"])
    'total'
    """
    known = _values_of(allowed)
    try:
        found = bool(value in known)
    except (TypeError, ValueError):
        found = False  # an array compares with nothing as a whole
    if found:
        return value
    if all(isinstance(each, str) for each in known):
        wanted = f"one of {', '.join(known)}"
    else:
        *first, last = map(repr, known)
        wanted = f"{', '.join(first)} or {last}"
    meant = did_you_mean(value, known) if isinstance(value, str) else ""
    raise ParameterError(f"{name}={value!r} is unknown; give {wanted}.{meant}")


def _values_of(allowed: Any) -> tuple[Any, ...]:
    """Values of a Literal, of one or None, or as they are listed."""
    if get_origin(allowed) is Literal:
        return get_args(allowed)
    if get_args(allowed):
        return tuple(value for part in get_args(allowed) for value in _values_of(part))
    return (None,) if allowed is type(None) else tuple(allowed)


def count(value: Any, what: str, unit: str = "", *, least: int = 1) -> int:
    """Check a count of samples, or of something else: a whole number of at least `least`.

    Examples
    --------
    >>> count(3, "The stride", " samples")
    3
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"{what} is {value!r}{unit}; give a whole number.")
    if value < least:
        raise ParameterError(f"{what} is {value}{unit}; give a whole number of at least {least}.")
    return int(value)


def counts(what: str, given: Mapping[str, int], *, least: int = 1) -> dict[str, int]:
    """Check a mapping from dims to numbers of samples.

    Examples
    --------
    >>> counts("stride", {"y": 2, "x": 4})
    {'y': 2, 'x': 4}
    """
    if not isinstance(given, Mapping):
        raise ParameterError(f"{what}={given!r} names no dim; give a mapping such as {{'x': 2}}.")
    unit = "" if what.startswith("number of ") else " samples"
    return {
        dim: count(value, f"The {what} along {dim!r}", unit, least=least)
        for dim, value in given.items()
    }


def lengths(what: str, given: Mapping[str, Any]) -> dict[str, float]:
    """Check a mapping from dims to lengths of at least 0 in the unit of each axis.

    Infinity is allowed: it is the reach of what depends on all of an axis.

    Examples
    --------
    >>> lengths("reach", {"lon": 2.5, "time": math.inf})
    {'lon': 2.5, 'time': inf}
    """
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{what}={given!r} names no dim; give a mapping such as {{'x': {given!r}}}."
        )
    wanted = "a length of at least 0"
    return {
        dim: value
        if isinstance(value, float) and value == math.inf
        else finite(value, f"The {what} along {dim!r}", least=0.0, wanted=wanted)
        for dim, value in given.items()
    }


def is_finite(value: Any) -> bool:
    """Whether a value is one real, finite number; a truth value is not."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def finite(
    value: Any,
    what: str,
    unit: str = "",
    *,
    least: float = -math.inf,
    wanted: str = "a finite number",
) -> float:
    """Check one real, finite number of at least `least`.

    Examples
    --------
    >>> finite(-2, "exponent")
    -2.0
    """
    if not is_finite(value) or value < least:
        raise ParameterError(f"{what} is {_shown(value)}{unit}; give {wanted}.")
    return float(value)


def positive(value: Any, what: str, unit: str = "", *, wanted: str = "a value above 0") -> float:
    """Check one finite number above 0.

    Examples
    --------
    >>> positive(20, "low", " Hz")
    20.0
    """
    if not is_finite(value) or value <= 0:
        raise ParameterError(f"{what} is {_shown(value)}{unit}; give {wanted}.")
    return float(value)


def _shown(value: Any) -> str:
    return f"{float(value):g}" if is_finite(value) else repr(value)


def numbers_of(values: Any) -> np.ndarray:
    """Read real numbers into an array, NaN where a masked array is masked.

    Examples
    --------
    >>> numbers_of(np.ma.masked_array([1, 9999], [False, True])).tolist()
    [1.0, nan]
    """
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))
    return np.asarray(values, dtype=np.float64)


def positives(values: Any, what: str, unit: str = "") -> tuple[float, ...]:
    """Check one number, or several, each finite and above 0.

    Examples
    --------
    >>> positives(2, "sigma"), positives([1, 2.5], "sigma")
    ((2.0,), (1.0, 2.5))
    """
    try:
        numbers = tuple(float(v) for v in numbers_of(values).ravel())
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{what} is {values!r}; give numbers above 0.") from error
    if not numbers:
        raise ParameterError(f"{what} is empty; give at least one value.")
    for number in numbers:
        if not (np.isfinite(number) and number > 0):
            raise ParameterError(f"{what} is {number:g}{unit}; give a value above 0.")
    return numbers


def angles(given: Any) -> tuple[float, ...]:
    """Check one orientation, or several, in radians.

    Examples
    --------
    >>> angles(0.5), angles([0, 1])
    ((0.5,), (0.0, 1.0))
    """
    found = np.atleast_1d(numbers_of(given))
    if found.size == 0 or found.ndim > 1 or not np.isfinite(found).all():
        raise ParameterError(f"orientation={given!r} holds no finite angle; give radians.")
    return tuple(found.tolist())


def decibels(value: Any, what: str, *, zero: bool = True) -> float:
    """Check a limit in decibels, which is at most 0: above 0 a minus sign was forgotten.

    Parameters
    ----------
    value, what
        The limit, and the name of the parameter.
    zero
        Whether 0 dB itself, everything, makes sense as a limit.

    Examples
    --------
    >>> decibels(-40, "max_error")
    -40.0
    """
    wanted = "a finite number of decibels" + ("" if zero else " below 0")
    if not is_finite(value):
        raise ParameterError(f"{what} is {value!r}; give {wanted}.")
    if value > 0:
        raise ParameterError(
            f"{what} is {value:g} dB, and a limit above 0 dB lets everything pass; give a number "
            f"of decibels below 0: did you mean {-value:g} dB?"
        )
    if value == 0 and not zero:
        raise ParameterError(f"{what} is {value!r}; give {wanted}.")
    return float(value)


def dims_once(
    given: Any,
    what: str,
    *numbers: int,
    raises: type[InvarsigError] = ParameterError,
) -> tuple[str, ...]:
    """Read the names of dims, from one name or several, each named once.

    Parameters
    ----------
    given
        One name, or several.
    what
        Beginning of the message: "The bank is over".
    numbers
        Allowed counts; any number of at least one where this is omitted.
    raises
        The error.

    Examples
    --------
    >>> dims_once("x", "The bank is over"), dims_once(["y", "x"], "The bank is over", 1, 2)
    (('x',), ('y', 'x'))
    """
    names = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    fits = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    if not fits or not names or (numbers and len(names) not in numbers):
        wanted = " or ".join(map(str, numbers)) or "at least 1"
        noun = "dim" if wanted in ("1", "at least 1") else "dims"
        raise raises(f"{what} {given!r}; give {wanted} {noun}, each named once.")
    return names


def ending(path: Any, what: str, *allowed: str) -> None:
    """Check the ending of a file that is to be written, in any case.

    Under another one, such as that of an input that was meant to be read, it would destroy what
    stands there.

    Examples
    --------
    >>> ending("found/page.HTML", "A page", ".html", ".htm")
    """
    suffix = Path(path).suffix.lower()
    if suffix not in allowed:
        wanted = " or ".join(allowed)
        raise ParameterError(f"{what} ends in {wanted}, and {str(path)!r} does not; rename it.")


def window_weights(window: Any, size: int, what: str, *, symmetric: bool = False) -> np.ndarray:
    """Weights of a window that scipy knows by its name, or by a name and its parameters.

    Parameters
    ----------
    window
        Name that `scipy.signal.get_window` knows.
    size
        Number of samples.
    what
        Name of the parameter.
    symmetric
        Whether the last weight equals the first, as in filters; without that the weights are one
        period, as for spectra.

    Examples
    --------
    >>> window_weights("hann", 4, "taper").tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    made = shape_of(window, size, symmetric=symmetric)
    if made is not None:
        return made
    from scipy import signal

    try:
        return np.asarray(signal.get_window(window, size, fftbins=not symmetric))
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"{what}={window!r} is not a window that scipy.signal.get_window knows; give a name "
            "such as 'hann'."
        ) from error
