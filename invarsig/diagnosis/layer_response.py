"""What a layer does, in a few numbers: its response to one noise that is always the same.

Whether a layer has changed since a baseline cannot be read from its text, which has no weights, nor
from its parameters, which a traced module or a function of one's own does not show. So each layer
is run on a fixed noise, on the grid of what it reads, and the response is kept as projections onto
fixed directions. Two layers that give the same values have the same response, whatever they are
made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

__all__ = ["Grid", "Response", "grid_of", "respond"]

# On how many directions a response is projected; and the spread of the noise, in decades: layers
# such as Relu6 or a level in decibels differ at large and small values alone.
_DIRECTIONS, _DECADES = 4, 1.0

# Of what random streams begin; those of `RandomState` are the same in every version of numpy.
_NOISE, _DIRECTION = 1, 1000

# How far ends of a coordinate may be apart, relative to its length, and be the same.
_SAME_ENDS = 1e-6

Grid = tuple[tuple[str, int, float, float], ...]
"""For each dim its name, its size, and the first and last label; NaN where labels are not numbers.
"""


@dataclass(frozen=True)
class Response:
    """A response to the fixed noise.

    Parameters
    ----------
    size, unknown
        Number of its values, and how many of them are NaN or infinite.
    level
        Root of the mean of their squares.
    projections
        Products with fixed directions of unit variance, over the level and the root of the size:
        each about 1. Another response whose values are ``d`` off, relative to the level, has
        projections that are about ``d`` off.
    """

    size: int
    unknown: int
    level: float
    projections: tuple[float, ...]

    def same(self, other: Response, tolerance: float) -> bool:
        """Whether two are the same, up to a round-off relative to the level.

        Examples
        --------
        >>> one = Response(4, 0, 1.0, (0.5, 1.0))
        >>> one.same(Response(4, 0, 1.0, (0.5, 1.001)), 1e-4), one.same(one, 1e-4)
        (False, True)
        """
        if (self.size, self.unknown) != (other.size, other.unknown):
            return False
        if not math.isclose(self.level, other.level, rel_tol=tolerance):
            return False
        apart = np.subtract(self.projections, other.projections)
        return bool(np.abs(apart).max(initial=0.0) <= tolerance)


def grid_of(x: xr.DataArray) -> Grid:
    """The dims of an array with their sizes and the ends of their coordinates."""
    return tuple((str(dim), x.sizes[dim], *_ends(x, str(dim))) for dim in x.dims)


def _ends(x: xr.DataArray, dim: str) -> tuple[float, float]:
    values = x[dim].to_numpy() if dim in x.coords and x.sizes[dim] else np.empty(0)
    if not values.size or values.dtype.kind not in "fiu":
        return math.nan, math.nan
    return float(values[0]), float(values[-1])


def respond(
    run: Callable[[Sequence[xr.DataArray]], xr.DataArray],
    inputs: Sequence[xr.DataArray],
    grids: Sequence[Grid],
) -> Response | None:
    """Run a layer on the fixed noise, on the grids that it had.

    Parameters
    ----------
    run
        The layer.
    inputs
        What it reads today: dtype and labels.
    grids
        The grid of each.

    Returns
    -------
    Response or None
        None where the layer cannot be run on such input.
    """
    try:
        noise = [_noise(x, grid, k) for k, (x, grid) in enumerate(zip(inputs, grids, strict=True))]
        # Of noise of so many sizes a logarithm is NaN, and an exponential is infinite.
        with np.errstate(all="ignore"):
            return _projected(run(noise).to_numpy())
    except Exception:  # noqa: BLE001 - a layer may be anyone's function, for its own input alone
        return None


def _projected(values: np.ndarray) -> Response:
    flat = np.concatenate([part.ravel() for part in _real_parts(values)]).astype(np.float64)
    known = np.isfinite(flat)
    flat = np.where(known, flat, 0.0)
    largest = float(np.abs(flat).max(initial=0.0))
    scaled = flat / largest if largest else flat
    norm = float(np.linalg.norm(scaled))
    directions = (
        np.random.RandomState(_DIRECTION + k).standard_normal(flat.size) for k in range(_DIRECTIONS)
    )
    projections = tuple(float(each @ scaled) / norm if norm else 0.0 for each in directions)
    level = largest * norm / math.sqrt(max(flat.size, 1))
    return Response(flat.size, int((~known).sum()), level, projections)


def _real_parts(values: np.ndarray) -> Iterator[np.ndarray]:
    yield values.real
    if values.dtype.kind == "c":
        yield values.imag


def _noise(x: xr.DataArray, grid: Grid, number: int) -> xr.DataArray:
    """The noise, in the dtype of an array, on a grid that may be another than that of the array."""
    dims = tuple(dim for dim, *_ in grid)
    if dims != x.dims:
        raise ValueError("it reads other dims")
    shape = tuple(size for _, size, *_ in grid)
    stream = np.random.RandomState(_NOISE + number)
    values: np.ndarray = stream.standard_normal(shape) * 10 ** stream.uniform(
        -_DECADES, _DECADES, shape
    )
    if x.dtype.kind == "c":
        values = values + 1j * stream.standard_normal(shape)
    elif x.dtype.kind != "f":
        values = np.clip(np.abs(8 * values), 0, 1 if x.dtype.kind == "b" else 127)
    moved = [place for place in zip(dims, grid, grid_of(x), strict=True) if not _same(*place[1:])]
    there = {dim for dim, *_ in moved}
    coords = {
        name: each for name, each in x.coords.items() if there.isdisjoint(map(str, each.dims))
    }
    for dim, (_, size, first, last), _ in moved:
        if dim in x.coords:
            coords[dim] = _placed(x[dim], size, first, last)
    return xr.DataArray(values.astype(x.dtype), coords, dims, x.name, x.attrs)


def _same(one: tuple[str, int, float, float], other: tuple[str, int, float, float]) -> bool:
    if one[:2] != other[:2]:
        return False
    apart = np.abs(np.subtract(one[2:], other[2:]))
    length = abs(one[3] - one[2])
    return bool(np.isnan(one[2:]).all() or (apart <= _SAME_ENDS * length).all())


def _placed(labels: xr.DataArray, size: int, first: float, last: float) -> xr.DataArray:
    """A uniform coordinate with these ends; what its unit and period are stays."""
    values = labels.to_numpy()
    if not math.isfinite(first + last) or values.dtype.kind not in "fiu":
        raise ValueError("its labels are not numbers")
    steps = np.diff(values)
    if steps.size and not np.allclose(steps, steps[0], rtol=1e-3, atol=0):
        raise ValueError("its labels are not uniform")
    return xr.DataArray(np.linspace(first, last, size), dims=labels.dims, attrs=labels.attrs)
