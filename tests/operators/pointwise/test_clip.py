"""Clipping against numpy."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import DtypeError, ParameterError


def test_samples_beyond_a_limit_are_at_the_limit_and_others_stay(rng):
    x = iv.label(5 * rng.standard_normal((4, 9)), "y", "x")
    assert np.array_equal(iv.Clip(-1, 2.5)(x), np.clip(x, -1, 2.5))
    assert np.array_equal(iv.Clip(0, 6)(x), np.minimum(iv.Relu()(x), 6))


def test_nan_is_propagated_and_single_precision_stays():
    y = iv.Clip()(iv.label(np.array([np.nan, -np.inf, np.inf], np.float32), "x"))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, [np.nan, 0.0, 1.0])


def test_limits_are_in_the_unit_of_the_samples():
    x = iv.label([1.0, 2.0], "x", attrs={"units": "Pa"})
    assert iv.Clip(0, 1.5)(x).attrs == {"units": "Pa"}
    assert str(iv.Clip(0, 6)) == "Clip(high 6)"
    assert repr(iv.Clip(0, 6)) == "iv.Clip(high=6.0)"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1, 1, "low is 1 and high 1"), (2, 1, "above the low"), (0, np.nan, "high is nan")],
)
def test_limits_that_are_not_in_order_are_refused(low, high, said):
    with pytest.raises(ParameterError, match=said):
        iv.Clip(low, high)


def test_complex_samples_have_no_order():
    with pytest.raises(DtypeError, match="Clip needs real values"):
        iv.Clip()(iv.label([1j], "x"))
