"""Short-time Fourier transforms: many windows of a signal in one transform, block by block."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["short_time"]

# Samples of windows that are transformed at once: they fit in the cache.
_BLOCK = 1 << 16


def short_time(values: np.ndarray, weights: np.ndarray, hop: int, count: int) -> np.ndarray:
    """Fourier transform of every window, with phases relative to its middle.

    ``X[k, j] = sum_n w[n] x[j h + n] exp(-2 pi i k (n - L // 2) / L)``.

    Parameters
    ----------
    values
        Real, ``(*batch, n)``; n is at least ``(count - 1) * hop + L``.
    weights
        The window, L samples.
    hop, count
        Samples from one window to the next, and how many windows.

    Returns
    -------
    ndarray
        ``(*batch, L // 2 + 1, count)``.
    """
    from scipy import fft

    length = weights.size
    middle = length // 2
    flat = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    windows = np.lib.stride_tricks.sliding_window_view(flat, length, axis=-1)[:, ::hop]
    kind = np.result_type(values.dtype, np.complex64)
    out = np.empty((len(flat), middle + 1, count), dtype=kind)
    step = max(_BLOCK // length, 1)
    for item in range(len(flat)):
        for at in range(0, count, step):
            frames = windows[item, at : min(at + step, count)]
            turned = np.empty(frames.shape, dtype=values.dtype)
            # A window's middle comes first: it is the origin of the phase.
            np.multiply(frames[:, middle:], weights[middle:], out=turned[:, : length - middle])
            np.multiply(frames[:, :middle], weights[:middle], out=turned[:, length - middle :])
            out[item, :, at : at + step] = fft.rfft(turned, axis=-1).T
    return out.reshape(*values.shape[:-1], middle + 1, count)
