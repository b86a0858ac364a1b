"""Rotation about a place in coordinates: exact quarter turns, splines elsewhere, orientations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig import Axis, Rotate, label
from invarsig.errors import AxisError, DimError, ParameterError

law = settings(deadline=None, max_examples=30)
QUARTER = math.pi / 2


def picture(values, *, step: float = 1.0, start: float = 0.0, periodic: bool = False, unit="px"):
    values = np.asarray(values)
    axes = [
        Axis(d, start, step, unit=unit, period=n * step if periodic else None)
        for d, n in zip(("y", "x"), values.shape[-2:], strict=True)
    ]
    return label(values, *("c", "b")[: values.ndim - 2], *axes)


def bump(y, x, at=(0.0, 0.0), width=(4.0, 7.0)):
    """A Gaussian, longer along x than along y."""
    return np.exp(
        -((y - at[0]) ** 2) / (2 * width[0] ** 2) - (x - at[1]) ** 2 / (2 * width[1] ** 2)
    )


# Quarter turns


@law
@given(st.integers(2, 20), st.integers(-9, 9), st.sampled_from([0.1, 1.0, 3.0]))
def test_quarter_turns_about_the_middle_of_a_square_are_those_of_numpy(size, turns, step):
    values = np.random.default_rng(size).standard_normal((2, size, size))
    x = picture(values, step=step, start=7.3)
    turned = Rotate.about_middle(x, turns * QUARTER)(x)
    assert np.array_equal(turned, np.rot90(values, turns, axes=(1, 2)))
    assert turned.y.identical(x.y)
    assert turned.x.identical(x.x)


@law
@given(st.integers(2, 12), st.integers(-5, 5), st.integers(-5, 5))
def test_four_quarter_turns_of_a_ring_are_bit_for_bit_the_identity(size, row, column):
    x = picture(np.random.default_rng(size).standard_normal((size, size)), periodic=True)
    move = Rotate(QUARTER, {"y": row, "x": column})
    assert np.array_equal(move(move(move(move(x)))), x)
    assert move.known(x).all()
    assert move.floor(x) == 0.0
    assert np.array_equal(move(move(x)), Rotate(2 * QUARTER, move.center)(x))


def test_the_center_of_a_quarter_turn_stays_and_its_neighbor_below_goes_to_the_right():
    values = np.zeros((9, 9))
    values[4, 3], values[5, 3] = 1.0, 2.0
    turned = Rotate(QUARTER, {"y": 4.0, "x": 3.0})(picture(values))
    assert turned.sel(y=4, x=3) == 1.0
    assert turned.sel(y=4, x=4) == 2.0


def test_a_half_turn_of_an_oblong_ring_is_exact_and_a_quarter_turn_is_not_one_of_its_own(rng):
    x = picture(rng.standard_normal((6, 8)), periodic=True)
    assert Rotate(2 * QUARTER, {"y": 1.0, "x": 2.5}).known(x).all()
    assert not Rotate(QUARTER, {"y": 1.0, "x": 2.0}).known(x).all()


# Other angles


@pytest.mark.parametrize("angle", [0.3, -1.1, 2.5])
@pytest.mark.parametrize("step", [1.0, 0.25])
def test_a_gaussian_turns_into_the_gaussian_that_is_turned_by_hand(angle, step):
    y, x = np.mgrid[:90, :90] * step
    center = {"y": 43.0 * step, "x": 46.5 * step}
    down, across = y - center["y"], x - center["x"]
    wanted = bump(
        math.cos(angle) * down + math.sin(angle) * across,
        math.cos(angle) * across - math.sin(angle) * down,
        width=(4 * step, 7 * step),
    )
    turned = Rotate(angle, center)(
        picture(bump(down, across, width=(4 * step, 7 * step)), step=step)
    )
    np.testing.assert_allclose(turned, wanted, atol=2e-6)


def test_steps_that_differ_are_no_matter_since_places_are_coordinates():
    y, x = np.meshgrid(np.arange(60) * 1.0, np.arange(240) * 0.25, indexing="ij")
    picture = label(bump(y - 30, x - 30), Axis("y", unit="mm"), Axis("x", step=0.25, unit="mm"))
    move = Rotate(QUARTER, {"y": 30.0, "x": 30.0})
    known = move.known(picture).values
    assert known.sum() > 4000
    np.testing.assert_allclose(move(picture).values[known], bump(x - 30, y - 30)[known], atol=1e-4)


@pytest.mark.parametrize("angle", [0.2, 0.9, -2.0])
def test_inside_it_is_what_scipy_and_scikit_image_rotate(angle, rng):
    from scipy import ndimage
    from skimage import transform

    values = ndimage.gaussian_filter(rng.standard_normal((101, 101)), 3.0)
    turned = Rotate.about_middle(picture(values), angle)
    ours, known = turned(picture(values)), turned.known(picture(values)).values
    degrees = math.degrees(angle)
    theirs = ndimage.rotate(values, degrees, order=5, reshape=False, mode="mirror")
    np.testing.assert_allclose(ours.values[known], theirs[known], atol=1e-12)
    others = transform.rotate(values, degrees, order=5, mode="reflect")
    np.testing.assert_allclose(ours.values[known], others[known], atol=1e-5)


def test_a_ring_does_not_go_round_in_other_turns(rng):
    x = picture(rng.standard_normal((40, 40)), periodic=True)
    move = Rotate(0.5, {"y": 0.0, "x": 0.0}, boundary="nan")
    assert np.isnan(move(x)).any()
    assert not move.known(x).all()


@pytest.mark.parametrize("boundary", ["zero", "reflect", "nan"])
def test_what_comes_in_is_as_the_boundary_says(boundary, rng):
    values = rng.standard_normal((8, 8))
    corner = Rotate(QUARTER, {"y": 0.0, "x": 0.0}, boundary=boundary)(picture(values))
    # What is read at row x, column -y.
    wanted = {"zero": 0.0, "reflect": values[1, 2], "nan": np.nan}[boundary]
    np.testing.assert_array_equal(corner[2, 1], wanted)
    assert corner[0, 3] == values[3, 0]


def test_what_is_known_does_not_depend_on_the_boundary(rng):
    x = picture(rng.standard_normal((80, 80)))
    moves = [Rotate(0.4, {"y": 40.0, "x": 35.0}, boundary=b) for b in ("zero", "reflect", "nan")]
    known = moves[0].known(x)
    assert 0 < known.sum() < known.size
    one, other, third = (move(x).where(known, 0).values for move in moves)
    assert np.array_equal(one, other)
    assert np.array_equal(one, third)


def test_nan_is_passed_on_as_far_as_a_spline_reaches_and_no_farther(rng):
    values = rng.standard_normal((80, 80))
    values[40, 40] = np.nan
    turned = Rotate.about_middle(picture(values), 0.3)(picture(values))
    assert np.isnan(turned[40, 40])
    assert np.isfinite(turned[40, 70])
    assert np.isfinite(turned[5, 5])


def test_the_floor_falls_with_the_frequencies_in_the_picture():
    grid = np.mgrid[:96, :96]

    def floor(cycles):
        wave = np.cos(2 * np.pi * cycles * (0.6 * grid[0] + 0.8 * grid[1]))
        return Rotate(0.4, {"y": 48.0, "x": 48.0}).floor(picture(wave))

    floors = [floor(cycles) for cycles in (0.05, 0.1, 0.2, 0.3)]
    assert floors == sorted(floors)
    assert floors[1] < 1e-5
    assert floors[3] < 2e-2


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_single_precision_stays_and_complex_parts_turn_alike(dtype, rng):
    values = rng.standard_normal((2, 30, 30))
    whole = (
        (values[0] + 1j * values[1]).astype(np.complex64) if dtype == np.complex64 else values[0]
    )
    move = Rotate(0.3, {"y": 14.0, "x": 15.0})
    turned = move(picture(whole.astype(dtype)))
    assert turned.dtype == dtype
    np.testing.assert_allclose(turned.real, move(picture(values[0])), atol=1e-5)


def test_a_complex_channel_turns_about_its_own_frequency(rng):
    """A wave close to Nyquist, which a spline by itself would miss by a half."""
    grid = np.mgrid[:80, :80]
    center = {"y": 40.0, "x": 40.0}
    turn = np.exp(2j * np.pi * (0.4 * grid[1] + 0.1 * grid[0]))
    x = picture(turn).assign_coords(
        y_center_frequency=((), 0.1, {"units": "cycles/px"}),
        x_center_frequency=((), 0.4, {"units": "cycles/px"}),
    )
    move = Rotate(0.3, center)
    down, across = grid[0] - 40.0, grid[1] - 40.0
    y = 40 + math.cos(0.3) * down + math.sin(0.3) * across
    across = 40 + math.cos(0.3) * across - math.sin(0.3) * down
    wanted = np.exp(2j * np.pi * (0.4 * across + 0.1 * y))
    known = move.known(x).values
    np.testing.assert_allclose(move(x).values[known], wanted[known], atol=1e-9)


# Orientations


@pytest.mark.parametrize("period", [math.pi, 2 * math.pi])
def test_orientations_move_against_the_angle_and_go_round(period, rng):
    angles = Axis("orientation", step=period / 8, size=8, unit="rad", period=period)
    x = label(rng.standard_normal((8, 6, 6)), angles, Axis("y", unit="px"), Axis("x", unit="px"))
    move = Rotate.about_middle(x, QUARTER)
    steps = round(QUARTER / (period / 8))
    wanted = np.roll(np.rot90(x.values, axes=(1, 2)), -steps, axis=0)
    np.testing.assert_array_equal(move(x), wanted)
    pooled = x.mean(("y", "x"), keep_attrs=True)
    np.testing.assert_array_equal(move.on_output(pooled), np.roll(pooled, -steps))


def test_orientations_that_are_no_angles_or_no_longer_square_are_refused():
    plane = label(np.zeros((4, 5, 5)), "orientation", Axis("y", unit="px"), Axis("x", unit="px"))
    move = Rotate(0.3, {"y": 2.0, "x": 2.0})
    with pytest.raises(AxisError, match="moves along 'orientation' in rad"):
        move(plane)
    angles = Axis("orientation", step=math.pi / 4, unit="rad", period=math.pi)
    oblong = Axis("x", step=0.5, unit="px")
    with pytest.raises(AxisError, match=r"the steps are 1 along 'y' and 0\.5 along 'x'"):
        move(label(np.zeros((4, 5, 5)), angles, Axis("y", unit="px"), oblong))


# Wrong input


def test_wrong_input_is_refused_by_name():
    x = picture(np.eye(5))
    with pytest.raises(
        ParameterError, match=r"center of Rotate is missing.*'y': .*Rotate\.about_middle"
    ):
        Rotate(0.3)
    with pytest.raises(ParameterError, match=r"The center is \{'y': 1\.0\}"):
        Rotate(0.3, {"y": 1.0})
    with pytest.raises(ParameterError, match="The angle is nan"):
        Rotate(math.nan, {"y": 1.0, "x": 1.0})
    with pytest.raises(ParameterError, match="boundary='wrap' is unknown"):
        Rotate(0.3, {"y": 1.0, "x": 1.0}, boundary="wrap")
    with pytest.raises(DimError, match="give 2 dims"):
        Rotate(0.3, {"y": 1.0}, dims=("y",))
    with pytest.raises(DimError, match="needs the dim 'x'"):
        Rotate(0.3, {"y": 1.0, "x": 1.0})(x.isel(x=0, drop=True))
    with pytest.raises(AxisError, match="same unit along both dims; 'y' is in Hz and 'x' in s"):
        Rotate(0.3, {"y": 1.0, "x": 1.0})(
            label(np.eye(5), Axis("y", unit="Hz"), Axis("x", unit="s"))
        )
    with pytest.raises(ParameterError, match="whose units must change"):
        Rotate(0.3, {"y": 1.0, "x": 1.0}).rescaled({"y": 1000.0})


def test_the_plane_may_have_other_names_and_a_result_without_it_stays(rng):
    x = xr.DataArray(rng.standard_normal((5, 5)), dims=("lat", "lon"))
    move = Rotate.about_middle(x, QUARTER, dims=("lat", "lon"))
    assert np.array_equal(move(x), np.rot90(x.values))
    assert move.on_output(x.isel(lat=0)).identical(x.isel(lat=0))


@pytest.mark.parametrize("steps", [(1.0, 2.0), (1.0, -1.0)])
def test_half_a_turn_and_none_turn_orientations_on_any_steps(steps):
    turn = Axis("orientation", step=QUARTER, unit="rad", period=2 * math.pi)
    plane = [Axis(d, step=by, unit="px") for d, by in zip(("y", "x"), steps, strict=True)]
    x = label(np.random.default_rng(0).standard_normal((4, 5, 6)), turn, *plane)
    half = Rotate.about_middle(x, math.pi)
    np.testing.assert_array_equal(half(x), np.roll(x.values[:, ::-1, ::-1], 2, axis=0))
    np.testing.assert_array_equal(half.at(0)(x), x)
    with pytest.raises(AxisError, match="same step"):
        half.at(0.5)(x)


def test_half_a_turn_goes_round_the_axis_that_is_a_ring():
    x = label(
        np.random.default_rng(0).standard_normal((8, 6)),
        Axis("y", unit="px", period=8.0),
        Axis("x", unit="px"),
    )
    half = Rotate(math.pi, {"y": 2.0, "x": 2.5})
    wanted = np.roll(x.values[::-1, ::-1], -3, axis=0)
    np.testing.assert_array_equal(half(x), wanted)
    assert half.known(x).all()


def test_degrees_are_radians_by_another_name(rng):
    x = picture(rng.standard_normal((5, 5)))
    about = {"y": 2.0, "x": 2.0}
    assert Rotate.in_degrees(90, about) == Rotate(QUARTER, about)
    assert np.array_equal(Rotate.in_degrees(270, about)(x), np.rot90(x.values, 3))
    skewed = Rotate.in_degrees(30, {"lat": 0, "lon": 1}, ("lat", "lon"), boundary="nan")
    assert (skewed.dims, skewed.boundary) == (("lat", "lon"), "nan")
    with pytest.raises(ParameterError, match="in degrees, is '90'"):
        Rotate.in_degrees("90", about)
    with pytest.raises(ParameterError, match=r"Rotate\.about_middle"):
        Rotate.in_degrees(90)


def test_the_middle_of_what_has_no_plane_names_who_needs_it():
    with pytest.raises(DimError, match=r"about_middle needs the dim 'y'.*its dims are 'time'"):
        Rotate.about_middle(xr.DataArray(np.zeros(3), dims="time"), QUARTER)
