"""Compilation of hot loops, kept on disk where there is a place for it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from invarsig.errors import CacheWarning

__all__ = ["compiled"]


@cache
def compiled(loop: Callable[..., None]) -> Callable[..., None]:
    """Compile a loop when it is first needed; numba keeps it on disk.

    An installation that cannot be written to, without a cache folder for the user, has no place for
    it; a full disk has no room. The loop is then compiled anew in each process, and a
    `CacheWarning` says so once.

    Parameters
    ----------
    loop
        A function of plain arrays and numbers that numba compiles. It touches no files.
    """
    import numba

    try:
        kept: Callable[..., None] = numba.njit(nogil=True, cache=True)(loop)
    except RuntimeError:
        return _compiled_anew(loop)

    def run(*arguments: Any) -> None:
        try:
            kept(*arguments)
        except OSError:  # of writing what was compiled: the loop itself has not begun
            _compiled_anew(loop)(*arguments)

    return run


@cache
def _compiled_anew(loop: Callable[..., None]) -> Callable[..., None]:
    """Compile without keeping it; called where keeping it has just failed."""
    import numba

    warnings.warn(
        f"Compiled loops cannot be kept on disk ({sys.exception()}), so each process compiles them "
        "anew, which takes about a second; set NUMBA_CACHE_DIR to a folder that can be written to.",
        CacheWarning,
        stacklevel=2,
    )
    anew: Callable[..., None] = numba.njit(nogil=True)(loop)
    return anew
