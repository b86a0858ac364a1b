"""Nonstationarity: closed forms, an analysis of variance by hand, and what chance alone gives."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from invarsig.measures.stationarity import pair_share

WINDOW = {"y": 8, "x": 8}


def noise(rng, items=6, side=64) -> np.ndarray:
    return rng.standard_normal((items, side, side))


def found(values, dim, **options):
    x = iv.label(values, "item", "y", "x")
    return iv.measures.nonstationarity(x, dim, item="item", window=WINDOW, rng=1, **options)


def test_patches_are_described_as_they_are_by_hand(rng):
    values = rng.standard_normal((3, 9, 8))
    x = iv.label(values, "item", iv.Axis("y", 10.0, 2.0, unit="px"), "x")
    stats = iv.measures.local_statistics(x, {"y": 4, "x": 2})
    assert stats.sizes == {"item": 3, "statistic": 4, "y": 2, "x": 4}
    np.testing.assert_allclose(stats.y, [13.0, 21.0])  # the middles of 10, 12, 14, 16 and so on
    patch = values[1, 4:8, 2:4]
    by_hand = {
        "mean": patch.mean(),
        "spread": patch.std(),
        "slope along y": np.sqrt(((patch[1:] - patch[:-1]) ** 2).mean()),
        "slope along x": np.sqrt(((patch[:, 1:] - patch[:, :-1]) ** 2).mean()),
    }
    assert list(stats.statistic.values) == list(by_hand)
    np.testing.assert_allclose(stats.isel(item=1, y=1, x=1), list(by_hand.values()), rtol=1e-12)


def test_a_window_of_one_sample_has_a_mean_alone():
    x = iv.label([[1.0, 2.0]], "y", "x")
    assert list(iv.measures.local_statistics(x, {"x": 1}).statistic.values) == ["mean"]


def test_what_places_explain_is_the_variance_component_of_a_two_way_layout(rng):
    """With one patch at each place: F, mean squares and all, as the textbooks have them."""
    items, places = 7, 12
    s = rng.standard_normal((items, places)) + 2 * rng.standard_normal(places)
    s += 10 * rng.standard_normal((items, 1))
    x = iv.label(s, "item", "x")
    share = iv.measures.nonstationarity(x, "x", item="item", window={"x": 1}, rng=1).share
    between = items * ((s.mean(axis=0) - s.mean()) ** 2).sum() / (places - 1)
    rest = s - s.mean(axis=0) - s.mean(axis=1, keepdims=True) + s.mean()
    within = (rest**2).sum() / ((items - 1) * (places - 1))
    component = (between - within) / items
    assert float(share) == pytest.approx(component / (component + within), rel=1e-12)


def test_a_ramp_of_the_level_explains_what_its_variance_is_of_the_whole(rng):
    """Patch means of white noise vary by 1 / 64; the ramp's by its own variance over places."""
    ramp = 0.1 * np.arange(8).repeat(8)
    share = found(noise(rng, 40) + ramp[:, None], "y", shuffles=1).share_of
    of_ramp = np.var(0.1 * np.arange(8))
    expected = of_ramp / (of_ramp + 1 / 64)
    assert float(share.sel(statistic="mean")) == pytest.approx(expected, rel=0.05)
    # The mean over many items of what chance alone gives: a few thousandths.
    assert abs(float(share.sel(statistic="slope along x"))) < 0.01


def test_along_the_other_axis_the_same_ramp_explains_nothing(rng):
    ramp = 0.5 * np.arange(8).repeat(8)
    assert abs(float(found(noise(rng) + ramp[:, None], "x").share)) < 0.02


def test_noise_that_grows_louder_is_seen_in_its_spread_as_much_as_its_estimate_allows(rng):
    """A spread from 64 samples of variance v scatters by v / 128 about its place's own."""
    loud = np.linspace(1, 2, 64)
    share = found(noise(rng, 20) * loud[:, None], "y", shuffles=1).share_of
    of_place = (loud**2).reshape(8, 8).mean(axis=1)
    between = np.var(np.sqrt(of_place))
    expected = between / (between + of_place.mean() / 128)
    assert float(share.sel(statistic="spread")) == pytest.approx(expected, rel=0.05)
    assert float(share.sel(statistic="slope along x")) > 0.6
    assert abs(float(share.sel(statistic="mean"))) < 0.03


def test_noise_that_grows_smoother_along_x_is_seen_in_that_slope_alone(rng):
    white = noise(rng)
    smooth = (white + np.roll(white, 1, -1)) / np.sqrt(2)
    mixed = np.where(np.arange(64)[:, None] < 32, white, smooth)  # of one variance everywhere
    share = found(mixed, "y", shuffles=1).share_of
    assert float(share.sel(statistic="slope along x")) > 0.5
    assert float(abs(share.drop_sel(statistic="slope along x")).max()) < 0.05


def test_places_that_tell_everything_score_one(rng):
    same = np.broadcast_to(rng.standard_normal(16), (5, 16))
    x = iv.label(same + np.arange(5.0)[:, None], "item", "x")
    result = iv.measures.nonstationarity(x, "x", item="item", window={"x": 1}, rng=1)
    assert float(result.share) == pytest.approx(1.0, rel=1e-12)
    assert float(result.p_value) == 0.001


def test_levels_and_units_of_items_do_not_count(rng):
    values = noise(rng) + np.linspace(0, 1, 64)[:, None]
    share = float(found(values, "y", shuffles=1).share)
    moved = values + 100 * np.arange(6.0)[:, None, None]
    assert float(found(moved, "y", shuffles=1).share) == pytest.approx(share, rel=1e-6)
    assert float(found(7 * values, "y", shuffles=1).share) == pytest.approx(share, rel=1e-12)


def test_what_differs_in_one_item_alone_is_not_seen(rng):
    """Each item has a loud part, at a place of its own: the ensemble is stationary."""
    values = np.stack(
        [np.roll(np.linspace(-3, 3, 64), shift) for shift in rng.integers(64, size=60)]
    )
    x = iv.label(values, "item", "x")
    assert (
        abs(float(iv.measures.nonstationarity(x, "x", item="item", window={"x": 8}, rng=1).share))
        < 0.05
    )


@pytest.mark.nightly
def test_a_stationary_ensemble_scores_zero_in_the_mean_and_1_in_20_by_chance(rng):
    """Smooth noise on a ring, for which moving round is exact: 8 to 35 of 400 are 99.8 %."""
    below, shares = 0, []
    for _ in range(400):
        white = np.fft.rfft(rng.standard_normal((5, 24)))
        smooth = np.fft.irfft(white * np.exp(-np.arange(13) / 3))
        x = iv.label(smooth, "item", "x")
        result = iv.measures.nonstationarity(
            x, "x", item="item", window={"x": 1}, rng=rng, shuffles=99
        )
        below += float(result.p_value) <= 0.05
        shares.append(float(result.share))
    assert 8 <= below <= 35
    assert abs(np.mean(shares)) < 3 * np.std(shares) / 20


def test_resamples_leave_out_pairs_of_an_item_with_itself(rng):
    profile = rng.standard_normal((2, 4, 9))
    profile -= profile.mean(axis=-1, keepdims=True)
    variance = rng.uniform(1, 2, (2, 4))
    which = [0, 2, 2, 3]
    pairs = [(i, j) for i in which for j in which if i != j]
    common = np.mean([(profile[:, i] * profile[:, j]).mean(axis=-1) for i, j in pairs], axis=0)
    expected = common / variance[:, which].mean(axis=-1)
    np.testing.assert_allclose(pair_share(profile, variance, which), expected, rtol=1e-12)
    assert np.isnan(pair_share(profile, variance, [1, 1, 1])).all()


def test_dims_may_have_any_name_and_order(rng):
    values = noise(rng) + np.linspace(0, 1, 64)[:, None]
    x = iv.label(values, "item", "y", "x")
    renamed = x.rename(item="day", y="lat", x="lon").transpose("lon", "day", "lat")
    a = iv.measures.nonstationarity(x, "y", item="item", window=WINDOW, rng=3)
    b = iv.measures.nonstationarity(renamed, "lat", item="day", window={"lat": 8, "lon": 8}, rng=3)
    assert float(a.share) == pytest.approx(float(b.share), rel=1e-10)
    assert float(a.floor) == pytest.approx(float(b.floor), rel=1e-10)


def test_nan_is_passed_on_and_nothing_that_varies_is_undefined(rng):
    values = noise(rng)
    values[0, 0, 0] = np.nan
    assert np.isnan(found(values, "y").share)
    flat = found(np.full((3, 64, 64), 0.1), "y")
    assert np.isnan(flat.share)
    assert np.isnan(flat.p_value)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"dim": "z"}, DimError, "'z'"),
        ({"item": "x"}, ParameterError, "window"),
        ({"window": {"x": 8}}, ParameterError, "'y'"),
        ({"window": {"y": 64, "x": 8}}, ParameterError, "a single place"),
        ({"window": {"y": 65, "x": 8}}, AxisError, "65 samples"),
        ({"window": {"y": 2.5, "x": 8}}, ParameterError, "whole number"),
        ({"rng": None}, ParameterError, "cannot be repeated"),
        ({"shuffles": 0}, ParameterError, "shuffles"),
    ],
)
def test_what_cannot_be_measured_is_refused(rng, change, error, match):
    x = iv.label(noise(rng), "item", "y", "x")
    given = {"dim": "y", "item": "item", "window": WINDOW, "rng": 1, **change}
    with pytest.raises(error, match=match):
        iv.measures.nonstationarity(x, given.pop("dim"), **given)


def test_one_item_and_complex_values_are_refused(rng):
    x = iv.label(noise(rng), "item", "y", "x")
    with pytest.raises(ParameterError, match="at least 2"):
        iv.measures.nonstationarity(x.isel(item=[0]), "y", item="item", window=WINDOW, rng=1)
    with pytest.raises(DtypeError, match="modulus"):
        iv.measures.nonstationarity(x + 1j, "y", item="item", window=WINDOW, rng=1)
    with pytest.raises(DimError, match="statistic"):
        iv.measures.local_statistics(xr.DataArray(np.zeros(4), dims="statistic"), {"statistic": 2})
