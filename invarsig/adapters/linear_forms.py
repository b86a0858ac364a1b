"""A linear operator as numbers: its response on a ring, or its matrix, found by impulses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import Axis, axis_of, label, promoted
from invarsig.errors import InvarsigError, ParameterError
from invarsig.kernels.borders import Border, padded
from invarsig.operators import Operator, Plan

__all__ = ["Matrix", "Ring", "extension", "matrix_of", "ring_of"]

# How many numbers are held at once while impulses run, and how many a matrix may have.
_BLOCK, _ROOM = 1 << 22, 1 << 25


@dataclass(frozen=True, eq=False)
class Ring:
    """A filter as a product of spectra: ``y = F^-1(H F(e x))``, of which some samples are kept.

    Parameters
    ----------
    response
        H, over new dims and then the filtered ones.
    extensions
        For each filtered dim the samples of the input that make the ring; the number of them, for
        a zero.
    kept
        For each filtered dim the samples that are kept.
    real
        Whether real signals give real results.
    made
        New dims, and then the filtered ones.
    """

    response: np.ndarray
    extensions: tuple[np.ndarray, ...]
    kept: tuple[np.ndarray, ...]
    real: bool
    made: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Matrix:
    """A linear map as its entries that are not 0.

    Parameters
    ----------
    rows, columns
        Places of a result and of a sample, flattened in the order of C.
    values
        The entries.
    made, sizes
        Dims of the result, and their sizes.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    made: tuple[str, ...]
    sizes: tuple[int, ...]


def extension(size: int, before: int, after: int, boundary: Border) -> np.ndarray:
    """Which samples an axis is extended by; `size` stands for a zero.

    Examples
    --------
    >>> extension(3, 1, 2, "zero").tolist(), extension(3, 1, 2, "periodic").tolist()
    ([3, 0, 1, 2, 3, 3], [2, 0, 1, 2, 0, 1])
    """
    places = padded(np.arange(1, size + 1), 0, before, after, boundary) - 1
    return np.where(places < 0, size, places)


def ring_of(op: Operator, plan: Plan) -> Ring | None:
    """A shift-invariant filter on a ring, on which its input is extended by its own boundary.

    None where it loses a dim, has no form without its stride, or treats places differently.
    """
    before = [axis.dim for axis in plan.in_axes]
    after = {axis.dim: axis for axis in plan.out_axes}
    if not before or any(dim not in after for dim in before):
        return None
    spread: dict[str, tuple[int, int, str]] = {}
    for axis in plan.in_axes:
        found = _around(op, axis, plan)
        if found is None:
            return None
        spread[axis.dim] = found
    wide = [
        replace(axis, size=size, period=size * abs(axis.step))
        for axis in plan.in_axes
        for size in [axis.size + sum(spread[axis.dim][:2])]
    ]
    try:
        dense = op.restrided(dict.fromkeys(plan.stride, 1)) if plan.stride else op
        if dense is None:
            return None
        around = dense.bounded("periodic")
        impulse = np.zeros([axis.size for axis in wide])
        impulse[(0,) * len(wide)] = 1.0
        answer = around(label(impulse, *wide))
    except InvarsigError:
        return None
    made = tuple(str(dim) for dim in answer.dims if dim not in before)
    kept = []
    for axis in plan.in_axes:
        ahead = (after[axis.dim].offset(axis) - axis_of(answer, axis.dim).offset(axis)) / axis.step
        ahead += spread[axis.dim][0]
        stride = after[axis.dim].step / axis.step
        places = ahead + stride * np.arange(after[axis.dim].size)
        if abs(ahead - round(ahead)) > 1e-6 or abs(stride - round(stride)) > 1e-6:
            return None
        kept.append(np.round(places).astype(int) % answer.sizes[axis.dim])
    values = answer.transpose(*made, *before).to_numpy()
    last = tuple(range(-len(before), 0))
    return Ring(
        np.fft.fftn(values, axes=last),
        tuple(extension(axis.size, *spread[axis.dim]) for axis in plan.in_axes),
        tuple(kept),
        values.dtype.kind != "c",
        (*made, *before),
    )


def _around(op: Operator, axis: Axis, plan: Plan) -> tuple[int, int, str] | None:
    """By how many samples an axis is extended on either side, and how."""
    named: Any = getattr(op, "boundary", None)
    boundary = named.get(axis.dim) if isinstance(named, Mapping) else named
    left, right = plan.reach.get(axis.dim, (math.inf, math.inf))
    finite = math.isfinite(left + right)
    if boundary is None:
        boundary = "periodic" if axis.periodic else "valid" if finite else "symmetric"
    if boundary == "periodic":
        return 0, 0, "periodic"
    if finite:
        # A window begins up to its whole length before the position of its result.
        far = math.ceil((left + right) / abs(axis.step) - 1e-6) + 1
        far = min(far, axis.size - 1) if boundary in ("reflect", "symmetric") else far
        return far, far, "zero" if boundary == "valid" else boundary
    size = axis.size
    more = {"symmetric": size, "reflect": max(size - 2, 0)}.get(boundary, 2 * size)
    return 0, more, boundary


def matrix_of(op: Operator, x: xr.DataArray, plan: Plan) -> Matrix:
    """The matrix of a linear operator, by impulses that are too far apart to meet.

    Raises
    ------
    ParameterError
        If that would be too large.
    """
    axes, after = plan.in_axes, {axis.dim: axis for axis in plan.out_axes}
    gaps = [_gap(axis, after.get(axis.dim), plan) for axis in axes]
    sizes = [axis.size for axis in axes]
    if math.prod(gaps) * math.prod(sizes) > _ROOM:
        raise ParameterError(
            f"{op} has no form in torch on {' x '.join(map(str, sizes))} samples: as a matrix it "
            "is too large, and it is not a filter on a periodic axis. Make the axes periodic, or "
            "take a shorter input."
        )
    phases = list(itertools.product(*map(range, gaps)))
    block = max(1, _BLOCK // math.prod(sizes))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    made: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    for first in range(0, len(phases), block):
        some = phases[first : first + block]
        combs = np.zeros((len(some), *sizes))
        for number, phase in enumerate(some):
            every = tuple(slice(p, None, gap) for p, gap in zip(phase, gaps, strict=True))
            combs[number][every] = 1
        answers = op(_probing(combs, x, axes))
        made = tuple(str(dim) for dim in answers.dims if dim != "_probe")
        shape = tuple(answers.sizes[dim] for dim in made)
        plain = answers.transpose("_probe", *made).to_numpy()
        for number, phase in enumerate(some):
            rows = np.flatnonzero(plain[number])
            places = dict(zip(made, np.unravel_index(rows, shape), strict=True))
            columns = [
                _sample(axis, after.get(axis.dim), places.get(axis.dim), at, gap)
                for axis, at, gap in zip(axes, phase, gaps, strict=True)
            ]
            flat = np.ravel_multi_index([np.broadcast_to(c, rows.shape) for c in columns], sizes)
            found.append((rows, flat, plain[number].ravel()[rows]))
    rows, columns_, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Matrix(rows, columns_, promoted(values), made, shape)


def _probing(combs: np.ndarray, x: xr.DataArray, axes: Sequence[Axis]) -> xr.DataArray:
    """Impulses over the core dims, with the coordinates that the input has along them."""
    dims = [axis.dim for axis in axes]
    coords = {n: c for n, c in x.coords.items() if set(c.dims) <= set(dims)}
    return xr.DataArray(combs, coords, ("_probe", *dims))


def _gap(axis: Axis, after: Axis | None, plan: Plan) -> int:
    """How far apart impulses have to be, so that each result sees one of them at most."""
    left, right = plan.reach.get(axis.dim, (math.inf, math.inf))
    far = max(left, right) / abs(axis.step)
    if after is None or not math.isfinite(far) or 2 * far + 1 >= axis.size:
        return axis.size
    least = math.floor(2 * far + 1e-6) + 1
    if not axis.periodic:
        return least
    return next(gap for gap in range(least, axis.size + 1) if axis.size % gap == 0)


def _sample(
    axis: Axis, after: Axis | None, places: np.ndarray | None, phase: int, gap: int
) -> np.ndarray:
    """Which impulse of a comb each result has seen: the nearest one."""
    if gap == axis.size or after is None or places is None:
        return np.asarray(phase)
    there = (after.offset(axis) + after.step * places) / axis.step
    nearest = phase + gap * np.round((there - phase) / gap).astype(int)
    if axis.periodic:
        return np.asarray(nearest % axis.size)
    last = phase + gap * ((axis.size - 1 - phase) // gap)
    return np.asarray(np.clip(nearest, phase, last))
