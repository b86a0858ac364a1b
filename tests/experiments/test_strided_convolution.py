"""Strides, pools and global ends, in the reduced form."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.experiments import strided_convolution
from invarsig.experiments.collection import Collection
from tests.experiments.conftest import kept


@pytest.fixture(scope="module")
def found(reduced):
    return reduced("strided-convolution")


@pytest.fixture(scope="module")
def window():
    data = Collection.found()
    return strided_convolution._window(data.picture(data.paths("images")[0], 64), 32, 0)


@pytest.fixture(scope="module")
def stacks(window):
    return strided_convolution._stacks(window, np.random.default_rng(3))


@pytest.mark.parametrize("stack", ["strided convolutions", "all-convolutional", "max pools"])
@pytest.mark.parametrize("end", ["global mean", "global max"])
def test_a_global_pool_at_the_end_does_not_make_a_stack_with_strides_invariant(found, stack, end):
    effect = found.effect(f"change after {end}, {stack}")
    assert not kept(found, effect)
    assert effect.value > -40


def test_blurring_gains_more_after_a_global_mean_than_on_the_map(found):
    map_gain = -found.effect("error of the map, blur pools of 3 taps over max pools").value
    mean_gain = (
        found.effect("change after global mean, max pools").value
        - found.effect("change after global mean, blur pools of 3 taps").value
    )
    assert map_gain > 6
    assert mean_gain > 1.5 * map_gain


def test_striding_errs_more_than_pooling_with_the_same_weights(found):
    assert found.effect("error of the map, strided convolutions over max pools").value > 1


def test_with_no_stride_the_global_mean_is_invariant_to_round_off(found):
    assert found.effect("change after global mean, max pools, no stride").value < -250


def test_the_lift_predicts_the_change_of_the_global_mean_to_round_off(found):
    assert found.effect("miss of the change predicted from the lift, max pools").value < -250


def test_the_shares_of_the_layers_add_up_to_one(found):
    total = found.dataset["share"].sum("layer").to_numpy()
    assert np.allclose(total, 1, atol=1e-9)


def test_stacks_have_one_total_stride_and_the_same_first_kernel(stacks, window):
    sizes = {(op(window).sizes["y"], op(window).sizes["x"]) for op in stacks.values()}
    assert sizes == {(4, 4)}
    first = [op.stages[0].kernels.to_numpy() for op in stacks.values()]
    assert all(np.array_equal(first[0], each) for each in first)


@pytest.mark.parametrize("stack", ["stride", "all", "max", "blur"])
def test_moving_by_the_total_stride_leaves_every_global_end_as_it_is(stacks, window, stack):
    move = iv.Translate(x=8.0)
    for end in ("largest", "mean"):
        op = strided_convolution._ends(stacks[stack])[end]
        assert np.allclose(op(move(window)), op(window), rtol=1e-12, atol=1e-12)


def test_root_mean_squares_are_in_decibels():
    import xarray as xr

    values = xr.DataArray([[3.0, 4.0]], dims=("picture", "length"))
    level = strided_convolution._root_mean_square(values, ("length",))
    assert float(level[0]) == pytest.approx(10 * np.log10(12.5))
