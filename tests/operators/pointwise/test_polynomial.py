"""Polynomials against numpy's, and what their coefficients may be."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import polynomial

from invarsig import Polynomial, label
from invarsig.errors import ParameterError


@pytest.mark.parametrize("degree", [1, 2, 3, 7, 12])
def test_every_degree_is_evaluated_as_numpy_does(degree, rng):
    coefficients = rng.standard_normal(degree + 1)
    values = rng.uniform(-1.5, 1.5, size=(3, 20))
    out = Polynomial(coefficients)(label(values, "y", "x"))
    np.testing.assert_allclose(out, polynomial.polyval(values, coefficients), rtol=1e-10)
    complex_out = Polynomial(coefficients)(label(1j * values, "y", "x"))
    np.testing.assert_allclose(
        complex_out, polynomial.polyval(1j * values, coefficients), rtol=1e-10
    )


def test_zeros_beyond_the_degree_are_dropped():
    assert Polynomial([1, 2, 0, 0]) == Polynomial((1.0, 2.0))
    assert Polynomial([1, 2, 0, 0]).degree == 1


def test_only_a_multiple_of_the_input_is_linear():
    assert Polynomial((0, 2)).linear
    assert not Polynomial((1, 2)).linear
    assert not Polynomial((0, 0, 2)).linear


def test_its_coefficients_can_be_read_from_its_name():
    assert str(Polynomial((0, 1, -0.5))) == "Polynomial(coefficients 0, 1, -0.5)"


@pytest.mark.parametrize("coefficients", ["1, 2", (1, np.nan), (1, np.inf), ((1, 2),), (None,), 3])
def test_coefficients_are_finite_numbers_in_a_row(coefficients):
    with pytest.raises(ParameterError, match=r"coefficients are .*finite numbers"):
        Polynomial(coefficients)


@pytest.mark.parametrize("coefficients", [(), (1,), (0, 0), (3, 0, 0)])
def test_a_constant_is_refused_since_it_would_hide_nan(coefficients):
    with pytest.raises(ParameterError, match="a constant"):
        Polynomial(coefficients)
