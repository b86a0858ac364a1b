"""Excerpts: the part of an input that a pipeline runs on; for a long input, the loudest part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from invarsig.aliasing import stride_and_reach
from invarsig.axes import Axes, axis_of, promoted
from invarsig.errors import InvarsigError, StrideError
from invarsig.operators import Operator

__all__ = ["excerpt", "fitted"]

# Samples whose energy is taken at once.
_BLOCK = 1 << 18


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


def excerpt(
    op: Operator, x: xr.DataArray, dims: Sequence[str], most: int | None
) -> tuple[xr.DataArray, str]:
    """Cut a long input down along its finite dims, to where it has the most energy.

    The part is a whole number of total strides long along each dim that is cut, and the pipeline
    runs on it (if necessary, what is left out is such a multiple instead). Where windows are
    longer, the part is longer too, and where less than one total stride would be left, the dim
    stays whole.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array that it runs on.
    dims
        Dims that may be cut; those of them that are periodic stay whole.
    most
        Largest number of samples to keep, or None for all.

    Returns
    -------
    xarray.DataArray, str
        The excerpt, and a sentence on what was cut ("" if nothing was).

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0, 0.0, 3.0, 2.0, 0.0, 0.0], iv.Axis("time", step=0.5, unit="s"))
    >>> excerpt(iv.Relu(), x, ["time"], 3)[0].values.tolist()
    [0.0, 3.0, 2.0]
    >>> excerpt(iv.Subsample(stride={"time": 2}), x, ["time"], 3)[0].values.tolist()
    [3.0, 2.0]
    """
    ending = [dim for dim in dims if dim in x.dims and not axis_of(x, dim).periodic]
    if most is None or x.size <= most or not ending:
        return x, ""
    share = (most / x.size) ** (1 / len(ending))
    strides = {dim: stride_and_reach(op, x, dim)[0] for dim in ending}
    parts, kept, whole = [], [], x.size
    for dim in ending:
        before = x.sizes[dim]
        x = _cut(op, x, dim, int(share * before), strides[dim])
        if x.sizes[dim] == before:
            kept.append(dim)
            continue
        axis = axis_of(x, dim)
        end = axis.start + (axis.size - 1) * axis.step
        parts.append(f"{dim} {axis.start:.6g} to {axis.in_words(end)}")
    text = ""
    if parts:
        text = (
            f"The input has {whole} samples; the part with the most energy is diagnosed at once, "
            f"{', '.join(parts)}. Use most=None (--whole) for all of it."
        )
    if kept:
        those = " and ".join(f"{dim} ({x.sizes[dim]} samples)" for dim in kept)
        text += (
            f" Along {those} nothing was cut: a part of {most} samples would be shorter than one "
            "total stride, or than the pipeline's windows."
        )
    return x, text.strip()


def _cut(op: Operator, x: xr.DataArray, dim: str, most: int, stride: int) -> xr.DataArray:
    """The loudest part that is a multiple of the stride; longer than requested if necessary."""
    whole = x.sizes[dim]
    size = most // stride * stride or whole
    while size < whole:
        # After a window without a border a stride may not divide multiples of the total one.
        shorter = whole - -(-(whole - size) // stride) * stride
        for each in (size, shorter):
            start = _loudest(x, dim, each) if each > 0 else 0
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


def _loudest(x: xr.DataArray, dim: str, size: int) -> int:
    """Where a window of a given size holds the most energy, without the mean."""
    if not isinstance(x.variable._data, np.ndarray):
        return _loudest_of_lazy(x, dim, size)
    values = np.moveaxis(promoted(x.to_numpy()), x.get_axis_num(dim), 0)
    total = np.zeros(len(values) + 1)
    others = tuple(range(1, values.ndim))
    block = max(_BLOCK * len(values) // max(values.size, 1), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.mean()
        mean = mean if np.isfinite(mean) else np.nanmean(values)
        # Block by block: beside a long recording there is no room for several like it.
        for begin in range(0, len(values), block):
            part = np.abs(values[begin : begin + block] - mean) ** 2
            total[begin + 1 : begin + 1 + len(part)] = np.nan_to_num(part).sum(axis=others)
    np.cumsum(total, out=total)
    return int(np.argmax(total[size:] - total[:-size]))


def _loudest_of_lazy(x: xr.DataArray, dim: str, size: int) -> int:
    """The same, of an input that is read twice, block by block."""
    weight, count = 0.0 * np.zeros((), promoted(np.zeros(0, x.dtype)).dtype), 0
    for part in _parts(x, dim):
        there = ~np.isnan(part)
        weight, count = weight + part[there].sum(), count + int(there.sum())
    mean = weight / max(count, 1)
    best, place, first = -np.inf, 0, 0
    # Sums up to each place from which a window may still begin.
    totals = np.zeros(1)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in _parts(x, dim):
            power = np.nan_to_num(np.abs(part - mean) ** 2).reshape(len(part), -1).sum(axis=1)
            more = np.cumsum(np.concatenate([totals[-1:], power]))[1:]
            totals = np.concatenate([totals, more])
            known = len(totals) - size
            if known > 0:
                held = totals[size:] - totals[:known]
                at = int(np.argmax(held))
                if held[at] > best:
                    best, place = held[at], first + at
                totals, first = totals[known:], first + known
    return place


def _parts(x: xr.DataArray, dim: str) -> Iterator[np.ndarray]:
    """Blocks along a dim, which comes first."""
    axis, count = x.get_axis_num(dim), x.sizes[dim]
    block = max(_BLOCK * count // max(x.size, 1), 1)
    for begin in range(0, count, block):
        part = x.variable.isel({dim: slice(begin, begin + block)}).to_numpy()
        yield np.moveaxis(promoted(part), axis, 0)
