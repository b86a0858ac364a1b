"""A gain as a range: what it holds of parts that were not seen, for populations that are known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import invarsig as iv
from invarsig.measures.parts import parts_of, relative_in_parts
from invarsig.remedies.gain_range import gain_range


def _of(gains, moves=2):
    """Errors of parts that gain so many decibels, each from an error of one in ten."""
    before = np.full((moves, len(gains)), 0.1)
    return before, before * 10 ** (-np.asarray(gains) / 20)


@pytest.mark.parametrize("count", [4, 8])
def test_of_normal_parts_nine_in_ten_others_lie_in_the_range(count):
    """The interval is exact around the mean of the parts: 90 % of 4000, within 4 deviations."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(4000):
        *parts, other = rng.normal(12, 3, count + 1)
        found = gain_range(float(np.mean(parts)), *_of(parts))
        held += found.low <= other <= found.high
    assert held / 4000 == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / 4000))


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7, 8])
def test_it_is_that_of_students_distribution(count):
    gains = np.linspace(4, 9, count)
    found = gain_range(6.5, *_of(gains))
    quantile = stats.t.ppf(0.95, count - 1)
    half = quantile * np.std(gains, ddof=1) * np.sqrt(1 + 1 / count)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=3e-4)


def test_the_gain_is_in_its_middle_and_one_beside_the_parts_widens_it():
    parts = [10.0, 11.0, 12.0, 13.0]
    inside, beside = (gain_range(gain, *_of(parts)) for gain in (11.5, 16.0))
    assert (inside.low + inside.high) / 2 == pytest.approx(11.5)
    assert (beside.low + beside.high) / 2 == pytest.approx(16.0)
    assert beside.high - beside.low > inside.high - inside.low


def test_parts_that_gain_alike_have_no_width_and_more_moves_change_nothing():
    for moves in (1, 5):
        found = gain_range(8.0, *_of([8.0] * 8, moves))
        assert (found.low, found.high) == pytest.approx((8.0, 8.0))


def test_parts_without_an_error_to_take_away_are_left_out_and_two_parts_are_no_range():
    before, after = _of([5.0, 6.0, 7.0, 90.0])
    before[:, 3] = after[:, 3] = 1e-14
    assert gain_range(6.0, before, after) == pytest.approx(gain_range(6.0, *_of([5.0, 6.0, 7.0])))
    before[:, 2] = 0
    assert np.isnan(gain_range(6.0, before, after)[:2]).all()


def test_a_move_that_is_not_compared_in_parts_does_not_count():
    before, after = _of([5.0, 6.0, 7.0], 3)
    before[1] = after[1] = np.nan
    assert gain_range(6.0, before, after) == pytest.approx(gain_range(6.0, *_of([5.0, 6.0, 7.0])))
    assert np.isnan(gain_range(6.0, np.full((2, 4), np.nan), np.full((2, 4), np.nan))).all()
    assert np.isnan(gain_range(6.0, np.empty((2, 0)), np.empty((2, 0)))).all()


def test_a_gain_on_one_part_alone_may_not_help_on_another():
    """Ten decibels over all of it, from one part out of four: the low end is below 0."""
    found = gain_range(10.0, *_of([14.0, 0.0, -1.0, 0.0]))
    assert found.low < 0 < found.high
    assert found.worst == pytest.approx(0.1 * 10 ** (1 / 20))


def test_errors_of_parts_pool_to_the_error_of_all():
    """With the energy of each part, if all have the same mean."""
    rng = np.random.default_rng(2)
    whole = rng.standard_normal((3, 64))
    whole -= whole.reshape(3, 8, 8).mean(axis=(0, 2)).repeat(8)
    gap = rng.standard_normal((3, 64))
    one, other = (xr.DataArray(each, dims=("channel", "x")) for each in (gap, whole))
    energies = np.square(whole).sum(axis=0).reshape(8, 8).sum(axis=1)
    pooled = np.sum(relative_in_parts(one, other, "x", 8) ** 2 * energies) / energies.sum()
    assert pooled == pytest.approx((np.linalg.norm(gap) / np.linalg.norm(whole)) ** 2)


def test_a_part_is_a_signal_of_its_own_at_any_level_and_of_any_order_of_dims():
    rng = np.random.default_rng(3)
    values = rng.standard_normal((40, 3)) + 1j * rng.standard_normal((40, 3))
    whole = xr.DataArray(values, dims=("x", "c"))
    gap = (0.1 * whole).transpose("c", "x")
    found = relative_in_parts(gap * 1e-200, whole * 1e-200, "x", 4)
    parts = whole.to_numpy().reshape(4, 10, 3)
    expected = [0.1 * np.linalg.norm(p) / np.linalg.norm(p - p.mean()) for p in parts]
    np.testing.assert_allclose(found, expected)


def test_silence_and_what_is_constant_tell_nothing():
    whole = iv.label(np.concatenate([np.zeros(8), np.ones(8), np.arange(8.0)]), iv.Axis("x"))
    found = relative_in_parts(whole, whole, "x", 3)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2])
    assert relative_in_parts(whole, whole, "y", 3).size == 0
    assert relative_in_parts(whole.isel(x=slice(2)), whole.isel(x=slice(2)), "x", 3).size == 0
    assert parts_of(31) == 4


def test_remedies_tell_their_gain_as_a_range_that_holds_it():
    x = iv.power_law_noise(iv.Axis("x", size=1024), exponent=1.0, rng=1)
    found = iv.remedies(iv.MaxPool(window={"x": 4}), x, [iv.Translate(x=1), iv.Translate(x=2)])
    for each in found:
        assert each.gain_low < each.gain < each.gain_high
        assert each.worst_part > each.after
    short = iv.remedies(iv.MaxPool(window={"x": 4}), x.isel(x=slice(48)), iv.Translate(x=1))
    assert all(np.isnan(each.gain_low) for each in short)
