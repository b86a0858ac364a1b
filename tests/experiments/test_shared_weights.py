"""Shared against unshared weights, and how far in a border is felt, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("shared-weights")


def test_every_departure_from_sharing_breaks_it_and_larger_ones_more(found):
    error = found.dataset["ring_error"].sel(length=1)
    weak, strong, whole = (error.sel(way=w) for w in ("one percent", "ten percent", "unshared"))
    assert bool((weak > 1e-3).all() & (strong > 5 * weak).all() & (whole > strong).all())


def test_errors_of_taps_and_gains_are_those_expected_over_the_draw(found):
    ratio = (found.dataset["ring_error"] / found.dataset["ring_expected"]).drop_sel(way="shared")
    # One draw of at least 40 x 49 places: a few per cent around the mean over all draws.
    assert float(abs(ratio.drop_sel(way="slow gain") - 1).max()) < 0.15
    # A slow gain weighs some parts of an input more than others.
    assert 0.5 < float(ratio.sel(way="slow gain").mean()) < 1.5


def test_a_slow_gain_grows_with_the_shift_and_a_white_one_does_not(found):
    mean = found.dataset["ring_error"].mean(("input", "along"))
    assert float(mean.sel(way="slow gain", length=8)) > 5 * float(
        mean.sel(way="slow gain", length=1)
    )
    white = mean.sel(way="gain")
    assert float(white.sel(length=8)) == pytest.approx(float(white.sel(length=1)), rel=0.05)


@pytest.mark.parametrize("boundary", ["zero", "reflect"])
def test_a_border_is_felt_two_samples_further_in_with_each_layer_of_five_taps(found, boundary):
    error = found.dataset["border_error"].sel(boundary=boundary)
    for depth in (1, 2, 3, 4):
        here = error.sel(depth=depth)
        assert float(here.isel(distance=slice(2 * depth, None)).max()) < 1e-12
        assert float(here.isel(distance=slice(0, 2 * depth)).min()) > 1e-5
    np.testing.assert_array_equal(found.dataset["reach"], np.broadcast_to([2, 4, 6, 8], (8, 2, 4)))


def test_reflecting_disturbs_the_border_less_than_zeros(found):
    assert found.effect("gain of reflecting over zero padding, 4 layers, at the border").value > 0


def test_the_last_sample_above_a_level_is_counted_from_the_border():
    from invarsig.experiments.shared_weights import _last_above

    levels = [[-10.0, -50.0, -30.0, -90.0], [-90.0, -90.0, -90.0, -90.0]]
    level = xr.DataArray(levels, dims=("row", "distance"), coords={"distance": np.arange(4)})
    assert _last_above(level, -40.0).values.tolist() == [3, 0]
