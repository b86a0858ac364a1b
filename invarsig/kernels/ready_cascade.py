"""Cascades whose responses are sampled: what runs, in blocks that stay in the cache.

A block is one first wavelet, and everything that follows it, on one group of items of the batch.
First moduli and their spectra are computed once for all paths that continue them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.kernels.averages import Average
from invarsig.kernels.bands import Band
from invarsig.kernels.transforms import Transform
from invarsig.threads import run_blocks

__all__ = ["Group", "ReadyCascade", "Stage"]

_BLOCK = 2**16
"""Number of values that are transformed together: of single precision, half of a core's cache."""


@dataclass(frozen=True)
class Group:
    """Second wavelets that follow one of the first order and keep the same grid."""

    transform: Transform
    bands: list[Band]
    mean: Average

    def __call__(self, spectra: np.ndarray, out: np.ndarray) -> None:
        """Fill ``(paths, items, *coarse)`` from spectra of first moduli."""
        most = max(_BLOCK // (len(spectra) * math.prod(self.transform.shape)), 1)
        for begin in range(0, len(self.bands), most):
            some = slice(begin, begin + most)
            moduli = _moduli(spectra, self.bands[some], self.transform)
            out[some] = _not_negative(self.mean(moduli))


@dataclass(frozen=True)
class Stage:
    """A first wavelet, its average, and the wavelets that follow."""

    transform: Transform
    band: Band
    mean: Average
    groups: list[Group]

    @property
    def paths(self) -> int:
        """How many paths continue it."""
        return sum(len(group.bands) for group in self.groups)

    def __call__(self, spectra: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
        """Fill ``(items, *coarse)`` and ``(paths, items, *coarse)`` from spectra of items."""
        (modulus,) = _moduli(spectra, [self.band], self.transform)
        if not self.groups:
            first[...] = _not_negative(self.mean(modulus))
            return
        inner = self.transform.forward(modulus)
        first[...] = _not_negative(self.mean(modulus, inner))
        for group in self.groups:
            count = len(group.bands)
            group(inner, second[:count])
            second = second[count:]


@dataclass(frozen=True)
class ReadyCascade:
    """A cascade for arrays of one size and precision, with all its responses sampled."""

    transform: Transform
    mean: Average
    stages: list[Stage]
    sizes: tuple[int, ...]
    real: np.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that it takes to keep it; what several stages share counts once."""
        parts: list[Transform | Band | Average] = [self.transform, self.mean]
        for stage in self.stages:
            parts += [stage.transform, stage.band, stage.mean]
            for group in stage.groups:
                parts += [group.transform, *group.bands, group.mean]
        return sum({id(part): part.nbytes for part in parts}.values())

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Run it over the last axes: ``(*batch, *space)`` to ``(path, *batch, *coarse space)``."""
        batch, items = self._items(values)
        ends = np.cumsum([1 + len(self.stages), *(stage.paths for stage in self.stages)]).tolist()
        out = np.empty((ends[-1], len(items), *self.sizes), dtype=values.dtype)

        def average(own: slice, spectra: np.ndarray) -> None:
            mean = self.mean(items[own], spectra)
            out[0, own] = _not_negative(mean) if items[own].min(initial=0) >= 0 else mean

        def scatter(number: int, own: slice, spectra: np.ndarray) -> None:
            second = out[ends[number] : ends[number + 1], own]
            self.stages[number](spectra, out[1 + number, own], second)

        self._run(items, average, scatter)
        return out.reshape(ends[-1], *batch, *self.sizes)

    def moduli(self, values: np.ndarray) -> np.ndarray:
        """First moduli alone, where all have the grid of the input: ``(first, *batch, *space)``."""
        batch, items = self._items(values)
        out = np.empty((len(self.stages), *items.shape), dtype=values.dtype)

        def scatter(number: int, own: slice, spectra: np.ndarray) -> None:
            (found,) = _moduli(spectra, [self.stages[number].band], self.transform)
            out[number, own] = self.transform.usual(found)

        self._run(items, lambda _own, _spectra: None, scatter)
        return out.reshape(len(self.stages), *batch, *items.shape[1:])

    def _items(self, values: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
        """Sizes of the batch, and its items one after another."""
        space = self.transform.shape
        items = np.ascontiguousarray(values, dtype=self.real).reshape(-1, *space)
        return values.shape[: values.ndim - len(space)], items

    def _run(
        self,
        items: np.ndarray,
        whole: Callable[[slice, np.ndarray], None],
        stage: Callable[[int, slice, np.ndarray], None],
    ) -> None:
        """Transform the items, and give the spectra of groups of them to `whole` and each stage."""
        spectra = np.empty(items.shape, dtype=np.result_type(self.real, np.complex64))
        size = max(_BLOCK // math.prod(self.transform.shape), 1)
        groups = [slice(first, first + size) for first in range(0, len(items), size)]

        def transform(block: int) -> None:
            own = groups[block]
            spectra[own] = self.transform.forward(self.transform.ordered(items[own]))
            whole(own, spectra[own])

        def scatter(block: int) -> None:
            number, group = divmod(block, len(groups))
            stage(number, groups[group], spectra[groups[group]])

        _run(transform, len(groups), spectra.size)
        _run(scatter, len(groups) * len(self.stages), spectra.size * len(self.stages))


def _run(work: Callable[[int], None], blocks: int, size: int) -> None:
    """Run blocks of work: little of it in this thread alone."""
    if size > _BLOCK:
        run_blocks(work, blocks)
        return
    for block in range(blocks):
        work(block)


def _moduli(spectra: np.ndarray, bands: Sequence[Band], transform: Transform) -> np.ndarray:
    """Moduli ``(bands, items, *shape)`` of what bands of one shape leave of spectra."""
    folded = np.empty((len(bands), len(spectra), *transform.shape), dtype=spectra.dtype)
    for band, part in zip(bands, folded, strict=True):
        band.fold(spectra, part)
    rows = np.logical_or.reduce([band.rows for band in bands])
    return np.asarray(np.abs(transform.back(folded, rows)))


def _not_negative(averages: np.ndarray) -> np.ndarray:
    """Averages of moduli, which rounding must not take below 0."""
    return np.asarray(np.maximum(averages, 0, out=averages))
