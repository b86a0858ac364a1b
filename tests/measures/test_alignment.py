"""Alignment: moving a result from the samples that were chosen before to those chosen after."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.commutator import chosen_dims, grid_shift, moved_last
from invarsig.errors import ParameterError
from tests.conftest import ring

POOL = iv.PolyphasePool(stride={"y": 4, "x": 4})


def test_a_photograph_is_pooled_exactly_up_to_whole_samples(photograph):
    x = ring(photograph, y=64, x=96)
    moves = [iv.Translate(y=dy, x=dx) for dy, dx in [(1, 0), (0, 1), (2, 3), (-5, 7), (64, 1)]]
    aligned = iv.equivariance_error(POOL, x, moves, align="grid")
    assert not aligned.any()
    assert aligned.attrs["align"] == "grid"
    by_length = iv.equivariance_error(POOL, x, moves)
    assert "align" not in by_length.attrs
    assert float(by_length.max()) > 0.1


def test_the_shift_is_that_of_the_phases_and_of_the_input(photograph):
    x = ring(photograph, y=64, x=96)
    for d in range(-4, 9):
        move = iv.Translate(x=d)
        y, first = POOL(x), POOL(move(x))
        shift = float(grid_shift(y, first, move, "x"))
        assert shift == (float(y.x_phase) + d - float(first.x_phase)) / 4
        assert float(grid_shift(y, first, move, "y")) == 0


def test_on_a_descending_axis_and_in_other_units_it_is_the_same(photograph):
    x = ring(photograph, y=64, x=96)
    down = x.assign_coords(x=("x", 5.0 - 1e-3 * np.arange(96), {"period": 0.096, "units": "s"}))
    move = iv.Translate(x=3e-3)
    assert not iv.equivariance_error(POOL, down, move, align="grid").any()
    y, first = POOL(down), POOL(move(down))
    assert float(grid_shift(y, first, move, "x")) == pytest.approx(
        round(float(grid_shift(y, first, move, "x")))
    )


def test_single_precision_labels_do_not_turn_whole_shifts_into_fractions(photograph):
    x = ring(photograph, y=64, x=96).astype(np.float32)
    labels = (1e3 + 0.1 * np.arange(96)).astype(np.float32)
    x = x.assign_coords(x=("x", labels, {"period": 9.6}))
    moves = [iv.Translate.in_samples(x, x=d) for d in range(1, 6)]
    assert not iv.equivariance_error(POOL, x, moves, align="grid").any()


def test_without_phases_both_alignments_are_the_same(photograph):
    x = ring(photograph, y=64, x=96)
    moves = [iv.Translate(x=1), iv.Translate(y=0.37)]
    pool = iv.MaxPool(window={"x": 2})
    one, other = (iv.equivariance_error(pool, x, moves, align=a) for a in ("grid", "fourier"))
    np.testing.assert_array_equal(one, other)
    assert chosen_dims(pool(x)) == ()


def test_fractions_of_a_sample_are_moved_as_fractions(photograph):
    x = ring(photograph, y=64, x=96)
    move = iv.Translate(x=0.37)
    y, first = POOL(x), POOL(move(x))
    expected = iv.Translate(x=0.37 + float(y.x_phase - first.x_phase))(y)
    np.testing.assert_allclose(moved_last(y, first, move, "grid"), expected, atol=1e-12)


def test_each_kept_entry_is_moved_by_its_own(photograph, rng):
    x = ring(photograph, y=64, x=96).expand_dims(picture=3)
    x = x.copy(data=np.stack([np.roll(x.values[k], (k, 2 * k), (0, 1)) for k in range(3)]))
    errors = iv.equivariance_error(POOL, x, iv.Translate(x=1), keep=["picture"], align="grid")
    assert errors.dims == ("picture",)
    assert not errors.any()


def test_levels_are_aligned_leaf_by_leaf(photograph):
    x = ring(photograph, y=64, x=96)
    levels = iv.Levels({"two": iv.PolyphasePool({"y": 2, "x": 2}), "four": POOL})
    tree = iv.equivariance_error(levels, x, iv.Translate(x=1), align="grid")
    assert not tree["two"]["error"].any()
    assert not tree["four"]["error"].any()


def test_a_result_of_nan_stays_nan(photograph):
    x = ring(photograph, y=64, x=96) * np.nan
    soft = iv.SoftPolyphasePool({"y": 4, "x": 4})
    assert np.isnan(iv.commutator(soft, x, iv.Translate(x=1), align="grid")).all()
    error = iv.equivariance_error(soft, x, iv.Translate(x=1), align="grid")
    assert np.isnan([error, error.apart]).all()


def test_alignment_is_refused_where_it_is_not_defined(photograph):
    x = ring(photograph, y=64, x=96)
    with pytest.raises(ParameterError, match=r"align='sub' is unknown.*fourier, grid"):
        iv.equivariance_error(POOL, x, iv.Translate(x=1), align="sub")
    with pytest.raises(
        ParameterError, match=r"on a periodic axis, and the protocol is 'cut'.*fourier"
    ):
        iv.equivariance_error(POOL, x, iv.Translate(x=1), protocol="cut", align="grid")
