"""Folded spectra: which image meets which frequency."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from tests.conftest import ring


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])
def test_a_tone_shows_in_the_image_that_it_comes_from(factor):
    n = 120 * factor
    axis = iv.Axis("time", step=1 / n, size=n, unit="s", period=1.0)
    for image in range(1, factor // 2 + 1):
        frequency = min(image * 120 - 13, n // 2 - 1)
        tone = iv.label(np.cos(2 * np.pi * frequency * np.arange(n) / n), axis)
        power = iv.fold(tone, "time", factor).sum("time_frequency")
        strongest = abs(int(power.idxmax("image")))
        assert strongest == round(frequency / 120)


def test_all_images_together_hold_the_energy_of_the_signal(photograph):
    x = ring(photograph, x=60)
    power = iv.fold(x, "x", 4)
    np.testing.assert_allclose(power.sum() * 4, (x**2).sum(), rtol=1e-12)


def test_a_band_limited_signal_has_only_a_baseband(photograph):
    x = iv.SpectralPool(stride={"x": 4}).unstrided(["x"])(ring(photograph, x=64))
    power = iv.fold(x, "x", 4)
    assert float(power.where(power.image != 0).sum()) < 1e-25 * float(power.sum())


def test_frequencies_are_those_of_the_output_in_the_axis_unit():
    axis = iv.Axis("time", step=1 / 8000, size=64, unit="s", period=64 / 8000)
    power = iv.fold(iv.label(np.random.default_rng(0).standard_normal(64), axis), "time", 4)
    frequency = power["time_frequency"]
    assert frequency.attrs["units"] == "Hz"
    np.testing.assert_allclose(frequency, np.fft.fftshift(np.fft.fftfreq(16, 4 / 8000)))


def test_the_power_of_each_bin_is_that_of_the_formula(rng):
    values = rng.standard_normal(24)
    power = iv.fold(iv.label(values, iv.Axis("x", period=24.0)), "x", 3)
    spectrum = np.abs(np.fft.fft(values)) ** 2 / (9 * 8)
    at = {round(float(f) * 24): power.sel(x_frequency=f) for f in power["x_frequency"]}
    # Output bin 2 stands for 2/24; 10/24 is one rate of 8/24 above it, -6/24 one below.
    np.testing.assert_allclose(at[2].sel(image=0), spectrum[2])
    np.testing.assert_allclose(at[2].sel(image=1), spectrum[10])
    np.testing.assert_allclose(at[2].sel(image=-1), spectrum[-6])


def test_a_factor_that_does_not_divide_is_refused(rng):
    x = iv.label(rng.standard_normal(10), iv.Axis("x", period=10.0))
    with pytest.raises(
        iv.errors.AxisError, match="10 samples along 'x' are not a multiple of the factor 4"
    ):
        iv.fold(x, "x", 4)


def test_the_folded_share_is_the_part_that_is_not_baseband(photograph):
    from invarsig.aliasing import folded_share

    folded = iv.fold(ring(photograph, x=64), "x", 4)
    share = folded_share(folded, "x")
    assert share.dims == ("x_frequency",)
    power = folded.sum("y")
    expected = 1 - power.sel(image=0) / power.sum("image")
    np.testing.assert_allclose(share, expected, atol=1e-12)


@pytest.mark.parametrize("step", [0.5, -0.5])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_complex_tone_folds_relative_to_the_center_of_its_channel(factor, step):
    """Channels far from 0: a tone at its channel's center is baseband, at frequency 0."""
    size = 96
    axis = iv.Axis("x", step=step, size=size, period=size * abs(step))
    centers, n = np.array([0.0, 12 / size, 30 / size, -24 / size]), np.arange(size)
    near = np.exp(2j * np.pi * np.multiply.outer(centers, n))
    coordinate = ("c", centers / step)
    x = iv.label(near, "c", axis).assign_coords(x_center_frequency=coordinate)
    power = iv.fold(x, "x", factor)
    assert power.sizes["x_frequency"] == size // factor
    for channel in range(centers.size):
        own = power.isel(c=channel)
        place = np.unravel_index(int(own.to_numpy().argmax()), own.shape)
        found = {str(dim): own[dim].values[k] for dim, k in zip(own.dims, place, strict=True)}
        assert found == {"image": 0, "x_frequency": 0.0}
        np.testing.assert_allclose(float(own.max()), float(own.sum()), rtol=1e-9)
    # A whole output rate away from its center the same tone is an image.
    away = x * np.exp(2j * np.pi * n / factor)
    images = iv.fold(away, "x", factor).sum("x_frequency")
    assert set(np.abs(images.image.values[images.argmax("image")])) == {1}


def test_frequencies_of_folded_spectra_rise_along_a_descending_axis_too(rng):
    values = rng.standard_normal(24)
    up, down = (
        iv.fold(iv.label(values, iv.Axis("x", step=step, unit="s", period=12.0)), "x", 3)
        for step in (0.5, -0.5)
    )
    np.testing.assert_array_equal(up["x_frequency"], down["x_frequency"])
    np.testing.assert_array_equal(up, down)
    np.testing.assert_allclose(up["x_frequency"], np.arange(-4, 4) / 12)


def test_the_folded_share_is_unknown_where_there_is_no_power():
    share = iv.aliasing.folded_share(
        iv.fold(iv.label(np.zeros(8), iv.Axis("x", period=8.0)), "x", 2), "x"
    )
    assert np.isnan(share).all()
