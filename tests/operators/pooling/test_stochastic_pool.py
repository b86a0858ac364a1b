"""Stochastic pools: the expectation by its formula, and draws by their frequencies."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig import Relu, StochasticPool, Translate, commutator
from invarsig.errors import DtypeError, ParameterError
from tests.operators.pooling.rings import MODES, WINDOWS, by_name, gathered, ring


def expectation(x: np.ndarray) -> float:
    return float(x @ x / x.sum()) if x.sum() else 0.0


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("size", "window", "stride"), WINDOWS)
def test_the_expectation_weighs_each_sample_by_itself(size, window, stride, boundary, rng):
    values = np.maximum(rng.standard_normal(size), 0)
    op = StochasticPool(by_name(*window), by_name(*stride), boundary)
    wanted = gathered(values, window, stride, boundary, expectation)
    np.testing.assert_allclose(op(ring(values)), wanted, rtol=1e-12)


@pytest.mark.parametrize("boundary", [*MODES, "valid"])
@pytest.mark.parametrize(("size", "window", "stride"), WINDOWS)
def test_a_draw_is_one_of_its_windows_samples(size, window, stride, boundary, rng):
    values = rng.permutation(np.arange(1.0, np.prod(size) + 1)).reshape(size)
    op = StochasticPool(by_name(*window), by_name(*stride), boundary, rng=5)
    drawn = op(ring(values)).to_numpy()
    found = iter(drawn.ravel())
    assert gathered(values, window, stride, boundary, lambda x: next(found) in x).all()


def test_draws_come_as_often_as_their_share_of_the_window():
    rows = np.tile([1.0, 2.0, 0.0, 5.0], (20_000, 1))
    out = StochasticPool(window={"x": 4}, rng=3)(xr.DataArray(rows, dims=("draw", "x")))
    values, counts = np.unique(out, return_counts=True)
    assert values.tolist() == [1.0, 2.0, 5.0]
    # Four standard deviations of a binomial count.
    for share, count in zip((1 / 8, 2 / 8, 5 / 8), counts, strict=True):
        assert abs(count - share * 20_000) < 4 * np.sqrt(20_000 * share * (1 - share))


def test_the_mean_of_many_draws_is_the_expectation(rng):
    x = ring(rng.uniform(0, 1, (4, 12)))
    op = StochasticPool(window={"y": 2, "x": 3}, rng=0)
    many = x.expand_dims(draw=np.arange(4000))
    mean = op(many).mean("draw")
    assert abs(mean - op.expectation()(x)).max() < 0.03


def test_a_seed_gives_the_same_draws_at_each_call_and_another_seed_others(rng):
    x = ring(rng.uniform(0, 1, 240))
    one, again, other = (StochasticPool(window={"x": 4}, rng=seed) for seed in (1, 1, 2))
    assert one(x).identical(one(x))
    assert one(x).identical(again(x))
    assert not one(x).equals(other(x))


def test_draws_do_not_move_with_the_signal_but_the_expectation_does(rng):
    x = ring(rng.uniform(0, 1, 24))
    op = StochasticPool(window={"x": 3}, rng=1)
    assert abs(commutator(op, x, Translate(x=1.5))).max() > 0.01
    assert abs(commutator(op.expectation(), x, Translate(x=1.5))).max() < 1e-14


@pytest.mark.parametrize("seed", [None, 4])
def test_windows_of_zeros_give_zero_and_nan_stays_in_its_windows(seed):
    values = np.zeros(12)
    values[7] = np.nan
    out = StochasticPool(window={"x": 3}, rng=seed)(ring(values))
    np.testing.assert_array_equal(out, [0, 0, np.nan, 0])


@pytest.mark.parametrize("seed", [None, 4])
def test_large_and_tiny_activations_keep_their_precision(seed):
    for scale in (1e-30, 1e30):
        values = (scale * np.array([1.0, 3.0])).astype(np.float32)
        out = StochasticPool(window={"x": 2}, rng=seed)(ring(values)) / scale
        assert float(out[0]) in (pytest.approx(2.5), pytest.approx(1), pytest.approx(3))


def test_items_of_a_batch_have_expectations_of_their_own(rng):
    x = ring(rng.uniform(0, 1, (3, 24)))
    op = StochasticPool(window={"x": 3})
    for row in range(3):
        xr.testing.assert_allclose(op(x).isel(y=row), op(x.isel(y=row)))


def test_negative_and_complex_values_are_refused():
    op = StochasticPool(window={"x": 2})
    with pytest.raises(DtypeError, match=r"at least 0, and the lowest of these is -2; put a Relu"):
        op(ring(np.array([1.0, -2.0, np.nan, 0.0])))
    out = (Relu() >> op)(ring(np.array([1.0, -2.0, 3.0, 0.0])))
    np.testing.assert_allclose(out, [1.0, 3.0])
    with pytest.raises(DtypeError, match="StochasticPool needs real values"):
        op(ring(np.zeros(4, complex)))


@pytest.mark.parametrize("seed", [-1, 0.5, True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ParameterError, match="seed rng"):
        StochasticPool(window={"x": 2}, rng=seed)


def test_the_expectation_of_the_largest_numbers_is_one_of_them():
    big = np.finfo(np.float32).max / 1.5
    out = StochasticPool(window={"x": 2})(ring(np.array([big, big, 1e-40, 1e-40], np.float32)))
    np.testing.assert_allclose(out, [big, 1e-40], rtol=1e-5)
