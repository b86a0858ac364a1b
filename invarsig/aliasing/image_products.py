"""Errors of any number of shifts along one axis of a real lift, from one small matrix.

The images that fold onto an output bin turn against each other by the same angles in every bin:
``E[j] = exp(..) / s · sum_m Z_m[j] (exp(-2 pi i m d / s) - 1)``. So the energy of the error is a
quadratic form in the matrix of the images' products, ``G[m, n] = sum_j conj(Z_m[j]) Z_n[j]``, which
is s x s however long the signal. The bins at 0 and half-way, where special rules hold for a real
signal, are summed directly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from invarsig.spectra import phases

__all__ = ["error_energies"]

# Number of products that are summed at once.
_BLOCK = 1 << 18


def error_energies(values: np.ndarray, count: int) -> Callable[[float], tuple[float, float]]:
    """Function of a shift that gives the energies of an error: Nyquist bin, and the rest.

    Parameters
    ----------
    values
        Real lift ``(..., n)``, periodic along the last axis.
    count
        Every how many samples are kept; it divides n.

    Returns
    -------
    callable
        Of the shift in samples of the lift.
    """
    from scipy import fft

    size = values.shape[-1]
    coarse = size // count
    half = fft.rfft(values.reshape(-1, size).astype(np.float64, copy=False), axis=-1)
    numbers = np.arange(count)
    images = np.where(2 * numbers * coarse < size, numbers, numbers - count)
    inner = np.arange(1, (coarse + 1) // 2)
    # Bins above a half are the conjugates of their mirror images.
    parts = np.stack([_bins(half, size, inner + q * coarse).ravel() for q in numbers])
    products = _products(parts)
    edges = [0, coarse // 2] if coarse % 2 == 0 else [0]
    columns = [
        np.stack([_bins(half, size, np.array([j + q * coarse]))[:, 0] for q in numbers])
        for j in edges
    ]

    def energies(shift: float) -> tuple[float, float]:
        turns = np.exp(-2j * np.pi * images * (shift / count)) - 1
        rest = 2 * max(float((turns.conj() @ products @ turns).real), 0.0)
        first = phases(size, shift, real=True)
        last = phases(coarse, shift / count, real=True)
        sums = [
            float((np.abs(((first[j::coarse] - last[j])[:, None] * column).sum(axis=0)) ** 2).sum())
            for j, column in zip(edges, columns, strict=True)
        ]
        norm = count**2 * coarse
        nyquist = sums[1] if len(sums) > 1 else 0.0
        return nyquist / norm, (rest + sums[0]) / norm

    return energies


def _products(parts: np.ndarray) -> np.ndarray:
    """``conj(parts) @ parts.T``, one block of columns after another.

    By the symmetric product of real and imaginary parts, which takes half as many multiplications.
    In blocks so small that a BLAS starts no threads: the diagnosis has threads of its own.
    """
    count, length = parts.shape
    block = max(_BLOCK // (2 * count) ** 2, 1)
    products = np.zeros((2 * count, 2 * count))
    for begin in range(0, length, block):
        each = parts[:, begin : begin + block]
        both = np.concatenate([each.real, each.imag])
        products += both @ both.T
    real, imaginary = products[:count], products[count:]
    crossed = real[:, count:]
    return np.asarray(real[:, :count] + imaginary[:, count:] + 1j * (crossed - crossed.T))


def _bins(half: np.ndarray, size: int, places: np.ndarray) -> np.ndarray:
    """Bins of a real signal's spectrum, of which those up to a half are given."""
    mirrored = 2 * places > size
    found = half[:, np.where(mirrored, size - places, places)]
    return np.where(mirrored, found.conj(), found)
