"""Log-Gabor filters: the formula, its widths, its halves, and the bank's labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from invarsig import Axis, LogGaborBank, axis_of, label
from invarsig.axes import center_of
from invarsig.errors import AxisError, ParameterError

TIME = Axis("time", step=1 / 800, size=800, unit="s", period=1.0)
SIX = tuple(np.arange(6) * math.pi / 6)


def grid(values, step: float = 1.0) -> xr.DataArray:
    names = ("y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, "px", abs(step) * n) for d, n in sizes))


@settings(max_examples=40, deadline=None)
@given(st.floats(20.0, 350.0), st.floats(0.3, 0.9), st.floats(0.1, 390.0))
def test_the_response_is_a_gaussian_of_the_logarithm_of_frequency(center, ratio, frequency):
    bank = LogGaborBank("time", center, sigma_on_f=ratio)
    at = bank.frequency_response(TIME, {"time": [frequency, center, 0.0, -frequency]}).values[0]
    wanted = math.exp(-(math.log(frequency / center) ** 2) / (2 * math.log(ratio) ** 2))
    np.testing.assert_allclose(at, [wanted, 1.0, 0.0, 0.0], rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize(("ratio", "octaves"), [(0.55, 2.0), (0.75, 1.0)])
def test_the_ratios_of_the_literature_are_one_and_two_octaves(ratio, octaves):
    """Kovesi's table: 0.75 for about one octave, 0.55 for about two."""
    one = LogGaborBank("time", 50.0, sigma_on_f=ratio)._log_width()
    other = LogGaborBank("time", 50.0, bandwidth=octaves)._log_width()
    assert one == pytest.approx(other, rel=0.03)
    assert LogGaborBank("time", 50.0)._log_width() == -math.log(0.55)


@pytest.mark.parametrize("octaves", [0.5, 1.0, 2.5])
def test_a_bandwidth_is_in_octaves_at_half_amplitude(octaves):
    edges = [100 * 2 ** (-octaves / 2), 100.0, 100 * 2 ** (octaves / 2)]
    bank = LogGaborBank("time", 100.0, bandwidth=octaves)
    response = bank.frequency_response(TIME, {"time": edges}).values[0]
    np.testing.assert_allclose(response, [0.5, 1.0, 0.5])


@pytest.mark.parametrize("size", [95, 96])
def test_real_and_imaginary_parts_are_a_hilbert_pair(size, rng):
    x = grid(rng.standard_normal((3, size)))
    bank = {part: LogGaborBank("x", [0.1, 0.3], part=part) for part in ("complex", "real", "imag")}
    out = {part: one(x) for part, one in bank.items()}
    np.testing.assert_allclose(out["complex"].real, out["real"], atol=1e-14)
    np.testing.assert_allclose(out["complex"].imag, out["imag"], atol=1e-14)
    np.testing.assert_allclose(signal.hilbert(out["real"].values), out["complex"], atol=1e-13)
    assert out["real"].dtype == out["imag"].dtype == np.float64
    assert "x_center_frequency" not in out["real"].coords


@pytest.mark.parametrize("part", ["complex", "real", "imag"])
@pytest.mark.parametrize("boundary", ["periodic", "symmetric", "reflect"])
def test_a_constant_gives_nothing(part, boundary):
    bank = LogGaborBank("x", [0.05, 0.2], part=part, boundary=boundary)
    assert abs(bank(grid(np.full(40, 3.0)))).max() < 1e-14


@pytest.mark.parametrize("step", [0.01, -0.01])
def test_a_band_lies_at_its_center_frequency_in_hertz(step):
    t = 3.0 + step * np.arange(200)
    axis = Axis("time", 3.0, step, unit="s", period=2.0)
    for f in (15.0, -15.0):
        tone = label(np.exp(2j * np.pi * f * t), axis)
        level = abs(LogGaborBank("time", 15.0)(tone))
        np.testing.assert_allclose(level, 1.0 if f > 0 else 0.0, atol=1e-12)
    out = LogGaborBank("time", [15.0, 30.0])(tone)
    assert out.time_center_frequency.values.tolist() == pytest.approx([15.0, 30.0])
    np.testing.assert_allclose(center_of(out, "time"), np.array([15.0, 30.0]) * step)


@pytest.mark.parametrize("part", ["complex", "real", "imag"])
def test_a_design_in_hertz_does_not_care_which_way_samples_are_stored(part, rng):
    x = label(rng.standard_normal(120), Axis("time", 1.0, 0.01, unit="s", period=1.2))
    op = LogGaborBank("time", [10.0, 22.0], part=part)
    backwards = op(x.isel(time=slice(None, None, -1))).isel(time=slice(None, None, -1))
    np.testing.assert_allclose(backwards, op(x), atol=1e-13)


@pytest.mark.parametrize("theta", [0.0, math.pi / 6, math.pi / 2])
def test_a_wave_answers_most_at_its_own_orientation_and_frequency(theta):
    n = np.arange(96)
    bands = (1 / 24, 1 / 12, 1 / 6)
    wave = np.cos(2 * np.pi / 12 * (n[:, None] * np.sin(theta) + n * np.cos(theta)))
    level = abs(LogGaborBank(("y", "x"), bands, SIX)(grid(wave)))
    level = level.isel(y=slice(32, 64), x=slice(32, 64)).mean(("y", "x"))
    best = level.where(level == level.max(), drop=True)
    assert float(best.band.item()) == pytest.approx(1 / 12)
    assert float(best.orientation.item()) == pytest.approx(theta)


def test_with_orientations_the_response_is_the_product_of_radius_and_angle():
    axes = [Axis("y", size=8), Axis("x", size=8)]
    bank = LogGaborBank(("y", "x"), 0.2, (0.3,), sigma_on_f=0.65, angular_spread=0.4, cutoff=0.45)
    r, away = 0.25, 0.35
    angle = 0.3 + away
    at = {"y": [r * math.sin(angle)], "x": [r * math.cos(angle)]}
    radial = math.exp(-(math.log(0.25 / 0.2) ** 2) / (2 * math.log(0.65) ** 2))
    low = 1 / (1 + (r / 0.45) ** 30)
    wanted = radial * low * math.exp(-(away**2) / (2 * 0.4**2))
    got = bank.frequency_response(axes, at).item()
    assert got == pytest.approx(wanted, rel=1e-12)


def test_angles_go_round():
    """Across the seam at half a turn, an angle is as near as it looks."""
    axes = [Axis("y", size=8), Axis("x", size=8)]
    bank = LogGaborBank(("y", "x"), 0.2, (3.0,), angular_spread=0.4)
    response = [
        bank.frequency_response(axes, {"y": [0.2 * math.sin(a)], "x": [0.2 * math.cos(a)]}).item()
        for a in (3.0 - 0.3, 3.0 + 0.3)
    ]
    assert response[0] == pytest.approx(response[1], rel=1e-12)
    assert response[0] == pytest.approx(math.exp(-(0.3**2) / (2 * 0.4**2)))


def test_six_orientations_cover_half_the_plane_evenly():
    """Kovesi's spacing: over all angles of the half-plane their sum ripples by a few per cent."""
    axes = [Axis("y", size=8), Axis("x", size=8)]
    bank = LogGaborBank(("y", "x"), 0.2, tuple(np.arange(12) * math.pi / 6))
    total = [
        bank.frequency_response(axes, {"y": [0.2 * math.sin(a)], "x": [0.2 * math.cos(a)]}).sum()
        for a in np.linspace(0, math.pi, 25)
    ]
    assert np.ptp(total) < 0.01 * np.mean(total)


def test_the_low_pass_keeps_the_corners_out():
    axes = [Axis("y", size=8), Axis("x", size=8)]
    corner = {"y": [0.45], "x": [0.45]}
    plain, cut = (
        LogGaborBank(("y", "x"), 0.3, (math.pi / 4,), cutoff=cutoff).frequency_response(
            axes, corner
        )
        for cutoff in (None, 0.45)
    )
    assert abs(plain.item()) > 0.4
    assert abs(cut.item()) < 1e-4


def test_bands_and_orientations_are_axes():
    bank = LogGaborBank(("y", "x"), (0.05, 0.1, 0.2), SIX)
    out = bank(grid(np.ones((24, 24)), 0.5))
    assert out.dims == ("band", "orientation", "y", "x")
    assert axis_of(out, "band").scale == "log2"
    assert axis_of(out, "orientation").periodic
    bands = [0.05, 0.1, 0.2]
    for dim, turned in (("x", np.cos(SIX)), ("y", np.sin(SIX))):
        centers = center_of(out, dim)[..., 0]
        np.testing.assert_allclose(centers, np.outer(bands, turned), atol=1e-15)


def test_the_nyquist_bin_has_no_side_and_is_nothing():
    wave = grid(np.cos(np.pi * np.arange(48)))
    for part in ("complex", "real", "imag"):
        assert abs(LogGaborBank("x", 0.4, part=part)(wave)).max() < 1e-14


def test_a_wider_filter_takes_a_smaller_stride():
    strides = [LogGaborBank("time", 100.0, bandwidth=b).safe_stride(TIME) for b in (0.1, 0.2, 0.5)]
    assert strides == sorted(strides, reverse=True)
    assert strides[0] > strides[-1]
    real = LogGaborBank("time", 100.0, bandwidth=0.1, part="real")
    assert real.safe_stride(TIME) < strides[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "x", "frequency": 0.0}, "frequency is 0"),
        ({"over": "x", "frequency": 0.1, "orientation": (0.0,)}, "LogGaborBank over 'x'"),
        ({"over": ("y", "x"), "frequency": 0.1}, "give one dim, or two dims"),
        ({"over": "x", "frequency": 0.1, "bandwidth": 0.0}, "bandwidth is 0 octaves"),
        ({"over": "x", "frequency": 0.1, "sigma_on_f": 1.0}, "sigma_on_f is 1; give a ratio"),
        ({"over": "x", "frequency": 0.1, "sigma_on_f": np.nan}, "sigma_on_f is nan"),
        ({"over": "x", "frequency": 0.1, "sigma_on_f": 0.5, "bandwidth": 1.0}, "give one of them"),
        ({"over": "x", "frequency": 0.1, "angular_spread": 0}, "angular_spread is 0 rad"),
        ({"over": "x", "frequency": 0.1, "cutoff": -0.4}, "cutoff is -0.4 cycles/sample"),
        ({"over": "x", "frequency": 0.1, "sharpness": 0}, "sharpness of the cut-off is 0"),
        ({"over": "x", "frequency": 0.1, "part": "phase"}, "'phase' is unknown"),
    ],
)
def test_a_bank_that_cannot_be_designed_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        LogGaborBank(**options)


@pytest.mark.parametrize("part", ["complex", "real"])
def test_a_frequency_over_the_nyquist_is_refused(part):
    x = label(np.ones(800), TIME)
    with pytest.raises(ParameterError, match=r"400 Hz along 'time' is not below .* of 400 Hz"):
        LogGaborBank("time", [100.0, 400.0], part=part)(x)
    with pytest.raises(ParameterError, match=r"0\.5 cycles/sample along 'y'"):
        LogGaborBank(("y", "x"), 0.5, (0.0,), part=part)(grid(np.ones((8, 8))))


def test_no_sample_is_valid_for_a_filter_as_long_as_the_axis():
    with pytest.raises(AxisError, match="reaches over the whole axis 'x'"):
        LogGaborBank("x", 0.2, boundary="valid")(grid(np.ones(16)))
