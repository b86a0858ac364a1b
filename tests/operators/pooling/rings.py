"""Small arrays that go round, and windows gathered one by one, for the tests of pools."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from invarsig import Axis, label

NAMES = ("z", "y", "x")
MODES = {
    "periodic": "wrap",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
    "zero": "constant",
}
WINDOWS = [
    ((24,), (3,), (1,)),
    ((24,), (5,), (2,)),
    ((24,), (4,), (4,)),
    ((12, 18), (3, 5), (2, 3)),
    ((12, 18), (4, 1), (1, 6)),
    ((6, 8, 10), (3, 2, 5), (2, 1, 5)),
]


def ring(values: np.ndarray) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 1.5, 0.5, n, "px", 0.5 * n) for d, n in sizes))


def by_name(*numbers: int) -> dict[str, int]:
    return dict(zip(NAMES[-len(numbers) :], numbers, strict=True))


def gathered(
    values: np.ndarray,
    window: tuple[int, ...],
    stride: tuple[int, ...],
    boundary: str,
    function: Callable[[np.ndarray], float],
) -> np.ndarray:
    """A function of each window, window by window: a reference that nothing is shared with."""
    pairs = list(zip(window, stride, strict=True))
    before = [0 if boundary == "valid" else max((w - s) // 2, 0) for w, s in pairs]
    counts = [
        (n - w) // s + 1 if boundary == "valid" else -(-n // s)
        for n, w, s in zip(values.shape, window, stride, strict=True)
    ]
    if boundary != "valid":
        values = np.pad(
            values,
            [(b, w + s) for b, w, s in zip(before, window, stride, strict=True)],
            mode=MODES[boundary],
        )
    out = np.empty(counts)
    for place in np.ndindex(*counts):
        box = tuple(slice(j * s, j * s + w) for j, s, w in zip(place, stride, window, strict=True))
        out[place] = function(values[box].ravel())
    return out
