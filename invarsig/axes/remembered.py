"""What was read of a coordinate, kept as long as its index lives and holds the same labels."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import xarray as xr

__all__ = ["remembered"]

Read = TypeVar("Read")

_SHORT = 4096
"""Up to how many labels are compared, one by one, with those that were read."""

_MOST = 16
"""How many readings of one index are kept: it may stand under other attributes."""


@dataclass
class _Memory:
    """What was read of one index, and the labels that it had."""

    of: weakref.ref[Any]
    labels: bytes | None
    readings: dict[Hashable, Any] = field(default_factory=dict)


_MEMORIES: dict[int, _Memory] = {}


def remembered(variable: xr.Variable, key: Hashable, read: Callable[[], Read]) -> Read:
    """Give what was read of a coordinate before, or read it.

    A few labels are compared with those that were read. Many are trusted where they cannot be
    written to, and read anew where they can.

    Parameters
    ----------
    variable
        The coordinate. Where it has no index of numbers or dates, nothing is remembered.
    key
        What the reading depends on beside the labels.
    read
        Reads the coordinate. What it raises is not remembered.
    """
    data: Any = variable._data if type(variable) is xr.IndexVariable else None
    index = getattr(data, "array", None)
    if index is None or index.dtype.kind not in "iufmM":
        return read()
    labels = index.values
    held = labels.tobytes() if labels.size <= _SHORT else None
    if held is None and labels.flags.writeable:
        return read()
    memory = _MEMORIES.get(id(index))
    if memory is None or memory.of() is not index or memory.labels != held:
        memory = _memory_of(index, held)
    try:
        return memory.readings[key]  # type: ignore[no-any-return]
    except KeyError:
        if len(memory.readings) >= _MOST:
            memory.readings.clear()
        found = memory.readings[key] = read()
        return found
    except TypeError:  # an attribute that has no hash
        return read()


def _memory_of(index: Any, held: bytes | None) -> _Memory:
    place = id(index)

    def forget(of: weakref.ref[Any]) -> None:
        if place in _MEMORIES and _MEMORIES[place].of is of:
            del _MEMORIES[place]

    memory = _MEMORIES[place] = _Memory(weakref.ref(index, forget), held)
    return memory
