"""What was computed is kept for the next call, up to a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Kept"]

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key, for any number of threads; those that were used longest ago make room.

    A value that is larger than the room alone is handed out and not kept. Two threads that ask for
    the same new value at once may both compute it.

    Parameters
    ----------
    size
        Number of bytes of a value.
    most
        Number of bytes that are kept in all.

    Examples
    --------
    >>> kept = Kept(len, most=4)
    >>> [kept.get(key, lambda: made) for key, made in enumerate(("ab", "cd", "efghi"))]
    ['ab', 'cd', 'efghi']
    >>> kept.get(0, lambda: "anew"), kept.get(2, lambda: "anew"), kept.used
    ('ab', 'anew', 4)
    """

    def __init__(self, size: Callable[[T], int], most: int) -> None:
        self._size, self._most = size, most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self.used = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        size = self._size(made)
        with self._lock:
            if key not in self._values and size <= self._most:
                self._values[key] = made
                self.used += size
            while self.used > self._most:
                _, old = self._values.popitem(last=False)
                self.used -= self._size(old)
        return made
