"""Single-sideband modulation against scipy's analytic signal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from invarsig.kernels.single_sideband import single_sideband


@pytest.mark.parametrize("size", [63, 64])
@pytest.mark.parametrize("turns", [3, -2])
def test_on_a_ring_it_is_scipys_analytic_signal_times_the_carrier(size, turns, rng):
    spectrum = np.zeros(size // 2 + 1, dtype=complex)
    spectrum[4:20] = rng.standard_normal(16) + 1j * rng.standard_normal(16)
    x = np.fft.irfft(spectrum, size)
    carrier = np.exp(2j * np.pi * turns / size * (np.arange(size) - 5.5))
    wanted = (signal.hilbert(x) * carrier).real
    moved = single_sideband(x, 0, turns / size, 5.5, ring=True)
    np.testing.assert_allclose(moved, wanted, atol=1e-14)


def test_what_leaves_the_band_is_lost_and_not_mirrored():
    n = np.arange(64)
    tones = np.cos(2 * np.pi * 2 * n / 64) + np.cos(2 * np.pi * 30 * n / 64)
    for turns, left in ((-4, 26), (4, 6)):
        moved = single_sideband(tones, 0, turns / 64, 0.0, ring=True)
        np.testing.assert_allclose(moved, np.cos(2 * np.pi * left * n / 64), atol=1e-13)
        # The analytic signal as it is would have put the other one back, mirrored.
        naive = (signal.hilbert(tones) * np.exp(2j * np.pi * turns * n / 64)).real
        assert abs(naive - moved).max() > 0.5


def test_on_a_line_nothing_comes_round_from_the_other_end(rng):
    # A burst at the end: on a ring, its analytic signal is as large at the start.
    size = 400
    x = np.zeros(size)
    x[-9:] = np.hanning(9) * np.cos(np.arange(9))
    wide = np.pad(x, (20 * size, 20 * size))
    # Without the frequencies that would leave the band, on the long line.
    lost = np.fft.fftfreq(wide.size) > 0.4
    far = np.fft.ifft(np.where(lost, 0, np.fft.fft(signal.hilbert(wide))))[20 * size : 21 * size]
    wanted = (far * np.exp(2j * np.pi * 0.1 * np.arange(size))).real
    moved = single_sideband(x, 0, 0.1, 0.0, ring=False)
    off = abs(moved - wanted).max() / abs(x).max()
    ring = single_sideband(x, 0, 0.1, 0.0, ring=True)
    assert off < 2e-4
    assert abs(ring - wanted).max() / abs(x).max() > 5 * off


def test_precision_and_axes_are_kept(rng):
    x = rng.standard_normal((3, 32, 2))
    each = single_sideband(x, 1, 0.125, 0.0, ring=True)
    np.testing.assert_allclose(
        each[1, :, 1], single_sideband(x[1, :, 1], 0, 0.125, 0.0, ring=True), atol=1e-14
    )
    assert single_sideband(x.astype(np.float32), 1, 0.125, 0.0, ring=True).dtype == np.float32
