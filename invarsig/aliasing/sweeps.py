"""Sweeps: the errors of many shifts, along one axis or jointly along several."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Literal

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.actions import Translate
from invarsig.aliasing.lift import has_lift, total_stride, whole_shift
from invarsig.aliasing.shifts import Shifts, default_lengths, grid_of, shifts_along
from invarsig.axes import Axes, axis_of, difference
from invarsig.errors import AxisError, ParameterError
from invarsig.kernels.interpolation import is_whole
from invarsig.measures.norms import Norm, relative, usual_norm
from invarsig.operators import Dense, Operator
from invarsig.operators.base import require_operator
from invarsig.operators.work import work

__all__ = ["Method", "outputs_of_moves", "sweep"]

Method = Literal["shifting", "lift"]
"""Each input moved separately, or all whole shifts read off one lift."""


def sweep(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str],
    *,
    shifts: Shifts | None = None,
    norm: Norm | None = None,
    method: Method | None = None,
) -> xr.DataArray:
    """Measure the equivariance error at every combination of shifts along some periodic axes.

    ``||f(T_d x) - T_d f(x)|| / ||f(x)||``. Outputs at whole shifts are all in the lift,
    ``f(T_k x)[j] = Z[S j - k]``: where that is less work than to move the input again and again,
    they are read off there. Both ways give the same to rounding.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labeled array, periodic along the axes.
    along
        One dim, or several that are moved along together.
    shifts
        Shifts in the unit of the axis, for all dims or as a mapping from dims. By default up to
        eight whole ones spread over one total stride, half of it among them or in addition, and two
        incommensurate ones: a multiple of an inner stride is blind to the stages before it.
    norm
        As for `equivariance_error`.
    method
        "shifting" or "lift"; by default whichever is less work.

    Returns
    -------
    xarray.DataArray
        Over "length" for one dim, and over ``length_{dim}`` for each of several. ``attrs``: the
        ``method``, and the ``worst`` error with its shifts as text.

    Raises
    ------
    AxisError
        If an axis is not periodic.
    DimError
        If `x` lacks a dim, or the shifts name another.
    UnexplainedError
        If the output has lost it.

    Examples
    --------
    >>> import invarsig as iv
    >>> axes = [iv.Axis(dim, size=24, unit="px", period=24.0) for dim in ("y", "x")]
    >>> x = iv.power_law_noise(*axes, exponent=1.0, rng=1)
    >>> errors = iv.aliasing.sweep(iv.MaxPool(window={"y": 2, "x": 3}), x, ["y", "x"])
    >>> dict(errors.sizes), errors.attrs["method"]
    ({'length_y': 4, 'length_x': 6}, 'lift')
    >>> bool(abs(errors.sel(length_y=2.0, length_x=3.0)) < 1e-12)
    True
    """
    require_operator(op)
    norm = usual_norm(op, norm)
    if method is not None:
        parameters.one_of("method", method, Method)
    dims = (along,) if isinstance(along, str) else tuple(along)
    if not dims:
        raise ParameterError("No dim is given to sweep along.")
    own = shifts_along(shifts, dims, partial(axis_of, x))
    lengths = {dim: _lengths(op, x, dim, own.get(dim)) for dim in dims}
    moves = [Translate(dict(zip(dims, each, strict=True))) for each in product(*lengths.values())]
    y = op(x)
    chosen = method or _less_work(op, x, moves, dims)
    errors = [
        float(relative(difference(first, move.on_output(y)), y, norm, (), dims))
        for move, first in outputs_of_moves(op, x, moves, dims, method=chosen, y=y)
    ]
    names = ["length"] if len(dims) == 1 else [f"length_{dim}" for dim in dims]
    out = xr.DataArray(
        np.reshape(errors, [len(each) for each in lengths.values()]),
        dims=names,
        coords={
            name: (name, list(each), {"units": axis_of(x, dim).length_unit, "along": dim})
            for name, (dim, each) in zip(names, lengths.items(), strict=True)
        },
        name="equivariance_error",
    )
    place = int(np.argmax(np.nan_to_num(errors, nan=np.inf)))
    return out.assign_attrs(
        units="1", norm=norm, method=chosen, worst=errors[place], worst_at=str(moves[place])
    )


def outputs_of_moves(
    op: Operator,
    x: xr.DataArray,
    moves: Sequence[Translate],
    dims: Sequence[str],
    *,
    method: Method,
    y: xr.DataArray,
    lifted: xr.DataArray | None = None,
) -> Iterator[tuple[Translate, xr.DataArray]]:
    """Iterate over the outputs of moved inputs, ``f(T_d x)``.

    Parameters
    ----------
    op, x
        As for `sweep`.
    moves
        Translations along `dims`.
    method
        "lift" reads those by whole numbers of samples of the lift's grid off the lift, and moves
        the input for the others.
    y
        ``op(x)``.
    lifted
        The lift to the default grid, where it is available.
    """
    parameters.one_of("method", method, Method)
    if method == "lift":
        for dim in dims:
            total_stride(op, x, dim)
    grids, strides = _grids(op, x, dims)
    counts = {dim: strides[dim] // grids[dim] for dim in dims}
    for move in moves:
        places = _places(x, move, grids)
        if method == "shifting" or not all(is_whole(place) for place in places.values()):
            yield move, op(move(x))
            continue
        if lifted is None:
            fine = {dim: grid for dim, grid in grids.items() if grid != strides[dim]}
            lifted = Dense(op, fine)(x) if fine else y
        whole: dict[Hashable, int] = {dim: round(place) for dim, place in places.items()}
        decimated = lifted.roll(whole, roll_coords=False).isel(
            {dim: slice(None, None, by) for dim, by in counts.items()}
        )
        yield move, y.copy(data=decimated.transpose(*y.dims).to_numpy())


def _lengths(
    op: Operator, x: xr.DataArray, dim: str, given: Sequence[float] | None
) -> tuple[float, ...]:
    """Shifts along one dim, in the unit of its axis."""
    axis = axis_of(x, dim)
    if not axis.periodic:
        raise AxisError(
            f"A sweep moves along periodic axes, and {axis} is not one; make it periodic with "
            "iv.aliasing.periodized, or use equivariance_error, which has protocols for finite "
            "axes."
        )
    if given is not None:
        return tuple(given)
    grids, strides = _grids(op, x, [dim])
    return tuple(default_lengths(axis, strides[dim], grids[dim]))


def _grids(
    op: Operator, x: xr.DataArray, dims: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """For each dim the grid of the lift, and the smallest whole shift: the total stride."""
    strides = {dim: whole_shift(op, x, dim) for dim in dims}
    return {dim: grid_of(op, x, dim, strides[dim]) for dim in dims}, strides


def _less_work(
    op: Operator, x: xr.DataArray, moves: Sequence[Translate], dims: Sequence[str]
) -> Method:
    """The lift, if it is cheaper for these moves and the operator is shift-invariant."""
    plan = op.plan(Axes.of(x))
    grids, strides = _grids(op, x, dims)
    if not all(plan.shares(dim) and has_lift(op, x, dim) for dim in dims):
        return "shifting"
    whole = sum(
        all(is_whole(place) for place in _places(x, move, grids).values()) for move in moves
    )
    fine = {dim: grid for dim, grid in grids.items() if grid != strides[dim]}
    return "lift" if work(op, x, fine) < whole * work(op, x) else "shifting"


def _places(x: xr.DataArray, move: Translate, grids: Mapping[str, int]) -> dict[str, float]:
    """A move in samples of the lift's grid, dim by dim."""
    return {
        dim: move.shifts.get(dim, 0.0) / axis_of(x, dim).step / grid for dim, grid in grids.items()
    }
