"""An axis in sections that overlap by the reach of an operator: for all operators of finite reach.

A section is planned like an axis of its own, which begins where the section does. At an end of the
axis it has the operator's border; where the axis wraps it begins with samples of the other end. At
its other ends it holds more samples than the results need that are kept of it, which are those that
stand in its chunk: whatever border it has there changes none of them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from invarsig.axes.applied import Kernel, applied
from invarsig.axes.axis import Axis
from invarsig.axes.parts import Parts
from invarsig.errors import ChunkWarning

__all__ = ["Cuts", "cut", "in_sections"]

# In samples: distances are rounded by less.
_SLACK = 1e-6


@dataclass(frozen=True)
class Cuts:
    """Where an axis is cut.

    Parameters
    ----------
    axis, after
        The axis before and after.
    bounds
        Where the chunks of the input begin, and where the last one ends.
    owned
        The same for the results: those that stand in a chunk.
    overlap
        How many more samples a section has on each side, where the axis goes on there.
    wraps
        Whether it goes on at its ends.
    by
        Sections begin at multiples of as many samples: so their results are on one grid.
    """

    axis: Axis
    after: Axis
    bounds: tuple[int, ...]
    owned: tuple[int, ...]
    overlap: int
    wraps: bool
    by: int

    @property
    def chunks(self) -> tuple[int, ...]:
        """Sizes of the chunks of the input."""
        return tuple(np.diff(self.bounds).tolist())

    @property
    def results(self) -> tuple[int, ...]:
        """How many results each chunk has."""
        return tuple(np.diff(self.owned).tolist())

    def section(self, number: int, size: int) -> tuple[Axis, slice]:
        """The axis of a section, and which samples are on it of those that are there."""
        first = self.bounds[number]
        if number > 0 or self.wraps:
            first -= self.overlap
        skipped = -first % self.by
        count = size - skipped
        if self.wraps:  # as many as fit a ring, though what meets at its ends is not used
            count -= count % self.by
        start = self.axis.start + (first + skipped) * self.axis.step
        # Of an axis that wraps a section is planned as one that wraps, so on the same grid.
        wrapped = self.axis.periodic and self.wraps
        period = count * abs(self.axis.step) if wrapped else None
        axis = replace(self.axis, start=start, size=count, period=period)
        return axis, slice(skipped, skipped + count)

    def kept(self, number: int, made: Axis) -> slice:
        """Which results of a section stand in its chunk."""
        first, stop = self.owned[number], self.owned[number + 1]
        lag = (self.after.start - made.start) / self.after.step
        return slice(round(lag) + first, round(lag) + stop)


def cut(axis: Axis, after: Axis, chunks: Sequence[int], parts: Parts) -> Cuts:
    """Cut an axis at the bounds of its chunks, but no closer than the reach.

    Chunks without a result of their own, and those that are shorter than what a section needs of
    its neighbors, are merged; a `ChunkWarning` says so unless it is the remainder at the end.
    """
    first, ratio = after.offset(axis) / axis.step, after.step / axis.step
    inner = np.cumsum(chunks[:-1]).tolist()
    overlap, least = _needed(axis, after, inner, parts)
    bounds, owned = [0], [0]
    for bound in inner:
        results = min(max(math.ceil((bound - _SLACK - first) / ratio), 0), after.size)
        if bound - bounds[-1] >= least and results > owned[-1]:
            bounds.append(bound)
            owned.append(results)
    while len(bounds) > 1 and (axis.size - bounds[-1] < least or owned[-1] >= after.size):
        bounds.pop()
        owned.pop()
    if min(chunks[:-1]) < least and len(bounds) < len(chunks):
        _say_merged(axis, chunks, least, len(bounds), parts.who)
    wraps, by = parts.local[axis.dim], parts.whole_shift(axis.dim)
    return Cuts(axis, after, (*bounds, axis.size), (*owned, after.size), overlap, wraps, by)


def _needed(axis: Axis, after: Axis, bounds: Sequence[int], parts: Parts) -> tuple[int, int]:
    """How many samples of each neighbor a section needs, and how many a chunk has at least.

    Where all chunks begin at whole strides, the first result of each stands equally far behind its
    beginning: windows that abut need no neighbor. Elsewhere a section begins at the whole stride
    before what it needs.
    """
    by = parts.whole_shift(axis.dim)
    first, ratio = after.offset(axis) / axis.step, after.step / axis.step
    left, right = (far / abs(axis.step) for far in parts.reach.get(axis.dim, (0.0, 0.0)))
    # A result beyond an end is made of samples that are as far from it, wrapped or mirrored.
    last = first + ratio * (after.size - 1)
    beyond = max(-first, last - (axis.size - 1), 0.0)
    need = beyond + max(left, right) if beyond > _SLACK else 0.0
    if any(bound % by for bound in bounds):
        overlap = _ceil(max(left, right, need)) + by - 1
    else:
        place = (first + _SLACK) % ratio - _SLACK
        need = max(left - place, place - ratio + right + 1, need)
        overlap = math.ceil(max(_ceil(need), 0) / by) * by
    whole_window = _ceil(left + right) + by
    return overlap, max(overlap, whole_window - overlap, _ceil(beyond + max(left, right)) + by)


def _ceil(value: float) -> int:
    return math.ceil(value - _SLACK)


def _say_merged(axis: Axis, chunks: Sequence[int], least: int, left: int, who: str) -> None:
    found = f"{left} chunks" if left > 1 else "one chunk"
    warnings.warn(
        f"Along {axis.dim!r} there are chunks of {min(chunks[:-1])} samples, and for its reach "
        f"{who} needs chunks of at least {least}: {len(chunks)} chunks are merged to {found}. "
        "Chunk this dimension by more samples.",
        ChunkWarning,
        stacklevel=2,
    )


def in_sections(
    given: Any,
    cuts: Mapping[str, Cuts],
    in_axes: Sequence[Axis],
    out_axes: Sequence[Axis],
    parts: Parts,
    dtype: np.dtype[Any],
) -> Any:
    """Apply an operator along core dims in several chunks, each with what it reaches.

    Parameters
    ----------
    given
        dask array whose last axes are `in_axes`.
    cuts
        Where dims are cut; others are in one chunk.
    in_axes, out_axes
        Axes before and after.
    parts
        What is known of the operator.
    dtype
        Type of the result.
    """
    import dask.array as da

    first = given.ndim - len(in_axes)
    places = {axis.dim: k for k, axis in enumerate(in_axes, start=first)}
    wide = da.overlap.overlap(  # type: ignore[no-untyped-call]
        given.rechunk({places[dim]: own.chunks for dim, own in cuts.items()}),
        {places[dim]: own.overlap for dim, own in cuts.items()},
        {places[dim]: "periodic" if own.wraps else "none" for dim, own in cuts.items()},
        allow_rechunk=False,
    )
    batch = tuple(f"batch {k}" for k in range(first))
    cut_dims = {dim: f"cut {dim}" for dim in cuts}
    before = (*batch, *(cut_dims.get(axis.dim, f"in {axis.dim}") for axis in in_axes))
    after = (*batch, *(cut_dims.get(axis.dim, f"out {axis.dim}") for axis in out_axes))
    numbers: list[Any] = []
    for dim, own in cuts.items():
        numbers += [da.arange(len(own.chunks), chunks=1), (cut_dims[dim],)]
    return da.blockwise(  # type: ignore[no-untyped-call]
        _Section(tuple(in_axes), dict(cuts), parts.replan),  # type: ignore[arg-type]
        after,
        wide,
        before,
        *numbers,
        new_axes={f"out {axis.dim}": axis.size for axis in out_axes if axis.dim not in cuts},
        adjust_chunks={cut_dims[dim]: own.results for dim, own in cuts.items()},
        align_arrays=False,
        concatenate=True,
        dtype=dtype,
        meta=np.empty((0,) * len(after), dtype),
    )


@dataclass(frozen=True)
class _Section:
    """The operator on one section: a function of its values, and of its number along each dim."""

    in_axes: tuple[Axis, ...]
    cuts: dict[str, Cuts]
    replan: Callable[[Sequence[Axis]], tuple[Kernel, Sequence[Axis]]]

    def __call__(self, values: np.ndarray, *numbers: np.ndarray) -> np.ndarray:
        """Apply it, and keep the results that stand in the chunk."""
        which = {dim: int(own[0]) for dim, own in zip(self.cuts, numbers, strict=True)}
        sizes = values.shape[values.ndim - len(self.in_axes) :]
        placed = [
            self.cuts[axis.dim].section(which[axis.dim], size)
            if axis.dim in which
            else (axis, slice(None))
            for axis, size in zip(self.in_axes, sizes, strict=True)
        ]
        kernel, made = self.replan([axis for axis, _ in placed])
        own: Any = (..., *(there for _, there in placed))
        result, _ = applied(kernel, values[own])
        kept: Any = tuple(
            self.cuts[axis.dim].kept(which[axis.dim], axis) if axis.dim in which else slice(None)
            for axis in made
        )
        return result[(..., *kept)]
