"""Photographs that move by pixels: how windows are cut, and planted classifiers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from invarsig.experiments import Collection, experiment_named, moved_photographs
from invarsig.experiments.moved_photographs import SIDE, normalized, windows


@pytest.fixture
def data(tmp_path):
    """Six, the fewest that decide if all agree: color, gray, with alpha, smaller than a window."""
    rng = np.random.default_rng(0)
    (tmp_path / "photographs").mkdir()
    for name, shape in (
        ("a", (300, 260, 3)), ("b", (280, 300)), ("c", (260, 270, 4)), ("d", (100, 150, 3)),
        ("e", (256, 256, 3)), ("f", (270, 256, 3)),
    ):  # fmt: skip
        values = rng.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(values).save(tmp_path / "photographs" / f"{name}.png")
    return Collection(tmp_path)


def test_windows_move_right_and_down_by_each_distance():
    picture = np.arange(3 * 260 * 270, dtype=float).reshape(3, 260, 270)
    cut = windows(picture, 2, 3)
    assert cut.shape == (13, 3, SIDE, SIDE)
    steps = [float(each[0, 0, 0] - cut[0, 0, 0, 0]) for each in cut]
    assert steps == [0, 1, 2, 4, 8, 16, 32, *(270.0 * k for k in (1, 2, 4, 8, 16, 32))]


def test_photographs_of_any_kind_have_three_planes_and_the_shorter_side_asked_for(data):
    for path in data.photographs().values():
        planes = normalized(path, 256)
        assert planes.shape[0] == 3
        assert min(planes.shape[1:]) == 256
        assert -2.2 < planes.min() < planes.max() < 2.7


def concluded(monkeypatch, data, rule):
    def network(pictures):
        return np.eye(1000)[[rule(each) for each in pictures]]

    monkeypatch.setattr(moved_photographs, "classifier", lambda: network)
    experiment = experiment_named("moved-photographs")()
    monkeypatch.setattr(moved_photographs, "_SHORTER", (256,))
    found = experiment.measure(data, np.random.default_rng(0), lambda *_: None)
    return experiment.conclude(found)


def test_a_classifier_that_never_changes_its_answer_makes_the_claim_false(monkeypatch, data):
    result = concluded(monkeypatch, data, lambda _: 3)
    assert result.answer == "false"
    assert {effect.value for effect in result.effects} == {0.0}


def test_a_classifier_of_one_pixel_changes_most_answers(monkeypatch, data):
    result = concluded(monkeypatch, data, lambda x: int(1e4 * (x[0, 100, 100] + 3)) % 1000)
    assert result.answer == "true"
    assert result.effects[0].value > 80
    assert result.effect("answers changed by a move of 32 pixels").value > 80


def test_the_trained_network_changes_answers_at_one_pixel(reduced):
    assert reduced("moved-photographs").effects[0].value > 5
