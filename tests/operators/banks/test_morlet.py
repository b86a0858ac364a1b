"""Morlet wavelets against their formula, and against kymatio's tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import center_of
from invarsig.errors import ParameterError

SCORES = Path(__file__).parents[2] / "references" / "scattering_by_kymatio.npz"


def sound(values: np.ndarray, rate: float = 1.0) -> xr.DataArray:
    size = values.shape[-1]
    return iv.label(values, iv.Axis("time", 0.0, 1 / rate, size, "s", size / rate))


def picture(values: np.ndarray) -> xr.DataArray:
    sizes = zip("yx", values.shape, strict=True)
    return iv.label(values, *(iv.Axis(d, 0.0, 1.0, n, "px", float(n)) for d, n in sizes))


def impulse(*shape: int) -> np.ndarray:
    out = np.zeros(shape)
    out[tuple(n // 2 for n in shape)] = 1.0
    return out


@pytest.mark.parametrize(("frequency", "sigma"), [(0.1, 0.02), (0.3, 0.1), (0.45, 0.2)])
def test_the_answer_to_an_impulse_is_a_morlet_wavelet(frequency, sigma):
    y = iv.MorletBank("time", [frequency], [sigma])(sound(impulse(512)))[0]
    t = np.arange(512) - 256
    bell = np.exp(-2 * (np.pi * sigma * t) ** 2)
    wave = np.exp(2j * np.pi * frequency * t)
    taps = bell * (wave - (bell * wave).sum() / bell.sum())
    np.testing.assert_allclose(y, taps / np.abs(taps).sum(), atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.6, math.pi / 2, 2.5])
@pytest.mark.parametrize("slant", [0.5, 1.0])
def test_over_two_dims_it_is_a_wave_at_its_angle(angle, slant):
    f, s = 0.2, 0.08
    y = iv.MorletBank(("y", "x"), [f], [s], (angle,), slant=slant)(picture(impulse(128, 128)))
    rows, columns = np.meshgrid(np.arange(128) - 64, np.arange(128) - 64, indexing="ij")
    u = rows * np.sin(angle) + columns * np.cos(angle)
    v = rows * np.cos(angle) - columns * np.sin(angle)
    bell = 2 * np.pi * slant * s**2 * np.exp(-2 * (np.pi * s) ** 2 * (u**2 + slant**2 * v**2))
    wave = np.exp(2j * np.pi * f * u)
    taps = bell * (wave - (bell * wave).sum() / bell.sum())
    np.testing.assert_allclose(y[0, 0], taps, atol=1e-12)


def test_it_has_no_mean_and_a_unit_sum_of_moduli():
    x = sound(impulse(1024))
    y = iv.MorletBank("time", [0.4, 0.2, 0.05], Q=2)(x)
    np.testing.assert_allclose(y.sum("time"), 0, atol=1e-15)
    np.testing.assert_allclose(abs(y).sum("time"), 1, rtol=1e-12)
    constant = iv.MorletBank("time", [0.4, 0.2, 0.05])(sound(np.full(64, 3.0)))
    np.testing.assert_allclose(constant, 0, atol=1e-14)


def test_neighbors_cross_at_half_their_power():
    f = 0.2 * 2 ** (-1 / 8)
    bank = iv.MorletBank("time", [0.2, f], Q=8)
    sigma = 0.2 * (1 - 2 ** (-1 / 8)) / (1 + 2 ** (-1 / 8)) / math.sqrt(math.log(2))
    crossing = 0.2 - sigma * math.sqrt(math.log(2))
    there = bank.frequency_response(sound(np.zeros(8)), {"time": [crossing, 0.2, f]})
    high, low = there.values[:, 0] / there.values[[0, 1], [1, 2]]
    assert abs(high) == pytest.approx(math.sqrt(0.5), rel=1e-6)
    assert abs(low) == pytest.approx(math.sqrt(0.5), rel=1e-6)


@pytest.mark.parametrize("name", ["N1024_J5_Q11", "N512_J4_Q81", "N1024_J6_Q81"])
def test_the_tables_of_scattering_are_those_of_kymatio(name):
    J, Q = int(name.split("_")[1][1:]), int(name[-2])
    with np.load(SCORES) as scores:
        first = scores[f"order_{name}"] == 1
        frequency, sigma = (scores[f"{key}_{name}"][first, 0] for key in ("xi", "sigma"))
    bank = iv.MorletBank.for_scattering(sound(np.zeros(8), rate=100.0), "time", J=J, Q=Q)
    np.testing.assert_allclose(bank.frequency, 100 * frequency, rtol=1e-13)
    np.testing.assert_allclose(bank.sigma, 100 * sigma, rtol=1e-13)


def test_scattering_of_order_one_is_the_averaged_modulus_of_this_bank(rng):
    x = sound(rng.standard_normal(256))
    y = iv.Scattering("time", J=4, Q=3, max_order=1, stride=1)(x)
    bank = iv.MorletBank.for_scattering(x, "time", J=4, Q=3)
    phi = np.exp(-0.5 * (np.fft.fftfreq(256) / (0.1 / 16)) ** 2)
    smooth = np.fft.ifft(np.fft.fft(abs(bank(x)).values) * phi).real
    np.testing.assert_allclose(y.values[1:], smooth, atol=1e-12)


def test_channels_are_labeled(rng):
    x = picture(rng.standard_normal((32, 32)))
    y = iv.MorletBank.for_scattering(x, ("y", "x"), J=3, L=8)(x)
    bands, angles = iv.axis_of(y, "band"), iv.axis_of(y, "orientation")
    assert (bands.scale, bands.step, bands.unit) == ("log2", -1.0, "cycles/sample")
    assert angles.periodic
    assert angles.step == pytest.approx(math.pi / 8)
    centers = [center_of(y, dim)[:, :, 0] for dim in ("y", "x")]
    np.testing.assert_allclose(np.hypot(*centers), np.outer(y.band, np.ones(8)), rtol=1e-12)


def test_a_wave_turns_the_other_way_on_an_axis_that_runs_backwards(rng):
    values = rng.standard_normal(64)
    there = sound(values)
    back = iv.label(values[::-1].copy(), iv.Axis("time", 63.0, -1.0, 64, "s", 64.0))
    op = iv.MorletBank("time", [0.1, 0.2])
    np.testing.assert_allclose(op(there).values, op(back).values[:, ::-1], atol=1e-13)


def test_the_safe_stride_is_known_by_bandwidth():
    bank = iv.MorletBank("time", [0.35], [0.02])
    # The power beyond h either side of a Gaussian is erfc(h / sigma): 1e-6 at 3.459.
    assert bank.safe_stride(iv.Axis("time", size=64), db=-60) == int(1 / (2 * 3.459 * 0.02))


def test_speech_is_heard_at_its_pitch(speech):
    x = speech.isel(time=slice(8000, 16000))
    y = abs(iv.MorletBank("time", np.geomspace(80, 4000, 24), Q=4)(x))
    assert iv.axis_of(y, "band").scale == "log2"
    assert np.isfinite(y).all()
    rate = iv.axis_of(x, "time").step
    spectrum = np.abs(np.fft.rfft(x)) ** 2
    peak = np.fft.rfftfreq(8000, rate)[spectrum.argmax()]
    loudest = float(((y**2).mean("time") / y.band**0).idxmax())
    assert 0.5 < loudest / peak < 2


def test_wrong_parameters_are_named():
    with pytest.raises(ParameterError, match="frequency is -1"):
        iv.MorletBank("time", [-1.0])
    with pytest.raises(ParameterError, match="2 widths for 1 frequencies"):
        iv.MorletBank("time", [1.0], [0.1, 0.2])
    with pytest.raises(ParameterError, match="give one dim, or two dims"):
        iv.MorletBank(("y", "x"), [0.2])
    with pytest.raises(ParameterError, match="not below the Nyquist frequency of 50 Hz"):
        iv.MorletBank("time", [60.0])(sound(np.zeros(32), rate=100.0))
    with pytest.raises(ParameterError, match="Q is 0"):
        iv.MorletBank("time", [0.1], Q=0)
    with pytest.raises(ParameterError, match="no finite angle"):
        iv.MorletBank(("y", "x"), [0.2], None, (math.nan,))
