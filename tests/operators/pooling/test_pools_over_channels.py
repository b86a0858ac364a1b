"""Maxima over orientation and scale: the same pools along the axes that a bank has made."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import Axis, GlobalPool, MaxBlurPool, MaxPool, MedianPool, axis_of, label

OCTAVES = Axis("scale", start=1.0, step=0.5, unit="px", scale="log2")
ANGLES = Axis("orientation", step=math.pi / 8, size=8, unit="rad", period=math.pi)


def test_a_window_over_scales_stands_at_its_mean_in_octaves(rng):
    x = label(rng.standard_normal((6, 5)), OCTAVES, "x")
    out = MaxPool(window={"scale": 2})(x)
    after = axis_of(out, "scale")
    assert (after.scale, after.step) == ("log2", 1.0)
    # Widths 2^1 and 2^1.5 px: their mean in octaves is 2^1.25, not the mean of the widths.
    np.testing.assert_allclose(out.scale, 2 ** np.array([1.25, 2.25, 3.25]))
    np.testing.assert_array_equal(out, x.values.reshape(3, 2, 5).max(axis=1))
    assert out.scale.attrs["units"] == "px"


def test_a_window_over_scales_and_places_is_that_of_hmax(rng):
    x = label(rng.standard_normal((4, 12, 16)), OCTAVES, Axis("y"), Axis("x"))
    out = MaxPool(window={"scale": 2, "y": 4, "x": 4})(x)
    wanted = x.values.reshape(2, 2, 3, 4, 4, 4).max(axis=(1, 3, 5))
    np.testing.assert_array_equal(out, wanted)


def test_a_dense_maximum_goes_round_the_orientations(rng):
    values = rng.standard_normal((3, 8))
    x = label(values, "y", ANGLES)
    out = MaxPool(window={"orientation": 3}, stride={"orientation": 1})(x)
    around = np.maximum(np.maximum(np.roll(values, 1, 1), values), np.roll(values, -1, 1))
    np.testing.assert_array_equal(out, around)
    assert axis_of(out, "orientation") == axis_of(x, "orientation")


@pytest.mark.parametrize("pool", [MaxPool, MedianPool])
def test_it_turns_with_the_orientations_by_its_stride(pool, rng):
    x = label(rng.standard_normal((3, 8)), "y", ANGLES)
    op = pool(window={"orientation": 4}, stride={"orientation": 2})
    turned = op(x.roll(orientation=2, roll_coords=False))
    assert np.array_equal(turned, op(x).roll(orientation=1, roll_coords=False))
    assert axis_of(op(x), "orientation").periodic


def test_orientations_that_do_not_go_round_end(rng):
    half = label(rng.standard_normal((3, 8)), "y", ANGLES).isel(orientation=slice(0, 5))
    out = MaxPool(window={"orientation": 3}, stride={"orientation": 1})(half)
    assert out.sizes["orientation"] == 3
    np.testing.assert_allclose(out.orientation, np.arange(1, 4) * math.pi / 8)


def test_the_maximum_over_all_orientations_does_not_change_when_they_turn(rng):
    x = label(rng.standard_normal((3, 8)), "y", ANGLES)
    op = GlobalPool("orientation", kind="max")
    for turn in range(8):
        assert op(x.roll(orientation=turn, roll_coords=False)).identical(op(x))
    assert "orientation" not in op(x).coords


def test_a_bank_gives_axes_that_are_pooled_by_name(rng):
    angles = tuple(k * math.pi / 4 for k in range(4))
    bank = iv.GaborBank(("y", "x"), frequency=(0.1, 0.2), orientation=angles) >> iv.Modulus()
    axes = [Axis(dim, size=48, unit="px", period=48.0) for dim in ("y", "x")]
    x = iv.power_law_noise(*axes, rng=1)
    filtered = bank(x)
    best = (bank >> GlobalPool("orientation", kind="max"))(x)
    xr.testing.assert_allclose(best, filtered.max("orientation"))
    paired = (bank >> MaxPool(window={"orientation": 2}, stride={"orientation": 1}))(x)
    ring = filtered.transpose("orientation", ...).to_numpy()
    wanted = np.maximum(ring, np.roll(ring, -1, axis=0))
    np.testing.assert_array_equal(paired.transpose("orientation", ...), wanted)


def test_a_blur_over_orientations_goes_round_too(rng):
    x = label(rng.standard_normal((3, 8)), "y", ANGLES)
    op = MaxBlurPool(window={"orientation": 2}, taps=3)
    turned = op(x.roll(orientation=2, roll_coords=False))
    xr.testing.assert_allclose(
        turned.drop_vars("orientation"),
        op(x).roll(orientation=1, roll_coords=False).drop_vars("orientation"),
    )
