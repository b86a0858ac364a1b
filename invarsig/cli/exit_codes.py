"""The exit codes, what each stands for, and the one of several inputs together."""

from __future__ import annotations

from collections.abc import Iterable

from invarsig.errors import UndecidableError

__all__ = [
    "BAD_USAGE",
    "FALLS_SHORT",
    "HOLDS",
    "MEANINGS",
    "SOME_FAILED",
    "UNDECIDABLE",
    "code_of",
    "worst_of",
]

HOLDS, FALLS_SHORT, BAD_USAGE, UNDECIDABLE, SOME_FAILED = range(5)

MEANINGS = {
    HOLDS: "done, and what is asked for holds",
    FALLS_SHORT: "measured, and it falls short of what is asked for",
    BAD_USAGE: "bad usage, or no input could be measured",
    UNDECIDABLE: "undecidable: the measuring limit lies above what is asked for, or an error is "
    "undefined",
    SOME_FAILED: "some inputs could not be measured; each is named with what is wrong with it",
}
"""What each code stands for, over all commands."""


def code_of(error: Exception) -> int:
    """Exit code of an error: 1 would say that a pipeline falls short."""
    return UNDECIDABLE if isinstance(error, UndecidableError) else BAD_USAGE


def worst_of(codes: Iterable[int]) -> int:
    """The code of several inputs: the worst of theirs.

    An answer that is not complete is worse than one that falls short, and that is worse than one
    that cannot be given.

    Examples
    --------
    >>> worst_of([HOLDS, UNDECIDABLE, FALLS_SHORT]), worst_of([HOLDS, BAD_USAGE])
    (1, 4)
    >>> worst_of([BAD_USAGE, BAD_USAGE]), worst_of([HOLDS, UNDECIDABLE]), worst_of([])
    (2, 3, 0)
    """
    found = set(codes)
    if BAD_USAGE in found:
        return SOME_FAILED if found & {HOLDS, FALLS_SHORT, SOME_FAILED} else BAD_USAGE
    order = (SOME_FAILED, FALLS_SHORT, UNDECIDABLE)
    return next((code for code in order if code in found), HOLDS)
