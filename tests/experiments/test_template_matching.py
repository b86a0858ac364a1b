"""The heat map and its maximum as the object moves, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.experiments import moving_object
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("template-matching")


def test_at_whole_samples_the_maximum_is_one_and_at_the_object(found):
    whole = found.dataset.sel(length=[0.0, 1.0, 2.0, 3.0, 4.0], stride=1)
    np.testing.assert_allclose(whole["height"], 1, atol=1e-9)
    np.testing.assert_allclose(whole["nearest_off"], 0, atol=1e-9)


def test_half_way_between_samples_the_maximum_is_lower(found):
    height = found.dataset["height"].sel(stride=1)
    assert bool((height.sel(length=0.5) < height.sel(length=0.25)).all())
    assert bool((height.sel(length=0.25) < 1 - 1e-4).all())
    assert not kept(found, found.effect("loss of the maximum at 0.5 px"))


def test_the_coarser_the_heat_map_the_more_its_maximum_swings(found):
    loss = 1 - found.dataset["height"].min("length")
    assert bool((loss.sel(stride=2) > loss.sel(stride=1)).all())
    assert bool((loss.sel(stride=4) > loss.sel(stride=2)).all())


def test_new_backgrounds_change_the_maximum_by_more_than_whole_steps_do(found):
    assert found.effect("change of the maximum over new backgrounds").value > 0.05


def test_an_object_whose_middle_is_outside_is_never_found(found):
    inside = found.dataset["leaving_found"]
    assert bool((inside.sel(hidden=0) == 1).all())
    assert bool((inside.sel(hidden=[12, 16]) == 0).all())


def test_a_template_loses_half_its_steepness_times_the_squared_shift():
    axis = iv.Axis("x", size=256, unit="px", period=256.0)
    wave = iv.power_law_noise(axis, exponent=3.0, rng=1)
    slope = (iv.Translate(x=-0.01)(wave) - iv.Translate(x=0.01)(wave)) / 0.02
    steep = moving_object.steepness(wave.to_numpy(), slope.to_numpy())
    moved = iv.Translate(x=0.2)(wave).to_numpy()
    loss = 1 - np.corrcoef(wave.to_numpy(), moved)[0, 1]
    assert loss == pytest.approx(0.5 * steep * 0.2**2, rel=0.02)


def test_the_top_of_a_parabola_is_read_off_exactly():
    place = np.arange(9.0)
    heat = xr.DataArray(1 - 0.1 * (place - 4.3) ** 2, coords={"x": place}, dims="x")
    height, nearest, between = moving_object.summit(heat, ("x",), "x")
    assert (height, nearest) == (pytest.approx(0.991), 4.0)
    assert between == pytest.approx(4.3, abs=1e-12)
