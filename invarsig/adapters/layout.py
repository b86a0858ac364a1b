"""What the axes of a tensor stand for: dims of a labeled array, whole, split, or merged.

A `Layout` has one entry for each axis of a tensor: the `Part` objects that the axis runs through,
the slowest first. An axis of size 1 that stands for nothing has none. Views, transpositions and
flattening change the layout alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from invarsig.adapters.tensors import permuted
from invarsig.errors import AxisError

__all__ = ["BATCH", "Layout", "Part", "Relayout", "reshaped", "shape_of", "size_of", "whole"]

BATCH = ""
"""The dim of the items of a batch."""


@dataclass(frozen=True)
class Part:
    """A dim of an array, or a part of one that a view has split.

    Parameters
    ----------
    dim
        Name of the dim.
    size
        Number of samples, for the input that was traced.
    made
        0 for a dim of a labeled result; other numbers tell apart what came to be in between.
    path
        How it was split off: for each split, whether it is the slower (0) or the faster part (1),
        and the size of the faster one.
    """

    dim: str
    size: int
    made: int = 0
    path: tuple[tuple[int, int], ...] = ()

    @property
    def owner(self) -> tuple[str, int]:
        """The dim that it is a part of."""
        return self.dim, self.made

    def halves(self, outer: int) -> tuple[Part, Part]:
        """Split into a slower part of a given size, and a faster one."""
        inner = self.size // outer
        return (
            replace(self, size=outer, path=(*self.path, (0, inner))),
            replace(self, size=inner, path=(*self.path, (1, inner))),
        )


Layout = tuple[tuple[Part, ...], ...]
Sizes = Mapping[tuple[str, int], int]


def whole(layout: Layout) -> list[Part]:
    """All parts of a layout, axis by axis."""
    return [part for axis in layout for part in axis]


def size_of(part: Part, sizes: Sizes) -> int:
    """Size of a part where its dim has a given size; the faster parts keep theirs.

    Raises
    ------
    AxisError
        If the size of the dim is not a multiple of what it was split by.
    """
    size = sizes.get(part.owner)
    if size is None:
        return part.size
    for which, inner in part.path:
        if which == 0 and size % inner:
            raise AxisError(
                f"{size} samples along {part.dim!r} cannot be split into groups of {inner}."
            )
        size = size // inner if which == 0 else inner
    return size


def shape_of(layout: Layout, sizes: Sizes) -> tuple[int, ...]:
    """Shape of a tensor."""
    return tuple(math.prod(size_of(part, sizes) for part in axis) for axis in layout)


def reshaped(layout: Layout, shape: Sequence[int]) -> Layout | None:
    """The layout after a view with a new shape; None where an axis is cut across.

    Examples
    --------
    >>> x = ((Part("channel", 6),), (Part("y", 4),), (Part("x", 5),))
    >>> [len(axis) for axis in reshaped(x, (6, 20))]
    [1, 2]
    >>> reshaped(reshaped(x, (2, 3, 20)), (6, 4, 5)) == x
    True
    """
    left = whole(layout)
    made: list[tuple[Part, ...]] = []
    for size in shape:
        axis: list[Part] = []
        if size == 1 and left and left[0].size == 1:
            axis.append(left.pop(0))
        missing = size
        while missing > 1:
            if not left:
                return None
            part = left.pop(0)
            if part.size > missing:
                if part.size % missing:
                    return None
                part, rest = part.halves(missing)
                left.insert(0, rest)
            if missing % part.size:
                return None
            axis.append(part)
            missing //= part.size
        made.append(_joined(axis))
    if any(part.size > 1 for part in left):
        return None
    if left and made:
        made[-1] = (*made[-1], *left)
    return tuple(made)


def _joined(axis: Sequence[Part]) -> tuple[Part, ...]:
    """Put parts together that were split off each other."""
    made: list[Part] = []
    for part in axis:
        made.append(part)
        while len(made) > 1 and _fit(made[-2], made[-1]):
            inner, outer = made.pop(), made.pop()
            made.append(replace(outer, size=outer.size * inner.size, path=outer.path[:-1]))
    return tuple(made)


def _fit(outer: Part, inner: Part) -> bool:
    if outer.owner != inner.owner or not outer.path or len(outer.path) != len(inner.path):
        return False
    same = outer.path[:-1] == inner.path[:-1] and outer.path[-1][1] == inner.path[-1][1]
    return same and outer.path[-1][0] == 0 and inner.path[-1][0] == 1


class Relayout:
    """Bring a tensor from one layout to another: a reshape, a permutation, a reshape.

    Parameters
    ----------
    old, new
        The layouts; both hold the same parts, split alike or differently.
    """

    order: list[int]
    same: bool
    moves: bool

    def __init__(self, old: Layout, new: Layout) -> None:
        fine, target = _refined(whole(old), whole(new)), _refined(whole(new), whole(old))
        lost = [part for part in fine if part not in target]
        self.fine = fine
        self.order = [fine.index(part) for part in target] + [fine.index(part) for part in lost]
        self.new = new
        self.same = old == new
        self.moves = self.order != sorted(self.order)

    def __call__(self, tensor: Any, sizes: Sizes) -> Any:
        """Apply it."""
        if self.same:
            return tensor
        shape = shape_of(self.new, sizes)
        if self.moves:
            tensor = tensor.reshape([size_of(part, sizes) for part in self.fine])
            tensor = permuted(tensor, self.order)
        return tensor if tuple(tensor.shape) == shape else tensor.reshape(shape)


def _refined(parts: Sequence[Part], other: Sequence[Part]) -> list[Part]:
    """Split parts as finely as the others are."""
    found: list[Part] = []
    for part in parts:
        deeper = [
            each
            for each in other
            if each.owner == part.owner
            and len(each.path) > len(part.path)
            and each.path[: len(part.path)] == part.path
        ]
        if not deeper:
            found.append(part)
            continue
        inner = deeper[0].path[len(part.path)][1]
        found += _refined(part.halves(part.size // inner), other)
    return found
