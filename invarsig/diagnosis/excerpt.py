"""Excerpts: the part of an input that a pipeline runs on; for a long input, the loudest part.

What is cut first are repetitions: maps, items or channels, along dims that no stage acts on and
nothing moves along. Only where one alone is too large is the map itself cut. The loudest part is
that with the largest variance along the dims that move, as errors are relative to the output
without its mean: what stays the same along them (the warmth of the tropics, along the longitude) is
no content that a move could lose.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from invarsig.aliasing import stride_and_reach
from invarsig.axes import Axes, axis_of, promoted
from invarsig.diagnosis.in_blocks import stored_along
from invarsig.errors import InvarsigError, StrideError
from invarsig.operators import Operator
from invarsig.operators.base import stages_of

__all__ = ["Excerpt", "excerpt", "fitted", "repeated"]

# Samples whose energy is taken at once, and that are read at once where they lie in chunks.
_BLOCK = 1 << 18
_READ = 1 << 24


def fitted(op: Operator, x: xr.DataArray) -> tuple[xr.DataArray, str]:
    """Crop finite axes to lengths that the pipeline's strides divide, where it needs them to.

    A user's function with a stride accepts only multiples of it; most other operators accept any
    length, and for them nothing is cropped.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array.

    Returns
    -------
    xarray.DataArray, str
        The cropped array, and a sentence on what was left out ("" if nothing was).

    Raises
    ------
    StrideError
        If the axis at fault is periodic, is created by a stage, or is shorter than one stride.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> fourth = iv.Apply(lambda values: values[..., ::4], "x", stride={"x": 4})
    >>> fitted(fourth, iv.label(np.arange(10.0), "x"))[0].sizes["x"]
    8
    """
    whole = dict(x.sizes)
    # What is left out at a stage is at least as many samples of the input.
    while (error := _stride_error(op, x)) is not None:
        size = x.sizes.get(error.dim, 0) - error.excess
        if size <= 0 or error.excess <= 0 or axis_of(x, error.dim).periodic:
            raise error
        x = x.isel({error.dim: slice(size)})
    parts = [
        f"{dim} from {whole[dim]} to {size} samples"
        for dim, size in x.sizes.items()
        if size < whole[dim]
    ]
    if not parts:
        return x, ""
    why = "a stage accepts only multiples of its stride"
    return x, f"The input was cropped along {', '.join(parts)}: {why}."


def _stride_error(op: Operator, x: xr.DataArray) -> StrideError | None:
    """The error of a pipeline for a length that one of its strides does not divide, if any."""
    try:
        op.plan(Axes.of(x))
    except StrideError as error:
        return error
    return None


@dataclass(frozen=True)
class Excerpt:
    """A part of an input.

    Parameters
    ----------
    x
        The part.
    said
        A sentence on what was cut; "" if nothing was.
    part
        Where it lies, and how much that is of each dim: ``lat 20 to 60° (17 of 73)``; "" if nothing
        was cut.
    """

    x: xr.DataArray
    said: str = ""
    part: str = ""


def repeated(op: Operator, x: xr.DataArray, moved: Sequence[str]) -> tuple[str, ...]:
    """Dims of an input along which a pipeline only repeats: no stage acts there, nothing moves.

    Examples
    --------
    >>> import numpy as np
    >>> import invarsig as iv
    >>> x = iv.label(np.ones((3, 4, 4)), "time", "lat", "lon")
    >>> repeated(iv.MeanPool({"lon": 2}), x, ["lon"])
    ('time', 'lat')
    """
    acts = set(moved)
    axes = Axes.of(x)
    for stage in stages_of(op):
        plan = stage.plan(axes)
        acts |= {axis.dim for axis in plan.in_axes}
        axes = plan.after(axes)
    return tuple(str(dim) for dim in x.dims if dim not in acts)


def excerpt(
    op: Operator,
    x: xr.DataArray,
    dims: Sequence[str],
    most: int | None,
    moved: Sequence[str] | None = None,
) -> Excerpt:
    """Cut a long input down to where it varies most along the dims that move.

    First along the dims that the pipeline only repeats along (`repeated`), as far as needed. Where
    one repetition is too long, it is cut along its finite dims: the part is a whole number of total
    strides long along each, and the pipeline runs on it (if necessary, what is left out is such a
    multiple instead). Where windows are longer, the part is longer too, and where less than one
    total stride would be left, the dim stays whole.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array that it runs on.
    dims
        Dims that the pipeline acts on and that may be cut; those that are periodic stay whole.
    most
        Largest number of samples to keep, or None for all.
    moved
        Dims that move; by default `dims`.

    Returns
    -------
    Excerpt

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 0.0, 3.0, 2.0, 0.0, 0.0], iv.Axis("time", step=0.5, unit="s"))
    >>> found = excerpt(iv.Relu(), x, ["time"], 3)
    >>> found.x.values.tolist(), found.part
    ([0.0, 0.0, 3.0], 'time 0 to 1 s (3 of 6)')
    >>> excerpt(iv.Subsample(stride={"time": 2}), x, ["time"], 3).x.values.tolist()
    [0.0, 3.0]
    """
    if most is None or x.size <= most:
        return Excerpt(x)
    moved = dims if moved is None else moved
    over = [dim for dim in moved if dim in x.dims] or [dim for dim in dims if dim in x.dims]
    whole, parts = x, []
    for dim in sorted(set(repeated(op, x, moved)) - set(dims), key=lambda dim: -whole.sizes[dim]):
        if x.size > most:
            size = max(most * x.sizes[dim] // x.size, 1)
            start = _loudest(x, dim, size, over)
            x = x.isel({dim: slice(start, start + size)})
            parts.append(_part(whole, x, dim))
    x, kept = _map_cut(op, x, dims, most, over, parts, whole)
    part = ", ".join(each for each in parts if each)
    text = ""
    if part:
        text = (
            f"The input has {whole.size} samples; the part with the most energy is diagnosed at "
            f"once, {part}. Use most=None (--whole) for all of it."
        )
    if kept:
        those = " and ".join(f"{dim} ({x.sizes[dim]} samples)" for dim in kept)
        text += (
            f" Along {those} nothing was cut: a part of {most} samples would be shorter than one "
            "total stride, or than the pipeline's windows."
        )
    return Excerpt(x, text.strip(), part)


def _map_cut(
    op: Operator,
    x: xr.DataArray,
    dims: Sequence[str],
    most: int,
    over: Sequence[str],
    parts: list[str],
    whole: xr.DataArray,
) -> tuple[xr.DataArray, list[str]]:
    """Cut along the dims that a pipeline acts on; and those along which nothing could be cut."""
    ending = [dim for dim in dims if dim in x.dims and not axis_of(x, dim).periodic]
    if x.size <= most or not ending:
        return x, []
    share = (most / x.size) ** (1 / len(ending))
    strides = {dim: stride_and_reach(op, x, dim)[0] for dim in ending}
    kept = []
    for dim in ending:
        before = x.sizes[dim]
        x = _cut(op, x, dim, int(share * before), strides[dim], over)
        if x.sizes[dim] == before:
            kept.append(dim)
        else:
            parts.append(_part(whole, x, dim))
    return x, kept


def _part(whole: xr.DataArray, x: xr.DataArray, dim: str) -> str:
    """Where a part lies along a dim: ``lat 20 to 60° (17 of 73)``."""
    count = f"({x.sizes[dim]} of {whole.sizes[dim]})"
    if dim in x.coords and not Axes.of(x).placed(dim):
        labels = x[dim].to_numpy()
        return f"{dim} {labels[0]} to {labels[-1]} {count}"
    if dim not in x.coords:
        return f"{dim} {count}"
    if x[dim].dtype.kind in "mM":
        first, last = (
            str(x[dim].to_numpy()[k].astype(f"{x[dim].dtype.kind}8[s]")) for k in (0, -1)
        )
        return f"{dim} {first} to {last} {count}"
    axis = axis_of(x, dim)
    end = axis.start + (axis.size - 1) * axis.step
    return f"{dim} {axis.start:.6g} to {axis.in_words(end)} {count}"


def _cut(
    op: Operator, x: xr.DataArray, dim: str, most: int, stride: int, over: Sequence[str]
) -> xr.DataArray:
    """The loudest part that is a multiple of the stride; longer than requested if necessary."""
    whole = x.sizes[dim]
    size = most // stride * stride or whole
    while size < whole:
        # After a window without a border a stride may not divide multiples of the total one.
        shorter = whole - -(-(whole - size) // stride) * stride
        for each in (size, shorter):
            start = _loudest(x, dim, each, over) if each > 0 else 0
            part = x.isel({dim: slice(start, start + each)})
            if each > 0 and _runs(op, part):
                return part
        size *= 2
    return x


def _runs(op: Operator, x: xr.DataArray) -> bool:
    try:
        op.plan(Axes.of(x))
    except InvarsigError:
        return False
    return True


def _loudest(x: xr.DataArray, dim: str, size: int, over: Sequence[str]) -> int:
    """Where a window of a given size has the largest variance along some dims, read block by block.

    Beside a long recording there is no room for several like it; one that is not in memory is read
    twice.
    """
    mean = _mean(x, dim)  # Taken off first: differences of sums of squares then keep their digits.
    others = [each for each in x.dims if each != dim]
    along = tuple(1 + others.index(each) for each in over if each != dim)
    count = math.prod(x.sizes[each] for each in over if each != dim)
    within = dim in over  # Else each sample along the dim has a mean of its own.
    width = math.prod(x.sizes[each] for each in others if each not in over) if within else 1
    # Up to each place from which a window may still begin.
    powers, sums = np.zeros(1), np.zeros((1, width))
    best, place, first = -np.inf, 0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for part in _parts(x, dim):
            rest = np.nan_to_num(part - mean)
            power = _energy(rest)
            own = rest.sum(axis=along).reshape(len(rest), -1)
            if not within:
                power -= _energy(own) / count
                own = np.zeros((len(own), 1))
            powers = np.concatenate([powers, powers[-1] + np.cumsum(power)])
            sums = np.concatenate([sums, sums[-1:] + np.cumsum(own, axis=0)])
            known = len(powers) - size
            if known > 0:
                means = _energy(sums[size:] - sums[:known]) / (size * count)
                held = powers[size:] - powers[:known] - means
                at = int(np.argmax(held))
                if held[at] > best:
                    best, place = held[at], first + at
                powers, sums, first = powers[known:], sums[known:], first + known
    return place


def _energy(rows: np.ndarray) -> np.ndarray:
    """The energy of each row."""
    energies: np.ndarray = (np.abs(rows) ** 2).reshape(len(rows), -1).sum(axis=1)
    return energies


def _mean(x: xr.DataArray, dim: str) -> np.ndarray | float:
    """The mean of all values that are known, read block by block."""
    weight, count = 0.0 * np.zeros((), promoted(np.zeros(0, x.dtype)).dtype), 0
    for part in _parts(x, dim):
        there = part[np.isfinite(part)]
        weight, count = weight + there.sum(), count + there.size
    return weight / max(count, 1)


def _parts(x: xr.DataArray, dim: str) -> Iterator[np.ndarray]:
    """Blocks along a dim, which comes first."""
    axis, count = x.get_axis_num(dim), x.sizes[dim]
    each = max(x.size // max(count, 1), 1)
    block = max(_BLOCK // each, 1)
    chunk = stored_along(x, axis)
    read = -(-block // chunk) * chunk if chunk * each <= _READ else block
    for begin in range(0, count, read):
        part = x.variable.isel({dim: slice(begin, begin + read)}).to_numpy()
        rows = np.moveaxis(part, axis, 0)
        for first in range(0, len(rows), block):
            yield promoted(rows[first : first + block])
