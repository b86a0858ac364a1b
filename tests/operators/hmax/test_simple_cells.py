"""Simple cells: against the formula written out, and what normalization means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

import invarsig as iv
from invarsig.operators.hmax.table import gabor_taps
from tests.conftest import ring

ANGLES = tuple(k * math.pi / 4 for k in range(4))


def test_filters_have_mean_zero_and_norm_one_within_a_disc():
    for size in (7, 13, 37):
        taps = gabor_taps(size, ANGLES)
        np.testing.assert_allclose(taps.sum(axis=(1, 2)), 0, atol=1e-12)
        np.testing.assert_allclose((taps**2).sum(axis=(1, 2)), 1)
        assert not taps[:, 0, 0].any()
        assert taps[:, size // 2, 0].any()


def test_they_are_normalized_dot_products_with_gabor_functions(photograph):
    x = photograph.isel(y=slice(80, 130), x=slice(80, 140))
    answer = iv.SimpleCells(("y", "x"), (7,), boundary="reflect")(x).sel(scale=7)
    k = np.arange(-3, 4)
    for angle in ANGLES:
        u = k * math.cos(angle) + k[:, None] * math.sin(angle)
        v = k[:, None] * math.cos(angle) - k * math.sin(angle)
        taps = np.exp(-(u**2 + 0.09 * v**2) / (2 * 2.8**2)) * np.cos(2 * np.pi * u / 3.5)
        disc = k**2 + k[:, None] ** 2 <= 3.5**2
        taps = (taps - taps[disc].mean()) * disc
        taps /= np.linalg.norm(taps)
        product = ndimage.correlate(x.values, taps, mode="mirror")
        norm = np.sqrt(ndimage.correlate(x.values**2, np.ones((7, 7)), mode="mirror"))
        wanted = np.abs(product) / norm
        found = answer.sel(orientation=angle, method="nearest")
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_a_grating_drives_the_cells_of_its_orientation_and_size_most():
    for angle in ANGLES:
        rows, columns = np.meshgrid(np.arange(80), np.arange(80), indexing="ij")
        along = columns * math.cos(angle) + rows * math.sin(angle)
        wave = iv.label(np.cos(2 * np.pi * along / 9.1), "y", "x")
        mean = iv.SimpleCells(("y", "x"), (7, 17, 27))(wave).mean(("y", "x"))
        best = iv.Peak(("scale", "orientation"))(mean)
        assert float(best.scale) == 17
        assert float(best.orientation) == pytest.approx(angle)


def test_contrast_cancels_and_silence_gives_zero(photograph):
    cells = iv.SimpleCells(("y", "x"), (7, 9))
    x = photograph.copy()
    x[100:140, 100:140] = 0.0
    answer = cells(x)
    np.testing.assert_allclose(cells(0.01 * x), answer, atol=1e-12)
    assert float(answer.sel(y=120, x=120).max()) == 0.0
    assert 0 <= float(answer.min()) <= float(answer.max()) <= 1
    flat = cells(iv.label(np.full((20, 20), 7.0), "y", "x"))
    np.testing.assert_allclose(flat, 0, atol=1e-12)


def test_all_sizes_stand_on_one_grid_where_the_largest_fits(photograph):
    both = iv.SimpleCells(("y", "x"), (7, 13))(photograph)
    small = iv.SimpleCells(("y", "x"), (7,))(photograph)
    assert both.sizes["x"] == 256 - 12
    wanted = small.sel(scale=7, y=both.y, x=both.x)
    np.testing.assert_allclose(both.sel(scale=7), wanted, atol=1e-12)


def test_orientations_of_half_a_turn_go_round(photograph):
    answer = iv.SimpleCells(("y", "x"), (7,))(photograph)
    assert iv.axis_of(answer, "orientation").periodic


def test_on_a_ring_they_commute_with_whole_samples(photograph):
    x = ring(photograph, y=64, x=64)
    error = iv.equivariance_error(iv.SimpleCells(("y", "x"), (7, 9)), x, iv.Translate(y=3, x=-5))
    assert float(error) < 1e-12


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"sizes": (8,)}, "8 samples, which has no middle; give 9"),
        ({"sizes": (1,)}, "at least 3"),
        ({"sizes": (201,)}, "defined below 167"),
        ({"sizes": ()}, "at least one size"),
        ({"orientation": (np.nan,)}, "no finite angle"),
        ({"stride": {"z": 2}}, "stride names 'z'"),
        ({"boundary": "wrap"}, "boundary='wrap' is unknown"),
    ],
)
def test_what_is_no_simple_cell_is_refused(options, match):
    with pytest.raises(iv.errors.InvarsigError, match=match):
        iv.SimpleCells(("y", "x"), **options)


def test_they_need_two_dims_and_real_values():
    with pytest.raises(iv.errors.DimError, match="in two dims"):
        iv.SimpleCells("x")
    with pytest.raises(iv.errors.DtypeError, match="put a Modulus before them"):
        iv.SimpleCells(("y", "x"), (3,))(iv.label(np.zeros((5, 5), complex), "y", "x"))
