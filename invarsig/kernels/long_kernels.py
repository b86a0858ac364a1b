"""Convolution with long kernels by frequency responses that are kept between calls.

An axis that wraps is filtered as it is; any other is extended by its border, and by zeros up to a
size that is fast to transform. Either way the array then wraps, and a stride folds its spectrum.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from invarsig.kernels.borders import Border, padded
from invarsig.kernels.convolution import convolved
from invarsig.kernels.kept import Kept
from invarsig.kernels.nonfinite import keeping_nonfinite
from invarsig.kernels.spectral_filters import SpectralFilter, spectral_filters
from invarsig.kernels.spectral_product import multiplied
from invarsig.kernels.spectral_sums import bound

__all__ = ["LongKernels", "Reach"]


@dataclass(frozen=True)
class Reach:
    """Windows along one axis: where they begin and how many there are.

    Parameters
    ----------
    size, window, stride, count
        Samples of the axis and of a window, samples from one window to the next, and windows.
    before, after
        How many samples the first window takes before the axis, and the last one after it.
    border
        What lies there.
    """

    size: int
    window: int
    stride: int
    count: int
    before: int
    after: int
    border: Border

    @property
    def wraps(self) -> bool:
        """Whether the axis is transformed as it is."""
        from scipy.fft import next_fast_len

        whole = self.count * self.stride == self.size
        return self.border == "periodic" and whole and next_fast_len(self.size) == self.size

    @property
    def grid(self) -> int:
        """Number of samples that are transformed: a multiple of the stride."""
        from scipy.fft import next_fast_len

        if self.wraps:
            return self.size
        extended = self.before + self.size + self.after
        return int(self.stride * next_fast_len(-(-extended // self.stride)))

    @property
    def places(self) -> np.ndarray:
        """Which sample of a wrapping array each tap meets for the first window."""
        lead = self.before if self.wraps else 0
        return (np.arange(self.window) - (self.window - 1) + lead) % self.grid


@dataclass(frozen=True)
class LongKernels:
    """A bank of kernels ``(filters, *window)`` for arrays on one grid, and what is kept of it."""

    taps: np.ndarray
    along: Sequence[Reach]
    kept: Kept[list[SpectralFilter]]
    key: Hashable

    @property
    def grid(self) -> tuple[int, ...]:
        """Sizes that are transformed."""
        return tuple(reach.grid for reach in self.along)

    @property
    def strides(self) -> list[int]:
        """Strides along all axes."""
        return [reach.stride for reach in self.along]

    @property
    def nbytes(self) -> int:
        """At most how many bytes the responses take in double precision."""
        return 16 * len(self.taps) * math.prod(self.grid)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Convolve ``(*batch, *space)``, with NaN and infinities as in direct sums."""
        rank = len(self.along)
        batch, space = values.shape[: values.ndim - rank], values.shape[values.ndim - rank :]
        mixed = np.complex64 if np.iscomplexobj(self.taps) else np.float32
        taps = self.taps[:, np.newaxis].astype(np.result_type(values.dtype, mixed))
        wide = values.reshape(-1, 1, *space)
        for axis, reach in enumerate(self.along, start=2):
            if not reach.wraps:
                wide = padded(wide, axis, reach.before, reach.after, reach.border)
        out = keeping_nonfinite(lambda some, by: self._summed(some, by, taps), wide, taps)
        return out.reshape(*batch, *out.shape[1:])

    def _summed(self, wide: np.ndarray, by: np.ndarray, taps: np.ndarray) -> np.ndarray:
        """Weighted sums of finite values, by these taps or by others of their shape."""
        if by is not taps:
            return self._plainly(wide, by)
        real = not (np.iscomplexobj(wide) or np.iscomplexobj(taps))
        values = wide[:, 0]
        for axis, size in enumerate(self.grid, start=1):
            values = padded(values, axis, 0, size - values.shape[axis], "zero")
        dtype = np.result_type(values.dtype, np.complex64)
        leads = tuple(int(reach.places[0]) for reach in self.along)
        key = (self.key, self.grid, leads, *self.strides, dtype, real)
        filters = self.kept.get(key, lambda: self._filters(dtype, real=real))
        keep = [slice(reach.count) for reach in self.along]
        out = multiplied(values, filters, len(taps), self.strides, real=real, keep=keep)
        if real:
            bound(out, wide, taps)
        return out

    def _plainly(self, wide: np.ndarray, taps: np.ndarray) -> np.ndarray:
        for axis, reach in enumerate(self.along, start=2):
            if reach.wraps:
                wide = padded(wide, axis, reach.before, reach.after, reach.border)
        return convolved(wide, taps, self.strides, 1)

    def _filters(self, dtype: np.dtype[np.complexfloating], *, real: bool) -> list[SpectralFilter]:
        """Responses of the taps at the bins of the grid."""
        from scipy import fft

        where = np.ix_(*(reach.places for reach in self.along))
        middle = all(reach.wraps and 2 * reach.before == reach.window - 1 for reach in self.along)

        def response_of(row: np.ndarray) -> np.ndarray:
            placed = np.zeros(self.grid, dtype=row.dtype)
            placed[where] = row
            response: np.ndarray = fft.fftn(placed, overwrite_x=True)
            # Taps that are symmetric about the middle have a real response, but for round-off.
            even = middle and np.array_equal(row, np.flip(row).conj())
            return response.real if even else response

        responses = map(response_of, self.taps)
        return spectral_filters(responses, self.grid, self.strides, dtype, real=real)
