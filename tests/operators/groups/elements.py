"""The group of quarter turns and flips by its matrices: slow, and independent of the package.

Vectors are (first, last) of the plane, here (y, x). A turn by π/2 takes x to y.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

import invarsig as iv

TURN = np.array([[0, 1], [-1, 0]])
"""A quarter turn of (y, x): x becomes y, and y becomes -x."""

MIRROR = np.array([[-1, 0], [0, 1]])
"""y becomes -y."""


def matrix(turns: int, mirrored: int) -> np.ndarray:
    """The element ``R^turns M^mirrored``."""
    return np.linalg.matrix_power(TURN, turns % 4) @ np.linalg.matrix_power(MIRROR, mirrored)


P4 = [(turns, 0) for turns in range(4)]
P4M = [(turns, mirrored) for turns in range(4) for mirrored in range(2)]


def inverse(g: np.ndarray) -> np.ndarray:
    """Orthogonal matrices of whole numbers are inverted by transposing them."""
    return g.T


def named(g: np.ndarray) -> tuple[int, int]:
    """How many turns and mirrorings a matrix is."""
    return next(name for name in P4M if np.array_equal(matrix(*name), g))


def moved(y: xr.DataArray, g: np.ndarray, center: tuple[float, float]) -> xr.DataArray:
    """A picture, or a function on the group, moved about a center on rings: ``y(g⁻¹ ·)``."""
    out = y.copy(deep=True)
    (first, last) = (iv.axis_of(y, dim) for dim in ("y", "x"))
    where = np.stack(np.meshgrid(first.positions(), last.positions(), indexing="ij"))
    offset = np.array(center).reshape(2, 1, 1)
    source = np.tensordot(inverse(g), where - offset, axes=1) + offset
    places = []
    for axis, each in zip((first, last), source, strict=True):
        place = (each - axis.start) / axis.step
        np.testing.assert_allclose(place, np.round(place), atol=1e-9, err_msg="off the grid")
        places.append(np.round(place).astype(int) % axis.size)
    values = y.transpose(..., "y", "x").to_numpy()[..., places[0], places[1]]
    out = y.transpose(..., "y", "x").copy(data=values)
    if "orientation" not in y.dims:
        return out
    names = P4M if "reflection" in y.dims else P4
    result = out.copy(deep=True)
    for name in names:
        result[_at(name, y)] = out[_at(named(inverse(g) @ matrix(*name)), y)]
    return result


def _at(name: tuple[int, int], y: xr.DataArray) -> dict[str, int]:
    return (
        dict(zip(("orientation", "reflection"), name, strict=True))
        if ("reflection" in y.dims)
        else {"orientation": name[0]}
    )


def taken(kernel: np.ndarray, k: np.ndarray) -> float:
    """A tap of a centered kernel at an offset in samples, half ones where it is even."""
    place = k + (np.array(kernel.shape) - 1) / 2
    inside = (place >= 0).all() and (place < kernel.shape).all()
    return float(kernel[tuple(np.round(place).astype(int))]) if inside else 0.0


def naive(kernels: np.ndarray, x: np.ndarray, group: list[tuple[int, int]]) -> np.ndarray:
    """``y[g, n] = sum h[g⁻¹ g', g⁻¹ k] x[g', n - k]`` on rings, tap by tap.

    `kernels` and `x` are (element, y, x), in the order of the group; of a kernel of even size the
    middle is half a sample later, and so is the sample of the result.
    """
    size = kernels.shape[-1]
    half = (size - 1) / 2
    offsets = np.arange(size) - half
    later = half % 1
    out = np.zeros((len(group), *x.shape[1:]))
    for i, g in enumerate(group):
        back = inverse(matrix(*g))
        for j, other in enumerate(group):
            kernel = kernels[group.index(named(back @ matrix(*other)))]
            for ky in offsets:
                for kx in offsets:
                    tap = taken(kernel, back @ np.array([ky, kx]))
                    shift = (round(ky - later), round(kx - later))
                    out[i] += tap * np.roll(x[j], shift, axis=(0, 1))
    return out
