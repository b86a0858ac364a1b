"""Units of results: they follow the quantity, or go."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.operators.base import ArrayOperator
from invarsig.operators.units import raised_unit
from invarsig.testing.discovery import examples_of, public_actions, public_operators

VALUES = [1.0, 4.0, 2.0, 3.0, 0.5, 2.0, 7.0, 1.0]
PASCAL = iv.label(VALUES, iv.Axis("x", period=8.0), attrs={"units": "Pa"})


@pytest.mark.parametrize(
    ("op", "unit"),
    [
        (iv.Relu(), "Pa"),
        (iv.Square(), "Pa^2"),
        (iv.Square() >> iv.Square(), "Pa^4"),
        (iv.Square() >> iv.MeanPool({"x": 2}) >> iv.Power(0.5), "Pa"),
        (iv.Power(0.5), None),
        (iv.Power(3), "Pa^3"),
        (iv.Polynomial((0, 0, 2)), "Pa^2"),
        (iv.Polynomial((0, 1, 2)), None),
        (iv.Log(), None),
        (iv.Log1p(), None),
        (iv.Sigmoid(), None),
        (iv.Decibel(), "dB"),
        (iv.Decibel() >> iv.MeanPool({"x": 2}), "dB"),
        (iv.Decibel() >> iv.Square(), None),
        (iv.LayerNorm("x"), "1"),
        (iv.DivisiveNormalization(over="x"), "1"),
        (iv.DivisiveNormalization(over="x") >> iv.Sigmoid(), "1"),
        (iv.PositionAffine(offset=xr.DataArray(np.ones(8), dims="x")), "Pa"),
        (iv.Apply(np.cbrt), None),
        (iv.Filtered(iv.Square(), "x"), "Pa^2"),
        (iv.Residual(iv.Square()), None),
        (iv.Residual(iv.Relu()), "Pa"),
        (iv.Sum(iv.Relu(), iv.Square()), None),
        (iv.Sum(iv.Square(), iv.Square()), "Pa^2"),
        (iv.Parallel({"a": iv.Relu(), "b": iv.Log()}), None),
        (iv.Parallel({"a": iv.Relu(), "b": iv.Modulus()}), "Pa"),
        (iv.GaussianBank(sigma={"x": 0.5}), "Pa"),
        (iv.GaussianDerivativeBank(sigma={"x": 0.5}, order={"x": 1}), None),
        (iv.GaussianDerivativeBank(sigma={"x": 0.5}, order={"x": 1}, normalized=True), "Pa"),
    ],
    ids=str,
)
def test_the_unit_of_the_result_is_that_of_its_quantity(op, unit):
    assert op(PASCAL).attrs.get("units") == unit
    assert "units" not in op(PASCAL.assign_attrs(units=None).drop_attrs(deep=False)).attrs


@pytest.mark.parametrize(
    ("output", "unit"), [("complex", "Pa"), ("magnitude", "Pa"), ("power", "Pa^2"), ("dB", "dB")]
)
def test_a_spectrogram_of_pressure_is_in_pascal_their_square_or_decibels(output, unit, rng):
    axis = iv.Axis("time", step=1 / 800, unit="s")
    x = iv.label(rng.standard_normal(400), axis, attrs={"units": "Pa", "place": "here"})
    y = iv.Spectrogram(window=0.08, hop=0.02, output=output)(x)
    assert y.attrs == {"units": unit, "place": "here"}
    if output == "power":
        mel = iv.MelBank(bands=4)
        assert mel(y).attrs["units"] == "Pa^2"
        assert (mel >> iv.Decibel())(y).attrs["units"] == "dB"


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_a_unit_is_kept_where_the_result_scales_with_the_samples_and_nowhere_else(cls, rng):
    """In kilopascal the numbers are smaller by 1000: so is the result, to the power in its unit."""
    for op, given in examples_of(cls, rng):
        x = given.assign_attrs(units="Pa", place="here")
        y, other = op(x), op(x.copy(data=4 * x.to_numpy()))
        assert y.attrs["place"] == "here"
        unit = y.attrs.get("units")
        degree = {"Pa": 1, "Pa^2": 2, "Pa^3": 3, "1": 0}.get(unit)
        if isinstance(op, ArrayOperator) and op.homogeneity is not None:
            np.testing.assert_allclose(
                other,
                4.0**op.homogeneity * y.to_numpy(),
                rtol=1e-6,
                atol=1e-6 * float(abs(y).max()),
            )
            assert unit == op.result_unit("Pa")
        elif degree is None:
            assert unit in (None, "dB")
            scales = [
                np.allclose(other, 4.0**n * y.to_numpy(), rtol=1e-9, equal_nan=True) for n in (1, 2)
            ]
            # Of what a function does nothing is known beforehand, nor of a derivative's length.
            known = not isinstance(op, iv.Apply) and not hasattr(op, "gamma")
            assert not (known and any(scales) and isinstance(op, ArrayOperator)), op


@pytest.mark.parametrize(
    "cls", [*public_operators(), *public_actions()], ids=lambda cls: cls.__name__
)
def test_xarrays_option_decides_whether_attributes_are_kept(cls, rng):
    op, x = examples_of(cls, rng)[0]
    x = x.assign_attrs(units="Pa", place="here")
    kept = op(x)
    with xr.set_options(keep_attrs=False):
        bare = op(x)
    assert kept.attrs["place"] == "here"
    assert bare.attrs == {}
    assert x.attrs["place"] == "here"
    np.testing.assert_array_equal(bare, kept)
    assert all(bare[name].attrs == kept[name].attrs for name in kept.coords)


@pytest.mark.parametrize("cls", public_actions(), ids=lambda cls: cls.__name__)
def test_xarrays_option_holds_for_a_moved_result_as_well(cls, rng):
    action, x = examples_of(cls, rng)[0]
    x = x.assign_attrs(units="Pa", place="here")
    assert action.on_output(x).attrs["place"] == "here"
    with xr.set_options(keep_attrs=False):
        assert action.on_output(x).attrs == {}


def test_measures_are_the_same_with_and_without_attributes(photograph):
    x = photograph.isel(y=slice(0, 64), x=slice(0, 64))
    ring = {d: (d, np.arange(64.0), {"units": "px", "period": 64.0}) for d in ("y", "x")}
    op, move = iv.BlurPool(taps=3, stride={"x": 2}) >> iv.Relu(), iv.Translate(x=2.0, y=1.0)
    for given in (x, x.assign_coords(ring)):
        kept = float(iv.equivariance_error(op, given, move))
        with xr.set_options(keep_attrs=False):
            assert float(iv.equivariance_error(op, given, move)) == kept


def test_the_unit_of_an_orbits_variance_and_of_power_is_squared():
    orbit = iv.orbit(iv.MaxPool({"x": 2}), PASCAL, "x")
    assert orbit.orbit_mean.attrs["units"] == "Pa"
    assert orbit.variance.attrs["units"] == "Pa^2"
    assert orbit.folded_energy.attrs["units"] == "Pa^2"
    assert iv.fold(PASCAL, "x", 2).attrs["units"] == "Pa^2"


def test_powers_of_units_have_plain_names_or_none():
    assert raised_unit("Pa^2", 3) == "Pa^6"
    assert raised_unit("(m/s)^2", 0.5) == "m/s"
    assert raised_unit("m s", 2) == "(m s)^2"
    assert raised_unit("1", 2) == "1"
    assert raised_unit("Pa", 1.5) is None
