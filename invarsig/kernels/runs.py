"""Weighted sums over runs of neighbors: a product with a matrix that is zero elsewhere."""

from __future__ import annotations

import math

import numpy as np

from invarsig.kernels.compilation import compiled
from invarsig.threads import run_blocks

__all__ = ["Runs"]

# Samples that are summed at once: they fit in the cache.
_BLOCK = 1 << 16

# Fewer samples take less time in numpy than numba takes to be loaded.
_COMPILED = 1 << 14


class Runs:
    """Sums of the last axis with rows of weights, each 0 but for one run of neighbors.

    As ``values @ weights.T``, except that a NaN or infinite sample does not enter sums in whose run
    it is not, and that what one row of values gives is the same to the bit however many there are.

    Parameters
    ----------
    weights
        ``(sums, n)``.

    Examples
    --------
    >>> Runs(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))(np.array([3.0, 4.0, np.nan])).tolist()
    [7.0, nan]
    """

    first: np.ndarray
    sizes: np.ndarray
    weights: np.ndarray

    def __init__(self, weights: np.ndarray) -> None:
        used = weights != 0
        self.first = used.argmax(axis=1)
        end = weights.shape[1] - used[:, ::-1].argmax(axis=1)
        self.sizes = np.where(used.any(axis=1), end - self.first, 0)
        places = self.first[:, np.newaxis] + np.arange(self.sizes.max(initial=0))
        own = np.take_along_axis(weights, np.minimum(places, weights.shape[1] - 1), axis=1)
        self.weights = np.where(places < (self.first + self.sizes)[:, np.newaxis], own, 0)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Sum real values ``(*batch, n)``: ``(*batch, sums)``."""
        size, batch = values.shape[-1], values.shape[:-1]
        flat = values.reshape(math.prod(batch), size)
        weights = self.weights.astype(values.dtype)
        out = np.zeros((len(flat), len(weights)), dtype=values.dtype)
        if flat.size < _COMPILED:
            _by_place(flat, weights, self.first, self.sizes, out)
            return out.reshape(*batch, len(weights))
        step = max(_BLOCK // size, 1)
        loop = compiled(_sum)

        def work(block: int) -> None:
            part = slice(block * step, (block + 1) * step)
            own = np.ascontiguousarray(flat[part])
            loop(own, weights, self.first, self.sizes, out[part])

        run_blocks(work, -(-len(flat) // step))
        return out.reshape(*batch, len(weights))


def _by_place(
    values: np.ndarray, weights: np.ndarray, first: np.ndarray, sizes: np.ndarray, out: np.ndarray
) -> None:
    """The first sample of every run, then the second, and so on: the order of the loop."""
    with np.errstate(over="ignore", invalid="ignore"):
        for place in range(weights.shape[1]):
            rows = np.flatnonzero(place < sizes)
            out[:, rows] += values[:, first[rows] + place] * weights[rows, place]


def _sum(
    values: np.ndarray, weights: np.ndarray, first: np.ndarray, sizes: np.ndarray, out: np.ndarray
) -> None:  # pragma: no cover (compiled)
    """``out[i, m] = sum_k weights[m, k] values[i, first[m] + k]``.

    Four rows at once: a sum waits for its last addition, and others need not wait.
    """
    count = values.shape[0]
    whole = count - count % 4
    zero = values.dtype.type(0)
    for run in range(first.size):
        line, begin = weights[run], first[run]
        for row in range(0, whole, 4):
            a = b = c = d = zero
            for k in range(sizes[run]):
                a += line[k] * values[row, begin + k]
                b += line[k] * values[row + 1, begin + k]
                c += line[k] * values[row + 2, begin + k]
                d += line[k] * values[row + 3, begin + k]
            out[row, run], out[row + 1, run], out[row + 2, run], out[row + 3, run] = a, b, c, d
        for row in range(whole, count):
            a = zero
            for k in range(sizes[run]):
                a += line[k] * values[row, begin + k]
            out[row, run] = a
