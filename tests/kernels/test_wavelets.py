"""Responses of Morlet wavelets against sums over many repetitions, and over taps."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.kernels.wavelets import bells, morlet_area, morlet_response, precision


@pytest.mark.parametrize(("center", "width"), [(0.0, 0.02), (0.35, 0.14), (-0.3, 0.4)])
def test_a_bell_is_repeated_at_every_whole_frequency(center, width):
    f = np.fft.fftfreq(33)
    wanted = sum(np.exp(-0.5 * ((f - center + n) / width) ** 2) for n in range(-9, 10))
    np.testing.assert_allclose(bells([f], [center], precision(width)), wanted, atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
@pytest.mark.parametrize("across", [0.05, 0.2, 0.6])
def test_in_two_dims_too_and_its_wave_lies_at_its_angle(angle, across):
    along = 0.2
    rows, columns = np.fft.fftfreq(16), np.fft.fftfreq(20)
    y, x = 0.3 * np.sin(angle), 0.3 * np.cos(angle)
    wanted = np.zeros((16, 20))
    for n in range(-6, 7):
        for m in range(-6, 7):
            u, v = rows[:, None] + n - y, columns + m - x
            wave = u * np.sin(angle) + v * np.cos(angle)
            side = u * np.cos(angle) - v * np.sin(angle)
            wanted += np.exp(-0.5 * ((wave / along) ** 2 + (side / across) ** 2))
    got = bells([rows, columns], [y, x], precision(along, across, angle))
    np.testing.assert_allclose(got, wanted, atol=1e-11)


@pytest.mark.parametrize(("center", "sigma"), [(0.35, 0.14), (0.1, 0.01), (0.45, 0.3)])
def test_a_morlet_wavelet_has_no_mean_and_its_area_is_that_of_its_taps(center, sigma):
    n = 4096
    response = morlet_response([np.fft.fftfreq(n)], [center], precision(sigma))
    assert response[0] == 0
    # Responses end where they are 1e-12; that much is spread over all 4096 samples.
    taps = np.abs(np.fft.ifft(response)).sum()
    assert taps == pytest.approx(morlet_area(center, sigma), rel=1e-10)
