"""The error of a move as given: what it compares, and what it must not see."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.remedies.as_given import error_as_given, is_blind, region_of, rolled, strides_met
from tests.conftest import ring

BOUNDARIES = ["valid", "zero", "reflect", "symmetric", "periodic"]
MOVES = [{"x": 1}, {"y": 3}, {"x": 2, "y": 5}, {"x": -7}]


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("move", MOVES, ids=str)
def test_filters_without_a_stride_show_no_error_inside_whatever_their_border(
    photograph, boundary, move
):
    op = (
        iv.BlurPool(taps=5, stride={"x": 1, "y": 1}, boundary=boundary)
        >> iv.Relu()
        >> iv.MaxPool(window={"x": 3, "y": 3}, stride={"x": 1, "y": 1}, boundary=boundary)
    )
    assert error_as_given(op, photograph, op(photograph), iv.Translate(move)) < 1e-13


@pytest.mark.parametrize("boundary", ["zero", "reflect", "symmetric"])
def test_the_whole_output_shows_what_padding_does(photograph, boundary):
    op = iv.BlurPool(taps=7, stride={"x": 1}, boundary=boundary)
    y, move = op(photograph), iv.Translate(x=9)
    assert error_as_given(op, photograph, y, move, inside=False) > 1e-3


@pytest.mark.parametrize("shift", [1, 3, 0.5, 2.25])
def test_on_a_periodic_axis_it_is_the_equivariance_error_of_the_whole_output(photograph, shift):
    x = ring(photograph, x=128, y=32)
    op, move = iv.Relu() >> iv.MaxPool(window={"x": 4}), iv.Translate(x=shift)
    wanted = float(iv.equivariance_error(op, x, move))
    assert error_as_given(op, x, op(x), move) == pytest.approx(wanted, rel=1e-12)
    assert region_of(op, x, op(x), move) == {}


def test_on_a_periodic_axis_padding_leaves_a_border(photograph):
    x = ring(photograph, x=128, y=32)
    op = iv.BlurPool(taps=5, stride={"x": 1}, boundary="zero")
    where = region_of(op, x, op(x), iv.Translate(x=3))
    assert (where["x"].start, where["x"].stop) == (5, 126)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_a_roll_by_whole_strides_shows_nothing_inside(photograph, shift):
    """The output moves by whole samples, so nothing is interpolated."""
    op = iv.Subsample(stride={"x": 2}) >> iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero")
    move = iv.Translate(x=2 * shift)
    assert error_as_given(op, photograph, op(photograph), move) < 1e-13


def test_a_crop_that_has_lost_its_period_is_rolled_all_the_same(photograph):
    x = ring(photograph, x=128).isel(x=slice(0, 100))
    assert not iv.axis_of(x, "x").periodic
    np.testing.assert_array_equal(rolled(x, iv.Translate(x=3)), x.roll(x=3, roll_coords=False))
    op = iv.BlurPool(taps=3, stride={"x": 1}, boundary="zero")
    assert error_as_given(op, x, op(x), iv.Translate(x=3)) < 1e-13


def test_what_depends_on_a_whole_axis_that_ends_has_no_inside(photograph):
    op = iv.GlobalPool("x")
    with pytest.raises(iv.errors.BorderError):
        error_as_given(op, photograph, op(photograph), iv.Translate(x=3))
    assert error_as_given(op, photograph, op(photograph), iv.Translate(x=3), inside=False) < 1e-13


def test_moves_are_blind_where_each_dim_moves_by_whole_strides(photograph):
    op = iv.Subsample(stride={"x": 2}) >> iv.MaxPool(window={"x": 2, "y": 3}) >> iv.GlobalPool("y")
    strides = strides_met(op, photograph, ["x", "y"])
    assert strides == {"x": 4, "y": 3}
    blind = [{"x": 4}, {"x": -8, "y": 3}, {"x": 0, "y": 6}]
    seeing = [{"x": 2}, {"x": 4, "y": 1}, {"y": 1.5}, {"x": 4.5}]
    assert all(is_blind(iv.Translate(move), photograph, strides) for move in blind)
    assert not any(is_blind(iv.Translate(move), photograph, strides) for move in seeing)


@pytest.mark.parametrize("shift", [1, 2, 3, 0.5, 1.7])
def test_the_seam_does_not_ring_into_the_inside_of_a_signal_whose_ends_do_not_meet(shift):
    """By the Fourier rule alone, .5 to 1.2 % were left where next to nothing folds."""
    rng = np.random.default_rng(1)
    smooth = iv.GaussianBank(sigma={"x": 6.0}, boundary="reflect")(
        iv.power_law_noise(iv.Axis("x", size=1024), exponent=0.0, rng=rng)
    )
    x = smooth.squeeze(drop=True) + 3.0 * np.linspace(-1, 1, 1024)
    op = iv.Subsample(stride={"x": 4})
    assert error_as_given(op, x, op(x), iv.Translate(x=shift)) < 1e-3
