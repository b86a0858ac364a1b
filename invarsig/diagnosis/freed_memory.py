"""Memory that was freed, given back to the system between the findings of a diagnosis.

The C library of Linux keeps what threads have freed for themselves. Between findings, which hold
arrays of other sizes, much of it is of no use to anyone.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

__all__ = ["give_back"]


def give_back() -> bool:
    """Give freed memory back to the system; False where its C library has no such call.

    Examples
    --------
    >>> give_back() in (True, False)
    True
    """
    trim = _trim()
    if trim is None:
        return False
    trim(0)
    return True


@cache
def _trim() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
