"""Lengths with units of their own give the operator that the same lengths as numbers give."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DimError, ParameterError
from invarsig.operators.fields import COUNTED
from invarsig.testing.discovery import examples_of, public_operators

LON = iv.Axis("lon", size=72, step=5.0, unit="degrees_east", period=360.0)


@pytest.fixture
def earth(rng):
    lat = iv.Axis("lat", start=75.0, step=-10.0, size=16, unit="degrees_north")
    return iv.label(rng.standard_normal((16, 72)), lat, LON)


@pytest.fixture
def sound(rng):
    time = iv.Axis("time", size=1600, step=1 / 16000, unit="s")
    return iv.label(rng.standard_normal(1600), time)


def written(op: Any, x: xr.DataArray) -> dict[str, Any]:
    """The parameters of an operator, each length as text with the unit of its axis."""
    found, bears = {}, False
    for each in fields(op):
        value = getattr(op, each.name)
        role, power = each.metadata.get("role"), each.metadata.get("power", 1)
        if not each.init:
            continue
        found[each.name] = value
        if role == "mapping" and each.name in COUNTED and value:
            steps = {dim: iv.axis_of(x, dim) for dim in value}
            found[each.name] = {
                dim: _counted(number, steps[dim].step, steps[dim].unit)
                for dim, number in value.items()
            }
            bears = True
        elif role == "lengths" and each.name != "hertz" and isinstance(value, float):
            along = getattr(op, each.metadata["along"])
            if isinstance(along, str) and along in x.dims and value > 0:
                axis = iv.axis_of(x, along)
                unit = axis.frequency_unit if power == -1 else axis.length_unit
                found[each.name] = f"{value!r} {unit}"
                bears = True
    return found if bears else {}


def _counted(number: Any, step: float, unit: str) -> Any:
    if isinstance(number, tuple):
        return tuple(_counted(each, step, unit) for each in number)
    return f"{number * abs(step)!r} {unit}"


def cases():
    rng = np.random.default_rng(5)
    for cls in public_operators():
        for number, (op, x) in enumerate(examples_of(cls, rng)):
            if parameters := written(op, x):
                yield pytest.param(cls, op, x, parameters, id=f"{cls.__name__}-{number}")


CASES = list(cases())


def test_many_classes_take_lengths() -> None:
    named = {each.values[0].__name__ for each in CASES}
    assert {
        "MeanPool",
        "MaxPool",
        "BlurPool",
        "Spectrogram",
        "MelSpectrogram",
        "Subsample",
    } <= named
    assert len(named) >= 30


@pytest.mark.parametrize(("cls", "op", "x", "parameters"), CASES)
def test_a_length_with_a_unit_is_the_number_that_it_stands_for(cls, op, x, parameters) -> None:
    waiting = cls(**parameters)
    assert waiting.has_units
    assert waiting.on(x) == op
    assert waiting.dims == op.dims
    assert waiting.linear == op.linear
    assert waiting.front_end == op.front_end
    assert waiting == eval(repr(waiting), {"iv": iv, "invarsig": iv, "numpy": np})
    names = {str(dim): f"{dim}_of_mine" for dim in x.dims}
    assert waiting.rename(names).on(x.rename(names)) == op.rename(names)
    assert waiting.bounded("periodic").on(x) == op.bounded("periodic")


def test_a_result_is_that_of_the_operator_in_numbers(earth, sound) -> None:
    op = iv.MeanPool({"lon": "10 deg", "lat": "20 deg"}, {"lon": "5 deg"})
    plain = iv.MeanPool({"lon": 2, "lat": 2}, {"lon": 1})
    assert op(earth).identical(plain(earth))
    assert op(earth.to_dataset(name="t")).t.identical(plain(earth).rename("t"))
    mel = iv.MelSpectrogram("25 ms", np.timedelta64(10, "ms"), low="20 Hz", high="4 kHz")
    assert mel(sound).identical(iv.MelSpectrogram(0.025, 0.01, low=20.0, high=4000.0)(sound))
    frames = iv.FrameMean(dt.timedelta(milliseconds=25), 0.01)
    assert frames(sound).identical(iv.FrameMean(0.025, 0.01)(sound))
    lazy = op(earth.chunk(lat=8, lon=36))
    assert lazy.chunks is not None
    assert lazy.compute().identical(plain(earth.chunk(lat=8, lon=36)).compute())


def test_it_prints_as_it_was_given() -> None:
    pipeline = iv.Relu() >> iv.MaxPool({"lon": "1/2 deg"}) >> iv.Spectrogram("25 ms", "10 ms")
    assert repr(pipeline) == (
        "(iv.Relu() >> iv.MaxPool(window={'lon': '1/2 deg'}) >> "
        "iv.Spectrogram(window='25 ms', hop='10 ms'))"
    )
    assert str(pipeline[1:]) == "MaxPool(lon: 1/2 deg) >> Spectrogram(window 25 ms, hop 10 ms)"
    assert "10 ms" in pipeline._repr_html_()
    assert pickle.loads(pickle.dumps(pipeline)) == pipeline == copy.deepcopy(pipeline)
    assert hash(pipeline) == hash(copy.deepcopy(pipeline))


def test_the_same_length_is_another_number_on_another_grid(earth) -> None:
    op = iv.MeanPool({"lon": "30 deg"})
    assert op.on(earth) == iv.MeanPool({"lon": 6})
    assert op.on(earth.isel(lon=slice(None, None, 3))) == iv.MeanPool({"lon": 2})
    twice = iv.Subsample({"lon": 2}) >> op
    assert twice.on(earth)[1] == iv.MeanPool({"lon": 3})


def test_without_its_stride_it_is_the_operator_without_its_stride(earth) -> None:
    op, plain = iv.MaxPool({"lon": "10 deg"}), iv.MaxPool({"lon": 2})
    assert op.unstrided(["lon"])(earth).identical(plain.unstrided(["lon"])(earth))
    assert eval(repr(op.restrided({"lon": 1})), {"iv": iv}) == op.restrided({"lon": 1})
    shift = iv.Translate(lon="5 deg")
    errors = [iv.equivariance_error(each, earth, shift) for each in (op, plain)]
    assert errors[0].identical(errors[1])


@pytest.mark.parametrize(
    "ask",
    [
        lambda op, x: iv.causes(op, x, iv.Translate(lon="5 deg")),
        lambda op, x: iv.lift(op, x, "lon"),
        lambda op, x: iv.aliasing.folding_explains(op, x, "lon"),
        lambda op, x: iv.aliasing.fold_stages(op, x, "lon"),
    ],
    ids=["causes", "lift", "folding", "stages"],
)
def test_causes_are_those_of_the_operator_in_numbers(ask, earth) -> None:
    one, other = (
        ask(iv.Relu() >> op, earth)
        for op in (iv.MaxPool({"lon": "10 deg"}), iv.MaxPool({"lon": 2}))
    )
    assert one.identical(other)


@pytest.mark.slow
def test_remedies_are_those_of_the_operator_in_numbers(earth) -> None:
    one, other = (
        [each.code for each in iv.remedies(op, earth, [iv.Translate(lon="5 deg")])]
        for op in (iv.MaxPool({"lon": "10 deg"}), iv.MaxPool({"lon": 2}))
    )
    assert one == other != []


@pytest.mark.slow
def test_a_diagnosis_is_that_of_the_operator_in_numbers(earth) -> None:
    one, other = (
        iv.diagnose(op, earth, "lon", shifts=["5 deg"]).summary()
        for op in (iv.MaxPool({"lon": "10 deg"}), iv.MaxPool({"lon": 2}))
    )
    assert one == other
    (found,) = iv.check(iv.MaxPool({"lon": "10 deg"}), earth, "lon", max_error=-40)
    (plain,) = iv.check(iv.MaxPool({"lon": 2}), earth, "lon", max_error=-40)
    assert str(found) == str(plain)


def test_named_pipelines_take_lengths_too(sound) -> None:
    assert iv.models.log_mel(sound, window="20 ms", hop=np.timedelta64(5, "ms")) == (
        iv.models.log_mel(sound, window=0.02, hop=0.005)
    )
    assert iv.models.cqt(sound, low=200.0, octaves=3, hop="8 ms") == (
        iv.models.cqt(sound, low=200.0, octaves=3, hop=0.008)
    )
    with pytest.raises(ParameterError, match="hop along 'time' is 'far'; give one finite length"):
        iv.models.log_mel(sound, hop="far")


def test_what_does_not_fit_says_what_would(earth) -> None:
    with pytest.raises(ParameterError, match=r"1.4 samples of 5°. Give 5° \(1 sample\) or 10°"):
        iv.MeanPool({"lon": "7 deg"})(earth)
    with pytest.raises(AxisError, match="give a length in rad, deg"):
        iv.MeanPool({"lon": "7 ms"})(earth)
    with pytest.raises(DimError, match="Did you mean lon"):
        iv.MeanPool({"longitude": "5 deg"})(earth)
    with pytest.raises(ParameterError, match="give a length above 0"):
        iv.MeanPool({"lon": "-5 deg"})
    with pytest.raises(ParameterError, match="The stride names 'lat'"):
        iv.MeanPool({"lon": "5 deg"}, {"lat": 2})
    with pytest.raises(TypeError, match=r"Spectrogram.__init__\(\) got an unexpected"):
        iv.Spectrogram("25 ms", "10 ms", flavor="plain")  # type: ignore[arg-type, call-arg]
    with pytest.raises(AttributeError, match=r"use .on\(x\).frequency_response"):
        iv.MeanPool({"lon": "5 deg"}).frequency_response(earth)


def maps_dims(each):
    """Whether a parameter maps dims to lengths."""
    told = each.metadata
    if told.get("role") == "lengths":
        return told["along"] is None
    return told.get("role") == "mapping" and each.name in COUNTED


MAPPINGS = [
    (cls, each.name) for cls in public_operators() for each in fields(cls) if maps_dims(each)
]


@pytest.mark.parametrize(("cls", "name"), MAPPINGS)
def test_a_length_without_its_dim_is_refused_by_the_parameter_s_name(cls, name, rng):
    op = next(iter(cls.examples(rng)))[0]
    given = {each.name: getattr(op, each.name) for each in fields(cls) if each.init}
    with pytest.raises(ParameterError, match=rf"{name}.*'2 deg'.*; give a (mapping|whole)"):
        cls(**{**given, name: "2 deg"})
