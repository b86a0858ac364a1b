"""Convolution of extended arrays with a bank of kernels: direct for small, Fourier for large.

Only samples that are kept are computed by the direct method. Both give the *valid* part: the
borders have been extended before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

__all__ = ["convolved"]

# Taps per stride from which on the transforms are cheaper. Measured on two cores
# at 512 x 512, ms direct against Fourier: 3 x 3 35, 24; 5 x 5 33, 23; 9 x 9 91, 28; at stride 2
# 9 x 9 17, 15; 5 x 5 14, 49 (16 pictures, 4 kernels). Small windows stay direct all the same: only
# there are borders and NaN kept apart exactly.
_DIRECT_TAPS = 16


def convolved(
    values: np.ndarray, taps: np.ndarray, strides: Sequence[int], contract: int = 0
) -> np.ndarray:
    """Convolve the last axes with each kernel of a bank, keeping every s-th valid sample.

    Parameters
    ----------
    values
        ``(*batch, *contracted, *space)``.
    taps
        ``(*filters, *contracted, *window)``, as many window axes as there are strides.
    strides
        One for each axis of space.
    contract
        Number of axes in front of space that are summed over.

    Returns
    -------
    ndarray
        ``(*batch, *filters, *space)``.
    """
    rank = len(strides)
    filters, window = taps.shape[: taps.ndim - rank - contract], taps.shape[taps.ndim - rank :]
    summed = taps.shape[len(filters) : len(filters) + contract]
    batch = values.shape[: values.ndim - rank - contract]
    flat_values = values.reshape(
        int(np.prod(batch)), int(np.prod(summed)), *values.shape[values.ndim - rank :]
    )
    dtype = np.result_type(values.dtype, np.complex64 if np.iscomplexobj(taps) else np.float32)
    flat_taps = taps.reshape(int(np.prod(filters)), int(np.prod(summed)), *window).astype(dtype)
    small = np.prod(window) <= _DIRECT_TAPS * np.prod(strides)
    # A transform would spread one NaN over everything; direct sums keep it in its windows.
    method = _direct if small or not np.isfinite(flat_values).all() else _fourier
    out = method(flat_values, flat_taps, strides)
    return out.reshape(*batch, *filters, *out.shape[2:])


def _direct(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Go through each row of the output once for every tap; any rank, by flat offsets."""
    window, space = taps.shape[2:], values.shape[2:]
    counts = [(n - w) // s + 1 for n, w, s in zip(space, window, strides, strict=True)]
    ahead = np.array([int(np.prod(space[axis + 1 :])) for axis in range(len(space))])
    # A convolution runs through its window backwards.
    places = np.array(list(np.ndindex(*window)), dtype=np.int64)
    offsets = (np.array(window) - 1 - places) @ ahead
    rows = np.array(list(np.ndindex(*counts[:-1])), dtype=np.int64)
    rows = rows.reshape(int(np.prod(counts[:-1])), len(space) - 1)
    starts = rows @ (np.array(strides[:-1], dtype=np.int64) * ahead[:-1])
    out = np.zeros((values.shape[0], taps.shape[0], starts.size, counts[-1]), dtype=taps.dtype)
    flat_values = np.ascontiguousarray(values.reshape(*values.shape[:2], -1), dtype=taps.dtype)
    flat_taps = np.ascontiguousarray(taps.reshape(*taps.shape[:2], -1))
    _compiled()(flat_values, flat_taps, offsets, starts, strides[-1], out)
    return out.reshape(values.shape[0], taps.shape[0], *counts)


@cache
def _compiled() -> Callable[..., None]:
    """Compile the loop when it is first needed; numba keeps it on disk."""
    import numba

    compiled: Callable[..., None] = numba.njit(nogil=True, cache=True)(_accumulate)
    return compiled


def _accumulate(
    values: np.ndarray,
    taps: np.ndarray,
    offsets: np.ndarray,
    starts: np.ndarray,
    stride: int,
    out: np.ndarray,
) -> None:  # pragma: no cover (compiled)
    """``out[b, f, r, i] += taps[f, c, t] values[b, c, starts[r] + offsets[t] + i stride]``."""
    for item in range(values.shape[0]):
        for kernel in range(taps.shape[0]):
            for row in range(starts.size):
                line = out[item, kernel, row]
                for channel in range(taps.shape[1]):
                    source = values[item, channel]
                    for tap in range(offsets.size):
                        weight = taps[kernel, channel, tap]
                        # A tap of zero is no part of the window: it lets no NaN in.
                        if weight == 0:
                            continue
                        base = starts[row] + offsets[tap]
                        if stride == 1:  # a loop of its own, which is vectorised
                            for index in range(line.size):
                                line[index] += weight * source[base + index]
                        else:
                            for index in range(line.size):
                                line[index] += weight * source[base + index * stride]


def _fourier(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Multiply spectra, filter by filter, so that memory holds one filter's result at a time."""
    from scipy import fft

    rank, space = len(strides), values.shape[2:]
    axes = tuple(range(-rank, 0))
    real = not (np.iscomplexobj(values) or np.iscomplexobj(taps))
    sizes = [fft.next_fast_len(n, real=real) for n in space]
    ahead, back = (fft.rfftn, fft.irfftn) if real else (fft.fftn, fft.ifftn)
    spectrum = ahead(values, s=sizes, axes=axes, workers=-1)
    keep = tuple(slice(w - 1, n, s) for w, n, s in zip(taps.shape[2:], space, strides, strict=True))
    out: np.ndarray | None = None
    for index, row in enumerate(taps):
        product = spectrum * _response(row, sizes, real=real)
        summed = product[:, 0] if product.shape[1] == 1 else product.sum(axis=1)
        valid = back(summed, s=sizes, axes=axes, workers=-1)[(slice(None), *keep)]
        if out is None:
            out = np.empty((values.shape[0], taps.shape[0], *valid.shape[1:]), dtype=taps.dtype)
        out[:, index] = valid
    if out is None:
        raise ValueError("there are no kernels")
    return out


def _response(taps: np.ndarray, sizes: Sequence[int], *, real: bool) -> np.ndarray:
    """Fourier transform of one kernel, axis by axis: only the last pass sees the full size."""
    from scipy import fft

    rank = len(sizes)
    first = fft.rfft if real else fft.fft
    spectrum = first(taps, n=sizes[-1], axis=-1)
    for axis in range(-2, -rank - 1, -1):
        spectrum = fft.fft(spectrum, n=sizes[axis], axis=axis, workers=-1)
    return np.asarray(spectrum)
