"""Errors as the caller's test shows them: without the frames of this package."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from invarsig.errors import InvarsigError

__all__ = ["without_own_frames"]

_OWN = str(Path(__file__).parents[1])
_E = TypeVar("_E", bound=Exception)


def without_own_frames(error: _E) -> _E:
    """Drop the frames of this package from the traceback of an error.

    An error that says what is wrong and what helps needs none of our source. Of one that a user's
    own operator raises, the user's frames are kept; of any other all frames, since it is a fault
    of this package. What caused it is shown only where the user's code has a part in it.

    Parameters
    ----------
    error
        An error that is being handled.

    Returns
    -------
    Exception
        The same, to be raised again.

    Examples
    --------
    >>> without_own_frames(ValueError("no traceback yet")).__traceback__ is None
    True
    """
    frames = _frames(error)
    others = [each for each in frames if not _file(each).startswith(_OWN)]
    if not (isinstance(error, (InvarsigError, AssertionError)) or others):
        return error
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if isinstance(cause, Exception):
        users = any(map(_is_the_users, _frames(cause)))
        error.__cause__ = without_own_frames(cause) if users else None
    kept: TracebackType | None = None
    for each in reversed(others):
        kept = TracebackType(kept, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return error.with_traceback(kept)


def _frames(error: Exception) -> list[TracebackType]:
    """The entries of a traceback, from the outside in."""
    found: list[TracebackType] = []
    trace = error.__traceback__
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found


def _file(of: TracebackType) -> str:
    return of.tb_frame.f_code.co_filename


def _is_the_users(of: TracebackType) -> bool:
    """Whether a frame is neither of this package nor of a library."""
    libraries = (_OWN, sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["purelib"], "<")
    return not _file(of).startswith(libraries)
