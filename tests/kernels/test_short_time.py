"""The short-time Fourier transform against scipy's, window by window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from invarsig.kernels import short_time as module
from invarsig.kernels.borders import padded
from invarsig.kernels.short_time import short_time
from invarsig.threads import in_one_thread

BORDERS = ["periodic", "reflect", "symmetric", "edge", "zero", ("constant", 2.5)]


@pytest.mark.parametrize("length", [2, 31, 64, 1024])
@pytest.mark.parametrize("hop", [1, 7, 256])
def test_the_transform_is_that_of_scipy(length: int, hop: int) -> None:
    rng = np.random.default_rng(length + hop)
    count = 150
    values = rng.standard_normal((2, (count - 1) * hop + length))
    weights = signal.get_window("hamming", length)
    transform = signal.ShortTimeFFT(weights, hop, fs=1.0)
    wanted = transform.stft(values, 0, count, k_offset=length // 2)
    found = short_time(values, weights, hop, count)
    # Round-off of a transform of so many samples.
    assert np.allclose(found, wanted, rtol=0, atol=1e-15 * length**0.5 * np.abs(wanted).max() * 8)


def test_a_window_may_have_one_sample_on_its_own_axis() -> None:
    assert short_time(np.array([3.0, 5.0]), np.ones(1), 1, 2).tolist() == [[3.0, 5.0]]


def test_single_precision_stays_single() -> None:
    found = short_time(np.ones(8, np.float32), np.ones(4, np.float32), 2, 3)
    assert found.dtype == np.complex64
    assert found.shape == (3, 3)


def test_nan_spoils_the_windows_that_hold_it_and_no_other() -> None:
    values = np.ones(20)
    values[9] = np.nan
    found = short_time(values, np.ones(4), 4, 5)
    assert np.isnan(found).all(axis=0).tolist() == [False, False, True, False, False]


@given(
    size=st.integers(1, 30),
    length=st.integers(1, 12),
    hop=st.integers(1, 40),
    count=st.integers(1, 9),
    before=st.integers(0, 25),
    border=st.sampled_from(BORDERS),
    single=st.booleans(),
)
def test_windows_beyond_the_ends_are_those_of_an_extended_signal(
    size, length, hop, count, before, border, single
):
    values = np.random.default_rng(size).standard_normal((2, size))
    values = values.astype(np.float32) if single else values
    after = max((count - 1) * hop + length - before - size, 0)
    wide = padded(values, 1, before, after, border)
    weights = np.linspace(1.0, 2.0, length).astype(values.dtype)
    wanted = short_time(wide, weights, hop, count)
    np.testing.assert_array_equal(short_time(values, weights, hop, count, before, border), wanted)


@pytest.mark.parametrize("block", [1, 100, 1 << 16])
def test_blocks_and_threads_change_nothing(block, monkeypatch, rng):
    values, weights = rng.standard_normal((3, 2, 500)), np.ones(16)
    whole = short_time(values, weights, 5, 90)
    monkeypatch.setattr(module, "_BLOCK", block)
    tight = {"rtol": 0, "atol": 1e-13}
    np.testing.assert_allclose(short_time(values, weights, 5, 90), whole, **tight)
    with in_one_thread():
        np.testing.assert_allclose(short_time(values, weights, 5, 90), whole, **tight)


def test_what_is_made_of_a_block_replaces_its_spectra(rng, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 64)
    values, weights = rng.standard_normal((2, 300)), np.ones(16)
    spectra = short_time(values, weights, 7, 40)
    made = short_time(values, weights, 7, 40, then=lambda block: abs(block[:, :3]))
    assert made.dtype == np.float64
    np.testing.assert_allclose(made, abs(spectra[:, :3]), rtol=1e-12)


def test_read_only_signals_of_any_layout_are_read(rng):
    values = rng.standard_normal((300, 4))[::2].T
    values.flags.writeable = False
    found = short_time(values, np.ones(16), 7, 19)
    np.testing.assert_array_equal(found, short_time(values.copy(), np.ones(16), 7, 19))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_warns_in_no_thread(bad, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 16)
    values = np.full(800, bad)
    found = short_time(values, np.ones(16), 4, 190, then=lambda block: abs(block) * 1e300)
    assert not np.isfinite(found).any()
