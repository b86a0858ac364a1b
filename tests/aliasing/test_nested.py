"""Lifts of pipelines inside pipelines, and of stages that are not shift-invariant."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv


def noise(size: int, seed: int = 0) -> xr.DataArray:
    values = np.random.default_rng(seed).standard_normal(size)
    return iv.label(values, iv.Axis("x", unit="px", period=float(size)))


def by_shifting(op: iv.Operator, x: xr.DataArray, stride: int) -> np.ndarray:
    phases = [op(iv.Translate(x=-k)(x)).to_numpy() for k in range(stride)]
    stacked = np.stack(phases, axis=-1)
    return stacked.reshape(*stacked.shape[:-2], -1)


def blur(taps: int, stride: int) -> iv.Operator:
    return iv.BlurPool(taps=taps, stride={"x": stride})


HALF = iv.Subsample(stride={"x": 2})
POOL = iv.MaxPool(window={"x": 3})
INNER = iv.Pipeline((blur(3, 2), HALF))
NESTED = {
    "a pipeline": iv.Pipeline((HALF, INNER, POOL)),
    "a pipeline in a pipeline": iv.Pipeline((HALF, iv.Pipeline((blur(3, 2), INNER)), POOL)),
    "a sum of pipelines": HALF
    >> iv.Sum((blur(3, 2) >> iv.Relu(), blur(5, 2) >> iv.Tanh()))
    >> POOL,
    "a stack of pipelines": HALF
    >> iv.Parallel({"a": blur(3, 2) >> iv.Relu(), "b": blur(5, 2) >> iv.Tanh()})
    >> POOL,
    "branches of one and two stages": HALF
    >> iv.Sum((blur(3, 2) >> iv.Relu() >> HALF, blur(5, 4)))
    >> POOL,
    "a dense operator": HALF >> iv.Dense(INNER, {"x": 2}) >> POOL,
    "a residual pipeline": HALF >> iv.Residual(blur(3, 1) >> iv.Relu()) >> POOL,
}


@pytest.mark.parametrize("name", NESTED)
def test_a_nested_pipeline_is_lifted_as_shifting_says(name):
    op, x = NESTED[name], noise(144)
    stride = 144 // op(x).sizes["x"]
    np.testing.assert_allclose(iv.lift(op, x, "x"), by_shifting(op, x, stride), atol=1e-12)
    orbit = iv.orbit(op, x, "x")
    np.testing.assert_allclose(orbit["variance"].sum(), orbit["folded_energy"].sum(), rtol=1e-10)
    errors = iv.aliasing.folding_errors(op, x, [iv.Translate(x=d) for d in (1, 2, 5, -1)])
    assert bool(errors["exact"].all())
    np.testing.assert_allclose(errors["measured"], errors["predicted"], atol=1e-12)


def test_a_gain_that_only_the_stride_hides_is_not_explained():
    """Every second sample times 3, then every second sample: a shift by 2 cannot tell."""
    gain = np.tile([1.0, 3.0], 32)
    op = iv.Apply(lambda a: a * gain, over="x") >> HALF
    check = iv.aliasing.folding_explains(op, noise(64), "x")
    assert check.attrs["explained"] is False
    assert iv.predict_error(op, noise(64), iv.Translate(x=1)).attrs["exact"] is False


def click(place: int) -> xr.DataArray:
    values = np.zeros(64)
    values[place] = 1.0
    return iv.label(values, iv.Axis("x", unit="px", period=64.0))


def test_unshared_weights_are_caught_where_the_signal_is_silent():
    weights = np.ones((64, 1))
    weights[50] = 3.0
    op = iv.LocallyConnected(xr.DataArray(weights, dims=("x", "x_tap")))
    assert iv.aliasing.folding_explains(op, click(10), "x").attrs["explained"] is False
    assert iv.predict_error(op, click(10), iv.Translate(x=40)).attrs["exact"] is False


def test_a_border_inside_is_caught_where_the_signal_is_silent():
    op = iv.Convolve(xr.DataArray(np.ones(3), dims="x"), boundary="zero")
    assert iv.aliasing.folding_explains(op, click(10), "x").attrs["explained"] is False


def test_a_function_of_the_place_is_caught_where_the_signal_is_silent():
    gain = np.where(np.arange(64) == 50, 3.0, 1.0)
    op = iv.Apply(lambda a: a * gain, over="x")
    assert iv.aliasing.folding_explains(op, click(10), "x").attrs["explained"] is False


def test_an_ordinary_function_along_an_axis_is_explained():
    op = iv.Apply(lambda a: np.roll(a, 1, axis=-1) ** 2 + a, over="x") >> HALF
    assert iv.aliasing.folding_explains(op, noise(64), "x").attrs["explained"] is True
    assert iv.aliasing.folding_explains(op, click(10), "x").attrs["explained"] is True


def test_nan_explains_nothing():
    x = noise(64).copy()
    x[3] = np.nan
    assert (
        iv.aliasing.folding_explains(iv.MaxPool(window={"x": 2}), x, "x").attrs["explained"]
        is False
    )
    assert iv.predict_error(HALF, x, iv.Translate(x=1)).attrs["exact"] is False
    assert iv.orbit(HALF, x, "x").attrs["explained"] is False
