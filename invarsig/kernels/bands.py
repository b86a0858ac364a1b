"""Bands: the bins where a filter is not negligible, multiplied and folded.

Products of a spectrum with a filter are made, and added up where they fold onto each other, for
those bins alone. Runs of them are listed, so that one loop serves any number of axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.kernels.compilation import compiled

__all__ = ["Band", "band_of"]

_NEGLIGIBLE = 1 / 32
"""Weights below this part of the rounding unit of the largest one are left out."""


@dataclass(frozen=True)
class Band:
    """A filter on a grid, and the folds that its stride makes.

    Parameters
    ----------
    runs
        One line for each run of bins: its first place in the spectrum, in the folded spectrum and
        among the weights, and its length. Counted in real numbers, of which a bin has two.
    weights
        Of the runs one after another, each twice: for the real and for the imaginary part. They
        include the factor 1 / N of the transform back.
    shape
        Of the folded spectrum.
    rows
        Which of the lines along its last axis are not 0.
    """

    runs: np.ndarray
    weights: np.ndarray
    shape: tuple[int, ...]
    rows: np.ndarray

    @property
    def nbytes(self) -> int:
        """Bytes that it takes to keep it."""
        return self.runs.nbytes + self.weights.nbytes + self.rows.nbytes

    def folded(self, spectra: np.ndarray) -> np.ndarray:
        """Multiply spectra ``(items, *space)`` and fold them."""
        out = np.empty((len(spectra), *self.shape), dtype=spectra.dtype)
        self.fold(spectra, out)
        return out

    def fold(self, spectra: np.ndarray, out: np.ndarray) -> None:
        """Multiply spectra ``(items, *space)`` and fold them into ``(items, *shape)``."""
        real = self.weights.dtype
        lines = spectra.reshape(len(spectra), -1).view(real)
        compiled(_folded)(lines, self.runs, self.weights, out.reshape(len(out), -1).view(real))


def band_of(response: np.ndarray, by: Sequence[int], dtype: np.dtype) -> Band:
    """Find the band of a real response for results of a precision, on every by-th sample.

    A response has at least one bin: then a value that is not a number spreads as far as it should.
    """
    shape = tuple(n // step for n, step in zip(response.shape, by, strict=True))
    size = np.abs(response)
    there = size > size.max(initial=0) * np.finfo(dtype).eps * _NEGLIGIBLE
    there.flat[0] |= not there.any()
    # The bins of a band around frequency 0 stand at both ends of an image.
    halves = 2 if shape[-1] % 2 == 0 else 1
    length = shape[-1] // halves
    pieces = there.reshape(-1, length)
    some = np.flatnonzero(pieces.any(axis=1))
    first = pieces[some].argmax(axis=1)
    count = length - pieces[some, ::-1].argmax(axis=1) - first
    place = np.arange(length)
    inside = (place >= first[:, None]) & (place < (first + count)[:, None])
    weights = np.repeat(response.reshape(-1, length)[some][inside] / response.size, 2)
    lines, piece = np.divmod(some, by[-1] * halves)
    leading = np.unravel_index(lines, response.shape[:-1]) if response.ndim > 1 else ()
    lead = [at % n for at, n in zip(leading, shape, strict=False)]
    row = np.ravel_multi_index(lead, shape[:-1]) if lead else np.zeros_like(some)
    target = row * shape[-1] + piece % halves * length + first
    begin = np.cumsum(count) - count
    runs = 2 * np.stack([some * length + first, target, begin, count], axis=1)
    rows = np.zeros(math.prod(shape[:-1]), dtype=bool)
    rows[row] = True
    return Band(runs.astype(np.intp), weights.astype(dtype), shape, rows)


def _folded(spectra: np.ndarray, runs: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    for item in range(out.shape[0]):
        out[item, :] = 0
        for run in range(runs.shape[0]):
            source, target, first, count = runs[run]
            total = out[item, target : target + count]
            part = spectra[item, source : source + count]
            weight = weights[first : first + count]
            for place in range(total.size):
                total[place] += part[place] * weight[place]
