"""Long filters at a large stride: frames of the signal multiplied by a matrix of taps."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from invarsig.kernels.convolution import convolved, convolved_operations
from invarsig.kernels.halved_rates import halved, halvings
from invarsig.kernels.nonfinite import keeping_nonfinite
from invarsig.kernels.window_products import products

__all__ = ["framed", "framed_operations"]

# Products of a frame and a filter against transforms of the whole signal. Measured on two cores,
# 84 complex filters of 90 to 11500 taps over 30 s at 22050 Hz, stride 512: 0.4 s against 2.2 s,
# where the products are a quarter of what they are compared with.
_PER_TAP = 2.0

# Filters that are shorter cost less than it takes to look whether a lower rate will do.
_LONG = 512


def framed(values: np.ndarray, taps: np.ndarray, stride: int) -> np.ndarray:
    """Convolve the last axis with each filter of a bank, keeping every s-th valid sample.

    As `convolved`, along one axis, for filters that are long and of very different lengths: zeros
    at the ends of a filter cost nothing.

    Parameters
    ----------
    values
        ``(*batch, n)``.
    taps
        ``(filters, window)``, real or complex.
    stride
        In samples.

    Returns
    -------
    ndarray
        ``(*batch, filters, (n - window) // stride + 1)``.
    """
    size = values.shape[-1]
    if not _is_sparse(size, taps, stride):
        return convolved(values, taps, [stride])
    flat = values.reshape(math.prod(values.shape[:-1]), size)
    out = keeping_nonfinite(lambda some, by: _by_products(some, by, stride), flat, taps)
    return out.reshape(*values.shape[:-1], *out.shape[1:])


def _by_products(values: np.ndarray, taps: np.ndarray, stride: int) -> np.ndarray:
    """Filters of about the same length at once, each without the zeros at its ends."""
    size, window = values.shape[-1], taps.shape[-1]
    count = (size - window) // stride + 1
    first, last = _used(taps)
    dtype = np.result_type(values.dtype, np.complex64 if np.iscomplexobj(taps) else np.float32)
    out = np.empty((*values.shape[:-1], len(taps), count), dtype=dtype)
    groups = list(_groups(values, taps, first, last, stride))
    for signal, whole in zip(values, out, strict=True):
        signals = [signal]
        for rows, begin, columns, halving in groups:
            while len(signals) <= halving:
                signals.append(halved(signals[-1]))
            part = signals[halving][begin >> halving :]
            made = products(part, columns, stride >> halving, count)
            whole[rows] = (made if made.dtype == dtype else made.view(dtype)).T
    return out


def _groups(
    values: np.ndarray, taps: np.ndarray, first: np.ndarray, last: np.ndarray, stride: int
) -> Iterator[tuple[np.ndarray, int, np.ndarray, int]]:
    """Filters of about the same length: which, where in the window they begin, columns, halvings.

    Only in single precision are filters limited enough to a band to be run at a lower rate.
    """
    octave = np.ceil(np.log2(last - first)).astype(int)
    for group in np.unique(octave):
        rows = np.flatnonzero(octave == group)
        # A convolution runs through its window backwards.
        begin, end = taps.shape[-1] - int(last[rows].max()), taps.shape[-1] - int(first[rows].min())
        halving = 0
        if values.dtype.itemsize // (1 + np.iscomplexobj(values)) == 4 and end - begin >= _LONG:
            halving = halvings(taps[rows], stride)
        begin -= begin % 2**halving
        used = taps[rows, ::-1][:, begin : end : 2**halving] * 2**halving
        yield rows, begin, _columns(used, values), halving


def framed_operations(size: int, taps: np.ndarray, stride: int) -> float:
    """Multiplications of `framed` for one real signal of a given size, without NaN."""
    if not _is_sparse(size, taps, stride):
        return convolved_operations([size], taps, [stride])
    return (2 if np.iscomplexobj(taps) else 1) * _products_of(size, taps, stride)


def _products_of(size: int, taps: np.ndarray, stride: int) -> float:
    first, last = _used(taps)
    return float(((size - taps.shape[-1]) // stride + 1) * (last - first).sum())


def _is_sparse(size: int, taps: np.ndarray, stride: int) -> bool:
    """Whether products of frames and filters cost less than transforms of the whole signal."""
    transforms = len(taps) * size * math.log2(size + 1)
    return _PER_TAP * _products_of(size, taps, stride) <= transforms


def _used(taps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each filter where its nonzero taps begin and end."""
    ahead, behind = taps != 0, taps[:, ::-1] != 0
    return ahead.argmax(axis=1), taps.shape[-1] - behind.argmax(axis=1)


def _columns(taps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Filters as columns of a matrix; the parts of complex ones side by side for real values."""
    columns = np.ascontiguousarray(taps.T)
    if np.iscomplexobj(taps) and not np.iscomplexobj(values):
        columns = columns.view(columns.real.dtype)
    return columns.astype(np.result_type(values.dtype, np.float32))
