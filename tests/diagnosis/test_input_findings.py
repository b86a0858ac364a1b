"""Findings about the pipeline as given stand in the input's node, and survive every format."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis import input as of_input
from invarsig.diagnosis.given import Given, InputFinding
from invarsig.report import schema
from tests.nightly import some

SOUND = iv.power_law_noise(iv.Axis("time", size=700, step=1e-3, unit="s"), exponent=0.5, rng=4)
OP = iv.Spectrogram.in_samples(SOUND, window=64, hop=16) >> iv.MaxPool(
    window={"time": 2, "frequency": 2}
)
NOISE = iv.power_law_noise(iv.Axis("x", size=64, unit="px"), rng=1)


def planted(schema_, sizes, attrs, seen=None):
    """A finding that fills its schema with numbers over dims of the sizes given."""
    kinds = {"text": str, "int": int, "float": float}

    def filled(each):
        size = [sizes[dim] for dim in each.dims]
        values = np.arange(1.0, 1 + np.prod(size, dtype=int)).reshape(size)
        return values.astype(kinds[each.kind])

    def measure(given):
        if seen is not None:
            seen.append(given)
        found = {each.name: filled(each) for each in (*schema_.variables, *schema_.coords)}
        return schema_.dataset(attrs, **found)

    return InputFinding(schema_, measure)


CAUSES = planted(
    schema.causes,
    {"cause_bar": 2, "order": 2, "cause": 5, "stage": 3},
    {"cause_move": 1, "cause_edge_move": 1},
)
REMEDIES = planted(
    schema.remedies,
    {"remedy": 2, "untried": 1},
    {"remedy_target": 0.01, "remedy_recommended": 0, "remedy_detail": -1},
)
VERDICT_ATTRS = {
    "verdict_state": "known",
    "verdict_move": 1,
    "verdict_protocol": "roll",
    "verdict_region": "inside",
    "verdict_error": 0.25,
    "verdict_compared": 0.9,
    "verdict_seam": 0,
    "verdict_border": float("nan"),
}


def plant(monkeypatch, seen=None):
    verdict = planted(schema.verdict, {"moved": 2, "move": 7}, VERDICT_ATTRS, seen)
    monkeypatch.setattr(of_input, "INPUT_FINDINGS", (verdict, CAUSES, REMEDIES))


@pytest.fixture
def found(monkeypatch):
    plant(monkeypatch)
    return iv.diagnose(OP, SOUND, ["time", "frequency"], shifts={"time": [0.008]})


def test_a_planted_finding_arrives_in_the_node_of_its_input(found):
    node = found.tree["input_1"]
    assert node.attrs["verdict_state"] == "known"
    assert node.attrs["name"] == "power_law_noise"
    assert node["inside_error"].dims == ("move",)
    assert {"axis_1", "axis_2"} == set(node.children)


def test_the_findings_have_the_dims_declared_though_axes_have_them_at_other_sizes(found):
    data = found.findings
    for one in schema.INPUT:
        if one is schema.graph:
            assert not {each.name for each in one.variables} & set(data.variables)  # of a chain
            continue
        for each in (*one.variables, *one.coords):
            assert each.fits(data[each.name].dims), each.name
            assert data[each.name].attrs["long_name"] == each.meaning
    assert data.sizes["stage"] == 3
    assert [axis.sizes["stage"] for axis in found.axes.values()] == [2, 1]
    assert np.array_equal(data["stage"], [1, 2, 3])


def test_an_axis_does_not_inherit_what_is_its_inputs(found):
    for axis in found.axes.values():
        assert not {"move", "moved", "cause", "input_stage"} & set(axis.variables)


@pytest.mark.parametrize("suffix", some([".json", ".nc", ".zarr"], 3))
def test_findings_of_an_input_survive_every_format(found, suffix, tmp_path):
    again = iv.Diagnosis.load(found.save(tmp_path / f"found{suffix}"))
    assert again.findings.identical(found.findings)
    assert again.tree.identical(found.tree)


def test_a_finding_is_given_the_pipeline_and_the_signal_unmodified(monkeypatch):
    seen, told = [], []
    plant(monkeypatch, seen)
    op = iv.MaxPool(window={"x": 2})
    iv.diagnose(op, NOISE, "x", shifts=[1.0], progress=lambda text, done: told.append((done, text)))
    (given,) = seen
    assert isinstance(given, Given)
    assert given.op is op
    assert given.x.identical(NOISE)
    assert given.dims == ("x",)
    assert given.shifts == {"x": [1.0]}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert "as given: the verdict" in [text for _, text in told]


def test_a_long_input_gives_the_part_that_is_diagnosed_at_once(monkeypatch):
    seen = []
    plant(monkeypatch, seen)
    iv.diagnose(iv.MaxPool(window={"time": 2}), SOUND, "time", most=300)
    assert seen[0].x.sizes["time"] <= 300
    assert seen[0].shifts is None


def test_each_input_of_several_keeps_its_own(found, monkeypatch, tmp_path):
    both = iv.Diagnosis.joined([found, iv.diagnose(iv.MaxPool(window={"x": 2}), NOISE, "x")])
    assert list(both.tree.children) == ["input_1", "input_2"]
    assert both.findings.identical(found.findings)
    again = iv.Diagnosis.load(both.save(tmp_path / "both.json"))
    assert again.tree.identical(both.tree)


def test_an_empty_list_of_findings_leaves_the_input_with_attributes_alone(monkeypatch):
    monkeypatch.setattr(of_input, "INPUT_FINDINGS", ())
    found = iv.diagnose(iv.MaxPool(window={"x": 2}), NOISE, "x")
    assert not found.findings.variables
    assert found.findings.attrs["pipeline"] == "MaxPool(x: 2)"


def test_the_axes_read_the_same_whatever_stands_in_the_inputs_node(found, monkeypatch):
    monkeypatch.setattr(of_input, "INPUT_FINDINGS", ())
    plain = iv.diagnose(OP, SOUND, ["time", "frequency"], shifts={"time": [0.008]})
    for dim, axis in plain.axes.items():
        assert axis.identical(found[dim])
