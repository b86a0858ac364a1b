"""Convolution with long kernels by frequency responses that are kept between calls.

An axis that wraps is filtered as it is; any other is extended by its border, and by zeros up to a
size that is fast to transform. Either way the array then wraps, and a stride folds its spectrum.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

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
    def has_middle(self) -> bool:
        """Whether the taps can lie symmetrically about the first sample of the grid."""
        return self.window % 2 == 1 and (not self.wraps or 2 * self.before == self.window - 1)

    def lead(self, *, middle: bool) -> int:
        """How many samples of the first window lie before the first sample of the grid.

        An extended axis is placed so that half a window does, if the taps are to be symmetric
        about that sample: their response is real then.
        """
        if self.wraps:
            return self.before
        return (self.window - 1) // 2 if middle else 0

    def places(self, lead: int) -> np.ndarray:
        """Which sample of a wrapping array each tap meets for the first window."""
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
        values = self._placed(wide[:, 0])
        dtype = np.result_type(values.dtype, np.complex64)
        key = (self.key, self.grid, self._leads, *self.strides, dtype, real)
        filters = self.kept.get(key, lambda: self._filters(dtype, real=real))
        keep = [slice(reach.count) for reach in self.along]
        out = multiplied(values, filters, len(taps), self.strides, real=real, keep=keep)
        if real:
            bound(out, wide, taps)
        return out

    @cached_property
    def _middle(self) -> bool:
        return all(reach.has_middle for reach in self.along)

    @cached_property
    def _leads(self) -> tuple[int, ...]:
        return tuple(reach.lead(middle=self._middle) for reach in self.along)

    def _placed(self, values: np.ndarray) -> np.ndarray:
        """Extended values on the grid: what lies before its first sample at its end, zeros between.

        An axis that wraps is the grid.
        """
        if values.shape[1:] == self.grid and all(reach.wraps for reach in self.along):
            return values
        sides = []
        for reach, lead, given in zip(self.along, self._leads, values.shape[1:], strict=True):
            ahead = 0 if reach.wraps else lead
            main = slice(ahead, given), slice(given - ahead)
            sides.append([main, (slice(ahead), slice(reach.grid - ahead, reach.grid))])
        made = np.zeros((len(values), *self.grid), values.dtype)
        for corner in product(*sides):
            source, target = zip(*corner, strict=True)
            made[:, *target] = values[:, *source]
        return made

    def _plainly(self, wide: np.ndarray, taps: np.ndarray) -> np.ndarray:
        for axis, reach in enumerate(self.along, start=2):
            if reach.wraps:
                wide = padded(wide, axis, reach.before, reach.after, reach.border)
        return convolved(wide, taps, self.strides, 1)

    def _filters(self, dtype: np.dtype[np.complexfloating], *, real: bool) -> list[SpectralFilter]:
        """Responses of the taps at the bins of the grid."""
        from scipy import fft

        along = zip(self.along, self._leads, strict=True)
        where = np.ix_(*(reach.places(lead) for reach, lead in along))

        def response_of(row: np.ndarray) -> np.ndarray:
            placed = np.zeros(self.grid, dtype=row.dtype)
            placed[where] = row
            response: np.ndarray = fft.fftn(placed, overwrite_x=True)
            # Taps that are symmetric about the middle have a real response, but for round-off.
            even = self._middle and np.array_equal(row, np.flip(row).conj())
            return response.real if even else response

        responses = map(response_of, self.taps)
        return spectral_filters(responses, self.grid, self.strides, dtype, real=real)
