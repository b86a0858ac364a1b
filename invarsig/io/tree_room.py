"""Room for the values of a tree: what a file claims to hold is counted before any of it is read.

A few bytes can declare an array of any size, so the size of a file bounds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from invarsig.errors import ReadError

__all__ = ["MOST_BYTES", "Room"]

# A diagnosis takes a few MB at most.
MOST_BYTES = 2**28


@dataclass
class Room:
    """How many bytes may still be read.

    Parameters
    ----------
    most
        How many at first; infinity for no bound.

    Examples
    --------
    >>> room = Room(100)
    >>> room.take((2, 5), 8)
    >>> room.take((2, 5), 8)
    Traceback (most recent call last):
    invarsig.errors.ReadError: it declares more than 100 bytes of values; allow more by most_bytes=
    """

    most: float = MOST_BYTES
    left: float = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is taken yet."""
        self.left = self.most

    def take(self, shape: Sequence[int], item: int) -> None:
        """Take the room of an array of a shape whose items have so many bytes.

        Raises
        ------
        ReadError
            If there is less.
        """
        # An array that is empty along one dim still has its others, which are counted along.
        self.left -= math.prod(max(int(size), 1) for size in shape) * max(item, 1)
        if self.left < 0:
            raise ReadError(
                f"it declares more than {self.most:g} bytes of values; allow more by most_bytes="
            )
