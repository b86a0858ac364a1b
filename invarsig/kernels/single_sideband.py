"""Shifting the spectrum of a real signal by a frequency: single-sideband modulation."""

from __future__ import annotations

import numpy as np

__all__ = ["single_sideband"]


def single_sideband(
    values: np.ndarray, axis: int, shift: float, origin: float, *, ring: bool
) -> np.ndarray:
    """Move every frequency of a real array by a constant: ``Re(z[n] exp(2 pi i d (n - o)))``.

    z is the analytic signal, without those frequencies that would leave the band from 0 to the
    Nyquist frequency: they are lost, not mirrored back into it.

    Parameters
    ----------
    values
        Real array.
    axis
        Which axis is time.
    shift
        d, in cycles per sample.
    origin
        Where the carrier has the phase 0, in samples from the first.
    ring
        Whether the axis is periodic. Otherwise there is zero beyond the ends.

    Examples
    --------
    >>> n = np.arange(64)
    >>> tone = np.cos(2 * np.pi * 8 * n / 64 + 0.3)
    >>> moved = single_sideband(tone, 0, 5 / 64, 0.0, ring=True)
    >>> bool(np.allclose(moved, np.cos(2 * np.pi * 13 * n / 64 + 0.3)))
    True
    """
    from scipy import fft

    last = np.moveaxis(values, axis, -1)
    size = last.shape[-1]
    # The Hilbert kernel is infinite: on four times the length the wrap-around is negligible.
    total = size if ring else fft.next_fast_len(4 * size)
    frequency = np.arange(total // 2 + 1) / total
    inside = (frequency + shift >= -1e-12) & (frequency + shift <= 0.5 + 1e-12)
    weight = np.where((frequency > 0) & (frequency < 0.5), 2.0, 1.0) * inside
    half = fft.rfft(last, n=total, axis=-1) * weight.astype(last.dtype)
    pad = [(0, 0)] * (last.ndim - 1) + [(0, total - half.shape[-1])]
    analytic = fft.ifft(np.pad(half, pad), axis=-1)[..., :size]
    carrier = np.exp(2j * np.pi * shift * (np.arange(size) - origin))
    return np.moveaxis((analytic * carrier.astype(analytic.dtype)).real, -1, axis)
