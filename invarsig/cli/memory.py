"""An amount of memory, as it is typed."""

from __future__ import annotations

import re

from invarsig.errors import ParameterError

__all__ = ["typed_memory"]

_AMOUNT = re.compile(
    r"\s*(?P<count>[0-9]*\.?[0-9]+(?:e[0-9]+)?)\s*(?P<unit>[kMGT]?i?B)\s*", re.IGNORECASE
)
_POWERS = "kmgt"


def typed_memory(text: str) -> float:
    """Bytes of an amount such as 500MB, 1.5GB or 2GiB.

    Raises
    ------
    ParameterError
        If it is no amount above 0 with a unit.

    Examples
    --------
    >>> typed_memory("500MB"), typed_memory("1.5 GiB")
    (500000000.0, 1610612736.0)
    """
    found = _AMOUNT.fullmatch(text)
    count = float(found["count"]) if found else 0.0
    if found is None or count <= 0:
        raise ParameterError(
            f"--max-memory {text!r} is not an amount of memory; give one with its unit, such as "
            "500MB or 2GiB."
        )
    unit = found["unit"].lower()
    base = 1024.0 if "i" in unit else 1000.0
    return count * base ** (_POWERS.find(unit[0]) + 1)
