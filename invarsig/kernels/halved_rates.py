"""Filters of low bands at lower rates, as far as that changes nothing but round-off.

Where a filter h has no response beyond B, ``sum_n h[n] x[n] = 2 sum_m h[2 m] (g * x)[2 m]`` for
every low-pass g that is 1 up to B and 0 from 1/2 - B on: of the spectra's product only the mean
counts, and nothing folds onto it. Samples of x beyond the filter do not matter and may be 0.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from invarsig.kernels.window_products import products

__all__ = ["halved", "halvings"]

# The low-pass is 1 up to here, in cycles per sample, and 0 from a half minus that on, to 150 dB.
_PASS, _TAPS, _BETA = 0.175, 67, 15.2

# How many samples a product of matrices makes at once.
_MADE = 32


def halvings(taps: np.ndarray, stride: int) -> int:
    """How often the rate may be halved for filters ``(filters, window)`` at a stride.

    What their responses have beyond the pass band is below the round-off of single precision.
    """
    from scipy import fft

    count = fft.next_fast_len(2 * taps.shape[-1])
    size = np.abs(fft.fft(taps, count, axis=-1))
    heard = (size > np.finfo(np.float32).eps / 2 * size.max(axis=-1, keepdims=True)).any(axis=0)
    edge, number = float(np.abs(fft.fftfreq(count))[heard].max(initial=0.0)), 0
    while stride % 2 ** (number + 1) == 0 and edge * 2**number <= _PASS:
        number += 1
    return number


def halved(signal: np.ndarray) -> np.ndarray:
    """Every second sample of a signal behind the low-pass, from the first on; zeros beyond it."""
    half, count = _TAPS // 2, -(-signal.size // 2)
    blocks = -(-count // _MADE)
    wide = np.zeros(2 * _MADE * blocks + _TAPS, dtype=signal.dtype)
    wide[half : half + signal.size] = signal
    return products(wide, _low_pass().astype(signal.real.dtype), 2 * _MADE, blocks).reshape(-1)[
        :count
    ]


@cache
def _low_pass() -> np.ndarray:
    """The low-pass once for each sample that a product makes, two further along in each column."""
    from scipy import signal

    taps = signal.firwin(_TAPS, 0.25, window=("kaiser", _BETA), fs=1.0)
    columns = np.zeros((2 * (_MADE - 1) + _TAPS, _MADE))
    for made in range(_MADE):
        columns[2 * made : 2 * made + _TAPS, made] = taps
    return columns
