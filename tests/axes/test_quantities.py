"""Arrays of pint go through operators and actions, and come out in the right unit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import xarray as xr

import invarsig as iv

pint = pytest.importorskip("pint", reason="pint is not installed")
UNITS = pint.UnitRegistry()


@pytest.fixture
def pressure(rng):
    time = iv.label(np.zeros(32), iv.Axis("time", step=0.01, unit="s", period=0.32)).time
    held = UNITS.Quantity(rng.standard_normal(32), "Pa")
    return xr.DataArray(held, {"time": time}, "time", name="p", attrs={"made": "here"})


@pytest.mark.parametrize(
    ("op", "unit"),
    [
        (iv.MeanPool({"time": 2}), "Pa"),
        (iv.Relu() >> iv.BlurPool(taps=3, stride={"time": 2}), "Pa"),
        (iv.Square(), "Pa ** 2"),
        (iv.Translate(time="20 ms"), "Pa"),
        (iv.Translate(time=0.0137), "Pa"),
    ],
)
def test_values_are_those_without_units_and_the_unit_follows(op, unit, pressure):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = op(pressure)
    wanted = op(pressure.copy(data=pressure.data.magnitude))
    assert found.data.units == UNITS.Unit(unit)
    np.testing.assert_array_equal(found.data.magnitude, wanted.values)
    assert found.attrs == {"made": "here"}
    assert found.time.identical(wanted.time)
    assert found.name == "p"


def test_a_result_whose_unit_is_not_known_is_a_plain_array(pressure):
    found = iv.Log1p()(abs(pressure))
    assert isinstance(found.data, np.ndarray)


def test_what_is_relative_has_no_unit(pressure):
    op, move = iv.Subsample({"time": 2}), iv.Translate(time="10 ms")
    plain = pressure.copy(data=pressure.data.magnitude)
    error = pressure.iv.equivariance_error(op, move)
    assert error.item() == plain.iv.equivariance_error(op, move).item()
    assert isinstance(error.data, (np.ndarray, np.generic))


def test_a_length_may_be_a_quantity(pressure):
    move = iv.Translate(time=UNITS.Quantity(20, "ms"))
    assert move.on(pressure) == iv.Translate(time=0.02)
    with pytest.raises(iv.errors.AxisError, match="1 m does not fit"):
        iv.Translate(time=UNITS.Quantity(1, "m"))(pressure)


def test_a_spectrum_has_the_unit_of_the_signal(pressure):
    assert pressure.iv.spectrum("time").data.units == UNITS.Unit("Pa")
