"""Dilation about a place in coordinates, with the band limit that it needs where signals shrink."""

from __future__ import annotations

import math

import numpy as np
import pytest

from invarsig import Axis, Dilate, label
from invarsig.errors import AxisError, DimError, ParameterError


def bell(t, width):
    return np.exp(-(t**2) / (2 * width**2))


@pytest.mark.parametrize("factor", [0.6, 0.9, 1.4, 3.0])
@pytest.mark.parametrize("step", [0.01, -0.02])
def test_a_gaussian_gets_wider_by_the_factor(factor, step):
    axis = Axis("time", start=2.0, step=step, unit="s")
    t = 2.0 + step * np.arange(400)
    width = 12 * abs(step)
    center, middle = float(t[190]) + 0.3 * step, float(t[200])
    x = label(bell(t - middle, width), axis)
    wanted = bell(t - (center + factor * (middle - center)), factor * width)
    # The filter before a shrinking has ripples of 1e-3.
    np.testing.assert_allclose(
        Dilate(factor, {"time": center})(x), wanted, atol=1e-5 if factor > 1 else 1e-3
    )


def test_in_a_plane_it_is_what_scikit_image_warps(rng):
    from scipy import ndimage
    from skimage import transform

    values = ndimage.gaussian_filter(rng.standard_normal((80, 90)), 3.0)
    x = label(values, Axis("y", unit="px"), Axis("x", unit="px"))
    move = Dilate(1.7, {"y": 30.0, "x": 50.5})
    # What is at (row, column) of the output is read at these.
    back = transform.AffineTransform(
        scale=1 / 1.7, translation=(50.5 * (1 - 1 / 1.7), 30.0 * (1 - 1 / 1.7))
    )
    theirs = transform.warp(values, back, order=5, mode="reflect")
    known = move.known(x).values
    assert known.sum() > 1000
    np.testing.assert_allclose(move(x).values[known], theirs[known], atol=1e-5)


def test_shrinking_by_two_keeps_what_fits_and_folds_nothing():
    n = np.arange(512)
    axis = Axis("time", step=1 / 512, unit="s")
    move = Dilate(0.5, {"time": 0.5})
    known = None
    for cycles, kept in ((20, 1.0), (80, 1.0), (176, 0.0), (230, 0.0)):
        x = label(np.cos(2 * np.pi * cycles * (n / 512 - 0.5)), axis)
        known = move.known(x).values
        wanted = kept * np.cos(2 * np.pi * 2 * cycles * (n / 512 - 0.5))
        np.testing.assert_allclose(move(x).values[known], wanted[known], atol=5e-3)
    assert known is not None
    assert 100 < known.sum() < 256


def test_a_place_that_is_the_same_on_a_strided_grid():
    n = np.arange(300.0)
    x = label(bell(n - 140, 20), Axis("x", unit="px"))
    move = Dilate(1.5, {"x": 120.0})
    thin = x.isel(x=slice(1, None, 4))
    np.testing.assert_allclose(move.on_output(thin), move(x).isel(x=slice(1, None, 4)), atol=1e-5)


def test_scales_move_up_and_bands_down_by_octaves(rng):
    scale = Axis("scale", step=0.5, unit="px", scale="log2")
    band = Axis("band", start=5.0, step=1.0, unit="Hz", scale="log2")
    x = label(rng.standard_normal((6, 4)), scale, band)
    moved = Dilate(2.0, {"time": 0.0}).on_output(x)
    np.testing.assert_array_equal(moved[2:, :3], x[:4, 1:])
    assert (moved[:2] == 0).all()
    assert (moved[:, 3] == 0).all()
    known = Dilate(2.0, {"time": 0.0}).known(x)
    assert known.values[2:, :3].all()
    assert known.sum() == 12


def test_only_the_dims_that_are_left_are_dilated(rng):
    x = label(rng.standard_normal((40, 40)), Axis("y", unit="px"), Axis("x", unit="px"))
    both, one = Dilate(1.2, {"y": 3.0, "x": 20.0}), Dilate(1.2, {"x": 20.0})
    np.testing.assert_array_equal(both.on_output(x[0]), one(x[0]))
    assert both.on_output(x[0, 0]).identical(x[0, 0])


def test_wrong_input_is_refused_by_name():
    with pytest.raises(ParameterError, match="The factor is 0; give one above 0"):
        Dilate(0.0, {"x": 1.0})
    with pytest.raises(ParameterError, match="The factor is inf"):
        Dilate(math.inf, {"x": 1.0})
    with pytest.raises(DimError, match="give at least 1 dim"):
        Dilate(2.0, {})
    with pytest.raises(ParameterError, match=r"center of Dilate is missing.*Dilate\.about_middle"):
        Dilate(2)
    with pytest.raises(ParameterError, match=r"along each dim: \{'x': \.\.\.\}.*about_middle"):
        Dilate(2, dims=("x",))
    with pytest.raises(ParameterError, match="give a coordinate along each dim"):
        Dilate(2.0, {"x": 1.0}, dims=("x", "y"))
    linear = label(np.zeros((3, 8)), Axis("scale", start=1.0, unit="px"), Axis("x", unit="px"))
    with pytest.raises(
        AxisError, match="moves along 'scale' in octave, and that axis counts in px"
    ):
        Dilate(2.0, {"x": 1.0})(linear)


def test_dates_count_from_1970_and_a_center_may_be_one():
    start = np.datetime64("2020-01-01T00:00:00", "s")
    times = start + np.arange(200).astype("timedelta64[s]")
    n = np.arange(200.0)
    x = label(bell(n - 100, 10), "time").assign_coords(time=times)
    wide = Dilate(2.0, {"time": start + np.timedelta64(100, "s")})
    np.testing.assert_allclose(wide(x), bell(n - 100, 20), atol=1e-5)
    cut = x.isel(time=slice(50, None))
    np.testing.assert_allclose(wide(cut), bell(n - 100, 20)[50:], atol=1e-4)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.3])
@pytest.mark.parametrize("hertz", [0.3, 4.3, -3.7, 12.2])
def test_a_complex_channel_keeps_its_band_however_coarse_its_grid(factor, hertz):
    t = 0.1 * np.arange(400)

    def wave(t):
        return bell(t - 20.0, 2.0) * np.exp(2j * np.pi * hertz * t)

    # Every tenth sample of a signal at 100 Hz: the channel lies where it folds to.
    x = label(wave(t), Axis("time", step=0.1, unit="s"))
    x = x.assign_coords(time_center_frequency=((), hertz, {"units": "Hz", "nyquist": 50.0}))
    move = Dilate(factor, {"time": 20.03})
    known = move.known(x).values
    assert known.sum() > 100
    wanted = wave(20.03 + (t - 20.03) / factor)
    np.testing.assert_allclose(move(x).values[known], wanted[known], atol=1e-3)
