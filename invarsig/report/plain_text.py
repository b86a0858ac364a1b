"""Text for terminal, file and page: one line, printable, of a length, with its signs typeset."""

from __future__ import annotations

import re
from collections.abc import Sequence

from invarsig.io.source import as_text

__all__ = ["capital", "listed", "printable", "sentence", "shortened", "typeset"]


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

    Brackets that the cut would leave open are closed after the ellipsis.

    Parameters
    ----------
    text
        One line.
    length
        The most characters that are kept, the ellipsis and what closes brackets included.

    Returns
    -------
    str

    Examples
    --------
    >>> shortened("MaxPool(time: 4, stride time: 2)", 14)
    'MaxPool(time…)'
    >>> shortened("Sum(a, Pipeline(Relu(), MaxPool(time: 4)))", 30)
    'Sum(a, Pipeline(Relu(), Max…))'
    """
    if len(text) <= length:
        return text
    for size in range(length - 1, -1, -1):
        kept = text[:size].rstrip(" ,:;.")
        closed = kept + "…" + "".join(reversed(_left_open(kept)))
        if len(closed) <= length:
            return closed
    return "…"


_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def _left_open(text: str) -> list[str]:
    """What would close the brackets that a text leaves open, the outermost first."""
    found: list[str] = []
    for each in text:
        if each in _BRACKETS:
            found.append(_BRACKETS[each])
        elif found and each == found[-1]:
            found.pop()
    return found


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


def sentence(text: str) -> str:
    """Make a line a sentence: a capital at its front and a stop at its end; "" stays.

    Parameters
    ----------
    text
        One line.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence("it damps what would fold"), sentence("Is it?")
    ('It damps what would fold.', 'Is it?')
    """
    text = capital(text)
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


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


def listed(parts: Sequence[str]) -> str:
    """Join words by commas and "and".

    Parameters
    ----------
    parts
        Any number of them.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["y", "x"]), listed(["time", "y", "x"])
    ('y and x', 'time, y and x')
    """
    *most, last = parts or [""]
    return f"{', '.join(most)} and {last}" if most else last
