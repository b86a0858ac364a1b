"""Reflection about a place in coordinates, and what it does to orientations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig import Axis, Flip, label
from invarsig.errors import AxisError, DimError, ParameterError

law = settings(deadline=None, max_examples=30)


@law
@given(st.integers(1, 20), st.sampled_from([0.1, 1.0, -2.0]))
def test_about_the_middle_it_is_that_of_numpy(size, step):
    values = np.random.default_rng(size).standard_normal((2, size))
    x = label(values, "c", Axis("x", start=-3.0, step=step, unit="px", size=size))
    if size > 1:
        assert np.array_equal(Flip.about_middle(x, "x")(x), values[:, ::-1])


@law
@given(st.integers(2, 20), st.integers(-40, 40))
def test_on_a_ring_every_half_sample_is_a_center_and_nothing_is_lost(size, halves):
    values = np.random.default_rng(size).standard_normal(size)
    move = Flip("x", {"x": halves / 2})
    x = label(values, Axis("x", unit="px", period=float(size)))
    assert np.array_equal(move(x), values[(halves - np.arange(size)) % size])
    assert move.known(x).all()
    assert np.array_equal(move(move(x)), values)


def test_between_samples_a_spline_reads_what_a_tone_is_there():
    n = np.arange(120)
    x = label(np.cos(0.4 * n), Axis("x", unit="px"))
    move = Flip("x", {"x": 59.65})
    known = move.known(x).values
    assert 80 < known.sum() < 100
    np.testing.assert_allclose(move(x).values[known], np.cos(0.4 * (119.3 - n))[known], atol=1e-5)
    ring = label(np.cos(2 * np.pi * 5 * n / 120), Axis("x", unit="px", period=120.0))
    wanted = np.cos(2 * np.pi * 5 * (119.3 - n) / 120)
    assert move.known(ring).all()
    np.testing.assert_allclose(move(ring), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("dims", "to"),
    [(("x",), lambda a: np.pi - a), (("y",), lambda a: -a), (("y", "x"), lambda a: a + np.pi)],
)
@pytest.mark.parametrize("period", [math.pi, 2 * math.pi])
def test_a_direction_goes_where_its_vector_goes(dims, to, period):
    angles = Axis("orientation", step=period / 12, size=12, unit="rad", period=period)
    places = angles.positions()
    vectors = np.stack([np.sin(places), np.cos(places)])
    signs = np.array([-1.0 if d in dims else 1.0 for d in ("y", "x")])
    np.testing.assert_allclose(
        np.stack([np.sin(to(places)), np.cos(to(places))]), signs[:, None] * vectors, atol=1e-12
    )
    x = label(np.exp(np.cos((places - 0.7) * 2 * np.pi / period)), angles)
    moved = Flip(dims, dict.fromkeys(dims, 3.0)).on_output(x)
    # What is at θ comes from the direction that goes to θ; all three maps undo themselves.
    wanted = np.exp(np.cos((to(places) - 0.7) * 2 * np.pi / period))
    np.testing.assert_allclose(moved, wanted, atol=1e-12)


def test_a_dim_of_reflections_swaps_where_one_dim_of_the_plane_is_reflected(rng):
    x = label(rng.standard_normal((2, 4, 4)), "reflection", "y", "x")
    one = Flip("y", {"y": 1.5})(x)
    np.testing.assert_array_equal(one, x.values[::-1, ::-1])
    both = Flip(("y", "x"), {"y": 1.5, "x": 1.5})(x)
    np.testing.assert_array_equal(both, x.values[:, ::-1, ::-1])
    with pytest.raises(AxisError, match="'reflection' has 3 entries"):
        Flip("y", {"y": 1.5})(label(np.zeros((3, 4)), "reflection", "y"))


def test_there_is_no_half_of_a_reflection_and_twice_is_none(rng):
    x = label(rng.standard_normal(6), Axis("x", unit="px"))
    move = Flip("x", {"x": 2.0})
    for t in (0, 2, -4):
        assert move.at(t)(x).identical(x)
    for t in (1, -1, 3):
        assert move.at(t)(x).identical(move(x))
    with pytest.raises(ParameterError, match=r"cannot be done 0\.25 times: it has no half-way"):
        move.at(0.25)


def test_wrong_input_is_refused_by_name():
    with pytest.raises(ParameterError, match=r"The center is \{'y': 2\}; give a coordinate"):
        Flip("x", {"y": 2})
    with pytest.raises(ParameterError, match="The center along 'x' is 'middle'"):
        Flip("x", {"x": "middle"})
    with pytest.raises(DimError, match="each named once"):
        Flip(("x", "x"), {"x": 2})
    with pytest.raises(DimError, match="needs the dim 'x'"):
        Flip("x", {"x": 2})(label([1.0, 2.0], "y"))


@pytest.mark.parametrize(("y", "slack"), [(3.0, 0.0), (3.5, 0.0), (3.2, 1e-6)])
def test_a_ring_is_a_ring_beside_an_axis_that_ends(y, slack):
    rng = np.random.default_rng(0)
    x = label(rng.standard_normal((8, 30)), Axis("y", unit="px", period=8.0), Axis("x", unit="px"))
    both = Flip(("y", "x"), {"y": y, "x": 14.0})
    apart = Flip("x", {"x": 14.0})(Flip("y", {"y": y})(x))
    np.testing.assert_allclose(both(x), apart, atol=slack)
    if not slack:  # nothing is lost round the ring, and one column at the end
        assert both.known(x).all("y").values.tolist() == [True] * 29 + [False]


@pytest.mark.parametrize("dims", [3, None, ("x", 3)])
def test_dims_that_are_no_names_are_told(dims):
    with pytest.raises(DimError, match="each named once"):
        Flip(dims, {"x": 0.0})


def test_a_flip_without_a_center_names_the_one_about_the_middle():
    with pytest.raises(ParameterError, match=r"center of Flip is missing.*Flip\.about_middle"):
        Flip("x")
