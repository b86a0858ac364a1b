"""Fourier transforms there and back, with samples in an order that needs no transposition.

A long transform along one axis is slow: nothing in it is side by side, and it leaves the cache. So
it is made of many short ones (Bailey's four steps): with ``k = k1 + A k2``, ``n = n2 + B n1`` and
``N = A B``,

    ``exp(2 pi i k n / N) = exp(2 pi i k2 n2 / B) exp(2 pi i k1 n2 / N) exp(2 pi i k1 n1 / A)``.

Spectra have their usual order, and samples the order that results from it, ``[n2, n1]``. What
treats every sample alike, as a modulus does, need not know.

References
----------
Bailey (1990), FFTs in external or hierarchical memory, doi:10.1007/BF00162341.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Transform", "is_long", "transform_of"]

_LONG = 2**12
"""Number of samples from which on a transform along one axis takes four steps."""

_SHORTEST = 16
"""Shortest transform that one of these steps is worth."""

_SPARSE = 0.8
"""Rows are transformed back one run at a time where at most this part of them is not 0."""


@dataclass(frozen=True)
class Transform:
    """Transforms of the last axes, of this shape; `turns` are the factors between short ones."""

    shape: tuple[int, ...]
    turns: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Bytes that it takes to keep it."""
        return 0 if self.turns is None else self.turns.nbytes

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-len(self.shape), 0))

    def ordered(self, values: np.ndarray) -> np.ndarray:
        """Bring samples from their usual order into that of `forward`."""
        if self.turns is None:
            return values
        lead = values.shape[:-1]
        lines = values.reshape(*lead, *self.turns.shape[::-1])
        return lines.swapaxes(-1, -2).reshape(values.shape)

    def usual(self, values: np.ndarray) -> np.ndarray:
        """Bring samples from the order of `back` into their usual one."""
        if self.turns is None:
            return values
        lead = values.shape[:-1]
        lines = values.reshape(*lead, *self.turns.shape)
        return lines.swapaxes(-1, -2).reshape(values.shape)

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Spectrum of real values ``(*batch, *shape)``, all of its bins."""
        from scipy import fft

        if self.turns is None:
            return np.asarray(fft.fftn(values, axes=self._axes))
        size = self.turns.shape[-1]
        half = size // 2 + 1
        lead = values.shape[:-1]
        there = fft.rfft(values.reshape(*lead, *self.turns.shape), axis=-1)
        there *= self.turns[:, :half].conj()
        out = np.empty((*lead, *self.turns.shape), dtype=there.dtype)
        out[..., :half] = fft.fft(there, axis=-2, overwrite_x=True)
        np.conj(out[..., ::-1, size - half : 0 : -1], out=out[..., half:])
        return out.reshape(values.shape)

    def back(self, folded: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Transform spectra back, without the factor 1 / N; they are overwritten.

        `rows` says which lines along the last axis are not 0.
        """
        from scipy import fft

        if self.turns is not None:
            square = folded.reshape(*folded.shape[:-1], *self.turns.shape)
            square = fft.ifft(square, axis=-2, norm="forward", overwrite_x=True)
            square *= self.turns
            square = fft.ifft(square, axis=-1, norm="forward", overwrite_x=True)
            return np.asarray(square.reshape(folded.shape))
        axes = self._axes
        if len(axes) > 1 and rows.mean() <= _SPARSE:
            edges = np.flatnonzero(np.diff(rows, prepend=False, append=False))
            lines = folded.reshape(-1, rows.size, folded.shape[-1])
            for first, last in edges.reshape(-1, 2).tolist():
                part = lines[:, first:last]
                part[...] = fft.ifft(part, axis=-1, norm="forward", overwrite_x=True)
            axes = axes[:-1]
        return np.asarray(fft.ifftn(folded, axes=axes, norm="forward", overwrite_x=True))


def transform_of(shape: Sequence[int], dtype: np.dtype) -> Transform:
    """Prepare transforms of a shape and a precision."""
    if not is_long(shape):
        return Transform(tuple(shape))
    (size,) = shape
    short = _divisor(size)
    angles = np.multiply.outer(np.arange(size // short), np.arange(short))
    turns = np.exp(2j * np.pi / size * angles).astype(np.result_type(dtype, np.complex64))
    return Transform(tuple(shape), turns)


def is_long(shape: Sequence[int]) -> bool:
    """Whether transforms of a shape take four steps, and so change the order of samples."""
    return len(shape) == 1 and shape[0] >= _LONG and _divisor(shape[0]) >= _SHORTEST


def _divisor(size: int) -> int:
    """Largest even divisor that is at most the square root."""
    return max((n for n in range(2, math.isqrt(size) + 1, 2) if size % n == 0), default=1)
