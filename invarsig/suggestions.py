"""Names that may have been meant by one that there is not.

The only place that compares names for their likeness: a misspelt dim, operator, pipeline,
experiment, layer, command or file is answered in the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

__all__ = ["did_you_mean", "nearest"]

# From so many letters on, a part of a name counts as the name.
_PART = 3


def nearest(name: Any, known: Iterable[Any], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Give the known names that are most like one that is not known, the nearest first.

    Case does not count, nor whether words are joined by "-" or "_". A name that holds the whole of
    what was given counts as near too, and so does one that what was given begins with.

    Parameters
    ----------
    name
        What was given.
    known
        The names that there are.
    most
        How many to give at most.
    cutoff
        How alike they have to be, from 0 to 1.

    Returns
    -------
    list of str

    Examples
    --------
    >>> nearest("one_pixl_shift", ["one-pixel-shift", "hmax"]), nearest("zzz", ["time"])
    (['one-pixel-shift'], [])
    >>> nearest("longitude", ["lat", "lon"])
    ['lon']
    """
    plain: dict[str, str] = {}
    for each in known:
        plain.setdefault(_plain(each), str(each))
    given = _plain(name)
    found = get_close_matches(given, plain, most, cutoff)
    if len(given) >= _PART:
        found += [each for each in plain if given in each and each not in found]
    begun = [each for each in plain if len(each) >= _PART and given.startswith(each)]
    found += sorted((each for each in begun if each not in found), key=len, reverse=True)
    return [plain[each] for each in found[:most]]


def did_you_mean(name: Any, known: Iterable[Any], *, most: int = 1, cutoff: float = 0.6) -> str:
    """Ask whether a known name was meant, as a sentence to put behind an error's own.

    Parameters
    ----------
    name, known, most, cutoff
        As for `nearest`.

    Returns
    -------
    str
        With a blank in front; "" where no name is near.

    Examples
    --------
    >>> "There is no dim 'tme'." + did_you_mean("tme", ["time", "lat"])
    "There is no dim 'tme'. Did you mean time?"
    """
    found = nearest(name, known, most=most, cutoff=cutoff)
    return f" Did you mean {' or '.join(found)}?" if found else ""


def _plain(name: Any) -> str:
    return str(name).casefold().replace("_", "-")
