"""Boxes around words that move: by planted detectors, and by the one that others trained."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from invarsig.experiments import Collection, experiment_named
from invarsig.experiments.moved_boxes import box_of, overlap
from invarsig.experiments.packaged_weights import OnnxNetwork

EDGES = ["top", "left", "bottom", "right"]


def box(*edges):
    return xr.DataArray(np.array(edges, float), dims="edge", coords={"edge": EDGES})


@given(st.lists(st.integers(0, 12), min_size=8, max_size=8))
def test_the_overlap_is_that_of_counted_pixels(numbers):
    boxes, masks = [], []
    for y0, x0, y1, x1 in (numbers[:4], numbers[4:]):
        top, left, bottom, right = min(y0, y1), min(x0, x1), max(y0, y1) + 1, max(x0, x1) + 1
        mask = np.zeros((14, 14), bool)
        mask[top:bottom, left:right] = True
        boxes.append(box(top, left, bottom, right))
        masks.append(mask)
    wanted = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
    assert float(overlap(*boxes)) == pytest.approx(wanted)


def test_a_box_that_is_missing_overlaps_with_nothing():
    assert float(overlap(box(*[np.nan] * 4), box(0, 0, 2, 2))) == 0.0


def test_the_part_that_holds_most_is_boxed_and_parts_that_touch_at_a_corner_are_one():
    chances = np.zeros((20, 20))
    chances[2:4, 2:4] = chances[4:6, 4:6] = 0.6
    chances[12:14, 12:14] = 0.9
    assert box_of(chances).tolist() == [2, 2, 6, 6]
    assert np.isnan(box_of(np.full((4, 4), 0.3))).all()


def ink(page):
    return (page < 0.0).astype(np.float32)


def grown(page, by=4):
    """What is near ink: equivariant but at the borders."""
    from scipy.ndimage import maximum_filter

    return maximum_filter(ink(page), (by, 5 * by))


def at_rest(page):
    """A detector that boxes the middle of the page, whatever stands there."""
    out = np.zeros_like(page)
    out[50:80, 100:220] = 1.0
    return out


def in_steps(page):
    """A detector whose map has one value in 16 x 16 px."""
    coarse = grown(page)[:, :].reshape(page.shape[0] // 16, 16, -1, 16).max(axis=(1, 3))
    return np.kron(coarse, np.ones((16, 16), np.float32))


class Planted:
    """A session that gives a map for each page."""

    def __init__(self, rule):
        self.rule = rule

    def get_inputs(self):
        return [type("Input", (), {"name": "x"})]

    def run(self, _, given):
        return [self.rule(given["x"][0, 0])[None, None]]


def concluded(monkeypatch, rule):
    each = experiment_named("moved-boxes")
    monkeypatch.setattr(OnnxNetwork, "of", classmethod(lambda cls, _: cls(Planted(rule))))
    experiment = each(reduced=True)
    rng = np.random.default_rng(0)
    found = experiment.measure(Collection.found(), rng, lambda *_: None)
    return experiment.conclude(found)


def test_a_detector_that_looks_at_each_place_alike_is_called_equivariant(monkeypatch):
    result = concluded(monkeypatch, grown)
    assert result.answer == "true"
    assert [effect.value for effect in result.effects[:2]] == [1.0, 0.0]


def test_a_detector_whose_box_stays_is_not(monkeypatch):
    result = concluded(monkeypatch, at_rest)
    assert result.answer == "false"
    assert result.effects[0].value < 0.8


def test_a_detector_in_steps_is_equivariant_at_its_stride_alone(monkeypatch):
    result = concluded(monkeypatch, in_steps)
    assert result.answer == "true within limits"
    assert result.effect("overlap after a move of 16 px").value == 1.0
    assert result.effect("overlap after a move of 8 px").value < 0.9


def test_a_detector_that_loses_the_word_is_told(monkeypatch):
    result = concluded(monkeypatch, lambda page: grown(page) * (ink(page)[:, 210:].sum() == 0))
    assert result.effect("boxes that overlap by less than half").value > 5


def test_the_trained_detector_keeps_its_boxes_and_not_to_the_pixel(reduced):
    same = reduced("moved-boxes").effects[0]
    assert 0.9 < same.value < 0.999
