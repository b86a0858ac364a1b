"""How finely a spectrogram must be sampled, known from its window alone.

A spectrogram's bins vary slowly: as fast as the window allows. For white noise the spectrum of a
bin along time is the Fourier transform of the window's autocorrelation (complex bins) or of its
square (power), so the share of its fluctuations that a hop folds is a sum over lags.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from invarsig import parameters
from invarsig.errors import ParameterError

__all__ = ["bin_folding", "hop_folding", "safe_bins_per_octave", "safe_hop"]

Quantity = Literal["power", "complex"]


def hop_folding(
    window: Any, length: int | None = None, *, hop: int, output: Quantity = "power"
) -> float:
    """Share of the fluctuations of a spectrogram that a hop folds, for white noise.

    ``1 - (1/h) sum_k c[k] sinc(k / h) / c[0]`` with the autocorrelation r of the window,
    ``c = |r|²`` for the power and ``c = r`` for complex bins, and ``sinc(t) = sin(pi t) / (pi t)``.
    The bins at 0 and at the Nyquist frequency, which are real before the modulus, fluctuate
    differently.

    Parameters
    ----------
    window
        Name that `scipy.signal.get_window` knows, or the weights themselves.
    length
        Length L of a named window, in samples.
    hop
        Hop h in samples.
    output
        "power" or "complex".

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ParameterError
        If window, length or hop is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> shares = [hop_folding("hann", 4096, hop=4096 // n) for n in (2, 4, 8, 16)]
    >>> (10 * np.log10(shares)).round(2).tolist()
    [-6.5, -19.01, -43.71, -60.38]

    References
    ----------
    Priestley (1981), Spectral analysis and time series, section 6.2, on the covariance of
    periodograms; Allen & Rabiner (1977), doi:10.1109/PROC.1977.10770, on hops and windows.
    """
    lags, covariance = _covariance(_weights(window, length), output)
    return _folded(lags, covariance, parameters.count(hop, "The hop", " samples"))


def safe_hop(
    window: Any, length: int | None = None, *, db: float = -60.0, output: Quantity = "power"
) -> int:
    """Largest hop at which a spectrogram of white noise folds no more than a given share.

    Parameters
    ----------
    window, length, output
        As for `hop_folding`.
    db
        Share of the fluctuating energy that may fold, in dB.

    Returns
    -------
    int
        Hop in samples, at least 1.

    Raises
    ------
    ParameterError
        If `db` is not below 0, or the window is invalid.

    Examples
    --------
    >>> safe_hop("hann", 1024, db=-19.0), safe_hop("hann", 1024, db=-40.0)
    (256, 146)

    References
    ----------
    As for `hop_folding`.
    """
    limit = _limit(db)
    lags, covariance = _covariance(_weights(window, length), output)
    # The bands that hops keep are nested, so the share grows with the hop.
    low, high = 1, lags.size
    while low < high:
        middle = (low + high + 1) // 2
        if _folded(lags, covariance, middle) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def bin_folding(quality: float, *, bins_per_octave: int, taper: Any = "hann") -> float:
    """Share of the fluctuations of a tone's trace in a constant-Q transform that its bins fold.

    ``sum_(|c| > B / 2) |T(c)|² / sum_(c != 0) |T(c)|²`` with T the Fourier transform of the trace
    ``|W(Q (2^-u - 1))|²`` over ``u`` octaves, as in `safe_bins_per_octave`, and c in cycles per
    octave.

    Parameters
    ----------
    quality, taper
        As for `safe_bins_per_octave`.
    bins_per_octave
        B.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ParameterError
        As `safe_bins_per_octave` raises it, for a trace that does not end.

    Examples
    --------
    >>> import numpy as np
    >>> quality = 1 / (2 ** (1 / 12) - 1)  # that of 12 bins per octave
    >>> shares = [bin_folding(quality, bins_per_octave=bins) for bins in (6, 12, 18, 24)]
    >>> (10 * np.log10(shares)).round(1).tolist()
    [-7.4, -22.9, -51.4, -88.9]

    References
    ----------
    Brown (1991), doi:10.1121/1.400476.
    """
    bins = parameters.count(bins_per_octave, "The number of bins per octave")
    frequency, power = _trace_spectrum(quality, taper, _limit(-60.0))
    # Each sample of the spectrum stands for the frequencies around it, and the edge cuts one in
    # two.
    below = np.interp(bins / 2, frequency + frequency[1] / 2, power.cumsum())
    return float(max(1 - below / power.sum(), 0.0))


def safe_bins_per_octave(quality: float, *, taper: Any = "hann", db: float = -60.0) -> int:
    """Fewest bins per octave at which a tone's trace in a constant-Q transform does not fold.

    A tone of frequency f shows in the bin at ``f_k`` as ``|W(Q (f / f_k - 1))|²``, W the Fourier
    transform of the window over its own length. Over ``u = log2(f_k / f)`` that is one shape for
    every tone, moved by its pitch. Sampled B times per octave, what lies beyond ``B / 2`` cycles
    per octave folds.

    Parameters
    ----------
    quality
        Quality factor Q: window length times center frequency, in cycles.
    taper
        Name that `scipy.signal.get_window` knows.
    db
        Share of the trace's fluctuating energy that may fold, in dB.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If `quality` is not above 0, or so low that a tone shows in all lower bins, or `db` not
        below 0.

    Examples
    --------
    >>> quality = 1 / (2 ** (1 / 12) - 1)  # that of 12 bins per octave
    >>> safe_bins_per_octave(quality, db=-20.0), safe_bins_per_octave(quality)
    (12, 20)

    References
    ----------
    Brown (1991), doi:10.1121/1.400476.
    """
    limit = _limit(db)
    frequency, power = _trace_spectrum(quality, taper, limit)
    beyond = power[::-1].cumsum()[::-1] / power.sum()
    if not (beyond <= limit).any():
        raise ParameterError(f"db is {db:g}, which is below the round-off; give a higher level.")
    first = int(np.argmax(beyond <= limit))
    return int(np.ceil(2 * frequency[first]))


def _trace_spectrum(quality: float, taper: Any, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Spectrum of a tone's trace: cycles per octave, and power without what does not fluctuate.

    Except for a share of `limit`, the trace must have ended where it is cut off.
    """
    parameters.positive(quality, "quality", wanted="a number of cycles above 0")
    # The lobe is about 4 / Q octaves wide at its foot; 96 / Q octaves away nothing of it is left.
    fine = 2 ** int(np.ceil(np.log2(max(64.0, 64 * quality))))
    most = int(np.ceil(min(2.0, 96 / quality) * fine))
    u = np.arange(-most, most) / fine
    cycles = quality * (np.exp2(-u) - 1)
    weights = _weights(taper, 512)
    middle = np.arange(weights.size) - (weights.size - 1) / 2
    trace = np.empty(u.size)
    for part in range(0, u.size, 4096):
        turns = np.multiply.outer(cycles[part : part + 4096], middle / weights.size)
        trace[part : part + 4096] = np.abs(np.exp(-2j * np.pi * turns) @ weights) ** 2
    if (trace[-1] / trace.max()) ** 2 > limit:
        raise ParameterError(
            f"With a quality of {quality:g} cycles the trace of a tone does not end at "
            f"{10 * np.log10(limit):g} dB: it shows in all lower bins; give a larger quality, or "
            "more decibels."
        )
    power = np.abs(np.fft.rfft(trace)) ** 2
    frequency = np.fft.rfftfreq(u.size, 1 / fine)
    power[0] = 0.0  # what does not fluctuate does not fold
    return frequency, power


def _limit(db: float) -> float:
    return float(10 ** (parameters.decibels(db, "db", zero=False) / 10))


def _weights(window: Any, length: int | None) -> np.ndarray:
    """Weights of a window by its name, or as given."""
    name = window[0] if isinstance(window, tuple) and window else window
    if isinstance(name, str):
        if length is None:
            raise ParameterError(f"The window {window!r} has no length; give length= in samples.")
        size = parameters.count(length, "The length of the window", " samples", least=2)
        return parameters.window_weights(window, size, "window")
    weights = np.asarray(window, dtype=np.float64)
    if weights.ndim != 1 or weights.size < 2 or not np.isfinite(weights).all() or not weights.any():
        raise ParameterError("The window must be a line of at least 2 finite weights, not all 0.")
    if length is not None and length != weights.size:
        raise ParameterError(
            f"The window has {weights.size} weights; length={length} is different."
        )
    return weights


def _covariance(weights: np.ndarray, output: Quantity) -> tuple[np.ndarray, np.ndarray]:
    """Lags from 0 on, and the autocorrelation of a bin of white noise at each."""
    parameters.one_of("output", output, Quantity)
    size = weights.size
    spectrum = np.fft.rfft(weights, n=2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:size]
    correlation /= correlation[0]
    return np.arange(size), correlation**2 if output == "power" else correlation


def _folded(lags: np.ndarray, covariance: np.ndarray, hop: int) -> float:
    kept = covariance * np.sinc(lags / hop) / hop
    return float(max(1 - (2 * kept.sum() - kept[0]), 0.0))
