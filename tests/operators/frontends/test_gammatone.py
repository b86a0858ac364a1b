"""Gammatone filters against scipy, their closed form, and the energies behind them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import invarsig as iv
from invarsig.axes import center_of
from invarsig.errors import AxisError, ParameterError


def clock(rate: float, size: int = 4096, *, periodic: bool = False) -> iv.Axis:
    return iv.Axis("time", 0.0, 1 / rate, size, "s", size / rate if periodic else None)


def click(rate: float, size: int = 4096, place: int = 0, **options) -> np.ndarray:
    values = np.zeros(size)
    values[place] = 1.0
    return iv.label(values, clock(rate, size, **options))


@pytest.mark.parametrize("rate", [8000.0, 16000.0, 44100.0])
@pytest.mark.parametrize("frequency", [50.0, 100.0, 440.0, 1000.0, 3500.0])
@pytest.mark.parametrize("order", [2, 4])
def test_the_impulse_response_is_scipys_fir(rate, frequency, order):
    op = iv.GammatoneBank(1, frequency, order=order, boundary="zero", truncate=120.0)
    answer = op(click(rate, 16384)).isel(erb=0)
    taps = round(op.plan(iv.Axes.of(answer)).reach["time"][0] * rate) + 1
    theirs, _ = signal.gammatone(frequency, "fir", order=order, numtaps=taps, fs=rate)
    # scipy's ERB has the rounded constant 9.26449 where ours has 4.37 · 24.7 / 1000: 3e-7 apart.
    np.testing.assert_allclose(answer[:taps], theirs, atol=2e-6 * abs(theirs).max())
    assert abs(answer[taps:]).max() < 1e-12


@pytest.mark.parametrize(
    ("rate", "frequency"),
    [(8000, 440), (8000, 1000), (16000, 440), (16000, 1000), (16000, 2000), (44100, 1000),
     (44100, 2000), (44100, 7000)],
)  # fmt: skip
def test_the_magnitude_is_that_of_scipys_iir_where_that_is_stable(rate, frequency):
    """Slaney's recursive filter, away from the lowest and highest frequencies of a rate.

    Its direct form of order 8 loses its poles to rounding below about 0.01 of the rate (at 44.1 kHz
    they leave the unit circle at 200 Hz); near Nyquist its gain is normed otherwise. Its phase is
    another one: it is not the sampled impulse response.
    """
    b, a = signal.gammatone(frequency, "iir", fs=rate)
    assert abs(np.roots(a)).max() < 1
    f, theirs = signal.freqz(b, a, worN=800, fs=rate)
    ours = iv.GammatoneBank(1, float(frequency)).frequency_response(clock(rate), {"time": f})
    np.testing.assert_allclose(abs(ours.isel(erb=0)), abs(theirs), atol=1e-3)


EULERIAN = {1: [1], 2: [0, 1], 3: [0, 1, 1], 4: [0, 1, 4, 1], 5: [0, 1, 11, 11, 1]}


@pytest.mark.parametrize("step", [1 / 8000, -1 / 8000])
@pytest.mark.parametrize("part", ["real", "complex"])
@pytest.mark.parametrize("order", sorted(EULERIAN))
def test_the_response_is_the_closed_form_of_the_impulse_response(part, order, step):
    """``sum_k k^(n - 1) q^k = q A(q) / (1 - q)^n``, with the Eulerian polynomial A."""
    op = iv.GammatoneBank(3, 800.0, 3000.0, part=part, order=order, truncate=250.0)
    axis = iv.Axis("time", step=step, unit="s")
    center, width = (each[:, None] for each in op._designed(iv.Axes({"time": axis})))
    f = np.linspace(-4000, 4000, 101)

    def series(away):
        q = np.exp(-2 * np.pi * (width + 1j * away))
        return (
            op._gain(width)
            * np.polynomial.polynomial.polyval(q, EULERIAN[order])
            / (1 - q) ** order
        )

    wanted = series(f / 8000 - center)
    if part == "real":
        wanted = (wanted + series(f / 8000 + center)) / 2
    out = op.frequency_response(axis, {"time": f})
    np.testing.assert_allclose(out, wanted, atol=1e-9 * abs(wanted).max())


def test_the_gain_at_the_center_is_one():
    op = iv.GammatoneBank(12, 100.0, 6000.0)
    axis = clock(16000.0)
    centers = op.frequency_response(axis).center_frequency.values
    gains = abs(op.frequency_response(axis, {"time": centers})).values.diagonal()
    # The image at minus the center adds its tail, most where the filter is widest for its center.
    np.testing.assert_allclose(gains, 1.0, atol=2e-3)


def test_the_modulus_of_the_complex_part_is_the_envelope_of_the_real_one(rng):
    x = iv.label(rng.standard_normal(4096), clock(16000.0, periodic=True))
    real, whole = (iv.GammatoneBank(5, 200.0, 4000.0, part=part)(x) for part in ("real", "complex"))
    np.testing.assert_allclose(whole.real, real, atol=1e-12)
    t = np.arange(4096) / 16000
    op = iv.GammatoneBank(1, 1000.0, part="complex")
    tone = iv.label(0.7 * np.cos(2 * np.pi * 1000 * t), clock(16000.0, periodic=True))
    np.testing.assert_allclose(abs(op(tone)), 0.7, atol=1e-3)


def test_bands_are_even_in_cam_with_hertz_beside_them(rng):
    x = iv.label(rng.standard_normal(4096), clock(16000.0))
    out = iv.GammatoneBank(9, 100.0, 6000.0)(x)
    axis = iv.axis_of(out, "erb")
    assert (out.dims, axis.unit, axis.size) == (("erb", "time"), "Cam", 9)
    hertz = out.center_frequency.values
    np.testing.assert_allclose(hertz[[0, -1]], [100.0, 6000.0])
    np.testing.assert_allclose(21.4 * np.log10(0.00437 * hertz + 1), axis.positions())


@pytest.mark.parametrize("step", [1 / 16000, -1 / 16000])
def test_complex_channels_turn_at_their_center_frequency(step):
    axis = iv.Axis("time", 0.0, step, 1600, "s", 0.1)
    t = axis.positions()
    out = iv.GammatoneBank(1, 1000.0, part="complex")(iv.label(np.cos(2000 * np.pi * t), axis))
    center = float(center_of(out, "time")[0])
    assert center == pytest.approx(1000 * step)
    turn = np.angle(out.values[0, 1:] / out.values[0, :-1]) / (2 * np.pi)
    np.testing.assert_allclose(turn, center, atol=1e-3)


def test_it_is_causal_and_stands_where_its_newest_sample_stands():
    for boundary, first in (("zero", 0.0), ("valid", None)):
        op = iv.GammatoneBank(1, 1000.0, boundary=boundary)
        x = click(16000.0, 4096, 2000)
        out = op(x).isel(erb=0)
        left, right = op.plan(iv.Axes.of(x)).reach["time"]
        assert right == 0.0
        assert float(out.time[0]) == pytest.approx(left if first is None else first)
        assert abs(out.sel(time=out.time <= x.time[2000])).max() < 1e-15
        # The envelope peaks (n - 1) / (2 pi b) later.
        delay = 3 / (2 * np.pi * 1.019 * 132.639)
        peak = float(abs(out).idxmax("time")) - float(x.time[2000])
        assert peak == pytest.approx(delay, abs=0.5e-3)


def test_where_time_runs_backwards_the_past_lies_behind(rng):
    axis = clock(16000.0, 1024)
    x = iv.label(rng.standard_normal(1024), axis)
    back = x.isel(time=slice(None, None, -1))
    op = iv.GammatoneBank(4, 500.0, 4000.0)
    xr_out = op(back).isel(time=slice(None, None, -1))
    np.testing.assert_allclose(xr_out, op(x), atol=1e-12)
    np.testing.assert_allclose(xr_out.time, op(x).time)
    assert op.plan(iv.Axes.of(back)).reach["time"][0] == 0.0
    said = op.frequency_response(x, {"time": [900.0]})
    np.testing.assert_allclose(op.frequency_response(back, {"time": [900.0]}), said)


def test_truncation_is_as_small_as_it_says(rng):
    x = iv.label(rng.standard_normal(8192), clock(16000.0, 8192, periodic=True))
    best = iv.GammatoneBank(3, 200.0, 2000.0, truncate=160.0)(x)
    for db in (40.0, 60.0, 80.0):
        out = iv.GammatoneBank(3, 200.0, 2000.0, truncate=db)(x)
        assert float(abs(out - best).max() / abs(best).max()) < 4 * 10 ** (-db / 20)


def test_time_in_milliseconds_gives_the_same_filters(rng):
    x = iv.label(rng.standard_normal(2048), clock(16000.0, 2048))
    ms = x.assign_coords(time=("time", x.time.values * 1000, {"units": "ms"}))
    out = iv.GammatoneBank(3, 0.5, 4.0, hertz=1000.0)(ms)
    np.testing.assert_allclose(out, iv.GammatoneBank(3, 500.0, 4000.0)(x), atol=1e-12)
    np.testing.assert_allclose(out.center_frequency[[0, -1]], [500.0, 4000.0])
    with pytest.raises(ParameterError, match="frequencies here are in cycles/ms; give hertz=1000"):
        iv.GammatoneBank(3, 0.5, 4.0)(ms)


def test_a_complex_channel_may_take_a_stride_by_its_bandwidth():
    axis = clock(16000.0)
    strides = [
        iv.GammatoneBank(1, 2000.0, part=part).safe_stride(axis, db=-30.0)
        for part in ("real", "complex")
    ]
    assert strides[0] <= 4 < strides[1]


# Gammatonegrams


def test_a_gammatonegram_is_the_mean_energy_of_each_frame(rng):
    x = iv.label(rng.standard_normal(4000), clock(8000.0, 4000, periodic=True))
    out = iv.Gammatonegram(0.025, 0.01, 6, 200.0, 3000.0)(x)
    squares = iv.GammatoneBank(6, 200.0, 3000.0)(x).values ** 2
    weights = np.hanning(202)[1:-1]
    j = 17
    places = np.arange(200) + 80 * j - 100
    wanted = squares[:, places] @ weights / weights.sum()
    np.testing.assert_allclose(out.isel(time=j), wanted, rtol=1e-9)
    assert float(out.time[j]) == pytest.approx((80 * j - 0.5) / 8000)


def test_a_tone_shows_with_its_power_in_its_band():
    t = np.arange(8000) / 8000
    x = iv.label(3 * np.cos(2 * np.pi * 880 * t), clock(8000.0, 8000, periodic=True))
    out = iv.Gammatonegram(0.025, 0.01, 5, 220.0, 880.0)(x).isel(erb=-1)
    np.testing.assert_allclose(out, 4.5, rtol=5e-3)


@pytest.mark.parametrize("taper", ["hann", "hamming", "blackman", "cosine", "boxcar", "nuttall"])
@pytest.mark.parametrize("length", [4, 7])
def test_the_window_of_frame_means_is_scipys_of_one_sample_more_without_its_first(
    taper, length, rng
):
    """Which is symmetric, as scipy's periodic window of as many samples is not."""
    x = iv.label(rng.standard_normal(60), iv.Axis("time", step=0.01, unit="s"))
    weights = signal.get_window(taper, length + 1)[1:]
    np.testing.assert_allclose(weights, weights[::-1], atol=1e-15)
    frames = np.lib.stride_tricks.sliding_window_view(x.values, length)[::2]
    out = iv.FrameMean(0.01 * length, 0.02, taper=taper)(x)
    np.testing.assert_allclose(out, frames @ weights / weights.sum(), atol=1e-13)


def test_frame_means_are_weighted_sums(rng):
    x = iv.label(rng.standard_normal(60), iv.Axis("time", step=0.01, unit="s"))
    for taper, weights in (("hann", np.hanning(9)[1:-1]), ("boxcar", np.ones(7))):
        out = iv.FrameMean(0.07, 0.02, taper=taper)(x)
        frames = np.lib.stride_tricks.sliding_window_view(x.values, 7)[::2]
        np.testing.assert_allclose(out, frames @ weights / weights.sum(), atol=1e-13)
        np.testing.assert_allclose(out.time, 0.03 + 0.02 * np.arange(27))


# Wrong on purpose


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bands": 0}, "number of bands is 0"),
        ({"order": 0}, "order is 0"),
        ({"low": 0.0}, "low is 0; give a frequency above 0"),
        ({"low": "deep"}, "low is 'deep'"),
        ({"high": 50.0}, "low is 100 and high is 50"),
        ({"high": None}, "32 bands need a first and a last center frequency; give high="),
        ({"bandwidth": 0.0}, "bandwidth is 0 ERB"),
        ({"truncate": -80.0}, "truncate is -80 dB"),
        ({"part": "imag"}, "part='imag' is unknown; give one of real, complex"),
        ({"stride": {"time": 0}}, "stride along 'time' is 0"),
        ({"boundary": "wrap"}, "'wrap' is unknown"),
    ],
)
def test_parameters_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.GammatoneBank(**{"high": 3000.0, **options})


def test_what_does_not_fit_the_input_is_refused(rng):
    x = iv.label(rng.standard_normal(1000), clock(8000.0, 1000))
    with pytest.raises(ParameterError, match=r"frequency 4000 Hz along 'time' is not below the Ny"):
        iv.GammatoneBank(4, 100.0, 4000.0)(x)
    with pytest.raises(AxisError, match=r"longer than the axis 'time' \(500 samples"):
        iv.GammatoneBank(4, 20.0, 3000.0)(x.isel(time=slice(0, 500)))
    with pytest.raises(ParameterError, match=r"window is not a whole number of samples: 0\.0251 s"):
        iv.Gammatonegram(0.0251, 0.01, 4, 100.0, 3000.0)(x)
    with pytest.raises(ParameterError, match="stride names 'x'; windows lie along 'time'"):
        iv.FrameMean(0.01, 0.01, stride={"x": 2})
