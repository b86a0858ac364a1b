"""Joint time-frequency scattering against dense convolutions, and by its laws."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import Axes
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.operators.scattering.rings import Ring, ring_of
from invarsig.operators.scattering.wavelets import low_pass
from invarsig.operators.windows import Span

SMALL = {"J": 6, "Q": 6, "J_frequency": 2}


def sound(values: np.ndarray, rate: float = 1000.0) -> xr.DataArray:
    size = values.shape[-1]
    return iv.label(values, iv.Axis("time", 0.0, 1 / rate, size, "s", size / rate))


def across(op: iv.TimeFrequencyScattering, x: xr.DataArray) -> Ring:
    """How the bins of an operator lie round."""
    bins = op.plan(Axes.of(x)).out_axes[1]
    return ring_of(Span(bins, 1, 1, 0, "reflect"), op.J_frequency, 1, 1)


def morlet(size: int, frequency: float, sigma: float) -> np.ndarray:
    """A wavelet in cycles per sample, sampled in time and wrapped; at frequency 0 a Gaussian."""
    k = np.arange(-8 * size, 8 * size)
    bell = np.exp(-2 * (np.pi * sigma * k) ** 2)
    wave = np.exp(2j * np.pi * frequency * k)
    taps = bell * (wave - (bell * wave).sum() / bell.sum()) if frequency else bell
    taps = taps / np.abs(taps).sum()
    return taps.reshape(16, size).sum(axis=0)


def ringed(values: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Circular convolution along the last axis, by the sum itself."""
    size = taps.size
    lag = (np.arange(size)[:, None] - np.arange(size)) % size
    return values @ taps[lag].T


def test_it_is_what_dense_convolutions_give(rng):
    x = sound(rng.standard_normal(256), rate=1.0)
    op = iv.TimeFrequencyScattering("time", **SMALL, stride=1)
    y = op(x).transpose("path", "frequency", "time")
    first = iv.MorletBank.for_scattering(x, "time", J=6, Q=6)
    bands = [
        np.abs(ringed(x.values + 0j, morlet(256, f, s)))
        for f, s in zip(first.frequency, first.sigma, strict=True)
    ]
    scalogram = np.array(bands[: y.sizes["frequency"]])[::-1]
    ring = across(op, x)
    wide = np.pad(scalogram, ((ring.before, ring.after), (0, 0)), mode="reflect")
    wide = np.roll(wide, -ring.before, axis=0)

    def convolved(values, across_taps, along_taps):
        return ringed(ringed(values + 0j, along_taps).T, across_taps).T

    rates = iv.MorletBank.for_scattering(x, "time", J=6, Q=1)
    quefrencies = iv.MorletBank.for_scattering(x, "time", J=2, Q=1)
    widths = {
        "rate": dict(zip(np.round(rates.frequency, 9), rates.sigma, strict=True)),
        "quefrency": dict(zip(np.round(quefrencies.frequency, 9), quefrencies.sigma, strict=True)),
    }
    low = morlet(wide.shape[0], 0, 0.1 / 2**2), morlet(256, 0, 0.1 / 2**6)
    for place in range(y.sizes["path"]):
        path = y.isel(path=place)
        rate, quefrency = float(path.rate), float(path.quefrency) / op.Q
        along, over = low[1], low[0]
        if not np.isnan(rate):
            along = morlet(256, rate, widths["rate"][round(rate, 9)])
        if not np.isnan(quefrency):
            over = morlet(wide.shape[0], quefrency, widths["quefrency"][round(quefrency, 9)])
        inner = wide
        if int(path.order) == 2:
            turned = np.conj(over) if int(path.spin) == 1 else over
            inner = np.abs(convolved(wide, turned, along))
        dense = convolved(inner, *low).real[: y.sizes["frequency"]]
        np.testing.assert_allclose(path.values, dense, atol=1e-10)


def test_the_log_frequency_axis_is_geometric_and_in_hertz(rng):
    y = iv.TimeFrequencyScattering("time", **SMALL)(sound(rng.standard_normal(256)))
    axis = iv.axis_of(y, "frequency")
    assert (axis.scale, axis.unit) == ("log2", "Hz")
    assert axis.step == pytest.approx(1 / 6)
    assert float(y.frequency[-1]) == pytest.approx(1000 / (1 + 2**0.5))
    assert y.quefrency.attrs["units"] == "cycles/octave"
    spins = np.bincount(y.spin.values + 1)
    assert spins[0] == spins[2]
    assert (np.isnan(y.rate) & np.isnan(y.quefrency)).values.tolist() == (
        y.order == 1
    ).values.tolist()


@pytest.mark.parametrize("move", [-2, -1, 1, 2])
def test_it_commutes_with_a_shift_along_log_frequency(rng, move):
    op = iv.TimeFrequencyScattering("time", J=7, Q=8, J_frequency=2, stride=8)
    x = sound(rng.standard_normal(256))
    ring = across(op, x)
    size, margin = ring.span.axis.size, max(ring.before, ring.after) + 3
    assert size > 2 * margin + 4
    # Where nothing lies near the ends, mirroring adds nothing and the bins go round.
    scalogram = np.zeros((size, 256))
    scalogram[margin:-margin] = rng.random((size - 2 * margin, 256))
    still = op._joined(scalogram, ring, op._stride)
    moved = op._joined(np.roll(scalogram, move, axis=0), ring, op._stride)
    inside = slice(2, -2)
    np.testing.assert_allclose(
        moved[:, inside], np.roll(still, move, axis=1)[:, inside], atol=1e-12
    )


@pytest.mark.nightly
def test_a_tone_one_bin_higher_comes_out_one_bin_higher():
    op = iv.TimeFrequencyScattering("time", J=8, Q=8, J_frequency=1, stride=256)
    time = np.arange(4096) / 4096
    bell = np.exp(-0.5 * ((time - 0.5) / 0.05) ** 2)

    def scattered(frequency: float) -> xr.DataArray:
        return op(sound(bell * np.cos(2 * np.pi * frequency * time), rate=4096.0))

    low, high = scattered(400.0), scattered(400.0 * 2 ** (4 / 8))
    there = (low.frequency > 100) & (low.frequency < 900)
    place = np.flatnonzero(there)
    a, b = low[:, place].values, high[:, place + 4].values
    assert np.linalg.norm(a - b) < 0.02 * np.linalg.norm(a)


@pytest.mark.parametrize("rising", [True, False])
def test_spin_tells_what_rises_from_what_falls(rising):
    time = iv.Axis("time", step=1 / 4000, size=2048, unit="s", period=2048 / 4000)
    ends = (150.0, 1200.0) if rising else (1200.0, 150.0)
    y = iv.TimeFrequencyScattering("time", J=8, Q=8)(iv.io.chirp(time, *ends))
    up, down = (float((y[y.spin == spin] ** 2).sum()) for spin in (1, -1))
    assert up > 5 * down if rising else down > 5 * up


def test_energy_stays_within_what_the_wavelets_let_through(rng):
    op = iv.TimeFrequencyScattering("time", **SMALL, stride=1)
    x = sound(rng.standard_normal(512))
    bins = [np.fft.fftfreq(512)]
    first = sum(psi.response(bins) ** 2 for psi in op._first)
    # Real signals have as much at -f as at f.
    first = (first + np.roll(first[::-1], 1)) / 2
    ring = across(op, x)
    averages = (low_pass(op.J_frequency, 1), low_pass(op.J, 1))
    grid = [np.fft.fftfreq(ring.size), bins[0]]
    second = sum(joint.response(grid, averages) ** 2 for joint in op._joints)
    second = (
        second
        + np.multiply.outer(*(a.response([f]) for a, f in zip(averages, grid, strict=True))) ** 2
    )
    # The mirrored scalogram has each bin at most three times.
    bound = 3 * first.max() * second.max() * float((x**2).sum())
    energy = float((op(x) ** 2).sum())
    assert 0 < energy < bound
    assert second.max() < 4


def test_order_one_is_the_averaged_scalogram(rng):
    x = sound(rng.standard_normal(512))
    y = iv.TimeFrequencyScattering("time", J=6, Q=6, J_frequency=1, stride=64)(x)
    flat = iv.Scattering("time", J=6, Q=6, max_order=1, stride=64)(x)
    bands = flat.isel(path=slice(1, 1 + y.sizes["frequency"])).values[::-1]
    k = np.arange(-40, 41)
    bell = np.exp(-2 * (np.pi * 0.05 * k) ** 2)
    wide = np.pad(bands, ((40, 40), (0, 0)), mode="reflect")
    smooth = np.array([np.convolve(line, bell / bell.sum(), mode="valid") for line in wide.T]).T
    inside = slice(12, -12)
    ours = y.isel(path=0).transpose("frequency", "time").values
    np.testing.assert_allclose(ours[inside], smooth[inside], rtol=2e-3)


def test_speech_comes_out_over_path_frequency_and_time(speech):
    x = speech.isel(time=slice(8000, 8000 + 2048))
    y = iv.TimeFrequencyScattering("time", J=8, Q=6)(x)
    assert y.dims == ("path", "frequency", "time")
    assert y.sizes["time"] == 8
    assert np.isfinite(y).all()
    assert (y >= -1e-12).all()


def test_wrong_parameters_are_named(rng):
    x = sound(rng.standard_normal(64))
    with pytest.raises(ParameterError, match="J is 0"):
        iv.TimeFrequencyScattering("time", J=0)
    with pytest.raises(DimError, match="names 'x'"):
        iv.TimeFrequencyScattering("time", J=3, stride={"x": 2})
    with pytest.raises(AxisError, match="'time' has 64"):
        iv.TimeFrequencyScattering("time", J=7, stride=8)(x)
    with pytest.raises(AxisError, match=r"64 bins.*makes 6 along 'frequency'"):
        iv.TimeFrequencyScattering("time", J=3, Q=2, J_frequency=6)(x)
    with pytest.raises(DtypeError, match="real"):
        iv.TimeFrequencyScattering("time", J=3)(x * 1j)


def test_where_a_signal_ends_the_stride_only_says_which_outputs_are_kept(rng):
    x = iv.label(rng.standard_normal(333), iv.Axis("time", step=0.001, unit="s"))
    dense = iv.TimeFrequencyScattering("time", J=5, Q=3, stride=1)(x)
    for stride in (3, 16, 40):
        y = iv.TimeFrequencyScattering("time", J=5, Q=3, stride=stride)(x)
        np.testing.assert_allclose(y, dense.isel(time=slice(None, None, stride)), atol=1e-13)


def test_too_few_bins_are_told_by_the_name_of_their_scale(rng):
    with pytest.raises(AxisError, match=r"J_frequency = 2 averages over 4 bins.*makes 2 along"):
        iv.TimeFrequencyScattering("time", J=1, Q=1)(sound(rng.standard_normal(64)))
