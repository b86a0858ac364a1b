"""Digits in a line and patches of textures: what stands where, and that nothing serves twice."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig.axes import axis_of
from invarsig.errors import ReadError
from invarsig.experiments import Collection
from invarsig.experiments.small_pictures import (
    MARGIN,
    SIDE,
    enlarged,
    rows_of_digits,
    texture_patches,
)


@pytest.fixture(scope="module")
def data():
    return Collection.found()


def test_enlarging_keeps_a_straight_slope():
    slope = np.broadcast_to(np.arange(6.0), (1, 6, 6))
    large = enlarged(slope)[0, 5]
    np.testing.assert_allclose(large[1:-1], np.arange(0.25, 5, 0.5), atol=1e-12)


def test_enlarging_is_the_interpolation_of_scipy(rng):
    from scipy.ndimage import zoom

    images = np.pad(rng.uniform(size=(2, 8, 8)), [(0, 0), (1, 1), (1, 1)])
    other = zoom(images, (1, 2, 2), order=1, grid_mode=True, mode="grid-constant")
    np.testing.assert_allclose(enlarged(images), other, atol=1e-12)


def test_the_digit_in_the_middle_is_the_one_that_is_named(data, rng):
    images, truth = data.handwritten()
    ((known, asked),) = rows_of_digits(data, 1, 20, 10, rng)
    inner = slice((SIDE - 16) // 2, (SIDE + 16) // 2)
    large = enlarged(images.to_numpy()).astype(np.float32)
    for picture, which in zip(asked.pictures, asked.truth, strict=True):
        middle = picture.isel(y=inner, x=slice(MARGIN + 4, MARGIN + 20)).to_numpy()
        same = [index for index, each in enumerate(large) if np.array_equal(each, middle)]
        assert which in truth[same]
    assert len(known.truth) == 20


def test_windows_go_round_and_wide_pictures_do_not(data, rng):
    ((known, _),) = rows_of_digits(data, 1, 5, 5, rng)
    assert not axis_of(known.pictures, "x").periodic
    assert axis_of(known.pictures.isel(x=slice(3, 3 + SIDE)), "x").periodic


def test_no_texture_patch_serves_twice(data, rng):
    draws = list(texture_patches(data, 2, 20, 15, rng))
    patches = np.concatenate([p.pictures.to_numpy() for pair in draws for p in pair])
    assert len(np.unique(patches.reshape(len(patches), -1), axis=0)) == 2 * (20 + 15)
    np.testing.assert_array_equal(np.bincount(draws[0][0].truth), [4] * 5)
    np.testing.assert_allclose(patches.std(axis=(1, 2)), 1, atol=1e-5)


def test_too_many_are_refused(data, rng):
    with pytest.raises(ReadError, match="and 2000 are needed"):
        next(rows_of_digits(data, 2, 900, 100, rng))
    with pytest.raises(ReadError, match="give larger pictures"):
        next(texture_patches(data, 1, 5000, 5, rng))
