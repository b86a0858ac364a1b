"""Compared with a baseline: what got worse, by how much, and which stage did it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError, ReadError, UndecidableError
from tests.conftest import ring


def pipeline(taps: int, stride: int = 2) -> iv.Operator:
    blur = iv.BlurPool(taps=taps, stride={"x": stride})
    return iv.GaussianBank(sigma={"x": 0.6}) >> blur >> iv.Relu()


@pytest.fixture
def picture(photograph):
    return ring(photograph, x=128)


def test_the_same_pipeline_is_not_worse(picture):
    before = iv.baseline(pipeline(3), picture)
    (found,) = iv.held_against(pipeline(3), picture, before, tolerance=0.0)
    assert (found.worse, found.dim) == (False, "x")
    assert found.now == found.before


def test_a_worse_pipeline_is_told_with_the_stage_that_did_it(picture):
    before = iv.baseline(pipeline(5), picture)
    (found,) = iv.held_against(pipeline(2), picture, before)
    assert found.worse
    assert found.stage == 2
    error = iv.equivariance_error(pipeline(2), picture, iv.Translate(x=found.shift))
    assert found.now == pytest.approx(20 * np.log10(float(error)), abs=1e-9)
    assert (
        "BlurPool(taps 2, stride x: 2), which was BlurPool(taps 5, stride x: 2)" in found.sentence
    )
    # The other way round it got better.
    assert not iv.held_against(pipeline(5), picture, iv.baseline(pipeline(2), picture))[0].worse


def test_a_tolerance_is_in_decibels(picture):
    before = iv.baseline(pipeline(4), picture)
    growth = iv.held_against(pipeline(3), picture, before)[0]
    off = growth.now - growth.before
    assert off > 1
    assert not iv.held_against(pipeline(3), picture, before, tolerance=off + 0.01)[0].worse
    assert iv.held_against(pipeline(3), picture, before, tolerance=off - 0.01)[0].worse


def test_round_off_is_no_regression(picture):
    op = iv.Relu() >> iv.Tanh()
    before = iv.baseline(op, picture, "x", shifts={"x": [1.0, 2.0]})
    again = iv.held_against(iv.Tanh() >> iv.Relu(), picture, before, tolerance=0.0)
    assert not again[0].worse


def test_a_stage_that_is_new_may_be_the_culprit(picture):
    before = iv.baseline(pipeline(5), picture)
    longer = pipeline(5) >> iv.MaxPool(window={"x": 2})
    (found,) = iv.held_against(longer, picture, before)
    assert (found.worse, found.stage) == (True, 4)


def test_an_axis_that_ends_is_treated_as_it_is_in_a_diagnosis(photograph):
    before = iv.baseline(pipeline(3), photograph, "x")
    assert not iv.held_against(pipeline(3), photograph, before)[0].worse
    assert iv.held_against(pipeline(1), photograph, before)[0].worse


def test_a_baseline_is_written_and_read_as_it_is(picture, tmp_path):
    before = iv.baseline(pipeline(3), picture)
    assert iv.Baseline.from_json(before.to_json(tmp_path / "b.json")) == before
    assert json.loads((tmp_path / "b.json").read_text())["format"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "holds no baseline"),
        ("{}", "holds no baseline"),
        ('{"format": 99}', "make|Make the baseline anew"),
        ('{"format": 1, "axes": [{"dim": "x"}], "pipeline": "", "sha256": ""}', "holds no"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(text, said, tmp_path):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ReadError, match=said):
        iv.Baseline.from_json(tmp_path / "b.json")
    with pytest.raises(ReadError, match="make it first"):
        iv.Baseline.from_json(tmp_path / "none.json")


def test_another_input_and_a_negative_tolerance_are_refused(picture):
    before = iv.baseline(pipeline(3), picture)
    with pytest.raises(ParameterError, match="not the one"):
        iv.held_against(pipeline(3), picture * 2, before)
    with pytest.raises(ParameterError, match="at least 0"):
        iv.held_against(pipeline(3), picture, before, tolerance=-1.0)
    with pytest.raises(UndecidableError, match="NaN"):
        iv.baseline(pipeline(3), picture * np.nan)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, r"^\S+ has the format 2; this release reads 1"),
        ({"axes": []}, "holds no baseline.*no axes"),
        ({"errors": ["loud"]}, "holds no baseline"),
        ({"errors": [0.1]}, "holds no baseline.*same lengths"),
    ],
)
def test_a_file_that_was_tampered_with_is_said_to_hold_no_baseline(tmp_path, change, words):
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    path = iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x).to_json(tmp_path / "b.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    (content["axes"][0] if "errors" in change else content).update(change)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(iv.errors.ReadError, match=words):
        iv.Baseline.from_json(path)


def test_shifts_along_a_dim_that_is_not_measured_are_not_dropped_in_silence():
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    with pytest.raises(iv.errors.DimError, match=r"shifts name 'y'.*along 'x'"):
        iv.baseline(iv.BlurPool(taps=3, stride={"x": 2}), x, shifts={"y": [1.0]})
