"""What a diagnosis writes is what the schema declares, for pipelines of every kind."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from docs.reference import schema as page
from invarsig.diagnosis.axis import FINDINGS
from invarsig.errors import ParameterError
from invarsig.report import schema

RELU = iv.Relu()
PERIODIC = iv.power_law_noise(iv.Axis("x", size=48, unit="px", period=48.0), exponent=0.7, rng=1)
ENDING = iv.power_law_noise(iv.Axis("x", size=90, unit="px"), exponent=0.7, rng=2)
PICTURE = iv.power_law_noise(
    iv.Axis("y", size=20, unit="px"), iv.Axis("x", size=24, unit="px"), exponent=1.0, rng=3
)
SOUND = iv.power_law_noise(iv.Axis("time", size=2500, step=1e-3, unit="s"), exponent=0.5, rng=4)
BROKEN = ENDING.copy()
BROKEN[20] = np.nan

SHORTENS = iv.MeanPool(window={"x": 3}, stride={"x": 1})

CASES = {
    "chain": (RELU >> iv.BlurPool(taps=3, stride={"x": 1}) >> RELU, PERIODIC, {}),
    "strided": (iv.BlurPool(taps=3, stride={"x": 2}) >> iv.MaxPool(window={"x": 3}), ENDING, {}),
    "picture": (RELU >> iv.MaxPool(window={"y": 2, "x": 2}), PICTURE, {"shifts": [0.5, 1.0]}),
    "chosen": (RELU >> iv.PolyphasePool(stride={"x": 2}), PERIODIC, {}),
    "front end": (
        iv.Spectrogram.in_samples(SOUND, window=64, hop=16) >> iv.MaxPool(window={"time": 2}),
        SOUND,
        {"shifts": [0.008]},
    ),
    "lost": (iv.MaxPool(window={"x": 3}) >> iv.GlobalPool("x"), ENDING, {}),
    "NaN": (RELU >> iv.MaxPool(window={"x": 2}), BROKEN, {}),
    "segments": (
        iv.BlurPool(taps=3, stride={"time": 2}) >> RELU >> iv.MaxPool(window={"time": 4}),
        SOUND,
        {"most": 800},
    ),
}


@pytest.fixture(scope="module", params=CASES)
def found(request):
    op, x, options = CASES[request.param]
    return iv.diagnose(op, x, **options)


def named(schemas):
    return {each.name: each for one in schemas for each in (*one.variables, *one.coords)}


def fits(variable, declared):
    kinds = {"float": "f", "float32": "f", "int": "iu", "text": "OUT", "any": "fiumMOUT"}
    assert declared.fits(variable.dims), variable
    assert variable.dtype.kind in kinds[declared.kind], variable
    assert (variable.dtype == np.float32) == (declared.kind == "float32"), variable


def test_every_variable_of_an_axis_is_declared_and_every_finding_is_whole(found):
    declared = named(schema.AXIS)
    attrs = {each.name: each for one in schema.AXIS for each in one.attrs}
    attrs |= {each.name: each for each in schema.AXIS_ATTRS}
    kinds = {"text": str, "int": int, "float": float}
    for data in found.axes.values():
        for name, variable in data.variables.items():
            fits(variable, declared[name])
        for one in schema.AXIS:
            here = {each.name for each in one.variables} & set(data.variables)
            needed = {each.name for each in one.variables if not each.optional}
            assert not here or needed <= here, one.name
        for name, value in data.attrs.items():
            assert isinstance(value, kinds[attrs[name].kind]), name
        needed = {each.name for each in schema.AXIS_ATTRS if not each.optional}
        assert needed <= set(data.attrs)


def test_every_variable_says_what_it_is_and_in_which_unit(found):
    for data in found.axes.values():
        unit, frequency_unit = data.attrs["unit"], data.attrs["frequency_unit"]
        for name, variable in data.variables.items():
            assert variable.attrs["long_name"], name
            assert variable.dtype.kind == "M" or "units" in variable.attrs, name
            assert "{" not in variable.attrs["long_name"] + variable.attrs.get("units", "")
        assert data["length"].attrs == {
            "units": unit,
            "long_name": f"shift along {data.attrs['dim']}",
        }
        if "created_above" in data:
            assert data["created_above"].attrs["units"] == frequency_unit


def test_root_and_input_have_the_attributes_declared(found):
    assert set(found.tree.attrs) == {each.name for each in schema.ROOT_ATTRS}
    wanted = {each.name for each in schema.INPUT_ATTRS}
    assert wanted <= set(found.tree["input_1"].attrs)


def test_a_comparison_has_the_table_declared():
    pools = [iv.MaxPool(window={"x": size}) for size in (2, 3)]
    table = iv.compare(pools, PERIODIC, "x").table
    assert set(table.variables) == set(schema.comparison.names)
    for name, variable in table.variables.items():
        fits(variable, named(schema.ROOT)[name])
        assert variable.attrs["long_name"]


@pytest.mark.nightly
def test_the_cases_write_all_that_is_declared_of_an_axis():
    written = set()
    for op, x, options in CASES.values():
        for data in iv.diagnose(op, x, **options).axes.values():
            written |= set(data.variables)
    assert written == set(named(schema.AXIS))


def test_every_finding_has_a_schema_of_its_own_in_page_order():
    assert tuple(finding.schema for finding in FINDINGS) == schema.AXIS
    names = [each.name for one in schema.AXIS for each in one.variables]
    assert len(names) == len(set(names))


def test_a_finding_fills_exactly_what_it_declares():
    with pytest.raises(ParameterError, match="'orbit' lacks output_energy"):
        schema.orbit.dataset(orbit_variance=1.0, folded_energy=1.0)
    with pytest.raises(ParameterError, match="'floor' does not declare celling"):
        schema.floor.dataset(floor=[1.0], floor_reason=[""], celling=[1.0])
    nothing = {name: [0.0] for name in schema.borders.names}
    with pytest.raises(ParameterError, match="'borders' lacks protocol_notes"):
        schema.borders.dataset(**nothing)
    with pytest.raises(ParameterError, match="in 2 dims"):
        schema.floor.dataset(floor=[[1.0]], floor_reason=[""])
    with pytest.raises(ParameterError, match=r"given over \('stage',\)"):
        schema.floor.dataset(floor=xr.Variable("stage", [1.0]), floor_reason=[""])


def test_a_dim_that_may_be_missing_may_be_there_or_not():
    declared = named(schema.AXIS)["moved_first"]
    assert declared.fits(("shown", "square_position"))
    assert declared.fits(("shown", "square_other", "square_position"))
    assert not declared.fits(("square_position", "shown"))
    assert not declared.fits(("shown", "square_other"))


def test_a_dim_with_braces_in_its_name_is_written_as_it_is():
    data = schema.errors.dataset(measured=[0.5], length=[1.0])
    labeled = schema.labeled(data, schema.AXIS, {"dim": "{unit}", "unit": "{0}"})
    assert labeled["length"].attrs == {"units": "{0}", "long_name": "shift along {unit}"}


def test_the_page_names_every_variable_and_attribute():
    text = page.page()
    for one in (*schema.ROOT, *schema.INPUT, *schema.AXIS):
        for each in (*one.variables, *one.coords, *one.attrs):
            assert f"| `{each.name}` |" in text
            assert each.meaning.replace("{dim}", "the axis") in text


@pytest.mark.parametrize(
    ("op", "x", "shifts", "interior", "cut"),
    [
        (iv.MaxPool(window={"x": 2}), ENDING, [2.0], "", ""),
        (iv.MaxPool(window={"x": 2}), ENDING, [0.5], "", "not-whole"),
        (iv.GlobalPool("x"), ENDING, [2.0], "lost", ""),
        (iv.MeanPool(window={"x": 40}, stride={"x": 1}), ENDING, [50.5], "too-short", "not-whole"),
        (iv.Residual(SHORTENS) >> iv.MaxPool(window={"x": 2}), ENDING, [2.0], "refused", "refused"),
    ],
)
def test_a_code_says_why_there_is_no_figure_at_the_borders(op, x, shifts, interior, cut):
    data = iv.diagnose(op, x, "x", shifts=shifts)["x"]
    assert data["interior_reason"].values.tolist() == [interior]
    assert data["cut_reason"].values.tolist() == [cut]
    for name in ("interior", "cut"):
        assert (data[f"{name}_reason"] == "").equals(data[name].notnull())
