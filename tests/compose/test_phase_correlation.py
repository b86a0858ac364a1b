"""Phase correlation of crops: finite axes, where content enters and leaves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import invarsig as iv


def crops(
    whole: np.ndarray, down: int, across: int, margin: int = 12
) -> tuple[xr.DataArray, xr.DataArray]:
    """A reference, and the same picture moved by (down, across): cut out that much earlier."""
    rows, columns = (slice(margin, size - margin) for size in whole.shape)
    moved = whole[
        rows.start - down : rows.stop - down, columns.start - across : columns.stop - across
    ]
    return iv.label(whole[rows, columns], "y", "x"), iv.label(moved, "y", "x")


def offset(frame: iv.PhaseCorrelation, x: xr.DataArray) -> tuple[float, ...]:
    return tuple(float(each) for each in frame.offset(x).values())


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("upsample", [1, 10])
def test_crops_of_smooth_noise_are_registered(sigma, upsample):
    """From a standard deviation of 1.5 on, the phases alone said (0, 0)."""
    for seed in range(3):
        noise = np.random.default_rng(seed).standard_normal((120, 124))
        whole = ndimage.gaussian_filter(noise, sigma) if sigma else noise
        reference, moved = crops(whole, 5, 3)
        found = offset(iv.PhaseCorrelation(reference, upsample=upsample), moved)
        assert found == pytest.approx(
            (5.0, 3.0), abs=0.5 if upsample > 1 and sigma == 1.5 else 1e-9
        )


@settings(max_examples=25)
@given(
    down=st.integers(-12, 12),
    across=st.integers(-12, 12),
    # Above 4 the crops hold few bumps, and their ends weigh most: 8 of 900 shifts were missed, by
    # up to all of the shift; none of 900 up to it.
    sigma=st.floats(1.5, 4.0),
    seed=st.integers(0, 99),
    level=st.floats(-100, 100),
    gain=st.floats(0.1, 10.0),
)
def test_any_shift_of_a_smooth_picture_is_found_at_any_level_and_gain(
    down, across, sigma, seed, level, gain
):
    noise = np.random.default_rng(seed).standard_normal((88, 96))
    whole = ndimage.gaussian_filter(noise, sigma)
    reference, moved = crops(whole / whole.std(), down, across)
    found = offset(iv.PhaseCorrelation(reference), gain * moved + level)
    assert found == (down, across)


@pytest.mark.parametrize("shift", [(5, 3), (-7, 0), (0, 11), (-12, 12)])
def test_crops_of_a_photograph_are_registered(photograph, shift):
    blurred = ndimage.gaussian_filter(photograph.to_numpy().astype(float), 2.0)
    for whole in (photograph.to_numpy(), blurred):
        reference, moved = crops(whole, *shift)
        assert offset(iv.PhaseCorrelation(reference), moved) == shift


def test_items_are_registered_one_by_one_and_channels_together(rng):
    noise = ndimage.gaussian_filter(rng.standard_normal((100, 104)), 3.0)
    sharp = rng.standard_normal((100, 104))
    pairs = [crops(noise, 5, 3), crops(noise, -4, 7)]
    reference = pairs[0][0]
    x = xr.concat([pair[1] for pair in pairs], "item")
    found = iv.PhaseCorrelation(reference).offset(x)
    np.testing.assert_array_equal(found["y"], [5.0, -4.0])
    np.testing.assert_array_equal(found["x"], [3.0, 7.0])
    smooth, rough = crops(noise, 5, 3), crops(sharp, 5, 3)
    before, after = (xr.concat(pair, "channel") for pair in zip(smooth, rough, strict=True))
    assert offset(iv.PhaseCorrelation(before, "channel"), after) == (5.0, 3.0)


def test_what_has_nothing_in_common_keeps_the_shift_that_the_phases_find(rng):
    """Nothing overlaps better than it by half, so nothing is taken in its place."""
    reference, x = (iv.label(rng.standard_normal((40, 40)), "y", "x") for _ in range(2))
    ring = {d: (d, np.arange(40.0), {"period": 40.0}) for d in ("y", "x")}
    finite = offset(iv.PhaseCorrelation(reference), x)
    assert finite == offset(iv.PhaseCorrelation(reference), x.assign_coords(ring))
