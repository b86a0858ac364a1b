"""Powers: which samples have them."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig import Modulus, Power, Square, label
from invarsig.errors import DtypeError, ParameterError


def test_whole_powers_keep_signs_and_phases():
    x = label([-2.0, 0.0, 2.0], "x")
    assert Power(3)(x).values.tolist() == [-8.0, 0.0, 8.0]
    assert Power(2)(x).equals(Square()(x))
    z = label([1j, 1 + 1j], "x")
    np.testing.assert_allclose(Power(2)(z), [-1, 2j], atol=1e-15)


def test_other_powers_of_negative_samples_are_not_a_number():
    out = Power(0.5)(label([-4.0, 4.0], "x")).values
    assert np.isnan(out[0])
    assert out[1] == 2.0


def test_other_powers_of_complex_samples_are_refused_with_a_remedy():
    z = label([1j, -4.0], "x")
    with pytest.raises(DtypeError, match=r"power of 0\.5 .*put a Modulus before"):
        Power(0.5)(z)
    np.testing.assert_allclose((Modulus() >> Power(0.5))(z), [1.0, 2.0])


@pytest.mark.parametrize("exponent", [0, -1, np.nan, np.inf, "two", True, None])
def test_an_exponent_is_a_finite_number_above_zero(exponent):
    with pytest.raises(ParameterError, match=r"exponent is .*above 0"):
        Power(exponent)
