"""Units: which items were drawn together, such as the notes of one instrument."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["sources_of"]


def sources_of(names: Iterable[object]) -> list[str]:
    """Name the source of each item: what stands before the number at the end of its name.

    Parameters
    ----------
    names
        Names such as ``cello_052``, as files of the collection are called; a name without a number
        is a source of its own.

    Examples
    --------
    >>> sources_of(["cello_052", "cello_058", "rocket"])
    ['cello', 'cello', 'rocket']
    """
    return [re.sub(r"_\d+$", "", str(name)) for name in names]
