"""Which samples of a result are known on both paths around the square.

A sample is known if it depends on samples of the signal alone: not on what an action had to bring
in from beyond the ends, nor on what an operator meets there. Masks are boolean arrays over the dims
that an action moves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr

from invarsig.actions import Action
from invarsig.actions.point_map import PointMap, positions_of
from invarsig.axes import Axes, Axis, axis_of
from invarsig.errors import BorderError
from invarsig.operators import Operator

__all__ = ["Indexers", "known_places", "places_of", "there_and_back", "through"]

Indexers = dict[str, "slice | xr.DataArray"]
"""What ``isel`` takes: a slice along each dim, or the same points along all of them."""

_POINT = "point"


def known_places(
    op: Operator, x: xr.DataArray, y: xr.DataArray, action: Action, *, invariance: bool = False
) -> Indexers:
    """Places of ``op(x)`` where both paths are known.

    Raises
    ------
    BorderError
        If there is none; the message names lengths.
    """
    seen = action.known(x)
    first = through(op, x, y, seen, action)
    clean = through(op, x, y, xr.DataArray(True), action)
    last = clean if invariance else action.known(y, clean)
    known = first & last
    if not known.any():
        if first.any() and clean.any() and isinstance(action, PointMap) and action.interpolates(y):
            raise _all_interpolated(y, action, clean, last)
        raise _nothing_known(op, x, action, seen)
    return places_of(known)


def through(
    op: Operator, x: xr.DataArray, y: xr.DataArray, seen: xr.DataArray, action: Action
) -> xr.DataArray:
    """Which samples of ``op(x)`` depend only on samples of `x` that are `seen`, and on no border.

    Where a result has lost an axis, or depends on all of it, all of it must be seen.
    """
    reach = op.plan(Axes.of(x)).reach
    moved = [dim for dim in action.required if dim in x.dims]
    dims = [*moved, *(str(dim) for dim in seen.dims if dim not in moved)]
    for dim in dims:
        left, right = reach.get(dim, (0.0, 0.0))
        if dim not in y.dims or math.isinf(left + right):
            seen = seen.all(dim) if dim in seen.dims else seen
        else:
            seen = _along(seen, axis_of(x, dim), axis_of(y, dim), (left, right))
    return seen


def _along(
    seen: xr.DataArray, before: Axis, after: Axis, reach: tuple[float, float]
) -> xr.DataArray:
    left, right = (far / abs(before.step) for far in reach)
    place = (after.positions() + after.offset(before) - after.start) / before.step
    low = np.ceil(place - left - 1e-6).astype(np.int64)
    high = np.floor(place + right + 1e-6).astype(np.int64)
    size, dim = before.size, before.dim
    whole = seen if dim in seen.dims else seen.expand_dims({dim: size})
    bad = ~whole.transpose(..., dim).to_numpy()
    if before.periodic:
        turns = 1 + math.ceil((left + right + 1) / size)
        low, high = low + turns * size, high + turns * size
        bad = np.concatenate([bad] * (2 * turns + 1), axis=-1)
    inside = (low >= 0) & (high < bad.shape[-1])
    count = np.concatenate([np.zeros((*bad.shape[:-1], 1)), np.cumsum(bad, axis=-1)], axis=-1)
    last = bad.shape[-1]
    hit = count[..., np.clip(high + 1, 0, last)] - count[..., np.clip(low, 0, last)]
    dims = [*(other for other in seen.dims if other != dim), dim]
    return xr.DataArray((hit == 0) & inside, dims=dims)


def places_of(known: xr.DataArray) -> Indexers:
    """Indexers of what is known: slices if it is a box, else its points, along the dim "point"."""
    if known.all():
        return {}
    places = np.nonzero(known.to_numpy())
    low, high = [int(at.min()) for at in places], [int(at.max()) + 1 for at in places]
    box = {str(dim): slice(one, end) for dim, one, end in zip(known.dims, low, high, strict=True)}
    if places[0].size == math.prod(end - one for one, end in zip(low, high, strict=True)):
        return dict(box)
    return {
        str(dim): xr.DataArray(at, dims=_POINT) for dim, at in zip(known.dims, places, strict=True)
    }


def there_and_back(
    op: Operator,
    x: xr.DataArray,
    y: xr.DataArray,
    action: Action,
    measure: Callable[[xr.DataArray, xr.DataArray], Any],
    *,
    invariance: bool,
) -> Any:
    """What interpolation costs: ``f(g⁻¹ g x)`` against ``f(x)``, and ``g⁻¹ g f(x)``, likewise.

    The root of the sum of the squares of both. Each is compared where it is known after going there
    and back; NaN if that is nowhere.
    """
    back = action.at(-1)
    there = action(x)
    known = through(op, x, y, back.known(there, action.known(x)), action)
    parts = [_gap(op(back(there)), y, known, measure)]
    if not invariance:
        clean = through(op, x, y, xr.DataArray(True), action)
        turned = action.on_output(y)
        known = back.known(turned, action.known(y, clean))
        parts.append(_gap(back.on_output(turned), y, known, measure))
    return reduce(np.hypot, parts)


def _gap(
    again: xr.DataArray,
    y: xr.DataArray,
    known: xr.DataArray,
    measure: Callable[[xr.DataArray, xr.DataArray], Any],
) -> Any:
    if not known.any():
        return math.nan
    where = places_of(known)
    return measure(again.isel(where), y.isel(where))


def _nothing_known(
    op: Operator, x: xr.DataArray, action: Action, seen: xr.DataArray
) -> BorderError:
    reach = op.plan(Axes.of(x)).reach
    parts = []
    for dim in action.required:
        axis = axis_of(x, dim)
        far = sum(reach.get(dim, (0.0, 0.0))) / abs(axis.step)
        parts.append(f"{far:.0f} of {axis}")
    share = int(seen.sum()), seen.size
    return BorderError(
        f"Nothing is left inside the borders: of {share[1]} places of the input {action} leaves "
        f"{share[0]} known, and the operator's reach takes {'; '.join(parts)} (all of an axis that "
        "the result has lost). Give more signal, a smaller move, a place nearer to the middle as "
        "its center, or an operator that reaches less far."
    )


def _all_interpolated(
    y: xr.DataArray, action: PointMap, clean: xr.DataArray, last: xr.DataArray
) -> BorderError:
    """The result's own move leaves nothing: it computes samples between those of the result."""
    dims = [dim for dim in action.required if dim in y.dims]
    grid = " and ".join(str(axis_of(y, dim)) for dim in dims)
    remedy = "Give more signal, or an action that moves samples to samples of this grid"
    center = getattr(action, "center", None)
    if center is not None:
        near = {dim: _nearest(axis_of(y, dim), center[dim]) for dim in dims if dim in center}
        if near and not replace(action, center={**center, **near}).interpolates(y):  # type: ignore[type-var]
            remedy = f"Give more signal, or a center at a sample of the result, such as {near}"
    return BorderError(
        f"Nothing is left inside the borders: {action} does not map the grid of the result to "
        f"itself ({grid}), so the result is interpolated, with a reach of its own. It knows "
        f"{int(last.sum())} of the {int(clean.sum())} places that no border has reached, none "
        f"of them on both paths. {remedy}."
    )


def _nearest(axis: Axis, place: float) -> float:
    places = positions_of(axis)
    return float(places[np.abs(places - place).argmin()])
