"""Results between those of a coarse grid: of the input moved to each phase of it."""

from __future__ import annotations

from itertools import product

import numpy as np

from invarsig.kernels.cascade import Grid
from invarsig.kernels.ready_cascade import ReadyCascade

__all__ = ["finer"]

_TOGETHER = 2**18
"""Number of samples that are scattered at once where a result is put together from phases."""


def finer(cascade: ReadyCascade, coarse: Grid, values: np.ndarray, grid: list[int]) -> np.ndarray:
    """Run a cascade on a finer grid than its own: on its input, moved to each phase."""
    phases = [own // by for own, by in zip(coarse, grid, strict=True)]
    if all(count == 1 for count in phases):
        return cascade(values)
    places = tuple(range(-len(grid), 0))
    sizes = [n // by for n, by in zip(values.shape[-len(grid) :], grid, strict=True)]
    every = list(product(*map(range, phases)))
    together = max(_TOGETHER // max(values.size, 1), 1)
    out: np.ndarray = np.empty(0)
    for first in range(0, len(every), together):
        some = every[first : first + together]
        moves = [tuple(-k * by for k, by in zip(phase, grid, strict=True)) for phase in some]
        parts = cascade(np.stack([np.roll(values, move, places) for move in moves]))
        lead = (parts.shape[0], *parts.shape[2 : parts.ndim - len(grid)])
        if not first:
            out = np.empty((*lead, *sizes), dtype=parts.dtype)
        for number, phase in enumerate(some):
            rows = (slice(k, None, p) for k, p in zip(phase, phases, strict=True))
            out[(*(slice(None) for _ in lead), *rows)] = parts[:, number]
    return out
