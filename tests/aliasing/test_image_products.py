"""The small matrix of the images' products gives the errors that the whole spectrum gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.aliasing.image_products import error_energies
from invarsig.spectra import phases


def written_out(values, count, shift):
    """Bin by bin: move the fine signal and thin it, thin it and move."""
    size = values.shape[-1]
    coarse = size // count
    moved = np.fft.ifft(np.fft.fft(values) * phases(size, shift, real=True)).real[..., ::count]
    decimated = np.fft.fft(values[..., ::count]) * phases(coarse, shift / count, real=True)
    error = np.fft.fft(moved) - decimated
    power = np.abs(error) ** 2 / coarse
    nyquist = power[..., coarse // 2].sum() if coarse % 2 == 0 else 0.0
    return nyquist, power.sum() - nyquist


@settings(deadline=None, max_examples=80)
@given(
    coarse=st.integers(1, 9),
    count=st.integers(1, 6),
    shift=st.floats(-12, 12, allow_nan=False),
    batch=st.integers(1, 3),
)
def test_energies_are_those_of_the_whole_spectrum(coarse, count, shift, batch):
    rng = np.random.default_rng(coarse * 100 + count)
    values = rng.standard_normal((batch, coarse * count))
    found, wanted = error_energies(values, count)(shift), written_out(values, count, shift)
    # Rounding errs by a part of the signal's amplitude, whatever is left of it in the error.
    rounding = 1e-13 * np.linalg.norm(values)
    np.testing.assert_allclose(np.sqrt(found), np.sqrt(wanted), rtol=1e-9, atol=rounding)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_a_low_passed_lift_has_no_error_but_rounding(count):
    size = 24 * count
    spectrum = np.zeros(size // 2 + 1, complex)
    spectrum[:12] = np.exp(1j * np.arange(12))
    values = np.fft.irfft(spectrum, size)
    for shift in (0.37, 1.0, 2.61):
        assert sum(error_energies(values, count)(shift)) < 1e-30
