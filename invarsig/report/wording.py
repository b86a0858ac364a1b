"""How numbers and untrusted text are written: one form each, for sentences, figures and page."""

from __future__ import annotations

import math
import re

from invarsig.io.source import as_text

__all__ = [
    "band",
    "capital",
    "decibels",
    "error",
    "level_in_words",
    "percent",
    "printable",
    "quantity",
    "shortened",
    "typeset",
]

# Units that are English words, and so have a plural.
_COUNTED = frozenset({"cent", "degree", "octave", "pixel", "sample", "semitone"})


def printable(text: object) -> str:
    r"""Return untrusted text as one line that a terminal, a file and a page can show as it is.

    What is not printable (control characters, line ends, changes of the writing direction, lone
    surrogates) is written as an escape.

    Parameters
    ----------
    text
        Anything; its `str` is taken.

    Returns
    -------
    str

    Examples
    --------
    >>> printable("loud\x1b[2J.wav")
    'loud\\x1b[2J.wav'
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in as_text(str(text))
    )


def shortened(text: str, length: int) -> str:
    """Cut a text to a number of characters, its end replaced by an ellipsis.

    Parameters
    ----------
    text
        One line.
    length
        The most characters that are kept, the ellipsis included.

    Returns
    -------
    str

    Examples
    --------
    >>> shortened("MaxPool(time: 4, stride time: 2)", 12)
    'MaxPool(tim…'
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def capital(text: str) -> str:
    """Begin a text with a capital, and leave the rest as it is.

    Parameters
    ----------
    text
        One line.

    Returns
    -------
    str

    Examples
    --------
    >>> capital("a 5-tap blur before MaxPool")
    'A 5-tap blur before MaxPool'
    """
    return text[:1].upper() + text[1:]


def typeset(text: str) -> str:
    r"""Write the minus signs of a line of prose as such, and tie numbers to their units.

    Parameters
    ----------
    text
        One line.

    Returns
    -------
    str

    Examples
    --------
    >>> print(ascii(typeset("5-tap blur, floor -60, 2e-13 %")))
    '5-tap blur, floor \u221260, 2e\u221213\xa0%'
    """
    signed = re.sub(r"(?<![\w.)\]])-(?=\d)|(?<=\de)-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"(?<=\d) (?=\S)", "\N{NO-BREAK SPACE}", signed)


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
    """Write a share in per cent: whole from ten on, with two digits below.

    Parameters
    ----------
    share
        1 for everything.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.2412), percent(0.02412), percent(2.2e-16)
    ('24 %', '2.4 %', '2.2e-14 %')
    """
    if math.isnan(share):
        return "undefined"
    value = 100 * share
    if not math.isfinite(value) or value == 0:
        return f"{value:.0f} %"
    return f"{value:.0f} %" if abs(value) >= 9.95 else f"{value:.2g} %"


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
    """
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
    size = abs(value)
    if unit == "s" and 0 < size < 1:
        return (1e3, "ms") if size >= 0.9995e-3 else (1e6, "µs")
    if unit == "Hz" and math.isfinite(size) and size >= 9999.5:
        return 1e-3, "kHz"
    return 1.0, "" if unit == "1" else printable(unit)


def _tidy(value: float, digits: int) -> str:
    """Write a number with so many significant digits, and no exponent where it can be helped."""
    text = f"{value:.{digits}g}"
    if "e" in text and math.isfinite(value) and 1e-4 <= abs(value) < 1e7:
        text = f"{value:.0f}"
    return "0" if text == "-0" else text


def _unsigned_zero(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text
