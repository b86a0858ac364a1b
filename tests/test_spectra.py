"""Which frequency a bin stands for, and exact translation of periodic signals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from invarsig.spectra import baseband, fold_axis, image_numbers, phases, slopes, translated

law = settings(deadline=None, max_examples=60)
sizes = st.integers(1, 40)
centers = st.floats(-2, 2)
shifts = st.floats(-50, 50)


@law
@given(sizes, centers)
def test_a_bin_stands_for_the_alias_nearest_to_the_center(size, center):
    found = baseband(size, center)
    assert (found >= center - 0.5 - 1e-9).all()
    assert (found < center + 0.5 + 1e-9).all()
    turns = size * found - np.arange(size)
    np.testing.assert_allclose(turns / size, np.rint(turns / size), atol=1e-9)


@law
@given(sizes)
def test_without_a_center_the_bins_are_those_of_numpy(size):
    np.testing.assert_allclose(baseband(size), np.fft.fftfreq(size), atol=1e-12)


def test_each_channel_has_bins_of_its_own():
    centers = np.array([[0.0, 0.3], [0.5, -0.2]])
    found = baseband(6, centers)
    assert found.shape == (2, 2, 6)
    assert np.array_equal(found[1, 0], baseband(6, 0.5))


@law
@given(sizes, st.integers(-100, 100), centers)
def test_whole_shifts_have_the_same_phases_around_any_center(size, shift, center):
    wanted = np.exp(-2j * np.pi * (np.arange(size) * shift % size) / size)
    np.testing.assert_allclose(phases(size, shift, center=center), wanted, atol=1e-9)


@law
@given(sizes, shifts, shifts, centers)
def test_phases_compose(size, one, other, center):
    product = phases(size, one, center=center) * phases(size, other, center=center)
    np.testing.assert_allclose(product, phases(size, one + other, center=center), atol=1e-9)


@pytest.mark.parametrize("shift", [0.5, 0.37, -1.25, 7.0])
def test_the_nyquist_bin_of_a_real_signal_is_turned_by_a_cosine(shift):
    assert phases(8, shift, real=True)[4] == pytest.approx(np.cos(np.pi * shift))
    assert phases(8, shift)[4] == pytest.approx(np.exp(1j * np.pi * shift))


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("shift", [0.0, 0.37, -2.61, 5.5, 1000.25])
def test_a_real_signal_is_translated_as_its_trigonometric_polynomial(size, shift, rng):
    x = rng.standard_normal(size)
    spectrum, n = np.fft.fft(x) / size, np.arange(size)
    wanted = np.zeros(size)
    for j, weight in enumerate(spectrum):
        f = j if j <= size / 2 else j - size
        wave = np.exp(2j * np.pi * f * (n - shift) / size)
        if 2 * j == size:
            wave = np.cos(np.pi * n) * np.cos(np.pi * shift)
        wanted += (weight * wave).real
    np.testing.assert_allclose(translated(x, 0, shift), wanted, atol=1e-11)


@pytest.mark.parametrize("size", [7, 8])
def test_a_real_translation_is_scipys_but_for_the_nyquist_bin(size, rng):
    x = rng.standard_normal(size)
    if size % 2 == 0:
        x -= (x * (-1.0) ** np.arange(size)).mean() * (-1.0) ** np.arange(size)
    wanted = np.fft.ifft(ndimage.fourier_shift(np.fft.fft(x), 0.3)).real
    np.testing.assert_allclose(translated(x, 0, 0.3), wanted, atol=1e-12)


@law
@given(st.integers(1, 20), st.integers(-50, 50), st.sampled_from([0, 1, -1]))
def test_whole_shifts_are_rolls_to_the_last_bit(size, shift, axis):
    x = np.random.default_rng(size).standard_normal((size, 3))
    assert np.array_equal(translated(x, axis, shift), np.roll(x, shift, axis))


@pytest.mark.parametrize(("center", "shift"), [(0.4, 0.5), (0.9, 0.37), (-0.7, -1.6)])
def test_a_complex_tone_near_its_center_is_translated_by_its_own_frequency(center, shift):
    size, n = 20, np.arange(20)
    f = np.round(size * center + 3) / size
    tone = np.exp(2j * np.pi * f * n)
    moved = translated(tone, 0, shift, center)
    np.testing.assert_allclose(moved, np.exp(2j * np.pi * f * (n - shift)), atol=1e-12)


def test_each_channel_is_translated_around_its_own_center(rng):
    x = rng.standard_normal((3, 16)) + 1j * rng.standard_normal((3, 16))
    centers = np.array([0.0, 0.3, -0.45])
    whole = translated(x, 1, 0.4, centers)
    for row, center, moved in zip(x, centers, whole, strict=True):
        np.testing.assert_allclose(moved, translated(row, 0, 0.4, center), atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("shift", [2, 0.3])
def test_translation_keeps_the_precision(dtype, shift):
    assert translated(np.ones((2, 6), dtype), 1, shift).dtype == dtype


def test_nan_is_spread_by_a_fraction_and_kept_by_a_whole_shift():
    x = np.array([1.0, np.nan, 3.0, 4.0])
    assert np.isnan(translated(x, 0, 0.5)).all()
    assert np.isnan(translated(x, 0, 1)).tolist() == [False, False, True, False]


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_thinning_adds_up_the_bins_that_fold_onto_each_other(factor, rng):
    x = rng.standard_normal((2, 12))
    folded = fold_axis(np.fft.fft(x), factor)
    np.testing.assert_allclose(np.fft.fft(x[:, ::factor]), folded.sum(axis=-2) / factor, atol=1e-12)


@law
@given(st.integers(1, 12), st.integers(1, 8), st.floats(-0.5, 0.5))
def test_one_bin_of_each_column_is_the_baseband_and_the_images_lie_whole_rates_apart(
    coarse, factor, center
):
    size = coarse * factor
    numbers = image_numbers(size, factor, center)
    assert numbers.shape == (factor, coarse)
    assert ((numbers == 0).sum(axis=0) == 1).all()
    fine = fold_axis(baseband(size, center), factor)
    base = baseband(coarse, center * factor) / factor
    np.testing.assert_allclose((fine - base) * factor, numbers, atol=1e-9)
    assert (np.abs(numbers) <= factor / 2 + 1).all()


@law
@given(sizes, centers, st.booleans(), st.sampled_from([np.inf, 0.5, 1.0, 1.5]))
def test_slopes_are_how_fast_the_phases_turn(size, center, real, nyquist):
    """By a central difference, which of a cosine at its top is 0."""
    if real:
        center, nyquist = 0.0, np.inf
    options = {"center": center, "nyquist": nyquist, "real": real}
    ahead, behind = (phases(size, h, **options) for h in (1e-4, -1e-4))
    found = slopes(size, **options)
    np.testing.assert_allclose(
        found, (ahead - behind) / 2e-4, atol=1e-4 * (1 + 2 * abs(center)) ** 3
    )


@pytest.mark.parametrize(
    ("size", "options", "level"),
    [
        (8, {"real": True}, [4]),
        (7, {"real": True}, []),
        (8, {}, []),
        (8, {"nyquist": 0.5}, [4]),
        (8, {"center": 0.3, "nyquist": 0.5}, [4]),
        (8, {"center": 0.9, "nyquist": 1.0}, [0]),
        (8, {"center": np.array([0.0, 0.3]), "nyquist": 0.5}, [4]),
    ],
)
def test_slopes_are_level_at_the_nyquist_edge_and_nowhere_else(size, options, level):
    found = np.atleast_2d(slopes(size, **options))
    frequency = np.atleast_2d(
        baseband(size, options.get("center", 0.0), nyquist=options.get("nyquist", np.inf))
    )
    still = [j for j in range(size) if (found[:, j] == 0).all() and (frequency[:, j] != 0).all()]
    assert still == level
    rest = [j for j in range(size) if j not in still]
    np.testing.assert_allclose(found[:, rest], -2j * np.pi * frequency[:, rest], atol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_many_lines_move_as_each_of_them_alone(rng, axis, dtype):
    values = rng.standard_normal((5, 211, 1024)).astype(dtype)
    values[2, 7, 9] = np.nan
    values.setflags(write=False)
    channels = np.moveaxis(values, axis, -1).shape[:-1]
    center = rng.uniform(-0.5, 0.5, channels) if dtype == "complex128" else np.zeros(())
    found = np.moveaxis(translated(values, axis, 0.37, center), axis, -1)
    lines = np.moveaxis(values, axis, -1)
    for place in [(0, 0), (2, 7), (channels[0] - 1, channels[1] - 1)]:
        own = center[place] if center.ndim else 0.0
        np.testing.assert_array_equal(found[place], translated(lines[place], 0, 0.37, own))
