"""How the C library of the command's own process allocates: what is freed goes back at once.

Nothing of this is done by the library, in whose process there is other work.
"""

from __future__ import annotations

import os
import sys

__all__ = ["give_back_at_once"]

_ARENAS = 1
_LARGE = 4 << 20
_KEPT = 8 << 20

# By its number in <malloc.h>: the environment variable that says the same, and the value.
_OPTIONS = {
    -8: ("MALLOC_ARENA_MAX", _ARENAS),
    -3: ("MALLOC_MMAP_THRESHOLD_", _LARGE),
    -1: ("MALLOC_TRIM_THRESHOLD_", _KEPT),
}


def give_back_at_once() -> list[str]:
    """Allocate arrays apart, so that each is given back to the system when it is freed.

    Under glibc only. What the user has set stays as it was set.

    Returns
    -------
    list of str
        What was set.

    Examples
    --------
    >>> set(give_back_at_once()) <= {name for name, _ in _OPTIONS.values()}
    True
    """
    if not sys.platform.startswith("linux") or "glibc.malloc" in os.environ.get(
        "GLIBC_TUNABLES", ""
    ):
        return []
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return []
    return [
        name
        for number, (name, value) in _OPTIONS.items()
        if name not in os.environ and mallopt(number, value)
    ]
