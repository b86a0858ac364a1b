"""How much, how far and for how many units a pool is invariant, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.experiments import pooling_invariance as pooling


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("pooling-invariance")


@pytest.mark.parametrize("way", ["max", "L4", "mean"])
@pytest.mark.parametrize("kind", ["pictures", "spectrograms"])
def test_a_pool_spares_some_of_the_change_but_less_than_half_at_a_quarter_window(found, way, kind):
    effect = found.effect(f"change after {way} over change before, a quarter window, {kind}")
    assert effect.value > 0.5
    assert effect.value < 0.9


def test_wider_windows_change_less(found):
    change = found.dataset["change"].mean("input").sel(length=[1, 2, 4])
    assert bool((change.diff("window") < 0).all())


def test_the_range_grows_with_the_window_and_beyond_that_of_the_features(found):
    reached = pooling._range(found.dataset["change"]).mean("input")
    assert bool((reached.diff("window") > 0).all())
    before = float(pooling._range(found.dataset["before"]).mean())
    assert float(reached.sel(window=4).min()) > before


def test_some_maxima_keep_their_value_exactly_and_no_means_of_pictures_do(found):
    some = found.effect("units that keep their value, max, a quarter window, pictures")
    none = found.effect("units that keep their value, mean, a quarter window, pictures")
    assert some.value > 0.2
    assert some.value < 0.6
    assert none.value < 0.01


def test_no_maximum_outlives_its_window(found):
    kept = found.dataset["kept"].sel(way="max")
    picture = kept[np.asarray(found.dataset["kind"] == "picture")]
    assert float(picture.sel(window=4, length=8).max()) < 0.02


def test_stacked_pools_reach_further_than_one(found):
    assert found.effect("range of max 4, layer, max 4 over that of max 4").value > 1
    assert found.effect("range of max 16 over that of max 4").value > 1


def test_of_independent_values_as_many_maxima_stay_as_theory_says(rng):
    x = iv.label(rng.standard_normal(40_000), iv.Axis("x", unit="px"))
    window = 8
    shares = pooling._kept(iv.MaxPool({"x": window}, stride={"x": 1})(x), "x", [1, 2, 4])
    wanted = [(window - d) / (window + d) for d in (1, 2, 4)]
    np.testing.assert_allclose(shares, wanted, atol=0.02)


def test_of_independent_values_the_mean_changes_as_theory_says(rng):
    x = iv.label(rng.standard_normal(40_000), iv.Axis("x", unit="px"))
    pooled = iv.MeanPool({"x": 8}, stride={"x": 1})(x)
    found = pooling._changes(pooled, ["x"], [1, 2, 4])
    np.testing.assert_allclose(found, np.sqrt(2 * np.array([1, 2, 4]) / 8), rtol=0.05)
    curve = xr.DataArray(found, dims="length", coords={"length": [1, 2, 4]})
    assert float(pooling._range(curve)) == pytest.approx(2, rel=0.1)


def test_a_range_is_read_between_points_and_ends_with_the_shifts():
    curves = [[0.4, 0.6, 0.8], [0.1, 0.2, 0.3]]
    change = xr.DataArray(curves, dims=("row", "length"), coords={"length": [1, 2, 4]})
    level = np.sqrt(0.5)
    assert pooling._range(change).values == pytest.approx([2 + 2 * (level - 0.6) / 0.2, 4.0])
