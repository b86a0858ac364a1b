"""Kernels on chunked arrays: nothing is computed, and what comes out is chunked as well.

Chunks of other dims are mapped one by one. Along a core dim in several chunks an operator runs on
overlapping sections (`invarsig.axes.sections`), by a tree of partial results, or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes.applied import Kernel, applied, kind_of_result, promoted_dtype
from invarsig.axes.axis import Axis
from invarsig.axes.labeled import with_values
from invarsig.axes.parts import Parts
from invarsig.errors import AxisError, DtypeError, InvarsigError

__all__ = [
    "Parts",
    "applied_lazily",
    "is_chunked",
    "on_blocks",
    "require_one_chunk",
    "require_values",
]

# A kernel says of what type its results are on an axis of this length.
_SHORT = 240


def is_chunked(x: xr.DataArray) -> bool:
    """Whether the values of an array are dask's, which are not computed yet.

    Examples
    --------
    >>> x = xr.DataArray(np.zeros(4), dims="x")
    >>> is_chunked(x), is_chunked(x.chunk(x=2))
    (False, True)
    """
    return x.chunks is not None


def applied_lazily(
    kernel: Kernel,
    given: Any,
    batch: Sequence[Any],
    in_axes: Sequence[Axis],
    out_axes: Sequence[Axis],
    parts: Parts,
) -> tuple[Any, dict[str, Any]]:
    """Apply a kernel to a chunked array, and give the chunked result and what is found.

    Parameters
    ----------
    kernel
        As for `on_axes`.
    given
        dask array over `batch` and then the core dims.
    batch
        Names of the batch dims.
    in_axes, out_axes
        Axes of the core dims before and after.
    parts
        What is known of the operator.
    """
    first = given.ndim - len(in_axes)
    several = [axis.dim for k, axis in enumerate(in_axes, start=first) if len(given.chunks[k]) > 1]
    if parts.together:
        several += [dim for k, dim in enumerate(batch) if len(given.chunks[k]) > 1]
    if not several:
        return _block_by_block(kernel, given, in_axes, out_axes, parts)
    if set(several) <= set(parts.local) and parts.replan is not None:
        return _along_cuts(kernel, given, several, in_axes, out_axes, parts)
    if parts.by_tree is not None:
        values = given.astype(promoted_dtype(given.dtype))
        made = parts.by_tree(values)
        return made.astype(kind_of_result(made.dtype, values.dtype)), {}
    fixed = next(dim for dim in several if dim not in parts.local)
    dims = (*batch, *(axis.dim for axis in in_axes))
    raise _several_chunks(fixed, given, dims, parts.who, _why_whole(fixed, parts))


def _along_cuts(
    kernel: Kernel,
    given: Any,
    several: Sequence[str],
    in_axes: Sequence[Axis],
    out_axes: Sequence[Axis],
    parts: Parts,
) -> tuple[Any, dict[str, Any]]:
    """Run on sections along dims that are cut; a dim whose chunks are all merged is whole."""
    from invarsig.axes.sections import cut, in_sections

    made = {axis.dim: axis for axis in out_axes}
    cuts = {}
    for k, axis in enumerate(in_axes, start=given.ndim - len(in_axes)):
        if axis.dim in several:
            found = cut(axis, made[axis.dim], given.chunks[k], parts)
            if len(found.chunks) > 1:
                cuts[axis.dim] = found
            else:
                given = given.rechunk({k: -1})
    if not cuts:
        return _block_by_block(kernel, given, in_axes, out_axes, parts)
    dtype, _ = _told(kernel, given, in_axes, parts)
    return in_sections(given, cuts, in_axes, out_axes, parts, dtype), {}


def require_one_chunk(x: xr.DataArray, dims: Sequence[str], who: str) -> None:
    """Raise unless a chunked array has one chunk along each of these dims."""
    if not is_chunked(x):
        return
    data: Any = x.variable.data
    for dim in dims:
        if dim in x.dims and len(data.chunks[x.dims.index(dim)]) > 1:
            raise _several_chunks(dim, data, x.dims, who, _OF_ALL)


def require_values(x: Any, who: str) -> None:
    """Raise if an array is chunked: what is found by searching or by counting needs its values.

    Examples
    --------
    >>> require_values(xr.DataArray([1.0, 2.0]), "This measure")
    """
    if isinstance(x, xr.DataArray) and is_chunked(x):
        raise DtypeError(
            f"{who} decides by the values of its input, which are not computed: a chunked array of "
            f"{x.nbytes / 1e6:.3g} MB. Give it x.compute(), or a part of it."
        )


def on_blocks(
    function: Callable[..., xr.DataArray],
    x: xr.DataArray,
    whole: Sequence[str],
    who: str,
    args: Sequence[xr.DataArray] = (),
) -> xr.DataArray:
    """Apply a function of labeled arrays that keeps the grid to each block of a chunked one.

    Parameters
    ----------
    function
        Function of a labeled block, and of the same block of each of `args`.
    x
        Chunked array.
    whole
        Dims that have to be in one chunk, where `x` has them.
    who
        What applies it, as errors call it.
    args
        More chunked arrays, over some of the dims of `x`.
    """
    require_one_chunk(x, whole, who)
    like = x.astype(promoted_dtype(x.dtype))
    # The function is an argument, as xarray names a graph after arguments alone.
    made = xr.map_blocks(_called, x, list(args), {"function": function}, template=like)
    return with_values(like, made.variable.data)


def _called(block: xr.DataArray, *args: xr.DataArray, function: Any) -> xr.DataArray:
    made: xr.DataArray = function(block, *args)
    return made


_OF_ALL = "each of its results depends on all of it, so it is a core dimension. To fix this,"


def _why_whole(dim: str, parts: Parts) -> str:
    """Why a dim is needed in one chunk, up to where it is said how."""
    if not math.isfinite(sum(parts.reach.get(dim, (math.inf, math.inf)))):
        return _OF_ALL
    if parts.built_in:
        return "it is a core dimension, which is needed whole. To fix this,"
    return (
        "its plan does not say that parts of it may be taken one by one. If a result depends on "
        f"nothing but the samples that it reaches, say so in the plan, local={{{dim!r}: False}} "
        "(True if it wraps), or"
    )


def _several_chunks(dim: str, given: Any, dims: Sequence[Any], who: str, why: str) -> AxisError:
    place = tuple(dims).index(dim)
    count = len(given.chunks[place])
    sizes = [max(own) for own in given.chunks]
    sizes[place] = given.shape[place]
    megabytes = math.prod(sizes) * given.dtype.itemsize / 1e6
    return AxisError(
        f"Dimension {dim!r} of the input of {who} consists of {count} chunks, and {why} rechunk "
        f"into a single array chunk along this dimension, i.e. ``.chunk({{{dim!r}: -1}})``; the "
        f"largest chunk then holds {megabytes:.3g} MB of the input (chunk other dims for less)."
    )


def _block_by_block(
    kernel: Kernel, given: Any, in_axes: Sequence[Axis], out_axes: Sequence[Axis], parts: Parts
) -> tuple[Any, dict[str, Any]]:
    """Map the chunks of the batch."""
    import dask.array as da

    dtype, told = _told(kernel, given, in_axes, parts)
    names = list(told)
    batch = given.ndim - len(in_axes)
    metas = [np.empty((0,) * (batch + len(out_axes)), dtype)]
    metas += [np.empty((0,) * batch, own) for own in told.values()]
    before = ",".join(f"i{k}" for k in range(len(in_axes)))
    after = ",".join(f"o{k}" for k in range(len(out_axes)))
    made = da.apply_gufunc(  # type: ignore[no-untyped-call]
        _Block(None if parts.replan else kernel, parts.replan, tuple(in_axes), tuple(names)),
        f"({before})->({after})" + ",()" * len(names),
        given,
        meta=tuple(metas) if names else metas[0],
        output_sizes={f"o{k}": axis.size for k, axis in enumerate(out_axes)},
    )
    return (made[0], dict(zip(names, made[1:], strict=True))) if names else (made, {})


@dataclass(frozen=True)
class _Block:
    """A kernel on one block. One that can be planned again is: what it keeps stays at home."""

    kernel: Kernel | None
    replan: Callable[[Sequence[Axis]], tuple[Kernel, Sequence[Axis]]] | None
    in_axes: tuple[Axis, ...]
    names: tuple[str, ...]

    def __call__(self, values: np.ndarray) -> Any:
        """Apply it, and give what it finds in the order of the names."""
        kernel = self.replan(self.in_axes)[0] if self.replan is not None else self.kernel
        assert kernel is not None
        result, found = applied(kernel, values)
        more = tuple(np.asarray(found[name]) for name in self.names)
        return (result, *more) if more else result


def _told(
    kernel: Kernel, given: Any, in_axes: Sequence[Axis], parts: Parts
) -> tuple[np.dtype[Any], dict[str, np.dtype[Any]]]:
    """Types of the result and of what is found: those that come out for ones on short axes."""
    batch = given.ndim - len(in_axes)
    items = given.shape[:batch] if parts.together else (1,) * batch
    for size in (_SHORT, math.inf):
        axes = [_shortened(axis, size, parts) for axis in in_axes]
        try:
            own = kernel
            if axes != list(in_axes):
                if parts.replan is None:
                    continue
                own = parts.replan(axes)[0]
            ones = np.ones((*items, *(axis.size for axis in axes)), given.dtype)
            with np.errstate(all="ignore"):
                result, found = applied(own, ones)
            return result.dtype, {name: np.asarray(each).dtype for name, each in found.items()}
        except InvarsigError:
            if axes == list(in_axes):
                raise
    raise AssertionError("the axes themselves are the last that are tried")


def _shortened(axis: Axis, size: float, parts: Parts) -> Axis:
    """An axis of at least `size` samples, if it is that long, and of a few reaches."""
    reach, by = parts.reach.get(axis.dim, (0.0, 0.0)), parts.whole_shift(axis.dim)
    if math.isfinite(sum(reach)):
        size = max(size, 4 * sum(parts.covered(axis)) + 4 * by)
    if not math.isfinite(size):
        return axis
    whole = math.ceil(size / by) * by
    if whole >= axis.size:
        return axis
    period = whole * abs(axis.step) if axis.periodic else None
    return replace(axis, size=whole, period=period)
