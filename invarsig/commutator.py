"""The square: move then operate, minus operate then move."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from typing import Any, Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Action, Translate
from invarsig.axes import Axis, axis_of, difference, is_chunked, on_blocks, phase_name
from invarsig.errors import ParameterError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Align", "chosen_dims", "commutator", "grid_shift", "moved_apart", "moved_last"]

Align = Literal["fourier", "grid"]
"""How the result is moved: by the action's length, or by that plus the difference of the phases."""


def commutator(
    op: Operator, x: xr.DataArray, action: Action, *, align: Align = "fourier"
) -> xr.DataArray:
    """Measure the square that does not close: ``f(g(x)) - g(f(x))``.

    On the output side the action moves those of its dims that are still there; along a dim
    that the output has lost it is the identity, and the commutator shows invariance.

    Parameters
    ----------
    op
        Operator or pipeline f.
    x
        Labeled array.
    action
        The move g, in the units of the axes.
    align
        "fourier": the result moves by the same length as the input. "grid": for operators that
        choose their samples and say so in a coordinate ``{dim}_phase`` (`PolyphasePool`), it moves
        by the length between the samples chosen, for each batch item by its own; that is whole
        samples where the input moves by whole samples. Without such a coordinate both are the same.

    Returns
    -------
    xarray.DataArray
        On the grid of ``op(x)``.

    Raises
    ------
    DimError
        If `x` lacks a dim that the action moves along.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([1.0, 0.0, 0.0, 0.0], iv.Axis("x", period=4.0))
    >>> iv.commutator(iv.Subsample(stride={"x": 2}), x, iv.Translate(x=2)).values.tolist()
    [0.0, 0.0]
    >>> iv.commutator(iv.Subsample(stride={"x": 2}), x, iv.Translate(x=1)).values.round(6).tolist()
    [-0.5, -0.5]

    References
    ----------
    Cohen & Welling (2016), Group equivariant convolutional networks, arXiv:1602.07576.
    """
    require_operator(op)
    if not isinstance(action, Action):
        raise ParameterError(f"{action!r} is not an action; give one such as iv.Translate(x=1).")
    action = action.on(x)
    first = op(action(x))
    return difference(first, moved_last(op(x), first, action, align))


def moved_last(y: xr.DataArray, first: xr.DataArray, action: Action, align: Align) -> xr.DataArray:
    """Move a result: ``g f(x)``, or ``f(x)`` moved as `grid_shift` says, item by item.

    Parameters
    ----------
    y
        The result ``f(x)``.
    first
        The result of the moved input, ``f(g x)``.
    action, align
        As for `commutator`.
    """
    parameters.one_of("align", align, Align)
    dims = chosen_dims(y, first)
    if align == "fourier" or not dims:
        return action.on_output(y)
    move = _translation(action)
    lengths = [_length(y, first, move, dim) for dim in dims]
    own = [xr.DataArray(length) for length in lengths]
    if is_chunked(y):
        each = partial(_moved_by, move=move, dims=dims)
        return on_blocks(each, y, (*dims, *move.shifts), f"{action}", own)
    return _moved_by(y, *own, move=move, dims=dims)


def _moved_by(
    y: xr.DataArray, *lengths: xr.DataArray, move: Translate, dims: Sequence[str]
) -> xr.DataArray:
    """Move each batch item by its own lengths along some dims, and as `move` does along others."""
    kept = {dim: length for dim, length in move.shifts.items() if dim not in dims}
    out = move.on_output(y)
    values = out.to_numpy().copy()
    each = np.broadcast_arrays(*(_spread(length.variable, y) for length in lengths))
    for place in np.unique(np.stack([own.ravel() for own in each]), axis=1).T:
        if not np.isfinite(place).all():
            continue  # NaN has no phase, and stays NaN wherever it is moved
        here_by = dict(zip(dims, place.tolist(), strict=True))
        own = Translate({**kept, **here_by}, boundary=move.boundary)
        here = np.all([a == b for a, b in zip(each, place, strict=True)], axis=0)
        values = np.where(here, own.on_output(y).to_numpy(), values)
    return out.copy(data=values)


def grid_shift(y: xr.DataArray, first: xr.DataArray, action: Action, dim: str) -> xr.DataArray:
    """By how many of its samples a result moves from one choice of samples to another.

    ``(p + d - p') / s`` for an input shift of d samples, where the result of the original input
    holds every s-th sample from p on, and that of the moved input from p' on: a whole number.

    Parameters
    ----------
    y, first
        ``f(x)`` and ``f(g x)``, which carry the coordinate ``{dim}_phase``.
    action
        The move g.
    dim
        Along which.

    Returns
    -------
    xarray.DataArray
        Over the batch dims. Where they differ, the batch items have moved apart.

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.commutator import grid_shift
    >>> x = iv.label([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], "channel", iv.Axis("x", period=4.0))
    >>> pool, move = iv.PolyphasePool(stride={"x": 2}), iv.Translate(x=1)
    >>> grid_shift(pool(x), pool(move(x)), move, "x").values.tolist()
    [0.0, 1.0]
    """
    length = xr.DataArray(_length(y, first, _translation(action), dim))
    return _in_samples(length, axis_of(y, dim))


def _in_samples(length: xr.DataArray, axis: Axis) -> xr.DataArray:
    if is_chunked(length):
        return on_blocks(partial(_in_samples, axis=axis), length, (), "grid_shift")
    samples = [axis.samples(each) if np.isfinite(each) else np.nan for each in length.values.flat]
    return length.copy(data=np.reshape(samples, length.shape))


def moved_apart(y: xr.DataArray, first: xr.DataArray, action: Action) -> Any:
    """How far batch items move apart, in samples of the result: the spread of their `grid_shift`.

    0 where all move by the same amount, as with one phase for all. NaN where a phase is unknown.
    Of chunked arrays the number is not computed yet.

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.commutator import moved_apart
    >>> x = iv.label([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], "channel", iv.Axis("x", period=4.0))
    >>> pool, move = iv.PolyphasePool(stride={"x": 2}), iv.Translate(x=1)
    >>> moved_apart(pool(x), pool(move(x)), move)
    1.0
    """
    shifts = [grid_shift(y, first, action, dim) for dim in chosen_dims(y, first)]
    if any(is_chunked(shift) for shift in shifts):
        each = [shift.max(skipna=False) - shift.min(skipna=False) for shift in shifts]
        largest: Any = np.maximum
        return reduce(largest, each)
    return float(np.max([np.ptp(shift.to_numpy()) for shift in shifts], initial=0.0))


def chosen_dims(*results: xr.DataArray) -> tuple[str, ...]:
    """Dims along which all of these results record how far from their labels samples were taken."""
    return tuple(
        str(dim)
        for dim in results[0].dims
        if all(dim in y.dims and phase_name(str(dim)) in y.coords for y in results)
    )


def _length(y: xr.DataArray, first: xr.DataArray, move: Translate, dim: str) -> xr.Variable:
    """How far a result moves along a dim, in the axis' unit: one length for each batch item."""
    before, after = (each.coords[phase_name(dim)].variable for each in (y, first))
    length: xr.Variable = before - after + move.shifts.get(dim, 0.0)
    return length


def _spread(length: xr.Variable, y: xr.DataArray) -> np.ndarray:
    """Lengths over the batch dims, in a shape that broadcasts over a result."""
    there = [dim for dim in y.dims if dim in length.dims]
    shape = [y.sizes[dim] if dim in length.dims else 1 for dim in y.dims]
    return np.asarray(length.transpose(*there).to_numpy()).reshape(shape)


def _translation(action: Action) -> Translate:
    if not isinstance(action, Translate):
        raise ParameterError(
            f"align='grid' is defined for translations; {action} needs align='fourier'."
        )
    return action
