"""Logarithms and levels: small values, zero and below."""

from __future__ import annotations

import numpy as np
import pytest

from invarsig import Decibel, Log, Log1p, Modulus, Square, label
from invarsig.errors import ParameterError


def test_log1p_is_exact_where_a_logarithm_with_an_offset_is_not():
    x = label([1e-20, 1e-3], "x")
    np.testing.assert_allclose(Log1p()(x), np.log1p(x), rtol=1e-15)
    assert Log(offset=1.0)(x).values[0] == 0.0


def test_below_minus_one_there_is_no_logarithm():
    out = Log1p()(label([-1.0, -2.0], "x")).values
    assert out[0] == -np.inf
    assert np.isnan(out[1])


def test_the_level_of_an_amplitude_is_that_of_its_power(rng):
    z = label(rng.standard_normal(20) + 1j * rng.standard_normal(20), "x")
    amplitude = Decibel(of="amplitude", reference=3.0)(z)
    power = (Square() >> Decibel(reference=9.0))(z)
    np.testing.assert_allclose(amplitude, power, atol=1e-12)
    np.testing.assert_allclose(amplitude, (Modulus() >> Decibel("amplitude", 3.0))(z), atol=1e-12)
    assert amplitude.dtype == np.float64
    assert Decibel(of="amplitude")(z.astype(np.complex64)).dtype == np.float32


def test_levels_below_the_floor_are_raised_to_it():
    x = label([0.0, 1e-9, 1e-3, -1.0, -1e-20, np.nan], "x")
    levels = Decibel(floor=-60.0)(x).values
    # A power below zero lies below every floor, as in librosa's power_to_db.
    np.testing.assert_allclose(levels[:5], [-60.0, -60.0, -30.0, -60.0, -60.0])
    assert np.isnan(levels[5])
    assert Decibel(floor=-60.0)(x.astype(np.float32)).dtype == np.float32
    assert Decibel()(x).values[0] == -np.inf
    assert np.isnan(Decibel()(x).values[3:]).all(), "no power is below zero"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"of": "loudness"}, r"of='loudness' is unknown.*power, amplitude"),
        ({"reference": 0.0}, r"reference is 0;.*above 0"),
        ({"reference": np.nan}, "reference is nan"),
        ({"floor": np.inf}, "floor is inf dB.*finite"),
        ({"floor": "low"}, "floor is 'low' dB"),
    ],
)
def test_a_level_needs_a_reference_and_a_finite_floor(options, said):
    with pytest.raises(ParameterError, match=said):
        Decibel(**options)
