"""The dual tree against what the Python package dtcwt gave, and its near shift-invariance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import center_of
from invarsig.errors import AxisError, ParameterError
from tests.operators.banks.rings import ring

OVER = ("y", "x")
SCORES = Path(__file__).parents[2] / "references" / "dual_tree.npz"
FILTERS = [
    ("near_sym_a", "qshift_06"),
    ("near_sym_a", "qshift_a"),
    ("near_sym_b", "qshift_b"),
    ("near_sym_b", "qshift_c"),
    ("near_sym_b", "qshift_d"),
]


def signal(*sizes: int) -> np.ndarray:
    """The signal of tests/references/make_dual_tree.py."""
    return np.sin(0.37 * np.arange(int(np.prod(sizes))) ** 2 + 1.0).reshape(sizes)


@pytest.mark.parametrize(("first", "later"), FILTERS)
def test_along_one_dim_the_bands_are_those_of_dtcwt(first, later):
    x = iv.label(signal(64), "x")
    transform = iv.operators.dual_tree_transform(
        "x", levels=3, first=first, later=later, boundary="symmetric"
    )
    tree = transform(x)
    with np.load(SCORES) as scores:
        for level in (1, 2, 3):
            theirs = scores[f"line_{first}_{later}_{level}"]
            np.testing.assert_allclose(tree[f"band_{level}/level"], theirs.conj(), atol=1e-12)
        low = tree["lowpass/level"].transpose("x", "tree").to_numpy().ravel()
        np.testing.assert_allclose(low, scores[f"line_{first}_{later}_low"], atol=1e-12)


def test_over_two_dims_the_bands_are_those_of_dtcwt():
    tree = iv.operators.dual_tree_transform(OVER, levels=2, boundary="symmetric")(
        iv.label(signal(16, 24), *OVER)
    )
    with np.load(SCORES) as scores:
        for level in (1, 2):
            theirs = np.moveaxis(scores[f"plane_{level}"], -1, 0)[::-1].conj()
            np.testing.assert_allclose(tree[f"band_{level}/level"], theirs, atol=1e-12)
        low = tree["lowpass/level"].to_numpy().reshape(2, 2, 4, 6).transpose(2, 0, 3, 1)
        np.testing.assert_allclose(low.reshape(8, 12), scores["plane_low"], atol=1e-12)


def test_six_orientations_lie_where_their_labels_say():
    n = np.arange(64)
    bank = iv.DualTreeBand(OVER, 2)
    for degrees in (-75, -45, -15, 15, 45, 75):
        angle = np.deg2rad(degrees)
        turns = 0.19 * (n * np.cos(angle) + n[:, None] * np.sin(angle))
        level = abs(bank(ring(np.cos(2 * np.pi * turns)))).mean(OVER)
        assert np.rad2deg(float(level.idxmax("orientation"))) == pytest.approx(degrees)
    axis = iv.axis_of(level, "orientation")
    assert (axis.unit, axis.size) == ("rad", 6)
    assert axis.periodic


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_band_is_nearly_one_sided_about_its_center(level):
    axis = iv.Axis("x")
    center = 0.75 / 2**level
    response = iv.DualTreeBand("x", level).frequency_response(axis, size=1024)
    power = np.abs(response.to_numpy()) ** 2
    f = response.x_frequency.to_numpy()
    # At the first level the band leaks over the Nyquist frequency; both trees share its filters.
    assert power[f < 0].sum() < (0.2 if level == 1 else 0.005) * power.sum()
    assert float(iv.DualTreeBand("x", level).folded_share(axis, 2**level)) < 0.03
    away = (f - center + 0.5) % 1 - 0.5
    assert abs((power * away).sum() / power.sum()) < 0.1 * center
    y = iv.DualTreeBand("x", level)(ring(np.ones(256)))
    assert float(center_of(y, "x")) == pytest.approx(center)


def test_centers_point_along_the_orientations(rng):
    y = iv.DualTreeBand(OVER, 1)(ring(rng.standard_normal((32, 32))))
    angles = np.arctan2(center_of(y, "y").ravel(), center_of(y, "x").ravel())
    np.testing.assert_allclose(angles, y.orientation, atol=np.deg2rad(4))


def energies(transform: iv.Levels, x: xr.DataArray) -> np.ndarray:
    """Energy of each level for eight shifts, relative to its mean over them."""
    rows = []
    for shift in range(8):
        tree = transform(x.roll(x=shift, roll_coords=False))
        rows.append([float((abs(node["level"]) ** 2).sum()) for node in tree.values()])
    return np.array(rows) / np.mean(rows, axis=0)


@pytest.mark.parametrize("kind", ["impulse", "step", "noise"])
def test_the_energy_of_a_level_hardly_depends_on_the_shift(kind, rng):
    n = np.arange(256)
    values = {"impulse": np.eye(1, 256)[0], "step": (n % 128 < 64) * 1.0}
    x = ring(values.get(kind, rng.standard_normal(256)))
    complex_ = np.ptp(energies(iv.operators.dual_tree_transform("x", levels=3), x), axis=0)[:3]
    decimated = np.ptp(energies(iv.operators.discrete_wavelet_transform("x", "sym7"), x), axis=0)[
        :3
    ]
    # Measured: at most 0.08 for the impulse, and 0.46 to 1.28 for the decimated transform.
    assert complex_.max() < 0.1
    assert (complex_ < 0.5 * decimated).all()
    assert complex_.sum() < 0.15 * decimated.sum()


def test_it_is_nearer_to_equivariant_than_the_decimated_transform(rng):
    x, move = ring(rng.standard_normal(512)), iv.Translate(x=1)
    ours = iv.equivariance_error(iv.operators.dual_tree_transform("x", levels=3), x, move)
    theirs = iv.equivariance_error(iv.operators.discrete_wavelet_transform("x", "sym7"), x, move)
    for level, limit in ((1, 0.4), (2, 0.25), (3, 0.15)):
        error = float(ours[f"band_{level}"]["error"])
        assert error < limit
        assert error < 0.3 * float(theirs[f"detail_{level}"]["error"])


def test_levels_stand_in_the_middle_of_their_blocks(rng):
    tree = iv.operators.dual_tree_transform("x", levels=3)(
        ring(rng.standard_normal(128), start=0.0)
    )
    for name, level in (("band_1", 1), ("band_2", 2), ("band_3", 3), ("lowpass", 3)):
        axis = iv.axis_of(tree[name]["level"], "x")
        assert (axis.start, axis.step) == ((2**level - 1) / 2, 2**level)
        assert axis.periodic


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: iv.DualTreeBand(("z", "y", "x")), "give 1 or 2 dims"),
        (lambda: iv.DualTreeBand("x", 0), "level is 0"),
        (lambda: iv.DualTreeBand("x", 1, "haar"), "give one of near_sym_a, near_sym_b"),
        (lambda: iv.DualTreeBand("x", 1, later="qshift_z"), "give one of qshift_06, qshift_a"),
        (lambda: iv.DualTreeLowpass("x", 0), "levels is 0"),
        (lambda: iv.operators.dual_tree_transform("x", levels=2.5), "levels is 2.5"),
    ],
)  # fmt: skip
def test_a_tree_that_cannot_be_designed_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_a_ring_shorter_than_the_filters_is_refused(rng):
    with pytest.raises(AxisError, match="longer than the axis 'x'"):
        iv.DualTreeBand("x", 4)(ring(rng.standard_normal(64)))
