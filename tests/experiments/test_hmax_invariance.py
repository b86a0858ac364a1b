"""Ranges of the layers of HMAX, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.experiments.hmax_layers import (
    BANDS,
    LAYERS,
    layers_of,
    patches_of,
    relative_changes,
    spreads_of,
)
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("hmax-invariance")


@pytest.fixture(scope="module")
def pictures():
    axes = iv.Axis("y", size=80), iv.Axis("x", size=80)
    return [iv.power_law_noise(*axes, exponent=1.0, rng=seed) for seed in range(3)]


@pytest.mark.parametrize(("above", "below"), [("C1", "S1"), ("S2", "C1")])
def test_the_range_grows_with_every_step_up_to_s2(found, above, below):
    effect = found.effect(f"growth of the range from {below} to {above}")
    assert effect.value > 0.5


def test_c2_has_changed_least_at_sixteen_pixels_and_s1_most(found):
    change = found.dataset["window_change"].sel(length=16).mean("picture")
    assert np.all(np.diff(change.sel(layer=list(LAYERS)).to_numpy()) < 0)
    assert kept(found, found.effect("change of C2 at 16 px, moving window"))


def test_on_a_ring_c2_is_exact_where_all_strides_meet_and_nowhere_else(found):
    change = found.dataset["ring_change"].sel(layer="C2").max("picture")
    assert float(change.sel(length=60)) < 1e-12
    assert float(change.sel(length=[1, 2, 4, 8, 16, 32]).min()) > 1e-3


def test_c2_tolerates_more_enlargement_than_s1(found):
    assert kept(found, found.effect("growth of the range in scale from S1 to C2"))


def test_the_last_step_is_small_on_few_pictures(found):
    assert all(effect.met != "no" for effect in found.effects)
    # Most of four pictures never reach the level within 60 px, neither in S2 nor in C2.
    assert found.effect("growth of the range from S2 to C2").value > -0.2


def test_c2_is_that_of_the_model(pictures):
    patches, _ = patches_of(pictures, 2, np.random.default_rng(0))
    whole = iv.models.hmax(patches, bands=BANDS)(pictures[0])
    assert layers_of(pictures[0], patches)["C2"][0] == pytest.approx(whole.to_numpy(), abs=1e-12)


def test_patches_know_their_picture(pictures):
    patches, source = patches_of(pictures, 2, np.random.default_rng(0))
    assert patches.sizes["patch"] == source.size == 2 * len(pictures) * len(BANDS)
    for place, picture in enumerate(pictures):
        largest = iv.models.hmax(patches, bands=BANDS)(picture).to_numpy()
        assert largest[source == place] == pytest.approx(1.0, abs=1e-9)


def test_another_picture_has_changed_by_one_on_average(pictures):
    patches, source = patches_of(pictures, 2, np.random.default_rng(0))
    units = [layers_of(x, patches) for x in pictures[:2]]
    spreads = spreads_of(units, np.where(source == 2, 2, source))
    # Of two pictures each is all that differs from the other; patches are out of the third.
    change = relative_changes(units[0], units[1], spreads[0], source == 2)
    assert change == pytest.approx([1.0] * len(LAYERS))


def test_s1_changes_most_at_half_a_wavelength_of_its_filter():
    places = xr.DataArray(np.arange(120.0), dims="x")
    wave = (np.cos(2 * np.pi * places / 8) * xr.ones_like(places.rename(x="y"))).transpose("y", "x")
    cells = iv.SimpleCells(("y", "x"), sizes=(15,), orientation=(0.0,))
    answers = [cells(wave.roll(x=shift)).to_numpy() for shift in range(5)]
    change = [float(np.linalg.norm(one - answers[0])) for one in answers]
    # Rectified, its answer has half the period: it is back after 4 px, and furthest at 2.
    assert int(np.argmax(change)) == 2
    assert change[4] < 1e-9
