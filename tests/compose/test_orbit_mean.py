"""Means over orbits are equivariant, or invariant, where the orbit is a group."""

from __future__ import annotations

import math

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import DimError, DtypeError, ParameterError
from tests.compose.rings import circle, off, torus

QUARTER = math.pi / 2


@pytest.fixture
def fickle(rng) -> iv.Operator:
    """Neither equivariant nor invariant: other weights at every place, rectified."""
    taps = iv.label(rng.standard_normal((12, 3)), "x", "x_tap")
    return iv.LocallyConnected(taps) >> iv.Relu()


def test_the_mean_over_all_shifts_of_a_ring_is_equivariant_whatever_is_averaged(fickle, rng):
    x = circle(rng.standard_normal((2, 12)), step=0.5)
    step = iv.Translate(x=0.5)
    mean = iv.compose.orbit_mean(fickle, step, count=12)
    assert float(iv.equivariance_error(fickle, x, step)) > 0.5
    for k in range(1, 12):
        assert float(iv.equivariance_error(mean, x, step.at(k))) < 1e-15


def test_without_moving_back_or_without_the_axis_the_mean_is_invariant(fickle, rng):
    x = circle(rng.standard_normal((2, 12)))
    step = iv.Translate(x=1)
    augmented = iv.compose.orbit_mean(fickle, step, count=12, back=False)
    pooled = iv.compose.orbit_mean(fickle >> iv.GlobalPool("x", kind="max"), step, count=12)
    for op in (augmented, pooled):
        for k in (1, 5):
            assert off(op(step.at(k)(x)), op(x)) < 1e-15
    assert off(fickle(step(x)), fickle(x)) > 0.5


def test_four_quarter_turns_make_any_convolution_equivariant_to_them(rng):
    x = torus(rng.standard_normal((10, 10)))
    plain = iv.Convolve(iv.label(rng.standard_normal((3, 4)), "y", "x")) >> iv.Relu()
    quarter = iv.Rotate(QUARTER, {"y": 2.5, "x": 2.5})
    odd = iv.Convolve(iv.label(rng.standard_normal((3, 5)), "y", "x")) >> iv.Relu()
    mean = iv.compose.orbit_mean(odd, quarter, count=4)
    assert float(iv.equivariance_error(odd, x, quarter)) > 0.3
    for k in (1, 2, 3):
        assert float(iv.equivariance_error(mean, x, quarter.at(k))) < 1e-15
    number = iv.compose.orbit_mean(plain >> iv.GlobalPool(("y", "x"), kind="max"), quarter, count=4)
    assert off(number(quarter(x)), number(x)) < 1e-15


def test_turns_with_flips_are_a_group_of_eight_and_means_nest(rng):
    x = torus(rng.standard_normal((9, 9)))
    op = iv.Convolve(iv.label(rng.standard_normal((3, 3)), "y", "x")) >> iv.Relu()
    center = {"y": 4.0, "x": 4.0}
    quarter, flip = iv.Rotate(QUARTER, center), iv.Flip(("x",), {"x": 4.0})
    mean = iv.compose.orbit_mean(iv.compose.orbit_mean(op, quarter, count=4), flip, count=2)
    for move in (quarter, flip, quarter.at(3)):
        assert float(iv.equivariance_error(mean, x, move)) < 1e-15
    shifts = iv.compose.orbit_mean(
        iv.compose.orbit_mean(op, iv.Translate(y=3), count=3), iv.Translate(x=3), count=3
    )
    assert off(shifts(x), op(x)) < 1e-15  # a convolution commutes with shifts already


def test_the_mean_is_the_mean_of_what_it_says(fickle, rng):
    x = circle(rng.standard_normal(12))
    y = iv.compose.orbit_mean(fickle, [iv.Translate(x=0), iv.Translate(x=2), iv.Translate(x=-3)])(x)
    values = x.to_numpy()
    taps = iv.label(values, iv.Axis("x", period=12.0))
    parts = [np.roll(fickle(taps.copy(data=np.roll(values, d))).to_numpy(), -d) for d in (0, 2, -3)]
    np.testing.assert_allclose(y, np.mean(parts, axis=0), atol=1e-15)


@pytest.mark.parametrize("pool", [iv.MaxPool(window={"x": 4}), iv.Subsample(stride={"x": 4})])
def test_part_of_an_orbit_helps_and_all_phases_of_a_stride_suffice(pool, rng):
    x = circle(rng.standard_normal((20, 60)))
    step = iv.Translate(x=1)
    means = [iv.compose.orbit_mean(pool, step, count=n) for n in (1, 2, 3, 4)]
    errors = [float(iv.equivariance_error(mean, x, step)) for mean in means]
    assert errors[0] > 1.2 * errors[1] > errors[2] > 0.1
    assert errors[3] < 1e-14


def test_on_an_even_grid_the_nyquist_bin_of_a_strided_result_stays_wrong(rng):
    # A real bin cannot be turned by a fraction: it is multiplied by a cosine.
    x, step = circle(rng.standard_normal((200, 64))), iv.Translate(x=1)
    mean = iv.compose.orbit_mean(iv.Subsample(stride={"x": 4}), step, count=4)
    gap = np.fft.rfft(iv.commutator(mean, x, step), axis=-1)
    np.testing.assert_allclose(gap[:, :-1], 0, atol=1e-13)
    assert float(iv.equivariance_error(mean, x, step)) > 0.05


def test_the_mean_over_the_phases_of_a_stride_holds_what_does_not_fold(rng):
    x = circle(rng.standard_normal((3, 60)))
    thin = iv.Convolve(iv.label([1.0, 2.0, 1.0], "x"), stride={"x": 4}) >> iv.Relu()
    mean = iv.compose.orbit_mean(thin, iv.Translate(x=1), count=4)
    orbit = iv.orbit(thin, x, "x")
    lift = np.fft.fft(iv.lift(thin, x, "x"), axis=-1) / 4
    band = np.concatenate([lift[..., :8], lift[..., -7:]], axis=-1)
    np.testing.assert_allclose(mean(x), np.fft.ifft(band, axis=-1).real, atol=1e-14)
    assert float(iv.equivariance_error(mean, x, iv.Translate(x=1))) < 1e-14
    assert float(orbit["folded_energy"].sum()) > 0.01


def test_plans_say_that_a_mean_sees_everything_and_no_more_strides_than_its_body(fickle, rng):
    x = circle(rng.standard_normal((2, 12)))
    mean = iv.compose.orbit_mean(fickle >> iv.MaxPool(window={"x": 2}), iv.Translate(x=1), count=12)
    plan = mean.plan(iv.Axes.of(x))
    assert plan.stride == {"x": 2}
    assert plan.reach == {"x": (math.inf, math.inf)}
    assert not plan.shares("x")
    assert plan.shares("item")
    assert mean.restrided({"x": 1}) is None
    assert (
        iv.compose.orbit_mean(iv.Relu(), iv.Translate(x=1), count=2).restrided({"x": 1}) is not None
    )
    assert iv.compose.orbit_mean(iv.Square(), [iv.Translate(x=0)]).linear is False
    assert "Translate(x=0) to Translate(x=11) (12)" in str(mean)


def test_a_strided_mean_is_lifted_phase_by_phase(rng):
    x = circle(rng.standard_normal((2, 24)))
    mean = iv.compose.orbit_mean(iv.MaxPool(window={"x": 4}), iv.Translate(x=1), count=2)
    fine = iv.lift(mean, x, "x")
    np.testing.assert_allclose(fine.isel(x=slice(None, None, 4)), mean(x), atol=1e-14)
    np.testing.assert_allclose(
        fine.isel(x=slice(1, None, 4)), mean(iv.Translate(x=-1)(x)), atol=1e-14
    )


def test_results_that_choose_their_own_samples_lose_what_they_chose(rng):
    x = circle(rng.standard_normal((4, 12)))
    pool = iv.PolyphasePool(stride={"x": 2})
    assert "x_phase" in pool(x).coords
    assert "x_phase" not in iv.compose.orbit_mean(pool, iv.Translate(x=1), count=2)(x).coords


def test_orbits_that_are_none_are_named(rng):
    relu, move = iv.Relu(), iv.Translate(x=1)
    with pytest.raises(ParameterError, match="needs count="):
        iv.compose.orbit_mean(relu, move)
    with pytest.raises(ParameterError, match="count= is for one action"):
        iv.compose.orbit_mean(relu, [move], count=3)
    with pytest.raises(ParameterError, match="count is 0; give a whole number of at least 1"):
        iv.compose.orbit_mean(relu, move, count=0)
    with pytest.raises(ParameterError, match="no moves to average over"):
        iv.OrbitMean(relu, ())
    with pytest.raises(ParameterError, match="is not a sequence of actions"):
        iv.OrbitMean(relu, move)
    with pytest.raises(ParameterError, match="3 is not an action"):
        iv.OrbitMean(relu, (3,))
    with pytest.raises(DtypeError, match="An operator is needed"):
        iv.compose.orbit_mean(np.abs, move, count=2)
    with pytest.raises(DimError, match="'x'"):
        iv.compose.orbit_mean(relu, move, count=2)(circle(rng.standard_normal(4), dim="time"))
    pair = torus(rng.standard_normal((6, 6)))
    even = iv.Convolve(iv.label(np.ones((2, 3)), "y", "x"))
    quarter = iv.Rotate(QUARTER, {"y": 0.0, "x": 0.0})
    y = iv.OrbitMean(even, (quarter, quarter.at(2)))
    assert set(y(pair).dims) == {"y", "x"}
