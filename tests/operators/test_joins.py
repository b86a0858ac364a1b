"""Joins: place by place, on one grid, also where an input lacks a dim."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv

A = iv.label(np.arange(6.0).reshape(2, 3), "channel", iv.Axis("x", step=2.0))
GATE = iv.label([10.0, 100.0], "channel")


def test_a_sum_and_a_product_are_those_of_the_values():
    np.testing.assert_array_equal(iv.Add()([A, A, A]), 3 * A)
    np.testing.assert_array_equal(iv.Multiply()([A, A]), A**2)


@pytest.mark.parametrize("inputs", [(A, GATE), (GATE, A), (A.transpose("x", "channel"), GATE)])
def test_an_input_that_lacks_a_dim_is_the_same_at_all_its_places(inputs):
    y = iv.Multiply()(inputs)
    np.testing.assert_array_equal(y.transpose("channel", "x"), A * GATE)
    np.testing.assert_array_equal(y.x, A.x)


def test_parts_stand_one_after_the_other():
    y = iv.Concatenate("channel")([A, A.isel(channel=[0]) + 1])
    np.testing.assert_array_equal(y, np.concatenate([A, A[:1] + 1]))
    assert y.dims == A.dims
    np.testing.assert_array_equal(y.x, A.x)


def test_parts_in_another_order_of_dims_are_the_same_parts():
    other = A.transpose("x", "channel")
    np.testing.assert_array_equal(iv.Concatenate("channel")([A, other])[2:], A)


@pytest.mark.parametrize("join", [iv.Add(), iv.Multiply(), iv.Concatenate("channel")])
@pytest.mark.parametrize(
    "other",
    [
        A.isel(x=slice(0, 2)),
        A.assign_coords(x=A.x * 2),
        A.assign_coords(x=A.x + 20),
    ],
)
def test_other_grids_are_refused(join, other):
    with pytest.raises(iv.errors.AxisError, match="do not meet along 'x'"):
        join([A, other])


def test_one_input_is_not_joined_and_a_missing_dim_is_named():
    with pytest.raises(iv.errors.ParameterError, match="at least two"):
        iv.Add()([A])
    with pytest.raises(iv.errors.DimError, match="'y'"):
        iv.Concatenate("y")([A, A])


@pytest.mark.parametrize("join", [iv.Add(), iv.Multiply(), iv.Concatenate("channel")])
def test_the_axes_that_were_said_come_out(join):
    said = join.after([iv.Axes.of(A), iv.Axes.of(A)])
    y = join([A, A])
    assert {dim: said.read_or_counted(dim).size for dim in said} == dict(y.sizes)
    assert said["x"] == iv.axis_of(y, "x")


def test_nan_is_passed_on():
    assert np.isnan(iv.Add()([A, A * np.nan])).all()


def test_the_unit_follows_the_quantity():
    pascal, ratio = A.assign_attrs(units="Pa"), A
    volt = A.assign_attrs(units="V")
    assert iv.Add()([pascal, pascal]).attrs == {"units": "Pa"}
    assert iv.Add()([pascal, volt]).attrs == {}
    assert iv.Multiply()([pascal, pascal]).attrs == {"units": "Pa^2"}
    assert iv.Multiply()([ratio, pascal]).attrs == {"units": "Pa"}
    assert iv.Multiply()([pascal, volt]).attrs == {}
