"""A baseline knows the model that it was measured on, and refuses to judge other quantities."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields

import pytest

import invarsig as iv
from invarsig.diagnosis import Baseline, BaselineAxis
from invarsig.diagnosis.layers import Layer

AXIS = BaselineAxis(("x",), ("px",), ((1.0,),), (0.1,))
MODEL = {"weights": "a" * 64, "layer": "body", "normalize": "none"}
KEPT = Baseline("net", "0" * 64, (AXIS,), MODEL)


def test_a_file_keeps_every_field(tmp_path):
    axis = BaselineAxis(
        ("x",), ("px",), ((1.0,),), (0.1,), parts=(0.2,), inside=(True,), whole=(0.3,),
        rolls=(0.4,), cuts=(0.5,), usual=True,
    )  # fmt: skip
    layer = Layer("1", "Relu()", (0,))
    full = Baseline("net", "0" * 64, (axis,), MODEL, (layer,), "channelwise")
    plain = Baseline("net", "0" * 64, (AXIS,))
    for one, other in ((full, plain), (axis, AXIS)):
        same = [
            each.name
            for each in fields(one)
            if each.default is not MISSING and getattr(one, each.name) == getattr(other, each.name)
        ]
        assert not same, "what is as by default may be lost without being missed"
    for kept in (full, plain):
        assert Baseline.from_json(kept.to_json(tmp_path / "kept.json")) == kept


def test_a_file_keeps_the_model_and_an_older_one_has_none(tmp_path):
    path = KEPT.to_json(tmp_path / "kept.json")
    assert Baseline.from_json(path) == KEPT
    content = json.loads(path.read_text())
    del content["model"]
    path.write_text(json.dumps(content))
    assert Baseline.from_json(path).model is None
    for damaged in ([], "net", {"layer": 3}):
        path.write_text(json.dumps(content | {"model": damaged}))
        with pytest.raises(iv.errors.ReadError, match="holds no baseline"):
            Baseline.from_json(path)


def test_other_weights_are_said_and_another_layer_is_refused():
    assert KEPT.compared(MODEL) == ""
    assert "weights" in KEPT.compared(MODEL | {"weights": "b" * 64})
    with pytest.raises(iv.errors.ParameterError, match="layer: body, and this is layer: head"):
        KEPT.compared(MODEL | {"layer": "head"})
    with pytest.raises(iv.errors.ParameterError, match="size: none, and this is size: 224x224"):
        KEPT.compared(MODEL | {"size": "224x224"})
    with pytest.raises(iv.errors.ParameterError, match="on a model, and this is a pipeline"):
        KEPT.compared(None)
    with pytest.raises(iv.errors.ParameterError, match="on a pipeline, and this is a model"):
        Baseline("net", "0" * 64, (AXIS,)).compared(MODEL)
