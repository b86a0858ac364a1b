"""Lengths with units of their own: the same as numbers wherever they fit, and refused elsewhere."""

from __future__ import annotations

import datetime as dt
import inspect
import math
import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes import Axis, Length, axis_of, in_unit, label, read_length, spoken
from invarsig.axes.lengths import _UNITS, ratio_of_units
from invarsig.errors import AxisError, ParameterError

UNITS = sorted(_UNITS)
TIME = Axis("time", step=0.01, unit="s", period=0.64)


def sound(rng, axis=TIME):
    return label(rng.standard_normal(64), axis)


# Reading


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("10ms", 10.0, "ms"),
        (" -2.5 px ", -2.5, "px"),
        ("1/4 octave", 0.25, "octave"),
        ("1/16000 s", 1 / 16000, "s"),
        ("1e-3s", 1e-3, "s"),
        (".5 degrees_east", 0.5, "degrees_east"),
        ("12°", 12.0, "°"),
        ("3 grid cells", 3.0, "grid cells"),
        (np.timedelta64(90, "m"), 5400.0, "s"),
        (dt.timedelta(hours=1), 3600.0, "s"),
        (pd.Timedelta("10ms"), 0.01, "s"),
        (xr.DataArray(10, attrs={"units": "ms"}), 10.0, "ms"),
        (xr.DataArray(np.timedelta64(10, "ms").astype("timedelta64[ns]")), 0.01, "s"),
    ],
)
def test_a_length_is_read_with_its_unit(written, value, unit):
    assert read_length(written, "It") == Length(value, unit)


@pytest.mark.parametrize("number", [3, 2.5, np.float32(0.5), np.array(4), xr.DataArray(1.5)])
def test_a_number_has_the_unit_of_the_axis(number):
    read = read_length(number, "It")
    assert isinstance(read, float)
    assert read == float(number)


@pytest.mark.parametrize(
    "text", ["", "ms", "10", "1/0 s", "1,5 s", "10 2 s", "nan s", "1//2 s", "two px", "3 -px"]
)
def test_text_that_is_not_a_length_with_a_unit_is_refused(text):
    with pytest.raises(ParameterError, match=r"The shift is .*'10 ms'"):
        read_length(text, "The shift")


def test_a_number_as_text_is_told_how_to_be_one():
    with pytest.raises(ParameterError, match="a plain number in the unit of the axis"):
        iv.Translate(time="10")


@pytest.mark.parametrize("value", [np.timedelta64(1, "M"), np.timedelta64("NaT", "s"), pd.NaT])
def test_a_duration_without_one_length_is_refused(value):
    with pytest.raises(ParameterError, match=r"give days|one finite length"):
        read_length(value, "The shift")


# Units


@given(st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_ratios_chain_within_a_kind_and_are_missing_between_kinds(one, two, three):
    there, back = ratio_of_units(one, two), ratio_of_units(two, one)
    assert (there is None) == (_UNITS[one][0] != _UNITS[two][0])
    if there is None or back is None:
        return
    assert math.isclose(there[0] / there[1] * back[0] / back[1], 1.0, rel_tol=1e-14)
    on, over = ratio_of_units(two, three), ratio_of_units(one, three)
    if on is not None and over is not None:
        product = there[0] / there[1] * on[0] / on[1]
        assert math.isclose(product, over[0] / over[1], rel_tol=1e-14)


@given(st.integers(-(10**6), 10**6))
def test_whole_milliseconds_are_the_same_float_as_written_in_seconds(count):
    assert Length(count, "ms").along(TIME) == float(f"{count}e-3")


def test_the_table_agrees_with_pint():
    """Where pint is installed: an independent table."""
    registry = pytest.importorskip("pint", reason="pint is not installed").UnitRegistry()
    known = {"°": "degree", "D": "day", "W": "week", "d": "day", "min": "minute", "turns": "turn"}
    base = {"time": "s", "frequency": "Hz", "distance": "m", "angle": "rad"}
    for name, (kind, (over, under)) in _UNITS.items():
        if kind in base and "/" not in name and not re.search("degrees?_", name):
            # pint counts hertz as one over seconds.
            there = registry(f"1 {known.get(name, name)}").to(base[kind]).magnitude
            assert math.isclose(there, over / under, rel_tol=1e-12), name


@pytest.mark.parametrize(
    ("length", "axis", "remedy"),
    [
        ("2 px", Axis("time", unit="s"), r"2 px does not fit the axis 'time'.*ns, us, ms, s"),
        ("10 ms", Axis("x"), "counts samples"),
        ("10 ms", Axis("lon", unit=""), r"x\.lon\.attrs\['units'\]"),
        ("10 ms", Axis("depth", unit="fathom"), "a length in fathom"),
        ("3 Hz", Axis("f", unit="Hz", scale="log2"), "octave, semitone or cent"),
        ("5 fathom", Axis("time", unit="s"), "does not fit"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused_with_the_remedy(length, axis, remedy):
    x = label(np.arange(1.0, 9.0), axis)
    with pytest.raises(AxisError, match=remedy):
        iv.Translate({axis.dim: length})(x)


def test_a_unit_of_ones_own_fits_the_axis_that_is_written_the_same():
    x = label(np.arange(8.0), Axis("depth", step=2.0, unit="fathom"))
    moved = iv.Translate(depth="4 fathom")(x)
    assert moved.identical(iv.Translate(depth=4.0)(x))


# Actions


@pytest.mark.parametrize(
    ("axis", "length", "number"),
    [
        (TIME, "30 ms", 0.03),
        (TIME, np.timedelta64(30, "ms"), 0.03),
        (Axis("time", step=10.0, unit="ms"), "0.03 s", 30.0),
        (Axis("time", step=10.0, unit="ms"), np.timedelta64(30, "ms"), 30.0),
        (Axis("x", unit="px"), "2 pixels", 2.0),
        (Axis("lon", step=5.0, unit="degrees_east", period=320.0), "10 deg", 10.0),
        (Axis("f", step=1 / 12, unit="Hz", scale="log2"), "3 semitones", 0.25),
        (Axis("z", step=0.5, unit="m"), "150 cm", 1.5),
    ],
)
def test_a_translation_by_a_length_is_that_by_its_number(axis, length, number, rng):
    x = sound(rng, axis)
    move, plain = iv.Translate({axis.dim: length}), iv.Translate({axis.dim: number})
    assert move.on(x) == plain
    for one, other in ((move, plain), (move.at(-2), plain.at(-2))):
        np.testing.assert_allclose(one(x), other(x), atol=1e-12)
    assert move.known(x).identical(plain.known(x))
    assert move.floor(x) == plain.floor(x)
    assert move.samples(axis_of(x, axis.dim)) == plain.samples(axis_of(x, axis.dim))
    again = eval(repr(move), {"Translate": iv.Translate})
    assert again.on(x) == plain
    changed = move.rescaled({axis.dim: 1000.0})
    assert changed == move, "a length with a unit does not depend on that of the axis"


def test_a_move_in_units_does_not_pretend_to_be_a_number_before_there_is_an_axis():
    with pytest.raises(AxisError, match=r"\.on\(x\)"):
        _ = iv.Translate(time="10 ms").shifts


@pytest.mark.parametrize(
    ("pending", "plain"),
    [
        (
            iv.Rotate("30 deg", {"y": "31 px", "x": 30.0}),
            iv.Rotate.in_degrees(30, {"y": 31.0, "x": 30.0}),
        ),
        (iv.Dilate(1.3, {"y": "31 px"}), iv.Dilate(1.3, {"y": 31.0})),
        (iv.Flip("x", {"x": "30 px"}), iv.Flip("x", {"x": 30.0})),
        (iv.Warp({"x": "40 px"}, rng=3), iv.Warp({"x": 40.0}, rng=3)),
    ],
)  # fmt: skip
def test_places_and_wavelengths_have_units_too(pending, plain, rng):
    x = label(rng.standard_normal((64, 64)), Axis("y", unit="px"), Axis("x", unit="px"))
    assert pending.on(x) == plain
    for one, other in ((pending, plain), (pending.at(-1), plain.at(-1))):
        assert one(x).identical(other(x))
        assert one.known(x).identical(other.known(x))
    assert pending.interpolates(x) == plain.interpolates(x)


@pytest.mark.parametrize(
    ("pending", "plain"),
    [
        (iv.FrequencyShift("0.005 kHz", origin="200 ms"), iv.FrequencyShift(5.0, origin=0.2)),
        (iv.Transpose("3 semitones", origin="0.2 s"), iv.Transpose(0.25, origin=0.2)),
    ],
)
def test_frequencies_and_origins_have_units_too(pending, plain, rng):
    x = label(rng.standard_normal(64), Axis("time", step=0.01, unit="s"))
    assert pending.on(x) == plain
    assert pending(x).identical(plain(x))
    assert pending.at(-1).known(x).identical(plain.at(-1).known(x))
    assert pending.renamed({"time": "t"}).on(x.rename(time="t")) == plain.renamed({"time": "t"})


def test_an_angle_is_not_a_length():
    with pytest.raises(ParameterError, match="an angle, in rad, deg"):
        iv.Rotate("3 px", {"y": 0, "x": 0})
    assert math.isclose(in_unit("90°", "rad", "The angle"), math.pi / 2)


# Whatever takes a move takes it in units


OP = iv.BlurPool(taps=3, stride={"time": 2}, boundary="periodic")


def several(x):
    return xr.concat([x, 2 * x[::-1].assign_coords(time=x.time)], "item")


def swept(name, move, x):
    scores = OP >> iv.GlobalPool("time")
    return getattr(iv.measures, name)(scores, several(x), [move, move.at(2)], over="item")


MOVES = {
    "commutator": lambda move, x: iv.commutator(OP, x, move),
    "equivariance_error": lambda move, x: iv.equivariance_error(OP, x, move),
    "invariance_error": lambda move, x: iv.invariance_error(OP, x, [move, move.at(2)]),
    "predict_error": lambda move, x: iv.predict_error(OP, x, move),
    "attribute": lambda move, x: iv.attribute(iv.Relu() >> OP, x, move),
    "causes": lambda move, x: iv.causes(OP, x, move),
    "remedies": lambda move, x: [each.change for each in iv.remedies(OP, x, [move])],
    "aliasing.expected_error": lambda move, x: iv.aliasing.expected_error(OP, x, move),
    "aliasing.folding_errors": lambda move, x: iv.aliasing.folding_errors(OP, x, [move]),
    "aliasing.swap_test": lambda move, x: iv.aliasing.swap_test(iv.Relu() >> OP, x, move),
    "compose.orbit_mean": lambda move, x: iv.compose.orbit_mean(OP, move, count=2)(x),
    "compose.OrbitMean": lambda move, x: iv.OrbitMean(OP, (move,))(x),
    "measures.eqt": lambda move, x: iv.measures.eqt(OP, x, move),
    "measures.energy_constancy": lambda move, x: iv.measures.energy_constancy(OP, x, [move]),
    "measures.lie_derivative": lambda move, x: iv.measures.lie_derivative(OP, x, move),
    "measures.normalized_variance": lambda move, x: iv.measures.normalized_variance(
        OP, several(x), [move, move.at(2)], samples="item"
    ),
    **{
        f"measures.{name}": partial(swept, name)
        for name in ("consistency", "jaggedness", "mean_absolute_change", "top1_change")
    },
    "testing.assert_equivariant": lambda move, x: refusal(
        lambda: iv.testing.assert_equivariant(iv.Subsample({"time": 2}), x, move)
    ),
}  # fmt: skip
"""Public functions of a move, by their names."""

ELSEWHERE = {
    "testing.check_action": "takes an action apart, as its author gives it",
    "aliasing.sweep": "takes lengths",
}


def refusal(run):
    with pytest.raises(AssertionError) as caught:
        run()
    return str(caught.value)


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("unit", ["s", "ms"])
def test_every_function_of_a_move_takes_it_in_units(name, unit, rng):
    step = 0.01 if unit == "s" else 10.0
    x = sound(rng, Axis("time", step=step, unit=unit, period=64 * step))
    said = MOVES[name](iv.Translate(time="30 ms"), x)
    wanted = MOVES[name](iv.Translate(time=3 * step), x)
    same = said.equals(wanted) if isinstance(said, (xr.DataArray, xr.Dataset)) else said == wanted
    assert same, name


def test_no_public_function_of_a_move_is_left_out():
    named = set()
    families = ("aliasing", "compose", "measures", "testing")
    modules = {"": iv} | {f"{family}.": getattr(iv, family) for family in families}
    top = {id(getattr(iv, name)) for name in iv.__all__}
    for prefix, module in modules.items():
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.isfunction(value) or (prefix and id(value) in top):
                continue
            if {"action", "actions"} & set(inspect.signature(value).parameters):
                named.add(f"{prefix}{name}")
    assert len(named) > 15
    assert named <= set(MOVES) | set(ELSEWHERE), named - set(MOVES)


@pytest.mark.parametrize("shifts", [["30 ms", np.timedelta64(50, "ms")], {"time": ["30 ms", 0.05]}])
def test_shifts_of_a_diagnosis_have_units_too(shifts, rng):
    x, both = sound(rng), (shifts, [0.03, 0.05])
    found, wanted = (iv.diagnose(OP, x, "time", shifts=each)["time"] for each in both)
    assert found.measured.identical(wanted.measured)
    checks = [iv.check(OP, x, "time", max_error=-40, shifts=each) for each in both]
    assert checks[0] == checks[1]
    errors = [iv.aliasing.sweep(OP, x, "time", shifts=each) for each in both]
    assert errors[0].identical(errors[1])


def test_shifts_may_have_the_unit_of_an_axis_that_a_stage_creates():
    x = label(np.random.default_rng(3).standard_normal(2000), Axis("time", step=1e-3, unit="s"))
    op = iv.Spectrogram.in_samples(x, window=64, hop=16) >> iv.MaxPool(window={"frequency": 2})
    one, other = (
        iv.check(op, x, "frequency", max_error=-1, shifts=[each]) for each in ("0.03125 kHz", 31.25)
    )
    assert one == other


# As people say them


@pytest.mark.parametrize(
    ("length", "unit", "said"),
    [
        (0.3, "s", "0.3 s"),
        (90.0, "s", "90 s"),
        (120.0, "s", "2 min"),
        (3600.0, "s", "1 h"),
        (-21600.0, "s", "-6 h"),
        (86400.0, "s", "1 day"),
        (129600.0, "s", "36 h"),
        (604800.0, "s", "7 days"),
        (12.0, "degrees_east", "12°"),
        (2.0, "px", "2 px"),
        (math.inf, "s", "inf s"),
        (math.nan, "s", "nan s"),
    ],
)
def test_lengths_are_written_as_people_say_them(length, unit, said):
    assert Axis("x", unit=unit).in_words(length) == said


@given(st.floats(-1e9, 1e9), st.sampled_from(["s", "degrees_north", "px", ""]))
def test_what_is_said_is_the_same_length(length, unit):
    number, suffix = spoken(length, unit)
    word = suffix.strip()
    seconds = {"h": 3600.0, "min": 60.0, "day": 86400.0, "days": 86400.0}.get(word, 1.0)
    assert math.isclose(number * seconds, length, rel_tol=1e-12)


def globe(stop=360, **attrs):
    lon = xr.Variable("lon", np.arange(0.0, stop, 6), {"units": "degrees_east", **attrs})
    return xr.DataArray(np.cos(np.deg2rad(lon)) + np.arange(lon.size) % 3, {"lon": lon}, ("lon",))


def test_a_whole_circle_that_is_not_marked_is_hinted_at():
    x = globe()
    assert str(axis_of(x, "lon")).endswith(
        "60 samples of 6°, once round, and not marked periodic: x.lon.attrs['period'] = 360"
    )
    with pytest.raises(AxisError, match=r"60 samples of 6° go once round: set x\.lon\.attrs"):
        iv.equivariance_error(iv.Relu(), x, iv.Translate(lon=6.0), protocol="periodic")
    note = "Along lon the samples go once round"
    op = iv.MeanPool({"lon": 4})
    assert note in iv.diagnose(op, x, "lon").tree["input_1"].attrs["notes"]
    assert note not in iv.diagnose(op, globe(period=360.0), "lon").tree["input_1"].attrs["notes"]


UNCLOSED = {
    "a period that is wrong": (
        globe(period=350.0),
        (
            "its 60 samples of 6\N{DEGREE SIGN} cover 360\N{DEGREE SIGN}, and not the period of "
            "350\N{DEGREE SIGN}: set x.lon.attrs['period'] = 360"
        ),
    ),
    "both ends, and a period": (
        globe(stop=361, period=360.0),
        "the last of its 61 samples repeats the first: leave it out, x.isel(lon=slice(-1))",
    ),
    "both ends, and none": (
        globe(stop=361),
        (
            "the last of its 61 samples repeats the first: leave it out, x.isel(lon=slice(-1)), "
            "and set x.lon.attrs['period'] = 360"
        ),
    ),
    "a part": (
        globe(period=360.0)[:30],
        (
            "its 30 samples of 6\N{DEGREE SIGN} cover 180\N{DEGREE SIGN}, and not the period of "
            "360\N{DEGREE SIGN}"
        ),
    ),
}


@pytest.mark.parametrize("name", UNCLOSED)
def test_a_period_that_cannot_be_used_is_told_with_what_to_do(name):
    x, said = UNCLOSED[name]
    assert not axis_of(x, "lon").periodic
    assert str(axis_of(x, "lon")).endswith(f", not periodic: {said}")
    found = iv.diagnose(iv.MeanPool({"lon": 4}), x, "lon", shifts=[6.0])
    note = f"Along lon the input is taken to end where its samples end: {said}."
    assert note in found.tree["input_1"].attrs["notes"].splitlines()
    assert f"  {note}" in found.summary().splitlines()


@pytest.mark.parametrize("name", ["both ends, and a period", "a period that is wrong"])
def test_what_is_told_closes_the_axis(name):
    x, said = UNCLOSED[name]
    if "isel" in said:
        x = x.isel(lon=slice(-1))
    else:
        x = x.assign_coords(lon=x.lon.assign_attrs(period=360.0))
    assert axis_of(x, "lon").periodic
    assert axis_of(x, "lon").not_closed == ""


@pytest.mark.parametrize("size", [59, 30])
def test_a_part_of_a_circle_is_not(size):
    assert not axis_of(globe().isel(lon=slice(size)), "lon").closes_a_circle
    assert not axis_of(globe(period=360.0), "lon").closes_a_circle
