"""Convolution of extended arrays with a bank of kernels: direct for small, Fourier for large.

Only samples that are kept are computed by the direct method. Both give the *valid* part: the
borders have been extended before.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

__all__ = ["convolved"]

# Direct passes cost one stream through memory for each tap; about 100 of them cost as much as
# the two transforms (measured on two cores, 512 x 512).
_DIRECT_TAPS = 100


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
    flat_values = values.reshape(int(np.prod(batch)), int(np.prod(summed)), *values.shape[values.ndim - rank :])
    dtype = np.result_type(values.dtype, np.complex64 if np.iscomplexobj(taps) else np.float32)
    flat_taps = taps.reshape(int(np.prod(filters)), int(np.prod(summed)), *window).astype(dtype)
    method = _direct if int(np.prod(window)) <= _DIRECT_TAPS else _fourier
    out = method(flat_values, flat_taps, strides)
    return out.reshape(*batch, *filters, *out.shape[2:])


def _direct(values: np.ndarray, taps: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """Add up shifted, thinned views, one for each tap."""
    window = taps.shape[2:]
    counts = [(n - w) // s + 1 for n, w, s in zip(values.shape[2:], window, strides, strict=True)]
    out = np.zeros((values.shape[0], taps.shape[0], *counts), dtype=taps.dtype)
    for place in itertools.product(*map(range, window)):
        # A convolution runs through its window backwards.
        starts = [w - 1 - k for w, k in zip(window, place, strict=True)]
        keep = tuple(
            slice(a, a + (c - 1) * s + 1, s) for a, c, s in zip(starts, counts, strides, strict=True)
        )
        view = values[(slice(None), slice(None), *keep)]
        weights = taps[(slice(None), slice(None), *place)]
        for row, channels in enumerate(weights):
            for channel, weight in enumerate(channels):
                if weight != 0:
                    out[:, row] += weight * view[:, channel]
    return out


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
