"""Weights of the windows that most transforms and filters take, by their formulas.

`scipy.signal` has them all; to import it for one of these takes more memory and time than many a
diagnosis, since it loads optimization and statistics too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["kaiser_beta", "low_pass_taps", "shape_of", "tukey"]

# w[n] = sum_k a[k] cos(k t), t from -pi to pi.
_COSINES = {"hann": (0.5, 0.5), "hamming": (0.54, 1.0 - 0.54), "blackman": (0.42, 0.5, 0.08)}


def shape_of(window: Any, size: int, *, symmetric: bool) -> np.ndarray | None:
    """Weights of a Hann, Hamming, Blackman or Kaiser window; None for all others.

    Parameters
    ----------
    window
        A name, or "kaiser" with its beta, as `scipy.signal.get_window` takes them.
    size
        Number of samples.
    symmetric
        Whether the last weight equals the first; without that the weights are one period.

    Examples
    --------
    >>> shape_of("hann", 4, symmetric=False).tolist()
    [0.0, 0.5, 1.0, 0.5]
    >>> shape_of("parzen", 4, symmetric=True) is None
    True

    References
    ----------
    Harris (1978), On the use of windows for harmonic analysis with the discrete Fourier transform,
    doi:10.1109/PROC.1978.10837.
    """
    if int(size) != size or size < 2:
        return None
    whole = int(size) + (not symmetric)
    match window:
        case str() if window in _COSINES:
            made = _cosines(whole, _COSINES[window])
        case ("kaiser", int() | float() as beta):
            made = _kaiser(whole, beta)
        case _:
            return None
    return made[:size]


def _cosines(size: int, weights: tuple[float, ...]) -> np.ndarray:
    angle, made = np.linspace(-np.pi, np.pi, size), np.zeros(size)
    for order, weight in enumerate(weights):
        made += weight * np.cos(order * angle)
    return made


def _kaiser(size: int, beta: float) -> np.ndarray:
    from scipy import special

    middle = (size - 1) / 2.0
    off = (np.arange(size, dtype=np.float64) - middle) / middle
    return np.asarray(special.i0(beta * np.sqrt(1 - off**2.0)) / special.i0(np.float64(beta)))


def tukey(size: int, taper: float) -> np.ndarray:
    """A symmetric window that is flat but for half a cosine at each end.

    Parameters
    ----------
    size
        Number of samples.
    taper
        Which part of it both ends take together; above 0 and below 1.

    Examples
    --------
    >>> tukey(6, 0.5).round(3).tolist()
    [0.0, 0.905, 1.0, 1.0, 0.905, 0.0]

    References
    ----------
    Harris (1978), doi:10.1109/PROC.1978.10837.
    """
    if size <= 1:
        return np.ones(size)
    made, place = np.ones(size), np.arange(size, dtype=np.float64)
    end = int(taper * (size - 1) / 2.0) + 1
    first, last = place[:end], place[size - end :]
    made[:end] = 0.5 * (1 + np.cos(np.pi * (-1 + 2.0 * first / taper / (size - 1))))
    made[size - end :] = 0.5 * (
        1 + np.cos(np.pi * (-2.0 / taper + 1 + 2.0 * last / taper / (size - 1)))
    )
    return made


def kaiser_beta(attenuation: float) -> float:
    """Shape of the Kaiser window whose low-pass attenuates by so many dB.

    Examples
    --------
    >>> round(kaiser_beta(60.0), 4), kaiser_beta(20.0)
    (5.6533, 0.0)

    References
    ----------
    Kaiser (1974), Nonrecursive digital filter design using the I0-sinh window function.
    """
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        over = attenuation - 21
        return float(0.5842 * over**0.4 + 0.07886 * over)
    return 0.0


def low_pass_taps(count: int, cutoff: float, beta: float) -> np.ndarray:
    """Taps of an ideal low-pass under a Kaiser window, of sum 1.

    Parameters
    ----------
    count
        Number of taps.
    cutoff
        Where the pass band ends, as a fraction of the Nyquist frequency.
    beta
        Shape of the window.

    Examples
    --------
    >>> low_pass_taps(3, 0.5, 0.0).round(3).tolist()
    [0.28, 0.44, 0.28]

    References
    ----------
    Oppenheim, Schafer (2010), Discrete-time signal processing, section 7.5.
    """
    place = np.arange(count) - 0.5 * (count - 1)
    taps = cutoff * np.sinc(cutoff * place)
    window = shape_of(("kaiser", beta), count, symmetric=True)
    if window is not None:
        taps *= window
    return np.asarray(taps / np.sum(taps))
