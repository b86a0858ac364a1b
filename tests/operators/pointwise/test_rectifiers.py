"""Rectifiers: their limits, and what their parameters may be."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig import Gelu, LeakyRelu, Relu, Softplus, label
from invarsig.errors import ParameterError

FAR = label([-np.inf, -1e4, 1e4, np.inf], "x")


@pytest.mark.parametrize("op", [Gelu(), Softplus()], ids=str)
def test_smooth_rectifiers_go_over_into_the_sharp_one_far_from_zero(op):
    assert op(FAR).values.tolist() == Relu()(FAR).values.tolist()


def test_a_leaky_rectifier_lies_between_the_rectifier_and_the_identity(rng):
    x = label(rng.standard_normal(50), "x")
    assert LeakyRelu(slope=0)(x).equals(Relu()(x))
    assert LeakyRelu(slope=1)(x).equals(x)
    np.testing.assert_allclose(LeakyRelu(0.3)(x), 0.3 * x + 0.7 * Relu()(x), rtol=1e-13)


def test_the_slope_of_softplus_is_the_logistic_function(rng):
    values, step = rng.standard_normal(50), 1e-5
    slope = (Softplus()(label(values + step, "x")) - Softplus()(label(values - step, "x"))) / (
        2 * step
    )
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(-values)), rtol=1e-8)


@pytest.mark.parametrize("slope", [np.nan, np.inf, "steep", 1j, None])
def test_a_slope_is_a_finite_number(slope):
    with pytest.raises(ParameterError, match=r"slope is .*finite number"):
        LeakyRelu(slope=slope)
