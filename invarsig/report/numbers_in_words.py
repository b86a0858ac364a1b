"""How numbers are written: one form for each kind, for sentences, figures and page."""

from __future__ import annotations

import math

from invarsig.axes import prefixed, spoken
from invarsig.report.plain_text import printable

__all__ = [
    "band",
    "decibels",
    "error",
    "level_in_words",
    "off",
    "percent",
    "power_of_ten",
    "quantity",
    "share_in_words",
    "span",
    "two_digits",
]

# Units that are English words, and so have a plural.
_COUNTED = frozenset({"cent", "degree", "octave", "pixel", "sample", "semitone"})


def decibels(error: float) -> str:
    """Write a relative error in decibels.

    Parameters
    ----------
    error
        Relative error, 1 for an error as large as the output.

    Returns
    -------
    str

    Examples
    --------
    >>> decibels(0.1)
    '-20.0 dB'
    """
    if math.isnan(error):
        return "undefined"
    if error <= 0:
        return "-inf dB"
    return f"{_unsigned_zero(20 * math.log10(error), 1)} dB" if math.isfinite(error) else "inf dB"


def percent(share: float) -> str:
    """Write a share in per cent: whole from 1 % on, with one digit below.

    Parameters
    ----------
    share
        1 for everything.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.2412), percent(0.02412), percent(0.00471), percent(2.2e-16)
    ('24 %', '2 %', '0.5 %', '2e-14 %')
    """
    if math.isnan(share):
        return "undefined"
    value = 100 * share
    if not math.isfinite(value) or value == 0:
        return f"{value:.0f} %"
    return f"{value:.0f} %" if abs(value) >= 0.95 else f"{value:.1g} %"


def off(value: float) -> str:
    """Write a relative error in per cent for the main text, where its smallest parts say nothing.

    Parameters
    ----------
    value
        Relative error.

    Returns
    -------
    str

    Examples
    --------
    >>> off(0.133), off(0.0004), off(2e-9), off(0.0)
    ('13 %', '0.04 %', 'less than 0.001 %', '0 %')
    """
    return percent(value) if not 0 < value < 0.95e-5 else "less than 0.001 %"


def span(low: float, high: float) -> str:
    """Write a range of shares in per cent, or the single number that its ends round to.

    Parameters
    ----------
    low, high
        1 for everything.

    Returns
    -------
    str

    Examples
    --------
    >>> span(0.126, 0.282), span(0.001, 0.11), span(0.504, 0.496)
    ('13 to 28 %', '0.1 to 11 %', '50 %')
    """
    ends = [percent(end) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' %')} to {ends[1]}"


def share_in_words(share: float) -> str:
    """Write a share of the whole as it is said.

    Parameters
    ----------
    share
        1 for everything.

    Returns
    -------
    str

    Examples
    --------
    >>> share_in_words(0.97), share_in_words(0.52), share_in_words(1.3), share_in_words(0.13)
    ('almost all', 'about half', 'more than all', '13 %')
    """
    if share > 1.05:
        return "more than all"
    if not share > 0:
        return percent(share)
    for least, words in _SHARES:
        if share >= least:
            return words
    return percent(share)


_SHARES = (
    (0.95, "almost all"),
    (0.82, "most"),
    (0.70, "about three quarters"),
    (0.60, "about two thirds"),
    (0.42, "about half"),
    (0.30, "about a third"),
    (0.20, "about a quarter"),
)


def error(value: float) -> str:
    """Write a relative error in decibels and in per cent.

    Parameters
    ----------
    value
        Relative error.

    Returns
    -------
    str

    Examples
    --------
    >>> error(0.2426)
    '-12.3 dB (24 %)'
    >>> error(0.0), error(float("nan"))
    ('exactly 0', 'undefined')
    """
    if math.isnan(value):
        return "undefined"
    if value == 0:
        return "exactly 0"
    if not math.isfinite(value):
        return "infinite"
    return f"{decibels(value)} ({percent(value)})"


def level_in_words(value: float) -> str:
    """Write a relative error in decibels, where zero and infinity are words.

    Parameters
    ----------
    value
        Relative error.

    Returns
    -------
    str

    Examples
    --------
    >>> level_in_words(0.1), level_in_words(0.0)
    ('-20.0 dB', 'exactly 0')
    """
    return decibels(value) if 0 < value < math.inf else error(value)


def power_of_ten(value: float) -> str:
    """Write a number by its order of magnitude and one digit.

    Examples
    --------
    >>> power_of_ten(2.3e-16)
    '2e-16'
    """
    return f"{value:.0e}".replace("e-0", "e-")


def two_digits(value: float) -> str:
    """Write a number with two significant digits, as people read it.

    Parameters
    ----------
    value
        The number.

    Returns
    -------
    str

    Examples
    --------
    >>> two_digits(5.2317), two_digits(123.4), two_digits(0.0078125), two_digits(3.0)
    ('5.2', '123', '0.0078', '3')
    """
    return "undefined" if math.isnan(value) else _tidy(value, 2)


def quantity(value: float, unit: str) -> str:
    """Write a length or a frequency with its unit, in the prefix that suits it.

    Parameters
    ----------
    value
        The number.
    unit
        Its unit; "s" and "Hz" take prefixes, words take a plural, "" and "1" are left out.

    Returns
    -------
    str

    Examples
    --------
    >>> quantity(0.0075, "s"), quantity(3.0, "sample"), quantity(0.37, "px")
    ('7.5 ms', '3 samples', '0.37 px')
    >>> quantity(5400.0, "s"), quantity(12.0, "degrees_east")
    ('1.5 h', '12°')
    """
    said, suffix = spoken(value, unit)
    if suffix not in (f" {unit}", ""):
        return f"{_tidy(said, 4)}{suffix}"
    factor, name = _prefixed(value, unit)
    number = f"{_tidy(value * factor, 4)}"
    if name in _COUNTED and abs(value) != 1:
        name += "s"
    return f"{number} {name}" if name else number


def band(low: float, high: float, unit: str) -> str:
    """Write a band of frequencies, or the single one that it is.

    Parameters
    ----------
    low, high
        Its ends.
    unit
        Their unit.

    Returns
    -------
    str

    Examples
    --------
    >>> band(18.0, 32.04, "Hz"), band(0.25, 0.25, "cycles/px")
    ('18 to 32 Hz', '0.25 cycles/px')
    """
    factor, name = _prefixed(max(abs(low), abs(high)), unit)
    ends = [_tidy(end * factor, 3) for end in (low, high)]
    number = ends[0] if ends[0] == ends[1] else " to ".join(ends)
    return f"{number} {name}" if name else number


def _prefixed(value: float, unit: str) -> tuple[float, str]:
    """Factor and unit in which a value is written."""
    factor, name = prefixed(value, unit)
    return factor, "" if name == "1" else printable(name)


def _tidy(value: float, digits: int) -> str:
    """Write a number with so many significant digits, and no exponent where it can be helped."""
    text = f"{value:.{digits}g}"
    if "e" in text and math.isfinite(value) and 1e-4 <= abs(value) < 1e7:
        text = f"{value:.0f}"
    return "0" if text == "-0" else text


def _unsigned_zero(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text
