"""Measures with actions other than translations: compared where both sides are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import Axes
from invarsig.errors import AxisError, BorderError, DimError, ParameterError
from invarsig.measures.known_samples import known_places, places_of, through
from invarsig.measures.protocols import interior

QUARTER = math.pi / 2
EIGHTH = [k * math.pi / 8 for k in range(8)]
BOTH = {"y": 2, "x": 2}
BLUR = xr.DataArray(np.outer(*[[0.25, 0.5, 0.25]] * 2), dims=("y", "x"))


def noise(*sizes: int, seed: int = 1, periodic: bool = False) -> xr.DataArray:
    """White noise in a plane."""
    axes = [
        iv.Axis(dim, unit="px", period=float(n) if periodic else None)
        for dim, n in zip(("y", "x"), sizes, strict=True)
    ]
    return iv.label(np.random.default_rng(seed).standard_normal(sizes), *axes)


def pink(size: int, top: float = 0.5) -> xr.DataArray:
    """Noise of amplitude 1/f, without frequencies above `top` cycles per pixel."""
    rows, columns = np.meshgrid(*[np.fft.fftfreq(size)] * 2, indexing="ij")
    radius = np.hypot(rows, columns)
    radius[0, 0] = np.inf
    spectrum = np.fft.fft2(noise(size, size).values) / radius * (radius < top)
    return noise(size, size).copy(data=np.fft.ifft2(spectrum).real)


# The trap of the strided grid


def test_turning_about_the_middle_of_each_grid_is_141_percent_wrong_and_about_a_kept_sample_exact():
    x = noise(64, 64, periodic=True)
    halved = iv.Subsample(stride=BOTH)
    own_middle = np.rot90(x.values)[::2, ::2] - np.rot90(halved(x).values)
    wrong = np.linalg.norm(own_middle) / np.linalg.norm(halved(x).values)
    assert wrong == pytest.approx(math.sqrt(2), rel=0.03)
    for kept in (0.0, 32.0):
        about = iv.Rotate(QUARTER, {"y": kept, "x": kept})
        error = iv.equivariance_error(halved, x, about)
        assert error.protocol == "periodic"
        assert error <= 1e-12
    # The middle in coordinates is no sample of the output: all that folds is between them.
    middle = iv.equivariance_error(halved, x, iv.Rotate.about_middle(x, QUARTER))
    assert middle > 1.2


def test_so_it_is_on_axes_that_end():
    x = noise(65, 65)
    blur = iv.BlurPool(taps=3, stride=BOTH, boundary="zero")
    kept = iv.equivariance_error(blur, x, iv.Rotate(QUARTER, {"y": 32.0, "x": 32.0}))
    assert kept.protocol == "interior"
    assert kept <= 1e-12
    between = iv.equivariance_error(blur, noise(64, 64), iv.Rotate(QUARTER, {"y": 31.5, "x": 31.5}))
    assert between > 0.1


# Orientations


@pytest.mark.parametrize(
    "op",
    [
        iv.SteerableBank(("y", "x"), order=2, sigma=2.0, orientation=EIGHTH),
        iv.SteerableBank(("y", "x"), order=2, sigma=3.0, orientation=EIGHTH, stride=BOTH),
        iv.SteerableBank(
            ("y", "x"), order=3, sigma=2.0, orientation=[k * QUARTER / 2 for k in range(8)]
        ),
    ],
    ids=["even", "strided", "odd"],
)
@pytest.mark.parametrize("angle", [QUARTER / 2, 0.3, QUARTER])
def test_a_steerable_bank_turns_with_the_picture_if_its_orientations_move(op, angle):
    x = pink(128)
    move = iv.Rotate(angle, {"y": 64.0, "x": 64.0})
    still = iv.Rotate(angle, {"y": 64.0, "x": 64.0}, orientation="none")
    moved, unmoved = (float(iv.equivariance_error(op, x, each)) for each in (move, still))
    assert moved < 1e-2
    assert unmoved > 0.3
    assert moved < (1e-12 if angle == QUARTER else 0.05 * unmoved)


def test_the_modulus_of_gabor_filters_turns_by_whole_steps_of_orientation():
    bank = iv.GaborBank(("y", "x"), frequency=0.1, orientation=EIGHTH) >> iv.Modulus()
    x = pink(128)
    move = iv.Rotate(QUARTER / 2, {"y": 64.0, "x": 64.0})
    error = iv.equivariance_error(bank, x, move)
    still = iv.equivariance_error(
        bank, x, iv.Rotate(QUARTER / 2, {"y": 64.0, "x": 64.0}, orientation="none")
    )
    assert error < 0.02
    assert error < 0.02 * still


def test_a_pool_over_the_plane_keeps_orientations_that_move():
    bank = iv.SteerableBank(("y", "x"), order=2, sigma=1.5, orientation=EIGHTH, boundary="zero")
    energies = bank >> iv.Square() >> iv.GlobalPool(("y", "x"), kind="mean")
    x = pink(48)
    turn = iv.Rotate.about_middle(x, QUARTER)
    assert iv.equivariance_error(energies, x, turn) < 1e-12
    assert iv.invariance_error(energies, x, turn) > 0.1


def test_a_flip_takes_orientations_along():
    x = noise(32, 40, periodic=True)
    bank = iv.SteerableBank(("y", "x"), order=2, sigma=1.5, orientation=EIGHTH)
    for dims in (("y",), ("x",), ("y", "x")):
        move = iv.Flip(dims, dict.fromkeys(dims, 3.5))
        assert iv.equivariance_error(bank, x, move) < 1e-12
    still = iv.Flip("x", {"x": 3.5}, orientation="none")
    assert iv.equivariance_error(bank, x, still) > 0.5


def test_group_convolutions_follow_quarter_turns_and_flips():
    x = noise(32, 32, periodic=True)
    taps = xr.DataArray(np.random.default_rng(2).standard_normal((2, 5, 5)), dims=("c", "y", "x"))
    turn, flip = iv.Rotate(QUARTER, {"y": 3.0, "x": 5.0}), iv.Flip("x", {"x": 3.5})
    for group in ("p4", "p4m"):
        assert iv.equivariance_error(iv.LiftingConvolution(taps, group=group), x, turn) < 1e-12
    mirrored = iv.LiftingConvolution(taps, group="p4m")
    assert iv.equivariance_error(mirrored, x, flip) < 1e-12
    still = iv.Flip("x", {"x": 3.5}, reflection="none")
    assert iv.equivariance_error(mirrored, x, still) > 1


@pytest.mark.parametrize("stride", [1, 2])
def test_complex_channels_turn_about_their_own_frequencies_at_any_stride(stride):
    """The taps end at 4 standard deviations, in a square that does not turn."""
    bank = iv.GaborBank(
        ("y", "x"),
        frequency=0.15,
        orientation=[k * QUARTER / 2 for k in range(8)],
        truncate=4.0,
        stride={"y": stride, "x": stride},
    )
    error = iv.equivariance_error(bank, pink(160), iv.Rotate(QUARTER / 2, {"y": 80.0, "x": 80.0}))
    assert error < 5e-3


# Scales and deformations


def test_a_bank_of_scales_follows_a_dilation_up_its_axis():
    rng = np.random.default_rng(3)
    n, cycles, phases = np.arange(1200.0), rng.uniform(0, 0.06, 40), rng.uniform(0, 7, 40)
    tones = np.cos(2 * np.pi * cycles[:, None] * n + phases[:, None])
    x = iv.label(tones.sum(axis=0), iv.Axis("x", unit="px"))
    bank = iv.GaussianBank(sigma={"x": [2.0 * 2 ** (k / 2) for k in range(6)]})
    for steps in (1, 2, -1):
        factor = 2 ** (steps / 2)
        move = iv.Dilate(factor, {"x": 600.0})
        still = iv.Dilate(factor, {"x": 600.0}, scale="none")
        found, unmoved = (iv.equivariance_error(bank, x, each) for each in (move, still))
        assert found < 5e-3
        assert unmoved > 0.1


def test_a_pointwise_operator_follows_every_deformation_within_the_floor():
    x = pink(160, top=0.08)
    move = iv.Warp({"y": 80.0, "x": 80.0}, gradient=0.2, rng=3)
    error = iv.equivariance_error(iv.Square(), x, move)
    assert error < 1e-4
    assert error < 4 * error.floor
    blurred = iv.equivariance_error(iv.GaussianBank(sigma={"y": 3.0, "x": 3.0}), x, move)
    assert blurred > 10 * error


# Which samples are compared


def test_for_translations_the_mask_is_the_box(rng):
    x = noise(270, 90)
    pool = iv.MaxPool(window={"y": 3}, stride={"y": 2}, boundary="reflect")
    op = iv.BlurPool(taps=5, stride=BOTH, boundary="reflect") >> pool
    y = op(x)
    for shifts in ({"y": 3.0, "x": -2.0}, {"y": -1.5, "x": 0.25}, {"x": 4.0}):
        move = iv.Translate(shifts)
        for invariance in (False, True):
            box = interior(op, x, y, move, invariance=invariance)
            assert known_places(op, x, y, move, invariance=invariance) == box


def test_what_an_operator_sees_of_unknown_samples_is_unknown():
    x, op = noise(30, 30), iv.MeanPool(window={"x": 5}, stride={"x": 3}, boundary="zero")
    seen = xr.DataArray(np.arange(30) != 14, dims="x")
    y = op(x)
    known = through(op, x, y, seen, iv.Translate(x=0.0))
    reach = op.plan(Axes.of(x)).reach["x"]
    wanted = [
        14 not in range(math.ceil(u - reach[0]), math.floor(u + reach[1]) + 1)
        and u - reach[0] >= 0
        and u + reach[1] <= 29
        for u in y.x.values
    ]
    assert known.values.tolist() == wanted
    assert not known.all()


def test_on_a_ring_windows_go_round():
    x, op = noise(12, 12, periodic=True), iv.MeanPool(window={"x": 5}, stride={"x": 1})
    seen = xr.DataArray(np.arange(12) != 0, dims="x")
    known = through(op, x, op(x), seen, iv.Translate(x=0.0))
    assert known.sum() == 7


def test_a_box_is_sliced_and_anything_else_is_points():
    mask = xr.DataArray(np.zeros((4, 5), dtype=bool), dims=("y", "x"))
    mask[1:3, 2:4] = True
    assert places_of(mask) == {"y": slice(1, 3), "x": slice(2, 4)}
    mask[0, 0] = True
    places = places_of(mask)
    picked = noise(4, 5).isel(places)
    assert picked.dims == ("point",)
    assert picked.size == 5
    assert places_of(xr.full_like(mask, True)) == {}


def test_an_operator_that_spreads_what_is_unknown_is_judged_without_it():
    """A picture whose border would spoil the comparison by far: huge values at the edge."""
    x = pink(128, top=0.1)
    loud = x.copy()
    loud[0], loud[:, -1] = 1e3, -1e3
    move, blur = iv.Rotate(0.4, {"y": 64.0, "x": 64.0}), iv.Convolve(BLUR, boundary="zero")
    one, other = (float(iv.equivariance_error(blur, each, move)) for each in (x, loud))
    assert one < 1e-2
    assert other < 0.1


# Asked amiss


def test_nothing_left_is_an_error_that_names_lengths():
    x = noise(20, 20)
    with pytest.raises(BorderError, match=r"leaves 0 known.*0 of 'y': 20 samples of 1 px"):
        iv.equivariance_error(iv.Relu(), x, iv.Rotate(0.3, {"y": 10.0, "x": 10.0}))
    with pytest.raises(BorderError, match="all of an axis that the result has lost"):
        iv.invariance_error(
            iv.GlobalPool(("y", "x")), noise(90, 90), iv.Rotate(0.3, {"y": 45.0, "x": 45.0})
        )


def test_a_lost_axis_is_invariance_where_all_of_the_signal_is_known():
    x = noise(32, 32, periodic=True)
    pool = iv.GlobalPool(("y", "x"), kind="max")
    turn = iv.Rotate(QUARTER, {"y": 3.0, "x": 5.0})
    assert iv.equivariance_error(pool, x, turn) == 0
    assert iv.invariance_error(pool, x, turn) == 0


def test_protocols_that_do_not_fit_say_so():
    x = noise(64, 64, periodic=True)
    turn = iv.Rotate(0.3, {"y": 32.0, "x": 32.0})
    with pytest.raises(AxisError, match="does not map periodic axes to themselves"):
        iv.equivariance_error(iv.Relu(), x, turn, protocol="periodic")
    assert iv.equivariance_error(iv.Relu(), x, turn).protocol == "interior"
    with pytest.raises(ParameterError, match="'cut' is defined for translations"):
        iv.equivariance_error(iv.Relu(), x, turn, protocol="cut")


def test_a_dim_without_entries_of_its_own_cannot_be_kept():
    x = pink(96, top=0.1).expand_dims(channel=2)
    turn = iv.Rotate(0.3, {"y": 48.0, "x": 48.0})
    each = iv.equivariance_error(iv.Relu(), x, turn, keep=["channel"])
    assert each.sizes == {"channel": 2}
    with pytest.raises(DimError, match="keep names 'y'"):
        iv.equivariance_error(iv.Relu(), x, turn, keep=["y"])


def test_several_actions_are_named_by_a_coordinate():
    x = pink(96, top=0.1)
    turns = [iv.Rotate(angle, {"y": 48.0, "x": 48.0}) for angle in (0.1, 0.2)]
    errors = iv.equivariance_error(iv.Relu(), x, turns)
    assert errors.dims == ("length",)
    assert errors.action.values.tolist() == [str(t) for t in turns]
    assert (errors.floor > 0).all()


def test_the_commutator_takes_every_action():
    x = noise(16, 16)
    for move in (iv.Flip.about_middle(x, "x"), iv.Rotate.about_middle(x, QUARTER)):
        assert np.abs(iv.commutator(iv.Relu(), x, move)).max() == 0


def test_attribution_shares_out_what_is_known():
    x = pink(128)
    pipeline = iv.SteerableBank(("y", "x"), order=2, sigma=2.0) >> iv.Subsample(stride=BOTH)
    shares = iv.attribute(pipeline, x, iv.Rotate(0.3, {"y": 64.0, "x": 64.0}))
    if shares.attrs["attributable"]:
        assert float(shares.share.sum()) == pytest.approx(1.0, abs=1e-10)


def test_a_turn_that_is_interpolated_on_the_strided_grid_is_said_to_be(rng):
    taps = xr.DataArray(rng.standard_normal((3, 3)), dims=("y", "x"))
    op = iv.LiftingConvolution(taps, stride={"y": 2, "x": 2}, boundary="zero")
    x = iv.label(rng.standard_normal((30, 30)), "y", "x")
    said = r"not map the grid of the result to itself \('y': 15 samples.*interpolated.*'y': 14.0"
    with pytest.raises(iv.errors.BorderError, match=said):
        iv.equivariance_error(op, x, iv.Rotate.about_middle(x, np.pi / 2))
    about = iv.Rotate(np.pi / 2, {"y": 14.0, "x": 14.0})
    assert float(iv.equivariance_error(op, x, about)) < 1e-12
    with pytest.raises(iv.errors.BorderError, match="an action that moves samples to samples"):
        iv.equivariance_error(op, x, iv.Rotate.about_middle(x, 0.3))
    # Where the reach is the cause, that is what is said.
    wide = iv.Convolve(xr.DataArray(np.ones((31, 31)), dims=("y", "x")), boundary="zero")
    with pytest.raises(iv.errors.BorderError, match="reach takes 30 of 'y'"):
        iv.equivariance_error(wide, x, iv.Rotate.about_middle(x, np.pi / 2))
