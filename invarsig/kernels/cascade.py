"""Cascades of filters and moduli on periodic axes: wavelet, modulus, wavelet, modulus, mean.

Every product of spectra is folded before its inverse transform. A grid is given by its steps, one
for each axis of space, in samples of the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby, product

import numpy as np

from invarsig.kernels.operation_counts import MIXED, of_passes, of_transform

__all__ = ["Cascade", "Grid", "grid_frequencies"]

_BLOCK = 2**19
"""Number of complex values that are transformed together: a few megabytes."""

_MATRIX = 2**17
"""Largest size of a matrix for which averages are computed as products with it."""

Grid = tuple[int, ...]
Response = Callable[[list[np.ndarray]], np.ndarray]
"""Frequency response at the outer grid of 1-D frequencies, in cycles per input sample."""


def grid_frequencies(space: Sequence[int], grid: Grid) -> list[np.ndarray]:
    """Frequencies of the bins of a grid in cycles per input sample, Nyquist negative."""
    return [np.fft.fftfreq(size // by) / by for size, by in zip(space, grid, strict=True)]


@dataclass
class Cascade:
    """Filters, moduli and an average.

    On a coarser grid a filter has the same response, cut off at that grid's Nyquist frequency.

    Parameters
    ----------
    average
        For each axis the response of the low-pass that ends every path; its weights are not
        negative, as those of a Gaussian.
    first, second
        Responses of the wavelets of either order, and the grid that each result is kept on.
    follow
        For each wavelet of the first order the indices of those of the second order that follow it.
    grid
        Grid of the results; all others divide it.
    """

    average: Sequence[Response]
    first: Sequence[tuple[Response, Grid]]
    second: Sequence[tuple[Response, Grid]]
    follow: Sequence[Sequence[int]]
    grid: Grid
    _known: dict[tuple[int, Grid], np.ndarray] = field(default_factory=dict)
    _averages: dict[Grid, list[np.ndarray]] = field(default_factory=dict)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Run it over the last axes: ``(*batch, *space)`` to ``(path, *batch, *coarse space)``.

        Paths come in the order: none, each of the first wavelets, then each pair.
        """
        rank = len(self.grid)
        space, batch = values.shape[values.ndim - rank :], values.shape[: values.ndim - rank]
        count = 1 + len(self.first) + sum(len(each) for each in self.follow)
        sizes = [n // by for n, by in zip(space, self.grid, strict=True)]
        out = np.empty((count, *batch, *sizes), dtype=values.dtype)
        whole = (1,) * rank
        out[0] = self._averaged(values, space, whole)
        spectrum = _spectrum(values, rank)
        place = 1 + len(self.first)
        for number, (psi, grid) in enumerate(self.first):
            modulus = _modulus(spectrum, psi(grid_frequencies(space, whole)), list(grid))
            out[1 + number] = self._averaged(modulus, space, grid)
            if not self.follow[number]:
                continue
            inner = _spectrum(modulus, rank)
            for coarse, block in self._blocks(self.follow[number], inner.size):
                # Wavelets that keep the same grid go through the transforms together.
                stacked = np.stack([self._at(space, grid, after) for after in block])
                lead = (len(block), *(1,) * len(batch))
                stacked = stacked.reshape(*lead, *stacked.shape[1:])
                moduli = _modulus(inner, stacked, _steps(grid, coarse))
                out[place : place + len(block)] = self._averaged(moduli, space, coarse)
                place += len(block)
        return out

    def operations(self, space: Sequence[int]) -> float:
        """Count the multiplications for one item of the batch."""
        whole = (1,) * len(self.grid)
        total = self._averaging(space, whole) + of_transform(*space, real=True)
        for number, (_, grid) in enumerate(self.first):
            total += _filtering(space, whole, grid) + self._averaging(space, grid)
            if self.follow[number]:
                total += of_transform(*_kept(space, grid), real=True)
            for after in self.follow[number]:
                coarse = self.second[after][1]
                total += _filtering(space, grid, coarse) + self._averaging(space, coarse)
        return total

    def _averaging(self, space: Sequence[int], grid: Grid) -> float:
        """Multiplications of an average: of matrices, or there and back again."""
        sizes, after = _kept(space, grid), _kept(space, self.grid)
        if all(n * m <= _MATRIX for n, m in zip(sizes, after, strict=True)):
            # The last axis first.
            return of_passes(sizes[::-1], after[::-1], sizes[::-1])
        there = of_transform(*sizes, real=True)
        return there + MIXED * math.prod(sizes) + of_transform(*after)

    def _averaged(self, values: np.ndarray, space: Sequence[int], grid: Grid) -> np.ndarray:
        """Average a result on its grid, and change to the grid of the results.

        Moduli have averages of at least 0, which rounding must not pass.
        """
        out = self._smoothed(values, space, grid)
        return np.maximum(out, 0, out=out) if values.min(initial=0) >= 0 else out

    def _smoothed(self, values: np.ndarray, space: Sequence[int], grid: Grid) -> np.ndarray:
        """By one matrix for each axis where those are small, otherwise by spectra."""
        by = _steps(grid, self.grid)
        if grid not in self._averages:
            lines = grid_frequencies(space, grid)
            found = [each([f]) for each, f in zip(self.average, lines, strict=True)]
            if all(f.size * f.size // step <= _MATRIX for f, step in zip(lines, by, strict=True)):
                found = [_matrix(each, step) for each, step in zip(found, by, strict=True)]
            self._averages[grid] = found
        parts = [each.astype(values.dtype, copy=False) for each in self._averages[grid]]
        if parts[0].ndim == 1:
            response = reduce(np.multiply.outer, parts)
            return _filtered(_spectrum(values, len(grid)), response, by).real
        if len(parts) == 1:
            return np.asarray(values @ parts[0].T)
        return np.asarray(parts[0] @ (values @ parts[1].T))

    def _blocks(self, follow: Sequence[int], size: int) -> Iterator[tuple[Grid, Sequence[int]]]:
        """Second wavelets in their order, in blocks that share a grid and fit the cache."""
        most = max(_BLOCK // size, 1)
        for grid, group in groupby(follow, key=lambda after: self.second[after][1]):
            same = list(group)
            for first in range(0, len(same), most):
                yield grid, same[first : first + most]

    def _at(self, space: Sequence[int], grid: Grid, after: int) -> np.ndarray:
        """The response of a second wavelet on a grid, cached for the next path."""
        key = (after, grid)
        if key not in self._known:
            self._known[key] = self.second[after][0](grid_frequencies(space, grid))
        return self._known[key]


def _matrix(response: np.ndarray, step: int) -> np.ndarray:
    """Matrix ``(n / step, n)`` that filters n periodic samples and keeps every step-th one."""
    taps = np.fft.ifft(response).real
    at = np.arange(response.size)
    return np.asarray(taps[(at[::step, None] - at) % response.size])


def _spectrum(values: np.ndarray, rank: int) -> np.ndarray:
    from scipy import fft

    return np.asarray(fft.fftn(values, axes=tuple(range(-rank, 0)), workers=-1))


def _filtered(spectrum: np.ndarray, response: np.ndarray, by: list[int]) -> np.ndarray:
    """Product with a response, folded to every by-th sample, and transformed back."""
    from scipy import fft

    rank = len(by)
    weights = response.astype(spectrum.real.dtype, copy=False)
    sizes = [n // step for n, step in zip(spectrum.shape[-rank:], by, strict=True)]
    lead = (slice(None),) * (spectrum.ndim - rank)
    over = (slice(None),) * (weights.ndim - rank)
    folded: np.ndarray | None = None
    for image in product(*_images(weights, by)):
        cut = tuple(slice(k * n, (k + 1) * n) for k, n in zip(image, sizes, strict=True))
        term = spectrum[lead + cut] * weights[over + cut]
        folded = term if folded is None else np.add(folded, term, out=folded)
    axes = tuple(range(-len(by), 0))
    result = fft.ifftn(folded, axes=axes, workers=-1, overwrite_x=True)
    return np.asarray(result / math.prod(by) if max(by) > 1 else result)


def _images(weights: np.ndarray, by: list[int]) -> Iterator[list[int]]:
    """For each axis the images that a fold has to add: for narrow filters most are 0."""
    for place, step in enumerate(by, start=weights.ndim - len(by)):
        if step == 1:
            yield [0]
            continue
        others = tuple(k for k in range(weights.ndim) if k != place)
        there = weights.any(axis=others).reshape(step, -1).any(axis=1)
        yield np.flatnonzero(there).tolist() or [0]


def _modulus(spectrum: np.ndarray, response: np.ndarray, by: list[int]) -> np.ndarray:
    return np.asarray(np.abs(_filtered(spectrum, response, by)))


def _kept(space: Sequence[int], grid: Grid) -> list[int]:
    return [n // by for n, by in zip(space, grid, strict=True)]


def _filtering(space: Sequence[int], grid: Grid, coarse: Grid) -> float:
    """Multiplications of a product of spectra, of the transform back, and of a modulus."""
    after = _kept(space, coarse)
    return MIXED * math.prod(_kept(space, grid)) + of_transform(*after) + math.prod(after)


def _steps(grid: Grid, coarse: Grid) -> list[int]:
    return [to // by for by, to in zip(grid, coarse, strict=True)]
