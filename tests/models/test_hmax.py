"""HMAX: what its layers are made of, and how far its invariance reaches."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv


def test_complex_cells_are_a_maximum_over_places_and_both_scales(photograph):
    cells, pool = iv.models.complex_cells(3)
    simple, c1 = cells(photograph), iv.models.complex_cells(3)(photograph)
    assert pool.window == {"scale": 2, "y": 12, "x": 12}
    assert c1.sizes["scale"] == 1
    window = simple.isel(y=slice(12, 24), x=slice(18, 30))
    np.testing.assert_array_equal(
        c1.isel(scale=0, y=2, x=3), window.max(("scale", "y", "x")).to_numpy()
    )


@pytest.mark.nightly
def test_the_range_of_invariance_grows_with_the_band(photograph):
    shifts = np.arange(1.0, 17.0)
    moves = [iv.Translate(x=shift) for shift in shifts]
    errors = [
        iv.invariance_error(iv.models.complex_cells(band), photograph, moves)
        for band in range(1, 9)
    ]
    ranges = [float(np.interp(0.5, error, shifts)) for error in errors]
    assert (np.diff(ranges) > 0).all(), ranges
    # From half the window of 8 to half the window of 22.
    assert ranges[0] == pytest.approx(4, abs=0.5)
    assert ranges[-1] == pytest.approx(11, abs=0.5)


def test_bands_are_levels_of_their_own_rate(photograph):
    tree = iv.Levels({f"band {band}": iv.models.complex_cells(band) for band in (1, 8)})(photograph)
    steps = [iv.axis_of(tree[name].dataset["camera"], "x").step for name in ("band 1", "band 8")]
    assert steps == [4.0, 11.0]


def test_c2_finds_the_patches_that_were_cut_out(photograph):
    c1 = iv.models.complex_cells(2)(photograph)
    patches = iv.models.sample_patches(c1, 4, 6, rng=1)
    assert patches.dims == ("patch", "orientation", "y", "x")
    c2 = iv.models.hmax(patches, bands=(1, 2))(photograph)
    assert c2.dims == ("patch",)
    np.testing.assert_allclose(c2, 1, atol=1e-9)
    without = iv.models.hmax(patches, bands=(1, 3))(photograph)
    assert (without < 1 - 1e-6).all()


def test_c2_is_the_maximum_of_a_gaussian_of_the_distance(photograph):
    x = photograph.isel(y=slice(80, 144), x=slice(80, 144))
    patches = iv.models.sample_patches(iv.models.complex_cells(1)(photograph), 4, 3, rng=5)
    c1 = iv.models.complex_cells(1)(x).squeeze("scale")
    wanted = np.zeros(3)
    for row in range(c1.sizes["y"] - 3):
        for column in range(c1.sizes["x"] - 3):
            cut = c1.isel(y=slice(row, row + 4), x=slice(column, column + 4)).values
            near = np.exp(-0.5 * ((patches.values - cut) ** 2).sum(axis=(1, 2, 3)))
            wanted = np.maximum(wanted, near)
    np.testing.assert_allclose(iv.models.hmax(patches, bands=[1], beta=0.5)(x), wanted, rtol=1e-9)


def test_c2_changes_less_than_c1_when_the_picture_moves(photograph):
    # A patch that leaves the picture would be another question: cut from the middle, move a little.
    middle = iv.models.complex_cells(1)(photograph).isel(y=slice(16, 44), x=slice(16, 44))
    patches = iv.models.sample_patches(middle, 4, 20, rng=1)
    moved, still = (photograph.isel(x=slice(a, a + 240)) for a in (0, 6))
    c2 = iv.models.hmax(patches, bands=(1, 2, 3))
    there, here = c2(moved), c2(still)
    change = float(np.abs(there.values - here.values).max() / here.values.max())
    assert change < 0.1
    error = iv.invariance_error(iv.models.complex_cells(1), photograph, iv.Translate(x=6))
    assert float(error) > 0.5


def test_any_two_dims_will_do(photograph):
    renamed = photograph.rename(y="frequency", x="time")
    one = iv.models.complex_cells(1)(photograph)
    other = iv.models.complex_cells(1, ("frequency", "time"))(renamed)
    np.testing.assert_array_equal(one, other)


def test_what_has_no_room_is_refused(photograph):
    c1 = iv.models.complex_cells(8)(photograph)
    with pytest.raises(iv.errors.AxisError, match="patch of 32 samples is longer than 'y'"):
        iv.models.sample_patches(c1, 32, 1, rng=1)
    with pytest.raises(iv.errors.DimError, match="'y', 'x'"):
        iv.models.sample_patches(c1.isel(y=0, x=0), 4, 1, rng=1)
    patches = iv.models.sample_patches(c1, 4, 1, rng=1)
    with pytest.raises(iv.errors.ParameterError, match="names no band; give some of 1 to 8"):
        iv.models.hmax(patches, bands=())
    with pytest.raises(iv.errors.DimError, match="'patch'"):
        iv.models.hmax(patches.isel(patch=0))


def test_patches_of_several_scales_keep_them(photograph):
    simple = iv.SimpleCells(("y", "x"), sizes=(7, 9))(photograph)
    patches = iv.models.sample_patches(simple, 4, 2, rng=0)
    assert patches.dims == ("patch", "scale", "orientation", "y", "x")
