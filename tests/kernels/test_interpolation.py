"""Translation of finite arrays: whole samples exactly, fractions with a windowed sinc."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels.interpolation import HALF_WIDTH, is_whole, moved, sinc_taps

NUMPY = {"periodic": "wrap", "reflect": "reflect", "zero": "constant"}


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(-30, 30), st.sampled_from(sorted(NUMPY)))
def test_whole_shifts_only_move_samples(size, shift, boundary):
    values = np.random.default_rng(size).standard_normal(size)
    wide = np.pad(values, 30, mode=NUMPY[boundary])
    assert np.array_equal(moved(values, 0, shift, boundary), wide[30 - shift : 30 - shift + size])


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.93])
def test_taps_keep_a_constant_and_reverse_with_the_fraction(fraction):
    taps = sinc_taps(fraction)
    assert taps.size == 2 * HALF_WIDTH + 1
    assert taps.sum() == pytest.approx(1.0, abs=1e-14)
    np.testing.assert_allclose(sinc_taps(-fraction), taps[::-1], atol=1e-15)


def test_no_fraction_is_no_change():
    taps = sinc_taps(0.0)
    assert taps[HALF_WIDTH] == pytest.approx(1.0)
    np.testing.assert_allclose(np.delete(taps, HALF_WIDTH), 0.0, atol=1e-15)


@pytest.mark.parametrize("center", [0.2, -0.4, 1.3])
@pytest.mark.parametrize("fraction", [0.25, 0.5])
def test_a_tone_at_the_center_is_delayed_exactly(center, fraction):
    k = np.arange(-HALF_WIDTH, HALF_WIDTH + 1)
    response = (sinc_taps(fraction, center) * np.exp(-2j * np.pi * center * k)).sum()
    assert response == pytest.approx(np.exp(-2j * np.pi * center * fraction), abs=1e-12)


@pytest.mark.parametrize("boundary", sorted(NUMPY))
@pytest.mark.parametrize("shift", [0.37, -4.61, 30.5, -30.5])
def test_fractions_are_a_convolution_of_the_extended_signal(boundary, shift, rng):
    values = rng.standard_normal((2, 10))
    whole = math.ceil(shift - 0.5)  # a half is taken from below
    wide = np.pad(values, [(0, 0), (80, 80)], mode=NUMPY[boundary])
    delayed = np.array([np.convolve(row, sinc_taps(shift - whole), mode="same") for row in wide])
    wanted = delayed[:, 80 - whole : 90 - whole]
    np.testing.assert_allclose(moved(values, 1, shift, boundary), wanted, atol=1e-13)


def test_an_array_may_be_moved_along_any_of_its_axes(rng):
    values = rng.standard_normal((3, 40, 2))
    wanted = np.moveaxis(moved(np.moveaxis(values, 1, 2), 2, 1.3, "zero"), 2, 1)
    assert np.array_equal(moved(values, 1, 1.3, "zero"), wanted)


@pytest.mark.parametrize("shift", [0, 0.4, 5])
@pytest.mark.parametrize("boundary", ["zero", "reflect"])
def test_the_input_is_neither_changed_nor_shared(shift, boundary):
    values = np.arange(8.0)
    out = moved(values, 0, shift, boundary)
    out += 1
    assert values.tolist() == list(range(8))


@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64"])
def test_the_precision_is_kept(dtype):
    assert moved(np.ones(40, dtype), 0, 0.4, "zero").dtype == dtype


def test_round_off_does_not_make_a_fraction():
    assert is_whole(3 * 0.1 / 0.1)
    assert not is_whole(0.3)
    assert np.array_equal(moved(np.arange(5.0), 0, 3 - 1e-12, "zero"), [0, 0, 0, 0, 1])


@pytest.mark.parametrize("half", [-2.5, -0.5, 0.5, 1.5, 2.5 - 1e-12, 2.5 + 1e-12])
def test_a_half_and_a_whole_sample_more_is_a_whole_sample_more(rng, half):
    values = np.zeros(96)
    values[40:56] = rng.standard_normal(16)
    once = moved(values, 0, half, "zero")
    assert moved(values, 0, half + 3, "zero")[3:] == pytest.approx(once[:-3], abs=1e-12)
