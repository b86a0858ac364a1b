"""Reading off between samples: tones, a naive sum, and which samples are rested on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.kernels.resampling import passband, sampled_at, seen_whole

SIZE = 1200
law = settings(deadline=None, max_examples=30)


def places(factor: float, origin: float = 600.3, size: int = SIZE) -> np.ndarray:
    return origin + factor * (np.arange(size) - origin)


def inside(where: np.ndarray, half_width: int) -> np.ndarray:
    return seen_whole(np.ones(SIZE, dtype=bool), 0, where, half_width)


@pytest.mark.parametrize("half_width", [8, 16, 32])
@pytest.mark.parametrize("factor", [2.0, 2**0.25, 1.001, 2 ** (-1 / 12), 0.5])
def test_tones_in_the_pass_band_are_exact_to_88_db(factor, half_width):
    # A ripple of -100 dB each of the band itself, of two images, and of the sum of the taps.
    where = places(factor)
    kept = inside(where, half_width)
    assert kept.sum() > 100
    for share in (0.05, 0.3, 0.6, 0.9, 1.0):
        f = 0.5 * share * passband(half_width) * min(1, 1 / factor)
        tone = np.cos(2 * np.pi * f * np.arange(SIZE) + 0.4)
        error = sampled_at(tone, 0, where, half_width) - np.cos(2 * np.pi * f * where + 0.4)
        assert abs(error)[kept].max() < 4e-5


@pytest.mark.parametrize("factor", [2.0, 1.5])
def test_what_the_sparser_grid_cannot_hold_is_taken_out(factor):
    where = places(factor)
    kept = inside(where, 16)
    f = 0.5 * (2 - passband()) / factor
    tone = np.cos(2 * np.pi * f * np.arange(SIZE))
    assert abs(sampled_at(tone, 0, where))[kept].max() < 4e-5


def test_it_is_the_sum_that_its_docstring_says(rng):
    x, half = rng.standard_normal(60), 6
    where = places(1.7, 31.2, 60)
    beta = 0.1102 * (100 - 8.7)
    for n in (25, 33):
        away = (np.arange(-200, 260) - where[n]) / 1.7
        window = np.where(
            abs(away) <= half, np.i0(beta * np.sqrt(np.clip(1 - (away / half) ** 2, 0, None))), 0
        )
        taps = np.sinc(away) * window
        wide = np.pad(x, 200)
        wanted = (taps * wide).sum() / taps.sum()
        assert sampled_at(x, 0, where, half)[n] == pytest.approx(wanted, abs=1e-12)


def test_at_whole_places_samples_are_only_moved(rng):
    x = rng.standard_normal((3, 20, 2))
    moved = sampled_at(x, 1, np.arange(20) - 3.0)
    np.testing.assert_allclose(moved[:, 3:], x[:, :-3], atol=1e-14)
    np.testing.assert_allclose(moved[:, :3], 0, atol=1e-14)


@law
@given(st.floats(0.4, 2.5), st.floats(-10, 50), st.integers(0, 2**32 - 1))
def test_samples_that_it_does_not_rest_on_change_nothing(factor, origin, seed):
    rng = np.random.default_rng(seed)
    x, given_ = rng.standard_normal(40), rng.random(40) < 0.9
    where = places(factor, origin, 40)
    kept = seen_whole(given_, 0, where, 3)
    other = np.where(given_, x, 1e3)
    np.testing.assert_allclose(
        sampled_at(x, 0, where, 3)[kept], sampled_at(other, 0, where, 3)[kept], atol=1e-9
    )


def test_places_that_are_nowhere_hold_zero_and_are_not_known():
    where = np.array([np.nan, np.nan, 1.0, 2.0])
    assert sampled_at(np.ones(4), 0, where)[:2].tolist() == [0.0, 0.0]
    assert seen_whole(np.ones(4, dtype=bool), 0, where).tolist() == [False, False, True, True]


def test_nan_is_kept_where_it_is_in_reach():
    x = np.ones(100)
    x[50] = np.nan
    out = sampled_at(x, 0, np.arange(100) + 0.5)
    assert np.isnan(out[34:66]).all()
    assert np.isfinite(out[:33]).all()
    assert np.isfinite(out[67:]).all()


def test_precision_and_complex_values_are_kept(rng):
    x = rng.standard_normal(50).astype(np.float32)
    where = places(0.9, 20, 50)
    assert sampled_at(x, 0, where).dtype == np.float32
    assert sampled_at(x.astype(np.complex64), 0, where).dtype == np.complex64
    both = sampled_at(x + 2j * x, 0, where)
    np.testing.assert_allclose(both.imag, 2 * both.real, atol=1e-6)


@pytest.mark.parametrize("step", [1.0, 7.5, 300.0])
def test_what_lies_beyond_the_kernel_is_zero_and_the_rest_is_the_formula(step, rng):
    x, places = rng.standard_normal(50), 20.3 + step * np.arange(-30, 31)
    n = np.arange(50)
    beta = 0.1102 * (100 - 8.7)
    taps = np.arange(-20 * round(16 * step), 20 * round(16 * step))
    wanted = []
    for place in places:
        near = taps[np.abs(taps - place) <= 16 * step]
        u = (near - place) / step
        weights = np.sinc(u) * np.i0(beta * np.sqrt(1 - (u / 16) ** 2))
        here = np.isin(near, n)
        wanted.append((weights[here] * x[near[here]]).sum() / weights.sum() if len(u) else 0.0)
    np.testing.assert_allclose(sampled_at(x, 0, places), wanted, atol=1e-9)
    assert not sampled_at(x, 0, np.full(3, np.nan)).any()
