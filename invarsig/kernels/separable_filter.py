"""Weighted sums of windows along each of some axes, of which every s-th is kept, in one pass.

Whole items, or some rows of a large one, are filtered along all axes before the next: what lies
between two passes stays in the cache of a core. Samples beyond the ends are read through their
indices, so nothing is extended; an array of any layout is read in the order of its memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from invarsig.kernels.borders import Border, padded, sources_of, value_beyond
from invarsig.kernels.compilation import compiled
from invarsig.kernels.window_sums import packed, sum_windows
from invarsig.kernels.windows import correlated_along
from invarsig.threads import run_blocks, threads_here

__all__ = ["Along", "filtered"]

_FEW = 2**15
"""Below this many samples numpy takes less than a millisecond, and loading the loops a second."""

_BLOCK = 2**20
"""At most about how many bytes are read for one block: what is made of them fits into L2."""

_SHARED = 2**17
"""Blocks of more bytes are made smaller where there would not be several for each thread."""

_SHORT = 16
"""Below this many samples behind each other on the axes behind, they are filtered together."""


@dataclass(frozen=True, eq=False)
class Along:
    """The filter along one axis.

    Parameters
    ----------
    taps
        Weights of the samples of a window, in their order.
    stride
        Distance between windows, in samples.
    before, after
        How many samples the windows take beyond the first and the last one; negative where they
        leave some out.
    border
        What these samples are.
    """

    taps: np.ndarray
    stride: int
    before: int = 0
    after: int = 0
    border: Border = "valid"


def filtered(values: np.ndarray, along: Sequence[Along]) -> np.ndarray:
    """Filter the last axes of an array, in their order.

    Along each axis the samples of a window are weighted and added in their order, so that equal
    windows give equal sums to the last bit, wherever they lie.

    Parameters
    ----------
    values
        Real or complex, of any layout in memory.
    along
        One filter for each of the last axes. Weights have the precision of the values.

    Examples
    --------
    >>> blur = Along(np.array([0.25, 0.5, 0.25]), 2, 1, 0, "periodic")
    >>> filtered(np.array([4.0, 0.0, 0.0, 0.0]), [blur]).tolist()
    [2.0, 0.0]
    """
    if values.size < _FEW or values.dtype.char not in "fdFD":
        return _by_numpy(values, along)
    order = np.argsort([-abs(step) for step in values.strides], kind="stable")
    inverse = np.argsort(order)
    wide = np.ascontiguousarray(values.transpose(order))
    # Weights are real, so the parts of a complex sample are two samples side by side.
    parts = wide.view(wide.real.dtype).reshape(*wide.shape, -1)
    out = _run(parts, _passes(parts, along, inverse[values.ndim - len(along) :].tolist()))
    return out.reshape(*out.shape[:-2], -1).view(wide.dtype).transpose(inverse)


def _by_numpy(values: np.ndarray, along: Sequence[Along]) -> np.ndarray:
    """The same, over extended copies."""
    first = values.ndim - len(along)
    for axis, each in enumerate(along, start=first):
        values = padded(values, axis, each.before, each.after, each.border)
    for axis, each in enumerate(along, start=first):
        values = correlated_along(values, axis, each.taps.astype(values.real.dtype), each.stride)
    return values


@dataclass(frozen=True, eq=False)
class _Pass:
    """A filter along one axis of an array: `size` windows from `before` samples ahead of it."""

    axis: int
    taps: np.ndarray
    stride: int
    before: int
    border: Border
    value: Any
    given: int  # samples along the axis
    size: int
    inner: int  # samples of the axes behind it
    parts: int  # 2 where real and imaginary parts are samples, else 1

    def only(self, windows: slice) -> _Pass:
        """The same for some of its windows."""
        before = self.before - windows.start * self.stride
        return replace(self, before=before, size=windows.stop - windows.start)

    @cached_property
    def beyond(self) -> np.ndarray:
        """Samples beyond the ends, where they have a value of their own."""
        beyond = np.zeros((self.inner // self.parts, self.parts), self.taps.dtype)
        beyond[:, 0] = self.value
        return beyond.reshape(-1)

    @cached_property
    def index(self) -> np.ndarray:
        """Where samples come from: all that windows take; where rows are short, beyond the ends."""
        end = (self.size - 1) * self.stride + self.taps.size - self.before
        if self.inner >= _SHORT:
            return sources_of(np.arange(-self.before, end), self.given, self.border)
        ahead = np.arange(-self.before, min(0, end))
        behind = np.arange(max(self.given, -self.before), end)
        return sources_of(np.append(ahead, behind), self.given, self.border)

    def run(self, values: np.ndarray, out: np.ndarray) -> None:
        """Filter items of any shape."""
        own, beyond = values.reshape(-1, self.given, self.inner), self.beyond
        if self.inner >= _SHORT:
            index, target = self.index, out.reshape(len(own), self.size, self.inner)
            beyond = beyond if (index < 0).any() else beyond[:0]
        else:
            # With every s-th sample side by side, all windows are one long row.
            own, index = packed(
                own, self.taps.size, self.stride, self.size, self.before, self.index, beyond
            )
            target, beyond = out.reshape(len(own), 1, -1), beyond[:0]
        flat = own.reshape(len(own), -1)
        compiled(sum_windows)(flat, index, self.stride, self.inner, self.taps, beyond, target)


def _passes(values: np.ndarray, along: Sequence[Along], axes: Sequence[int]) -> list[_Pass]:
    """The filters along the axes of an array, one after the other."""
    sizes, made = list(values.shape), list[_Pass]()
    for axis, each in zip(axes, along, strict=True):
        taps, given = each.taps.astype(values.dtype), sizes[axis]
        sizes[axis] = (each.before + given + each.after - taps.size) // each.stride + 1
        value = values.dtype.type(value_beyond(each.border) or 0)
        # What lies beyond the ends of one axis has met the filters along those before it.
        for earlier in made:
            value = np.cumsum(earlier.taps * value)[-1]
        shape = given, sizes[axis], math.prod(sizes[axis + 1 :]), sizes[-1]
        made.append(_Pass(axis, taps, each.stride, each.before, each.border, value, *shape))
    return made


def _run(values: np.ndarray, passes: Sequence[_Pass]) -> np.ndarray:
    """Run all passes over one block after the other: items, or some windows of a large one."""
    lead = min(each.axis for each in passes)
    bytes_each = values.nbytes // math.prod(values.shape[:lead])
    block = min(_BLOCK, max(values.nbytes // (4 * threads_here()), _SHARED))
    inwards = all(one.axis < other.axis for one, other in pairwise(passes))
    if bytes_each > block and not inwards:  # some windows need other rows than those of the block
        for each in passes:
            values = _run(values, [each])
        return values
    shape = list(values.shape)
    for each in passes:
        shape[each.axis] = each.size
    out = np.empty(shape, dtype=values.dtype)
    flat, target = (each.reshape(-1, *each.shape[lead:]) for each in (values, out))
    items, rows = _cut(len(flat), target.shape[1], bytes_each, block)
    firsts = [passes[0].only(own) if len(rows) > 1 else passes[0] for own in rows]

    def work(turn: int) -> None:
        own, place = items[turn // len(rows)], turn % len(rows)
        part = flat[own]
        *before, last = (firsts[place], *passes[1:])
        for each in before:
            sizes = list(part.shape)
            sizes[each.axis - lead + 1] = each.size
            made = np.empty(sizes, dtype=part.dtype)
            each.run(part, made)
            part = made
        last.run(part, target[own, rows[place]])

    run_blocks(work, len(items) * len(rows))
    return out


def _cut(items: int, rows: int, size: int, block: int) -> tuple[list[slice], list[slice]]:
    """How the work is divided: several items of a size at once, or some rows of the result."""
    several = max(block // size, 1)
    some = rows if size <= block else max(rows * block // size, 1)
    return (
        [slice(start, min(start + several, items)) for start in range(0, items, several)],
        [slice(start, min(start + some, rows)) for start in range(0, rows, some)],
    )
