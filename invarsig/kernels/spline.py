"""Arrays read at any positions on their grid: samples at whole positions, splines elsewhere.

The spline is quintic and passes through every sample. A sample more than 12 away has a weight below
4e-5. The error of the spline depends on the frequencies in the signal, and is measured with every
result (an action's floor).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from invarsig.kernels.rounding import rounded_up

__all__ = ["REACH", "below", "below_reach", "read_at", "snapped", "touched"]

REACH = 12
_ORDER = 5
_HALF_WIDTH = 16
_BETA = 5.0
_WHOLE = 1e-6
_SEAM = 24


def snapped(places: np.ndarray) -> tuple[np.ndarray, tuple[bool, ...]]:
    """Places without the round-off of labels, and for each axis whether all of them are whole.

    `places` is ``(d, *grid)``: where each result is read, in samples, along each of d axes.
    """
    whole = np.round(places)
    near = np.abs(places - whole) <= _WHOLE
    return np.where(near, whole, places), tuple(bool(each.all()) for each in near)


def read_at(
    values: np.ndarray, places: np.ndarray, boundary: str, *, ring: bool | Sequence[bool]
) -> np.ndarray:
    """Read an array ``(..., *grid)`` at places ``(d, *grid)`` of its last d axes.

    Beyond the ends lies the other end (`ring`, for all axes or for each), or what `boundary` says:
    "zero", "reflect" (the mirror image about the last sample) or "nan".
    """
    places, whole = snapped(places)
    rings = _for_each(ring, len(places))
    batch, size = (
        values.shape[: values.ndim - len(places)],
        values.shape[values.ndim - len(places) :],
    )
    planes = values.reshape(-1, *size)
    if all(whole):
        index = _indices(places, size, boundary, rings)
        found = np.stack([plane[index] for plane in planes])
    else:
        found = np.stack([_spline(plane, places, rings) for plane in planes]).astype(values.dtype)
    if not all(rings) and boundary != "reflect":
        outside = values.dtype.type(math.nan if boundary == "nan" else 0)
        found = np.where(_inside(places, size, rings), found, outside)
    return found.reshape(*batch, *places.shape[1:])


def touched(
    bad: np.ndarray,
    places: np.ndarray,
    *,
    ring: bool | Sequence[bool],
    beyond: bool,
    before: int = 0,
    reach: int = REACH,
) -> np.ndarray:
    """Which results of reading at `places` depend on a bad sample.

    `bad` is ``(*grid)``, and `beyond` whether what lies beyond the ends is bad, too; if it is not,
    it is the mirror image. `ring` is as for `read_at`, `reach` how far an interpolation reaches,
    and `before` how far a filter did that came before it.
    """
    from scipy import ndimage

    places, whole = snapped(places)
    rings = _for_each(ring, len(places))
    wide = bad
    for axis, exact in enumerate(whole):
        far = before + (0 if exact else reach)
        if far:  # one axis after the other: a box is separable
            wide = ndimage.maximum_filter1d(
                wide.astype(np.uint8),
                2 * far + 1,
                axis=axis,
                mode="wrap" if rings[axis] else "constant",
                cval=int(beyond),
            ).astype(bool)
    hit = np.zeros(places.shape[1:], dtype=bool)
    for corner in product((np.floor, np.ceil), repeat=len(places)):
        at = np.stack([side(each) for side, each in zip(corner, places, strict=True)])
        hit |= wide[_indices(at, bad.shape, "reflect", rings)]
    return hit | ~_inside(places, bad.shape, rings) if beyond else hit


def below_reach(ratio: float) -> int:
    """How far `below` reaches, in samples."""
    return int(rounded_up(_HALF_WIDTH / ratio))


def below(values: np.ndarray, axis: int, ratio: float) -> np.ndarray:
    """Keep frequencies below a share `ratio` of Nyquist: a sinc under a Kaiser window."""
    from scipy import ndimage, special

    half = below_reach(ratio)
    k = np.arange(-half, half + 1)
    bell = special.i0(_BETA * np.sqrt(np.clip(1 - (k / (half + 1)) ** 2, 0, None)))
    taps = np.sinc(ratio * k) * bell
    return np.asarray(ndimage.convolve1d(values, taps / taps.sum(), axis=axis, mode="mirror"))


def _for_each(ring: bool | Sequence[bool], count: int) -> tuple[bool, ...]:
    return (ring,) * count if isinstance(ring, bool) else tuple(ring)


def _inside(places: np.ndarray, size: tuple[int, ...], rings: Sequence[bool]) -> np.ndarray:
    inside = np.ones(places.shape[1:], dtype=bool)
    for each, count, ring in zip(places, size, rings, strict=True):
        if not ring:
            inside &= (each >= 0) & (each <= count - 1)
    return inside


def _indices(
    places: np.ndarray, size: tuple[int, ...], boundary: str, rings: Sequence[bool]
) -> tuple[np.ndarray, ...]:
    """Whole places as indices that lie in the array."""
    index = []
    for each, count, ring in zip(places.astype(np.int64), size, rings, strict=True):
        if ring or count == 1:
            index.append(each % count)
        elif boundary == "reflect":
            turn = each % (2 * count - 2)
            index.append(np.minimum(turn, 2 * count - 2 - turn))
        else:
            index.append(np.clip(each, 0, count - 1))
    return tuple(index)


def _spline(plane: np.ndarray, places: np.ndarray, rings: tuple[bool, ...]) -> np.ndarray:
    """The spline through one plane; NaN wherever it depends on NaN."""
    from scipy import ndimage

    if plane.dtype.kind == "c":
        real, imaginary = (_spline(part, places, rings) for part in (plane.real, plane.imag))
        return np.asarray(real + 1j * imaginary)
    bad = ~np.isfinite(plane)
    numbers = np.where(bad, 0.0, plane).astype(np.float64)
    at, mode = places, "grid-wrap" if all(rings) else "mirror"
    if any(rings) and not all(rings):  # scipy has one boundary mode for all axes
        sides = [_SEAM if ring else 0 for ring in rings]
        numbers = np.pad(numbers, [(side, side) for side in sides], mode="wrap")
        at = np.stack(
            [
                each % count + side if ring else each
                for each, count, side, ring in zip(places, plane.shape, sides, rings, strict=True)
            ]
        )
    found = np.asarray(ndimage.map_coordinates(numbers, at, order=_ORDER, mode=mode))
    if bad.any():
        found[touched(bad, places, ring=rings, beyond=False)] = np.nan
    return found
