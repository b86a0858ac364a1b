"""Short-time Fourier transforms: blocks of windows, each finished while it is in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from invarsig.kernels.borders import Border, sources_of, value_beyond
from invarsig.threads import run_blocks

__all__ = ["short_time"]

# Samples of windows that are transformed at once: they fit in the cache, with their spectra.
_BLOCK = 1 << 16


def short_time(
    values: np.ndarray,
    weights: np.ndarray,
    hop: int,
    count: int,
    before: int = 0,
    border: Border = "valid",
    then: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Fourier transform of every window, with phases relative to its middle.

    ``X[k, j] = sum_n w[n] x[j h + n - before] exp(-2 pi i k (n - L // 2) / L)``.

    Parameters
    ----------
    values
        Real, ``(*batch, n)``.
    weights
        The window, L samples.
    hop, count
        Samples from one window to the next, and how many windows.
    before
        How many samples before the first one the first window begins.
    border
        What windows meet beyond the ends.
    then
        What is made of each block of spectra ``(windows, L // 2 + 1)``: as many rows, of any
        length. Spectra as a whole then never exist. It is called from several threads.

    Returns
    -------
    ndarray
        ``(*batch, L // 2 + 1, count)``, or as many rows as `then` makes; stored window by window.
    """
    flat = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    step = max(_BLOCK // weights.size, 1)
    blocks = [(item, at) for item in range(len(flat)) for at in range(0, count, step)]

    def made(item: int, at: int) -> np.ndarray:
        windows = _windows(
            flat[item], weights.size, hop, at * hop - before, min(step, count - at), border
        )
        # Threads do not inherit it: infinity and NaN are propagated, and need no warning.
        with np.errstate(over="ignore", invalid="ignore"):
            spectra = _transformed(windows, weights)
            return spectra if then is None else then(spectra)

    first = made(*blocks[0])
    out = np.empty((len(flat), count, first.shape[-1]), dtype=first.dtype)
    out[0, :step] = first

    def work(block: int) -> None:
        item, at = blocks[block + 1]
        out[item, at : at + step] = made(item, at)

    run_blocks(work, len(blocks) - 1)
    return np.swapaxes(out, 1, 2).reshape(*values.shape[:-1], first.shape[-1], count)


def _windows(
    signal: np.ndarray, length: int, hop: int, first: int, count: int, border: Border
) -> np.ndarray:
    """Windows ``(count, length)`` from a place on: a view, or copies where they meet the border."""
    last = first + (count - 1) * hop + length
    if first >= 0 and last <= signal.size:
        return np.lib.stride_tricks.sliding_window_view(signal[first:last], length)[::hop]
    starts = np.arange(first, last - length + 1, hop)
    found = sources_of(starts[:, np.newaxis] + np.arange(length), signal.size, border)
    windows = np.asarray(signal[found])
    outside = value_beyond(border)
    if outside is not None:
        windows[found < 0] = outside
    return windows


def _transformed(windows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    from scipy import fft

    middle, rest = weights.size // 2, weights.size - weights.size // 2
    turned = np.empty(windows.shape, dtype=windows.dtype)
    # A window's middle comes first: it is the origin of the phase.
    np.multiply(windows[:, middle:], weights[middle:], out=turned[:, :rest])
    np.multiply(windows[:, :middle], weights[:middle], out=turned[:, rest:])
    return np.asarray(fft.rfft(turned, axis=-1, overwrite_x=True))
