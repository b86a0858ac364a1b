"""Cascades of filters and moduli on periodic axes: wavelet, modulus, wavelet, modulus, mean.

Every product of spectra is folded before its inverse transform. A grid is given by its steps, one
for each axis of space, in samples of the input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import groupby

import numpy as np

from invarsig.kernels.averages import Average, LowPass, Matrices, matrix_of
from invarsig.kernels.bands import Band, band_of
from invarsig.kernels.operation_counts import MIXED, of_passes, of_transform
from invarsig.kernels.ready_cascade import Group, ReadyCascade, Stage
from invarsig.kernels.transforms import Transform, is_long, transform_of

__all__ = ["Cascade", "Grid", "grid_frequencies"]

_MATRIX = 2**17
"""Largest size of a matrix for which averages are computed as products with it."""

Grid = tuple[int, ...]
Response = Callable[[list[np.ndarray]], np.ndarray]
"""Frequency response at the outer grid of 1-D frequencies, in cycles per input sample."""


def grid_frequencies(space: Sequence[int], grid: Grid) -> list[np.ndarray]:
    """Frequencies of the bins of a grid in cycles per input sample, Nyquist negative."""
    return [np.fft.fftfreq(size // by) / by for size, by in zip(space, grid, strict=True)]


@dataclass(frozen=True)
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

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Run it over the last axes: ``(*batch, *space)`` to ``(path, *batch, *coarse space)``.

        Paths come in the order: none, each of the first wavelets, then each pair.
        """
        return self.ready(values.shape[values.ndim - len(self.grid) :], values.dtype)(values)

    def ready(self, space: Sequence[int], dtype: np.dtype) -> ReadyCascade:
        """Sample all responses for arrays of some size and precision."""
        real = np.dtype(np.float32 if dtype == np.float32 else np.float64)

        @cache
        def transform(grid: Grid) -> Transform:
            return transform_of(_kept(space, grid), real)

        @cache
        def mean(grid: Grid, *, transformed: bool) -> Average:
            return self._mean(transform(grid), space, grid, real, transformed=transformed)

        @cache
        def banded(wavelet: tuple[Response, Grid], grid: Grid) -> Band:
            response, coarse = wavelet
            sampled = response(grid_frequencies(space, grid))
            return band_of(sampled, _steps(grid, coarse), real)

        def group(grid: Grid, coarse: Grid, follow: Iterable[int]) -> Group:
            bands = [banded(self.second[after], grid) for after in follow]
            return Group(transform(coarse), bands, mean(coarse, transformed=False))

        whole = (1,) * len(self.grid)
        stages = []
        for first, follow in zip(self.first, self.follow, strict=True):
            _, grid = first
            # Wavelets that keep the same grid go through the transforms together.
            each = groupby(follow, key=lambda after: self.second[after][1])
            groups = [group(grid, coarse, after) for coarse, after in each]
            own = mean(grid, transformed=bool(follow))
            stages.append(Stage(transform(grid), banded(first, whole), own, groups))
        low = mean(whole, transformed=True)
        return ReadyCascade(transform(whole), low, stages, tuple(_kept(space, self.grid)), real)

    def operations(self, space: Sequence[int]) -> float:
        """Count the multiplications for one item of the batch."""
        whole = (1,) * len(self.grid)
        total = of_transform(*space, real=True) + self._averaging(space, whole, transformed=True)
        for number, (_, grid) in enumerate(self.first):
            followed = bool(self.follow[number])
            total += _filtering(space, whole, grid)
            total += self._averaging(space, grid, transformed=followed)
            if followed:
                total += of_transform(*_kept(space, grid), real=True)
            for after in self.follow[number]:
                coarse = self.second[after][1]
                total += _filtering(space, grid, coarse)
                total += self._averaging(space, coarse, transformed=False)
        return total

    def _averaging(self, space: Sequence[int], grid: Grid, *, transformed: bool) -> float:
        """Multiplications of an average: of a spectrum, of matrices, or there and back again."""
        sizes, after = _kept(space, grid), _kept(space, self.grid)
        if not transformed and _are_small(sizes, after):
            # The last axis first.
            return of_passes(sizes[::-1], after[::-1], sizes[::-1])
        there = 0.0 if transformed else of_transform(*sizes, real=True)
        return there + MIXED * math.prod(sizes) + of_transform(*after)

    def _mean(
        self,
        transform: Transform,
        space: Sequence[int],
        grid: Grid,
        real: np.dtype,
        *,
        transformed: bool,
    ) -> Average:
        by = _steps(grid, self.grid)
        lines = grid_frequencies(space, grid)
        found = [each([f]) for each, f in zip(self.average, lines, strict=True)]
        if not transformed and _are_small(_kept(space, grid), _kept(space, self.grid)):
            return Matrices(
                [matrix_of(each, n).astype(real) for each, n in zip(found, by, strict=True)]
            )
        return LowPass(transform, band_of(reduce(np.multiply.outer, found), by, real))


def _are_small(sizes: Sequence[int], after: Sequence[int]) -> bool:
    return not is_long(sizes) and all(n * m <= _MATRIX for n, m in zip(sizes, after, strict=True))


def _kept(space: Sequence[int], grid: Grid) -> list[int]:
    return [n // by for n, by in zip(space, grid, strict=True)]


def _filtering(space: Sequence[int], grid: Grid, coarse: Grid) -> float:
    """Multiplications of a product of spectra, of the transform back, and of a modulus."""
    after = _kept(space, coarse)
    return MIXED * math.prod(_kept(space, grid)) + of_transform(*after) + math.prod(after)


def _steps(grid: Grid, coarse: Grid) -> list[int]:
    return [to // by for by, to in zip(grid, coarse, strict=True)]
