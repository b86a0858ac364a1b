"""Filtering by products of spectra, with the fold of a stride before the inverse transform."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from invarsig.kernels.operation_counts import COMPLEX, of_transform
from invarsig.kernels.spectral_filters import SpectralFilter, spectral_filters
from invarsig.threads import run_blocks

__all__ = ["folded", "multiplied", "multiplied_operations"]

_VALUES = 2**15
"""About how many complex values are transformed together: half of what a core's cache holds."""

_APART = 4
"""Padding between the rows of an array that is transformed along its columns, in samples."""


def folded(spectrum: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Spectrum of every s-th sample: the mean of the s parts that fold onto each other.

    Along the last axes, one for each stride, whose sizes the strides divide.
    """
    first = spectrum.ndim - len(strides)
    for place, stride in enumerate(strides):
        if stride > 1:
            axis, size = first + place, spectrum.shape[first + place]
            shape = (*spectrum.shape[:axis], stride, size // stride, *spectrum.shape[axis + 1 :])
            spectrum = spectrum.reshape(shape).mean(axis=axis)
    return spectrum


def multiplied_operations(
    space: Sequence[int], count: int, strides: Sequence[int], *, real: bool = False
) -> float:
    """Multiplications of `multiplied` for one real item of the batch.

    One transform of it, then for each response a product and a transform back, of what the strides
    leave; for real results half of both.

    Examples
    --------
    >>> multiplied_operations([8], 2, [2])  # 24 + 2 (4 * 8 + 16)
    120.0
    >>> multiplied_operations([8], 2, [2], real=True)  # 24 + 2 (2 * 8 + 8)
    72.0
    """
    back = of_transform(*(n // s for n, s in zip(space, strides, strict=True)), real=real)
    products = COMPLEX * math.prod(space) / (2 if real else 1)
    return of_transform(*space, real=True) + count * (products + back)


def multiplied(
    values: np.ndarray,
    responses: Iterable[np.ndarray] | Sequence[SpectralFilter],
    count: int,
    strides: Sequence[int],
    *,
    real: bool,
    keep: Sequence[slice] | None = None,
    modulus: bool = False,
) -> np.ndarray:
    """Filter the last axes of a periodic array by each response, and keep every s-th sample.

    Parameters
    ----------
    values
        ``(*batch, *space)``.
    responses
        `count` arrays of the shape of space, or that broadcast to it, in the order of numpy's bins;
        or what `spectral_filters` has made of them.
    count
        Number of responses.
    strides
        One for each axis of space; they divide its size.
    real
        Whether the results are real, as for real values and Hermitian responses. The imaginary
        part, which is rounding error then, is dropped.
    keep
        For each axis which of the samples that the stride leaves are returned; all by default.
        Others are not computed where that saves work.
    modulus
        Whether the modulus of each result is returned.

    Returns
    -------
    ndarray
        ``(*batch, count, *space / strides)``.
    """
    rank = len(strides)
    batch, space = values.shape[: values.ndim - rank], values.shape[values.ndim - rank :]
    dtype = np.result_type(values.dtype, np.complex64)
    ready = _ready(list(responses), space, strides, dtype, real)
    spectrum = _spectrum(values.reshape(-1, *space), max(each.highest for each in ready))
    sizes = [n // s for n, s in zip(space, strides, strict=True)]
    kept = list(keep or [slice(None)] * rank)
    counts = [len(range(*own.indices(n))) for own, n in zip(kept, sizes, strict=True)]
    own = spectrum.real.dtype if real or modulus else dtype
    out = np.empty((len(spectrum), count, *counts), dtype=own)
    back = _Back(sizes, kept, real, modulus)
    _filtered(spectrum, ready, out, back)
    return out.reshape(*batch, count, *counts)


def _ready(
    given: list[Any], space: Sequence[int], strides: Sequence[int], dtype: np.dtype[Any], real: bool
) -> list[SpectralFilter]:
    if all(isinstance(each, SpectralFilter) for each in given):
        return given
    return spectral_filters(given, space, strides, dtype, real=real)


def _spectrum(values: np.ndarray, highest: int) -> np.ndarray:
    """Transform all axes but the first, items side by side; bins up to the highest along the last.

    Bins of negative frequency count as those of the positive one; others may be left unwritten.
    """
    from scipy import fft

    axes = tuple(range(1, values.ndim))
    out = np.empty(values.shape, dtype=np.result_type(values.dtype, np.complex64))
    if len(values) == 1 and values.ndim > 2 and values.dtype.kind == "f" and out.size > _VALUES:
        _spectrum_of_one(values[0], highest, out[0])
        return out
    items = _items(values.shape[1:])

    def work(block: int) -> None:
        own = slice(block * items, (block + 1) * items)
        out[own] = fft.fftn(values[own], axes=axes)

    _run(work, -(-len(values) // items), out.size)
    return out


def _spectrum_of_one(values: np.ndarray, highest: int, out: np.ndarray) -> None:
    """Transform one real array along all axes, by rows and then by columns of half the bins."""
    from scipy import fft

    size, others = values.shape[-1], tuple(range(values.ndim - 1))
    half = _apart((*values.shape[:-1], highest + 1), out.dtype)
    rows = max(1, _VALUES * len(values) // values.size)
    columns = max(1, _VALUES * half.shape[-1] // half.size)

    def along(block: int) -> None:
        own = slice(block * rows, (block + 1) * rows)
        half[own] = fft.rfft(values[own], axis=-1)[..., : highest + 1]

    def across(block: int) -> None:
        first, last = block * columns, min((block + 1) * columns, half.shape[-1])
        part = fft.fftn(half[..., first:last], axes=others)
        out[..., first:last] = part
        # Column -c holds the conjugate of column c, mirrored along the other axes.
        mirrored = np.roll(np.flip(part, others), 1, others)[..., ::-1].conj()
        low = max(first, 1)
        out[..., size - last + 1 : size - low + 1] = mirrored[..., : last - low]

    _run(along, -(-len(values) // rows), out.size)
    _run(across, -(-half.shape[-1] // columns), out.size)


@dataclass(frozen=True)
class _Back:
    """The way back from folded spectra, in blocks that stay in the cache.

    Parameters
    ----------
    sizes
        Of the results, before some of their samples are kept.
    keep, real, modulus
        As for `multiplied`.
    """

    sizes: Sequence[int]
    keep: Sequence[slice]
    real: bool
    modulus: bool

    def __call__(self, part: np.ndarray, columns: Sequence[slice], out: np.ndarray) -> None:
        """Transform ``(items, *folded)``, which is overwritten, into ``(items, *kept)``."""
        from scipy import fft

        for axis, kept in enumerate(self.keep[:-1], start=1):
            for own in columns:
                made = fft.ifft(part[..., own], axis=axis, overwrite_x=True)
                if not np.may_share_memory(made, part):
                    part[..., own] = made
            # What is dropped along one axis is not transformed along the next.
            part = part[(slice(None),) * axis + (kept,)]
        # Blocks go along the first axis of space that is not transformed here.
        blocked = 1 if part.ndim > 2 else 0
        count = part.shape[blocked]
        rows = max(1, _VALUES * count // part.size)
        for first in range(0, count, rows):
            block = (slice(None),) * blocked + (slice(first, first + rows),)
            if self.real:
                made = fft.irfft(part[block], n=self.sizes[-1], axis=-1, overwrite_x=True)
            else:
                made = fft.ifft(part[block], axis=-1, overwrite_x=True)
            made = made[..., self.keep[-1]]
            if self.modulus:
                np.abs(made, out=out[block])
            else:
                out[block] = made


def _filtered(
    spectra: np.ndarray, filters: Sequence[SpectralFilter], out: np.ndarray, back: _Back
) -> None:
    """Fill ``(items, filters, *kept)``: filters, and groups of items, side by side."""
    shape = filters[0].shape
    items = min(_items(shape), len(spectra))
    groups = -(-len(spectra) // items)
    room = threading.local()

    def work(block: int) -> None:
        number, group = divmod(block, groups)
        own = slice(group * items, (group + 1) * items)
        if not hasattr(room, "folded"):
            room.folded = _apart((items, *shape), spectra.dtype)
        part = room.folded[: len(spectra[own])]
        filters[number].fold(spectra[own], part)
        back(part, filters[number].columns, out[own, number])

    _run(work, groups * len(filters), out.size)


def _items(shape: Sequence[int]) -> int:
    """How many items of a shape are transformed together."""
    return max(1, _VALUES // math.prod(shape))


def _run(work: Callable[[int], None], blocks: int, size: int) -> None:
    """Run blocks of work with the caller's settings: of little of it in this thread alone."""
    ignored = np.geterr()

    def quiet(block: int) -> None:
        with np.errstate(**ignored):
            work(block)

    if size > _VALUES:
        run_blocks(quiet, blocks)
        return
    for block in range(blocks):
        work(block)


def _apart(shape: Sequence[int], dtype: np.dtype[Any]) -> np.ndarray:
    """Room for planes whose rows are not a power of two apart: such evict each other."""
    return np.empty((*shape[:-1], shape[-1] + _APART), dtype=dtype)[..., : shape[-1]]
