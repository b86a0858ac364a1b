"""What was computed is kept for the next call, up to a number of bytes that all who keep share."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

__all__ = ["RESPONSES", "Kept", "Room"]

T = TypeVar("T")

_NUMBERS = itertools.count()


class Room:
    """A number of bytes that several `Kept` share; what was used longest ago makes room.

    Parameters
    ----------
    most
        Number of bytes.
    """

    most: int
    used: int

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0
        self._values: OrderedDict[tuple[int, Hashable], tuple[Any, int]] = OrderedDict()
        # A finalizer may run in the midst of any of this, in the same thread.
        self._lock = threading.RLock()

    def get(self, key: tuple[int, Hashable], make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value of a key, made where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: T = self._values[key][0]
                return found
        made = make()
        nbytes = size(made)
        with self._lock:
            if key not in self._values and nbytes <= self.most:
                self._values[key] = made, nbytes
                self.used += nbytes
            while self.used > self.most:
                _, (_, freed) = self._values.popitem(last=False)
                self.used -= freed
        return made

    def used_by(self, owner: int) -> int:
        """Number of bytes of what one of them keeps."""
        with self._lock:
            return sum(size for key, (_, size) in self._values.items() if key[0] == owner)

    def forget(self, owner: int) -> None:
        """Free what one of them keeps."""
        with self._lock:
            for key in [key for key in self._values if key[0] == owner]:
                self.used -= self._values.pop(key)[1]


RESPONSES = Room(2**26)
"""For the responses of all operators: 32 real ones on 512 x 512 take all of it."""


class Kept(Generic[T]):
    """Values by key, for any number of threads; they are freed with this object.

    A value that is larger than the room alone is handed out and not kept. Two threads that ask for
    the same new value at once may both compute it.

    Parameters
    ----------
    size
        Number of bytes of a value.
    room
        What it shares with others.

    Examples
    --------
    >>> room = Room(4)
    >>> kept = Kept(len, room)
    >>> [kept.get(key, lambda: made) for key, made in enumerate(("ab", "cd", "efghi"))]
    ['ab', 'cd', 'efghi']
    >>> kept.get(0, lambda: "anew"), kept.get(2, lambda: "anew"), room.used
    ('ab', 'anew', 4)
    >>> del kept
    >>> room.used
    0
    """

    def __init__(self, size: Callable[[T], int], room: Room = RESPONSES) -> None:
        self._size, self._room, self._owner = size, room, next(_NUMBERS)
        weakref.finalize(self, room.forget, self._owner).atexit = False

    @property
    def used(self) -> int:
        """Number of bytes of what it keeps."""
        return self._room.used_by(self._owner)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not kept."""
        return self._room.get((self._owner, key), make, self._size)
