"""Deformation: bounded, invertible, and the same function of coordinates on every grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig import Axis, Warp, label
from invarsig.errors import AxisError, ParameterError

law = settings(deadline=None, max_examples=20)


def grid(*sizes):
    return dict(zip(("y", "x"), np.meshgrid(*map(np.arange, sizes), indexing="ij"), strict=True))


@pytest.mark.parametrize("t", [1.0, 0.5, 2.0])
def test_a_function_is_read_where_it_was_displaced_from(t):
    plane = {dim: 1.0 * at for dim, at in grid(100, 110).items()}

    def f(y, x):
        return np.cos(0.2 * y + 0.1) * np.sin(0.15 * x) + np.cos(0.1 * (x - y))

    x = label(f(**plane), Axis("y", unit="px"), Axis("x", unit="px"))
    move = Warp({"y": 50.0, "x": 70.0}, gradient=0.2, rng=4).at(t)
    tau = move.displaced(plane)
    wanted = f(plane["y"] - t * tau["y"], plane["x"] - t * tau["x"])
    known = move.known(x).values
    assert known.sum() > 3000
    assert np.abs(tau["y"]).max() > 0.5
    np.testing.assert_allclose(move(x).values[known], wanted[known], atol=1e-5)


@law
@given(st.integers(0, 10**6), st.floats(0.05, 0.9))
def test_no_slope_is_above_the_gradient_and_no_displacement_above_its_bound(seed, gradient):
    move = Warp({"y": 40.0, "x": 40.0}, gradient=gradient, rng=seed)
    places = {dim: at / 4 for dim, at in grid(200, 200).items()}
    tau = move.displaced(places)
    assert max(np.abs(each).max() for each in tau.values()) <= gradient / np.pi * 40
    slopes = np.stack([np.stack(np.gradient(tau[dim], 0.25)) for dim in ("y", "x")])
    norms = np.linalg.norm(np.moveaxis(slopes, (0, 1), (-2, -1)), ord=2, axis=(-2, -1))
    assert norms.max() <= gradient * (1 + 1e-9)


@law
@given(st.integers(0, 10**6), st.floats(0.01, 0.95))
def test_the_inverse_map_undoes_the_map_of_points(seed, gradient):
    move = Warp({"time": 0.3}, gradient=gradient, rng=seed)
    places = {"time": np.linspace(-1, 1, 101)}
    for t in (1.0, 0.5):
        there = move.at(t)._source(places)
        np.testing.assert_allclose(move.at(-t)._source(there)["time"], places["time"], atol=1e-11)


def test_the_same_places_move_on_a_strided_grid():
    n = np.arange(400.0)
    x = label(np.exp(-((n - 200) ** 2) / 5000), Axis("time", step=0.01, unit="s"))
    move = Warp({"time": 1.0}, gradient=0.3, rng=2)
    thin = x.isel(time=slice(2, None, 5))
    known = move.known(thin).values
    wanted = move(x).isel(time=slice(2, None, 5))
    np.testing.assert_allclose(move.on_output(thin).values[known], wanted.values[known], atol=1e-5)
    assert known.any()


def test_a_seed_is_a_deformation_and_another_seed_another(rng):
    x = label(rng.standard_normal(200), Axis("x", unit="px"))
    one, again, other = (Warp({"x": 40.0}, rng=seed)(x) for seed in (1, 1, 2))
    assert one.identical(again)
    assert not np.allclose(one, other)


def test_a_given_function_works_in_wavelengths():
    n = np.arange(300.0)
    x = label(np.sin(0.1 * n), Axis("time", step=0.01, unit="s"))
    move = Warp({"time": 2.0}, gradient=0.2, displacement=lambda t: 0.03 * np.cos(2 * np.pi * t))
    known = move.known(x).values
    wanted = np.sin(0.1 * (n - 6.0 * np.cos(2 * np.pi * n / 200)))
    np.testing.assert_allclose(move(x).values[known], wanted[known], atol=1e-5)
    milli = move.rescaled({"time": 1000.0})
    np.testing.assert_allclose(milli(x.assign_coords(time=n * 10)), move(x), atol=1e-9)


def test_a_function_steeper_than_it_says_is_refused():
    x = label(np.zeros(100), Axis("x", unit="px"))
    steep = Warp({"x": 10.0}, gradient=0.2, displacement=lambda u: 0.1 * np.sin(2 * np.pi * u))
    with pytest.raises(
        ParameterError, match=r"a gradient of 0\.62.*, which gradient=0\.2 is to bound"
    ):
        steep(x)


def test_a_result_that_has_lost_a_dim_stays(rng):
    x = label(rng.standard_normal((30, 30)), Axis("y", unit="px"), Axis("x", unit="px"))
    move = Warp({"y": 20.0, "x": 20.0})
    assert move.on_output(x[0]).identical(x[0])
    assert move.known(x[0]).all()


def test_wrong_input_is_refused_by_name():
    with pytest.raises(ParameterError, match="The gradient is 1 at t=1, 1 in all"):
        Warp({"x": 10.0}, gradient=1.0)
    with pytest.raises(ParameterError, match=r"The gradient is 0\.6 at t=2, 1\.2 in all"):
        Warp({"x": 10.0}, gradient=0.6).at(2)
    with pytest.raises(ParameterError, match="The wavelength along 'x' is -1; give one above 0"):
        Warp({"x": -1.0})
    with pytest.raises(ParameterError, match=r"The wavelength is 3\.0; give one along each dim"):
        Warp(3.0)
    with pytest.raises(ParameterError, match="rng='a' is not a seed"):
        Warp({"x": 10.0}, rng="a")
    with pytest.raises(ParameterError, match="t is nan"):
        Warp({"x": 10.0}).at(math.nan)
    with pytest.raises(AxisError, match="is empty"):
        Warp({"x": 10.0})(label(np.zeros(0), "x"))


@pytest.mark.parametrize(
    ("displacement", "told"),
    [
        (lambda y, _: (y,), r"gives 1 array.*2 dims"),
        (lambda y, x: (np.full_like(y, np.nan), x * 0), "nan"),
    ],
)
def test_a_function_that_gives_no_displacement_is_told(displacement, told):
    x = label(np.zeros((10, 12)), Axis("y", unit="px"), Axis("x", unit="px"))
    move = Warp({"y": 4.0, "x": 4.0}, displacement=displacement)
    with pytest.raises(ParameterError, match=told):
        move(x)
