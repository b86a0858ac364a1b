"""Spectra: which frequency a bin stands for, and what happens to bins when a grid is decimated.

Conventions
-----------
Frequencies on plain arrays are in cycles per sample of the current grid. Bin ``j`` of ``n``
stands for one of its aliases ``j/n + k``: the one nearest to the *center* of the channel, 0
for real signals. A grid of even size has a *Nyquist bin*, half-way between two aliases:

- the translation of a real signal multiplies it by ``cos(pi * shift)``, which is the only
  real choice that agrees with whole samples (`phases` with ``real=True``);
- orbits use the *phasor*: the alias at ``-1/2``, taken one-sided (``real=False``). The result
  is complex there, but the orbit identity then holds in every bin.

This is the only place where the rule is defined.
"""

from __future__ import annotations

import numpy as np

from invarsig.threads import run_blocks

__all__ = [
    "baseband",
    "fold_axis",
    "image_numbers",
    "phases",
    "share_outside",
    "slopes",
    "translated",
]

_BLOCK = 1 << 20
"""About how many bytes are transformed at once: with their spectrum they stay in the cache."""


def baseband(
    size: int,
    center: float | np.ndarray = 0.0,
    *,
    nyquist: float = np.inf,
    within: tuple[float | np.ndarray, float] = (0.0, np.inf),
) -> np.ndarray:
    """Frequencies that the bins of a grid stand for: the aliases nearest to `center`.

    ``f[j] = j/n + k`` with the whole number ``k`` that puts it in ``[center - 1/2, center + 1/2)``.
    A channel that was filtered out of a signal has no frequencies beyond that signal's own Nyquist
    frequency: what lies beyond is moved to the other end of its band.

    Parameters
    ----------
    size
        Number of samples n.
    center
        Center frequency in cycles per sample; an array adds its axes in front.
    nyquist
        Nyquist frequency of the signal that the channel was filtered out of, in cycles per
        sample of this grid: half the stride between them.
    within
        Middle and half-width of the band of a channel that this one was filtered out of in turn.

    Returns
    -------
    ndarray
        Shape ``(*center.shape, size)``, in cycles per sample.

    Examples
    --------
    >>> (4 * baseband(4)).tolist()
    [0.0, 1.0, -2.0, -1.0]
    >>> (4 * baseband(4, 0.5)).tolist()
    [0.0, 1.0, 2.0, 3.0]
    >>> (4 * baseband(4, 0.5, nyquist=0.5)).tolist()
    [0.0, 1.0, -2.0, -1.0]
    """
    bins = np.arange(size) / size
    middle = np.asarray(center, dtype=np.float64)[..., np.newaxis]
    # The nudge keeps a bin that is half-way, up to rounding, on the lower side.
    nearest = bins - np.floor(bins - middle + 0.5 + 1e-12)
    for around, half in (within, (0.0, nyquist)):
        if np.isfinite(half):
            lowest = np.asarray(around, dtype=np.float64)[..., np.newaxis] - half
            nearest = nearest - 2 * half * np.floor((nearest - lowest) / (2 * half) + 1e-12)
    return np.asarray(nearest)


def phases(
    size: int,
    shift: float,
    *,
    center: float | np.ndarray = 0.0,
    nyquist: float = np.inf,
    within: tuple[float | np.ndarray, float] = (0.0, np.inf),
    one_sided: bool = False,
    real: bool = False,
) -> np.ndarray:
    """Factors that translate a periodic signal by `shift` of its samples, bin by bin.

    ``exp(-2 pi i f[j] shift)``; for real signals ``cos(pi shift)`` in the Nyquist bin. A channel
    that was filtered out of a real signal keeps that signal's rule in the bin at its Nyquist
    frequency; one of a complex signal (`one_sided`) keeps the phasor there.
    """
    # The whole part of the shift is taken modulo the size: exact for any length.
    whole = np.floor(shift)
    frequency = baseband(size, center, nyquist=nyquist, within=within)
    turns = frequency * (shift - whole)
    bins = np.arange(size) * (int(whole) % size) % size / size
    factors = np.exp(-2j * np.pi * (turns + bins))
    if real and size % 2 == 0:
        factors[..., size // 2] = np.cos(np.pi * (shift % 2))
    elif np.isfinite(nyquist) and not one_sided:
        edge = np.abs(frequency + nyquist) < 1e-9
        factors = np.where(edge, np.cos(2 * np.pi * nyquist * shift), factors)
    return np.asarray(factors)


def slopes(
    size: int,
    *,
    center: float | np.ndarray = 0.0,
    nyquist: float = np.inf,
    within: tuple[float | np.ndarray, float] = (0.0, np.inf),
    one_sided: bool = False,
    real: bool = False,
) -> np.ndarray:
    """How fast `phases` turn: their derivative by the shift, at no shift.

    ``-2 pi i f[j]``, and 0 in the Nyquist bin of a real signal, whose cosine is level there.

    Examples
    --------
    >>> (slopes(4, real=True).imag / (2 * np.pi)).round(3) + 0
    array([ 0.  , -0.25,  0.  ,  0.25])
    """
    frequency = baseband(size, center, nyquist=nyquist, within=within)
    slope = -2j * np.pi * frequency
    if real and size % 2 == 0:
        slope[..., size // 2] = 0
    elif np.isfinite(nyquist) and not one_sided:
        slope = np.where(np.abs(frequency + nyquist) < 1e-9, 0, slope)
    return np.asarray(slope)


def translated(
    values: np.ndarray,
    axis: int,
    shift: float,
    center: float | np.ndarray = 0.0,
    *,
    nyquist: float = np.inf,
    within: tuple[float | np.ndarray, float] = (0.0, np.inf),
    one_sided: bool = False,
) -> np.ndarray:
    """Translate a periodic array by any number of samples, exactly.

    Whole samples are rolled; fractions are turned in the Fourier domain.

    Parameters
    ----------
    values
        Real or complex array.
    axis
        Axis along which to translate.
    shift
        In samples, positive toward higher indices.
    center
        Center frequency of a complex signal in cycles per sample, of a shape that
        broadcasts against the other axes (`values` with `axis` moved to the end, without it).
    nyquist, within
        As for `baseband`.
    one_sided
        As for `phases`.
    """
    whole = round(shift)
    size = values.shape[axis]
    if abs(shift - whole) <= 1e-9:
        return np.roll(values, whole % size, axis=axis)
    if np.iscomplexobj(values):
        turn = phases(
            size, shift, center=center, nyquist=nyquist, within=within, one_sided=one_sided
        )
    else:
        turn = phases(size, shift, real=True)[: size // 2 + 1]
    lines = np.moveaxis(values, axis, -1)
    turn = turn.reshape((1,) * (lines.ndim - turn.ndim) + turn.shape)
    return np.moveaxis(_turned(lines, turn), -1, axis)


def _turned(lines: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Multiply the spectra of lines along the last axis, in blocks that stay in the cache."""
    if lines.ndim < 2 or lines.nbytes <= _BLOCK:
        return _turned_at_once(lines, factors)
    out = np.empty(lines.shape, lines.dtype)
    _turn_into(out, lines, factors)
    return out


def _turn_into(out: np.ndarray, lines: np.ndarray, factors: np.ndarray) -> None:
    if lines.ndim < 2 or lines.nbytes <= _BLOCK:
        out[...] = _turned_at_once(lines, factors)
        return
    many = len(lines)
    count = min(many, -(-lines.nbytes // _BLOCK))

    def work(block: int) -> None:
        lot = slice(block * many // count, (block + 1) * many // count)
        own = factors[lot] if factors.shape[0] > 1 else factors
        if lot.stop - lot.start == 1 and lines.ndim > 2:
            _turn_into(out[lot.start], lines[lot.start], own[0])
        else:
            out[lot] = _turned_at_once(lines[lot], own)

    run_blocks(work, count)


def _turned_at_once(lines: np.ndarray, factors: np.ndarray) -> np.ndarray:
    from scipy import fft

    size = lines.shape[-1]
    forward, back = (fft.fft, fft.ifft) if np.iscomplexobj(lines) else (fft.rfft, fft.irfft)
    spectrum = forward(lines, axis=-1)
    spectrum *= factors.astype(spectrum.dtype)
    return np.asarray(back(spectrum, n=size, axis=-1, overwrite_x=True))


def fold_axis(spectrum: np.ndarray, factor: int) -> np.ndarray:
    """Split the last axis of a spectrum into the bins that fold onto each other.

    Output ``[..., q, j]`` is bin ``j + q M`` of ``M * factor``: keeping every `factor`-th
    sample adds the `factor` bins of a column up, divided by `factor`.
    """
    *batch, size = spectrum.shape
    return spectrum.reshape(*batch, factor, size // factor)


def image_numbers(size: int, factor: int, center: float | np.ndarray = 0.0) -> np.ndarray:
    """How far each bin lies from the baseband alias it folds onto, in output rates.

    ``m[q, j] = (f(K) - f0(j)) * factor`` with ``K = j + q M``, f the frequency of the fine
    bin and f0 that of output bin j, both nearest to `center` (in cycles per fine sample).
    The image number 0 is the baseband.

    Returns
    -------
    ndarray of int
        Shape ``(*center.shape, factor, size // factor)``.
    """
    coarse = size // factor
    middle = np.asarray(center, dtype=np.float64)
    fine = fold_axis(baseband(size, middle), factor)
    base = baseband(coarse, middle * factor) / factor
    return np.asarray(np.rint((fine - base[..., np.newaxis, :]) * factor).astype(int))


def share_outside(
    power: np.ndarray, frequency: np.ndarray, stride: int, center: float | np.ndarray = 0.0
) -> np.ndarray:
    """Share of a power spectrum that lies outside the band that a stride keeps.

    That band is one output rate wide, ``[f0 - 1/(2 s), f0 + 1/(2 s))`` around the center: what lies
    outside folds onto it.

    Parameters
    ----------
    power
        ``(..., n)``, non-negative.
    frequency
        Of the n bins, in cycles per sample, covering one rate.
    stride
        Stride s in samples.
    center
        Center f0 of each channel in cycles per sample, of the shape of `power` without its last
        axis; 0 for real signals.

    Examples
    --------
    >>> share_outside(np.ones(4), np.array([-0.5, -0.25, 0.0, 0.25]), 2).tolist()
    0.5
    """
    middle = np.asarray(center, dtype=np.float64)[..., np.newaxis]
    away = (frequency - middle + 0.5) % 1.0 - 0.5
    half = 0.5 / stride
    outside = (away < -half - 1e-12) | (away >= half - 1e-12)
    whole = power.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(outside, power, 0.0).sum(axis=-1) / whole)
