"""Shifts of frequency, of waveforms and of what front ends make of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import invarsig as iv
from invarsig.errors import AxisError, ParameterError

RATE = 2000
law = settings(deadline=None, max_examples=30)


def ring(values: np.ndarray, start: float = 0.0) -> xr.DataArray:
    size = values.shape[-1]
    axis = iv.Axis("time", start=start, step=1 / RATE, unit="s", period=size / RATE)
    return iv.label(values, *("c",) * (values.ndim - 1), axis)


def line(values: np.ndarray, start: float = 0.0) -> xr.DataArray:
    return iv.label(values, iv.Axis("time", start=start, step=1 / RATE, unit="s"))


def band(rng: np.random.Generator, low: int, high: int, size: int = 2000) -> np.ndarray:
    """Noise on a ring of a second, between two whole frequencies in Hz."""
    spectrum = np.zeros(size // 2 + 1, dtype=complex)
    spectrum[low:high] = rng.standard_normal(high - low) + 1j * rng.standard_normal(high - low)
    return np.fft.irfft(spectrum, size)


@law
@given(st.integers(-190, 290), st.floats(-1, 1), st.integers(0, 2**32 - 1))
def test_a_band_is_moved_as_by_scipys_analytic_signal(hertz, origin, seed):
    x = band(np.random.default_rng(seed), 200, 700)
    t = 3 + np.arange(2000) / RATE
    wanted = (signal.hilbert(x) * np.exp(2j * np.pi * hertz * (t - origin))).real
    moved = iv.FrequencyShift(float(hertz), origin=origin)(ring(x, 3.0))
    np.testing.assert_allclose(moved, wanted, atol=1e-12)


def test_every_tone_goes_up_by_as_much_and_keeps_its_amplitude_and_phase():
    t = np.arange(2000) / RATE
    for f, phase in ((40, 0.3), (333, -1.0), (800, 2.0)):
        moved = iv.FrequencyShift(111.0)(ring(np.cos(2 * np.pi * f * t + phase)))
        np.testing.assert_allclose(moved, np.cos(2 * np.pi * (f + 111) * t + phase), atol=1e-12)


def test_what_leaves_the_band_is_lost_and_does_not_come_back(rng):
    low, high = band(rng, 50, 90), band(rng, 850, 990)
    middle = band(rng, 300, 400)
    g = iv.FrequencyShift(200.0)
    np.testing.assert_allclose(g(ring(middle + high)), g(ring(middle)), atol=1e-12)
    np.testing.assert_allclose(g.at(-1)(ring(middle + low)), g.at(-1)(ring(middle)), atol=1e-12)
    np.testing.assert_allclose(g.at(-1)(g(ring(middle + high))), middle, atol=1e-12)
    assert g.floor(ring(middle + high)) == pytest.approx(
        np.linalg.norm(high) / np.linalg.norm(middle + high), rel=1e-9
    )


def test_harmonics_lose_their_ratios_under_a_shift_and_keep_them_in_a_transposition():
    t = np.arange(2000) / RATE
    x = line(sum(np.cos(2 * np.pi * 100 * k * t) for k in (1, 2, 3)))
    shifted, transposed = iv.FrequencyShift(50.0)(x), iv.Transpose(math.log2(1.5))(x)

    def partials(y: xr.DataArray) -> list[float]:
        spectrum = abs(np.fft.rfft(y.values[:1000] * np.hanning(1000), 4000))
        return sorted((np.sort(signal.find_peaks(spectrum, height=100)[0]) / 2).tolist())

    assert partials(shifted) == pytest.approx([150, 250, 350], abs=0.6)
    assert partials(transposed) == pytest.approx([150, 300, 450], abs=0.6)


def test_on_an_axis_that_ends_a_burst_is_the_closed_form(rng):
    t = np.arange(2000) / RATE
    bell = np.exp(-0.5 * ((t - 0.5) / 0.04) ** 2)
    moved = iv.FrequencyShift(33.3, origin=0.2)(line(bell * np.cos(2 * np.pi * 200 * t)))
    wanted = bell * np.cos(2 * np.pi * (200 * t + 33.3 * (t - 0.2)))
    np.testing.assert_allclose(moved, wanted, atol=1e-9)


def test_a_complex_signal_is_multiplied_as_it_is(rng):
    z = rng.standard_normal(2000) + 1j * rng.standard_normal(2000)
    t = 1 + np.arange(2000) / RATE
    g = iv.FrequencyShift(7.0, origin=0.25)
    np.testing.assert_allclose(g(ring(z, 1.0)), z * np.exp(2j * np.pi * 7 * (t - 0.25)), atol=1e-11)
    np.testing.assert_allclose(g.at(-1)(g(ring(z, 1.0))), z, atol=1e-11)


def test_on_a_descending_axis_frequencies_go_up_as_well(rng):
    x = ring(band(rng, 200, 300))
    backwards = x.isel(time=slice(None, None, -1))
    g = iv.FrequencyShift(60.0, origin=0.3)
    same = g(backwards).isel(time=slice(None, None, -1))
    np.testing.assert_allclose(same, g(x), atol=1e-12)


# On results


@pytest.mark.parametrize("output", ["complex", "magnitude", "power"])
@pytest.mark.parametrize("hertz", [40.0, -60.0])
def test_a_spectrogram_moves_along_hertz_by_whole_bins_exactly(output, hertz, rng):
    x = ring(band(rng, 300, 600))
    g = iv.FrequencyShift(hertz, origin=0.125)
    op = iv.Spectrogram(window=0.05, hop=0.01, output=output)
    first, last = op(g(x)), g.on_output(op(x))
    known = g.known(last)
    assert int((~known).sum()) == abs(hertz) / 20
    away = abs((first - last).where(known, 0))
    # Side lobes of a Hann window, 12 bins and more away, from the mirrored band: up to 4e-4.
    assert float(away.max()) < 4e-4 * float(abs(first).max())
    if output != "complex":
        other = iv.Translate(frequency=hertz, boundary="zero").on_output(op(x))
        np.testing.assert_allclose(last.where(known, 0), other.where(known, 0), atol=1e-12)


def test_between_bins_it_is_an_interpolation_with_a_floor(rng):
    x = ring(band(rng, 300, 600))
    op = iv.Spectrogram(window=0.05, hop=0.01)
    error = iv.equivariance_error(op, x, iv.FrequencyShift(33.0, frequency=("frequency",)))
    # A window's power is sampled half as densely along hertz as it would have to be.
    assert 0.01 < float(error) < 0.3


def test_on_a_log_axis_it_is_a_warp_and_nothing_lies_below_zero():
    pitch = iv.Axis("frequency", math.log2(50.0), 1 / 24, unit="Hz", scale="log2")
    f = 50 * 2 ** (np.arange(120) / 24)
    y = iv.label(np.exp(-0.5 * (np.log2(f / 400) / 0.2) ** 2), pitch)
    g = iv.FrequencyShift(200.0)
    known = g.known(y).values
    source = np.maximum(f - 200, 1e-9)
    wanted = np.exp(-0.5 * (np.log2(source / 400) / 0.2) ** 2)
    assert not known[f < 250].any()
    np.testing.assert_allclose(g.on_output(y).values[known], wanted[known], atol=1e-4)
    assert np.all(g.on_output(y).values[f < 200] == 0)


def test_a_result_without_time_moves_and_one_without_both_stays(rng):
    y = iv.label(rng.standard_normal(50), iv.Axis("frequency", step=10.0, unit="Hz"))
    moved = iv.FrequencyShift(30.0).on_output(y)
    np.testing.assert_allclose(moved[3:], y[:-3], atol=1e-13)
    lost = y.mean("frequency")
    assert iv.FrequencyShift(30.0).on_output(lost).identical(lost)


def test_without_all_of_the_signal_nothing_is_known(rng):
    x = line(rng.standard_normal(100))
    g = iv.FrequencyShift(30.0)
    assert bool(g.known(x).all())
    given_ = xr.DataArray(np.arange(100) > 2, dims="time")
    assert not g.known(x, given_).any()


# Wrong input


def test_wrong_input_is_named(rng):
    x = ring(rng.standard_normal(2000))
    with pytest.raises(AxisError, match=r"10\.5 Hz do not fit .* give 10 or 11 Hz"):
        iv.FrequencyShift(10.5)(x)
    with pytest.raises(ParameterError, match="shift of frequencies is inf"):
        iv.FrequencyShift(math.inf)
    with pytest.raises(ParameterError, match="origin is None"):
        iv.FrequencyShift(1.0, origin=None)
    with pytest.raises(AxisError, match="its frequencies are not known"):
        iv.FrequencyShift(1.0).on_output(iv.label(np.zeros(5), "mel"))
