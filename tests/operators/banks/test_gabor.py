"""Gabor filters against skimage.filters.gabor_kernel."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from skimage.filters import gabor_kernel

from invarsig import (
    Axes,
    Axis,
    Convolve,
    GaborBank,
    GaussianBank,
    label,
)
from invarsig.axes import center_of
from invarsig.errors import ParameterError

MODES = {"periodic": "wrap", "reflect": "mirror", "symmetric": "reflect", "zero": "constant"}
NAMES = ("z", "y", "x")


def ring(values, step: float = 1.0) -> xr.DataArray:
    names = NAMES[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, "px", abs(step) * n) for d, n in sizes))


def kernel(values, *dims: str, **coords) -> xr.DataArray:
    values = np.asarray(values)
    return xr.DataArray(values, dims=dims or NAMES[-values.ndim :], coords=coords)


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
def test_a_complex_band_lies_at_its_centre_frequency_in_hertz(step, rng):
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
def test_oriented_bands_carry_a_centre_along_each_dim(step):
    theta, f = math.pi / 6, 0.3
    out = GaborBank(("y", "x"), f, (theta,), bandwidth=1.5)(ring(np.ones((24, 24)), step))
    np.testing.assert_allclose(center_of(out, "x"), f * math.cos(theta))
    np.testing.assert_allclose(center_of(out, "y"), f * math.sin(theta))
    np.testing.assert_allclose(out.x_center_frequency, f * math.cos(theta) / step)


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


def test_a_bank_says_what_it_is():
    assert str(GaborBank("x", [0.1, 0.2])) == "GaborBank(over x, frequency 0.1 to 0.2 (2))"
    assert str(Convolve(kernel(np.ones((2, 3)), "f", "x"), stride={"x": 2})) == (
        "Convolve(2x3 over f, x, stride x: 2)"
    )
    assert str(GaussianBank(sigma={"x": 2.0})) == "GaussianBank(sigma x: 2)"
