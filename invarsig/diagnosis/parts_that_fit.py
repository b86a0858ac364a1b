"""How many samples of an input to diagnose at once, so that the memory allowed suffices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import xarray as xr

from invarsig import parameters
from invarsig.aliasing.prepared_axis import dims_along, dims_of
from invarsig.axes import axis_of, in_memory
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.diagnosis.excerpt import excerpt, fitted
from invarsig.diagnosis.memory import Memory, bytes_in_words, measured_memory
from invarsig.diagnosis.segments import cut_into
from invarsig.errors import AxisError
from invarsig.operators import Operator

__all__ = ["parts_that_fit"]


def parts_that_fit(
    diagnosed: Callable[..., Diagnosis],
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None,
    most: int | None,
    max_memory: float,
) -> tuple[int | None, str]:
    """Find the largest parts that take no more memory than allowed, and say what they take.

    Parameters
    ----------
    diagnosed
        From an array, and ``most=``, to its diagnosis.
    op, x, along, most, max_memory
        As for `diagnose`.

    Returns
    -------
    int or None, str
        Samples to diagnose at once, None for all; and a sentence.

    Raises
    ------
    ParameterError
        If even the smallest parts take more, or the memory is not a number of bytes above 0.
    """
    allowed = parameters.positive(max_memory, "max_memory")
    x, _ = fitted(op, x)
    dims = dims_along(op, x, along)
    size = x.size if most is None else min(most, x.size)
    cut = None if size == x.size else cut_into(op, x, dims_of(op, x), size, dims)
    if cut is None:
        # All of it, or one part of a picture, is diagnosed at once.
        memory = _measured(diagnosed, op, x, dims, None)
        if memory.of(size) <= allowed:
            return most, _said(memory.of(size), x if size == x.size else None, size)
        cut = cut_into(op, x, dims_of(op, x), max(size // 2, 1), dims)
        if cut is None:
            size = memory.samples(allowed, size)
            return size, _said(memory.of(size), None, size)
    dim = cut[0]
    memory = _measured(diagnosed, op, x, dims, dim)
    samples = min(memory.samples(allowed, x.size), size, x.size - 1)
    count = -(-x.size // samples)
    length = samples * x.sizes[dim] // x.size
    return samples, _said(memory.of(samples, count), None, length, dim, x)


def _measured(
    diagnosed: Callable[..., Diagnosis],
    op: Operator,
    x: xr.DataArray,
    dims: Sequence[str],
    dim: str | None,
) -> Memory:
    """What parts along a dim take that are cut into segments; without one, parts at once."""

    def part(samples: int, at_once: int) -> Diagnosis:
        if dim is None:
            return diagnosed(in_memory(excerpt(op, x, dims_of(op, x), samples, dims).x), most=None)
        # As long as they are, the middle is as good as any.
        count = max(samples * x.sizes[dim] // x.size, 1)
        start = (x.sizes[dim] - count) // 2
        stretch = in_memory(x.isel({dim: slice(start, start + count)}))
        return diagnosed(stretch, most=at_once)

    return measured_memory(part, x.size, cut=dim is not None)


def _said(
    memory: float,
    whole: xr.DataArray | None,
    length: int = 0,
    dim: str = "",
    x: xr.DataArray | None = None,
) -> str:
    """About how much memory, and of what size parts are."""
    about = f"It takes about {bytes_in_words(memory)} of memory beside the input"
    if whole is not None:
        return f"{about}, diagnosed at once."
    if x is None:
        return f"{about}, in a part of {length} samples."
    try:
        axis = axis_of(x, dim)
        long = axis.in_words(length * abs(axis.step))
    except AxisError:
        long = f"{length} along {dim}"
    return f"{about}, in parts of {long}."
