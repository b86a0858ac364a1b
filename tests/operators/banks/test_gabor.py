"""Gabor filters against skimage.filters.gabor_kernel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.filters import gabor_kernel

from invarsig import (
    Axes,
    Axis,
    Convolve,
    GaborBank,
    GaussianBank,
    axis_of,
    label,
)
from invarsig.axes import center_of
from invarsig.errors import ParameterError
from tests.operators.banks.rings import kernel, ring

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


@pytest.mark.parametrize("frequency", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("theta", [0.0, math.pi / 3, 2.5])
@pytest.mark.parametrize("bandwidth", [0.8, 1.5])
def test_taps_are_those_of_skimage(frequency, theta, bandwidth):
    theirs = gabor_kernel(frequency, theta, bandwidth, n_stds=3)
    bank = GaborBank(("y", "x"), frequency, (theta,), bandwidth=bandwidth, truncate=3)
    ours = bank._taps(Axes({"y": Axis("y"), "x": Axis("x")}))[0, 0]
    rows, columns = (s // 2 for s in theirs.shape)
    middle = ours.shape[0] // 2
    assert middle >= max(rows, columns)
    cut = ours[middle - rows : middle + rows + 1, middle - columns : middle + columns + 1]
    np.testing.assert_allclose(cut, theirs, atol=1e-14)


@pytest.mark.parametrize("theta", [0.0, 0.7, math.pi / 2])
def test_orientation_zero_runs_along_the_last_dim(theta):
    n = np.arange(64)
    wave = np.exp(2j * np.pi * 0.25 * (n[:, None] * np.sin(theta) + n * np.cos(theta)))
    x = ring(wave.real)
    angles = np.linspace(0, np.pi, 9)[:-1]
    out = abs(GaborBank(("y", "x"), 0.25, angles)(x)).isel(x=slice(16, 48), y=slice(16, 48))
    best = float(out.mean(("y", "x")).isel(band=0).idxmax())
    assert abs(best - theta) <= np.pi / 16 + 1e-9


@pytest.mark.parametrize("step", [1 / 800, -1 / 800])
def test_a_tone_answers_most_in_the_band_of_its_own_frequency(step):
    t = 0.5 + step * np.arange(800)
    tone = label(np.cos(2 * np.pi * 100 * t), Axis("time", 0.5, step, unit="s", period=1.0))
    out = GaborBank("time", frequency=[50.0, 100.0, 150.0, 200.0])(tone)
    level = abs(out).mean("time")
    assert float(level.idxmax()) == 100.0
    np.testing.assert_allclose(level.isel(band=1), 0.5, rtol=1e-3)


@pytest.mark.parametrize("step", [0.01, -0.01])
def test_a_complex_band_lies_at_its_center_frequency_in_hertz(step, rng):
    t = 3.0 + step * np.arange(200)
    for f in (15.0, -15.0):
        tone = label(np.exp(2j * np.pi * f * t), Axis("time", 3.0, step, unit="s", period=2.0))
        level = float(abs(GaborBank("time", frequency=[15.0])(tone)).max())
        assert level > 0.99 if f > 0 else level < 0.01
    out = GaborBank("time", frequency=[15.0, 20.0])(tone)
    assert out.time_center_frequency.values.tolist() == pytest.approx([15.0, 20.0])
    assert out.time_center_frequency.attrs["units"] == "Hz"
    np.testing.assert_allclose(center_of(out, "time"), np.array([15.0, 20.0]) * step)


@pytest.mark.parametrize("part", ["complex", "real", "imag"])
def test_a_design_in_hertz_does_not_care_which_way_samples_are_stored(part, rng):
    x = label(rng.standard_normal(120), Axis("time", 1.0, 0.01, unit="s", period=1.2))
    op = GaborBank("time", frequency=[10.0, 22.0], part=part)
    backwards = op(x.isel(time=slice(None, None, -1))).isel(time=slice(None, None, -1))
    np.testing.assert_allclose(backwards, op(x), atol=1e-13)


@pytest.mark.parametrize("step", [0.5, -0.5])
def test_oriented_bands_carry_a_center_along_each_dim(step):
    theta, f = math.pi / 6, 0.3
    out = GaborBank(("y", "x"), f, (theta,), bandwidth=1.5)(ring(np.ones((24, 24)), step))
    np.testing.assert_allclose(center_of(out, "x"), f * math.cos(theta))
    np.testing.assert_allclose(center_of(out, "y"), f * math.sin(theta))
    np.testing.assert_allclose(out.x_center_frequency, f * math.cos(theta) / step)


def closed_form(bank, axes, frequencies):
    """``exp(-2 pi^2 sigma^2 |f - f0|^2)``, repeated at every whole frequency by sampling."""

    def bells(sign):
        parts = []
        for center, f in zip(bank._centers(axes), frequencies, strict=True):
            s = bank._sigma(axes).reshape(-1, *(1,) * (center.ndim + 1))
            away = f[:, None] + np.arange(-3, 4) - sign * center[..., None, None]
            parts.append(np.exp(-2 * (np.pi * s * away) ** 2).sum(axis=-1))
        return parts[0] if len(parts) == 1 else parts[0][..., :, None] * parts[1][..., None, :]

    return bank._parted_response(bells(1), bells(-1))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.03, 0.45),
    st.floats(0.6, 2.5),
    st.floats(3.0, 6.0),
    st.sampled_from(["complex", "real", "imag"]),
)
def test_the_response_is_that_of_the_taps_but_for_their_truncation(frequency, width, cut, part):
    axes = Axes({"x": Axis("x")})
    f = np.linspace(-0.5, 0.5, 33)
    bank, longer = (
        GaborBank("x", frequency, bandwidth=width, part=part, truncate=t) for t in (cut, 12.0)
    )
    taps, whole = bank._taps(axes)[0], longer._taps(axes)[0]
    lost = np.abs(whole).sum() - np.abs(taps).sum()
    off = np.abs(bank._response(axes, [f])[0] - closed_form(bank, axes, [f])[0]).max()
    assert off <= lost + 1e-10


@pytest.mark.parametrize("theta", [0.0, 0.7, 2.2])
@pytest.mark.parametrize("part", ["complex", "real", "imag"])
def test_the_response_of_an_oriented_filter_is_that_of_its_taps(theta, part):
    axes = Axes({"y": Axis("y"), "x": Axis("x")})
    f, g = np.linspace(-0.5, 0.5, 9), np.linspace(-0.4, 0.5, 11)
    bank = GaborBank(("y", "x"), (0.15, 0.3), (theta,), bandwidth=1.4, part=part, truncate=7)
    off = np.abs(bank._response(axes, [f, g]) - closed_form(bank, axes, [f, g]))
    assert off.max() < 1e-10


@pytest.mark.parametrize("octaves", [0.5, 1.0, 1.5])
def test_a_bandwidth_is_in_octaves_at_half_amplitude(octaves):
    """The edges are b octaves apart and lie alike about the center, which is their mean."""
    lower = 2 * 100 / (1 + 2**octaves)
    at = {"time": [lower, 100.0, lower * 2**octaves]}
    bank = GaborBank("time", 100.0, bandwidth=octaves, truncate=6)
    response = bank.frequency_response(Axis("time", step=1 / 4000, unit="s"), at)
    np.testing.assert_allclose(response.values[0], [0.5, 1.0, 0.5], atol=1e-6)


@pytest.mark.parametrize(
    ("frequency", "scale"),
    [
        ([0.05, 0.1, 0.2, 0.4], "log2"),
        ([0.1, 0.2], "log2"),
        ([0.2], "log2"),
        ([0.1, 0.2, 0.3], "linear"),
    ],
)
def test_any_number_of_frequencies_is_an_axis(frequency, scale):
    band = axis_of(GaborBank("x", frequency, truncate=2)(ring(np.ones(60))), "band")
    assert (band.size, band.scale) == (len(frequency), scale)
    np.testing.assert_allclose(band.coordinate(), frequency)


def test_frequencies_without_a_rule_are_counted():
    out = GaborBank("x", [0.1, 0.15, 0.37])(ring(np.ones(60)))
    np.testing.assert_allclose(out.band_value, [0.1, 0.15, 0.37])


@pytest.mark.parametrize(
    ("angles", "period"),
    [
        (np.arange(6) * math.pi / 6, math.pi),
        (0.2 + np.arange(4) * math.pi / 4, math.pi),
        (np.arange(8) * math.pi / 4, 2 * math.pi),
        (np.arange(3) * math.pi / 4, None),
        ([0.3], None),
    ],
)
def test_orientations_go_round_where_they_cover_half_a_turn_or_a_whole_one(angles, period):
    out = GaborBank(("y", "x"), 0.3, angles, bandwidth=1.5)(ring(np.ones((24, 24))))
    axis = axis_of(out, "orientation")
    assert axis.unit == "rad"
    assert axis.period == pytest.approx(period) if period else axis.period is None
    assert axis.periodic == (period is not None)
    np.testing.assert_allclose(out.orientation, angles, atol=1e-12)


def test_after_half_a_turn_a_filter_is_its_own_conjugate(rng):
    x = ring(rng.standard_normal((24, 24)))
    out = GaborBank(("y", "x"), 0.3, (0.4, 0.4 + math.pi), bandwidth=1.5)(x)
    np.testing.assert_allclose(
        out.isel(orientation=1), np.conj(out.isel(orientation=0)), atol=1e-13
    )


def test_real_and_imaginary_parts_make_up_the_complex_bank(rng):
    x = ring(rng.standard_normal(60))
    bank = {part: GaborBank("x", [0.1, 0.2], part=part)(x) for part in ("complex", "real", "imag")}
    np.testing.assert_allclose(bank["complex"].real, bank["real"], atol=1e-14)
    np.testing.assert_allclose(bank["complex"].imag, bank["imag"], atol=1e-14)
    assert "x_center_frequency" not in bank["real"].coords


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "x", "frequency": 0.0}, "frequency is 0"),
        ({"over": "x", "frequency": []}, "frequency is empty"),
        ({"over": "x", "frequency": "high"}, "frequency is 'high'"),
        ({"over": "x", "frequency": np.inf}, "frequency is inf"),
        ({"over": "x", "frequency": 0.1, "orientation": (0.0,)}, "give one dim, or two dims"),
        ({"over": ("y", "x"), "frequency": 0.1}, "give one dim, or two dims"),
        ({"over": ("z", "y", "x"), "frequency": 0.1, "orientation": (0.0,)}, "give one dim"),
        ({"over": ("y", "x"), "frequency": 0.1, "orientation": ()}, "no finite angle"),
        ({"over": ("y", "x"), "frequency": 0.1, "orientation": (np.nan,)}, "no finite angle"),
        ({"over": "x", "frequency": 0.1, "bandwidth": -1.0}, "bandwidth is -1 octaves"),
        ({"over": "x", "frequency": 0.1, "part": "phase"}, "'phase' is unknown; give one of"),
    ],
)  # fmt: skip
def test_a_bank_that_cannot_be_designed_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        GaborBank(**options)


def test_lists_and_arrays_design_the_same_bank(rng):
    x = ring(rng.standard_normal((24, 24)))
    one = GaborBank(["y", "x"], np.array([0.2, 0.3]), [0.0, 1.0])
    other = GaborBank(("y", "x"), (0.2, 0.3), np.array([0.0, 1.0]))
    assert one == other
    assert one(x).identical(other(x))


def test_a_frequency_over_the_nyquist_is_refused():
    x = ring(np.ones((24, 24)), step=0.5)
    with pytest.raises(ParameterError, match=r"1 cycles/px along 'x' is not below .* 1 cycles/px"):
        GaborBank("x", 1.0)(x)
    with pytest.raises(ParameterError, match=r"0\.5 cycles/sample along 'y'"):
        GaborBank(("y", "x"), 0.5, (0.0,), part="real")(x)


def test_a_bank_says_what_it_is():
    assert str(GaborBank("x", [0.1, 0.2])) == "GaborBank(over x, frequency 0.1 to 0.2 (2))"
    assert str(Convolve(kernel(np.ones((2, 3)), "f", "x"), stride={"x": 2})) == (
        "Convolve(2x3 over f, x, stride x: 2)"
    )
    assert str(GaussianBank(sigma={"x": 2.0})) == "GaussianBank(sigma x: 2)"
