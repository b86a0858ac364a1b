"""A result that reaches beyond its signal is diagnosed: a figure that is not there has a reason.

Frames that are centered, as librosa centers them, begin at the first sample and end beyond the
last, so the result does not close where the signal is made periodic.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.aliasing.attribution import attribute
from invarsig.axes import Axes
from invarsig.diagnosis.diagnosis import Diagnosis
from invarsig.errors import BorderError
from invarsig.report.reading import AxisReading
from invarsig.report.verdict_words import axis_finding

RATE = 8000.0


def sound(size, seed=0):
    return iv.power_law_noise(
        iv.Axis("time", size=size, step=1 / RATE, unit="s"), exponent=0.5, rng=seed
    )


def centered_energies(values):
    """Energy in centered frames of 64 samples, 16 apart."""
    padded = np.pad(values, 32, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 64)[::16]
    return (np.hanning(64) * frames**2).sum(axis=-1, keepdims=True).T


def relative_energies(values):
    """The same relative to all frames: each depends on the whole signal."""
    found = centered_energies(values)
    return found / found.sum()


def as_operator(function):
    return iv.from_function(function, sound(1024, 1), adds="band", result=["band", "time"])


CENTERED = as_operator(centered_energies)
RELATIVE = as_operator(relative_energies)


def page_of(found, folder):
    return re.sub(r"\s+", " ", found.to_html(folder / "page.html").read_text(encoding="utf-8"))


def assert_every_gap_has_its_reason(data):
    unknown = np.isnan(data["floor"].to_numpy())
    assert np.array_equal(unknown, data["floor_reason"].to_numpy() != "")
    told = data["stages_reason"].to_numpy() != ""
    assert np.isnan(data["border_share"].to_numpy()[told]).all()
    assert np.isnan(data["share"].transpose("length", "stage").to_numpy()[told]).all()
    assert np.isfinite(data["border_share"].to_numpy()[~told]).all()


@settings(max_examples=12, deadline=None)
@given(size=st.integers(200, 2000), seed=st.integers(0, 99))
@example(size=512, seed=0)
@example(size=2000, seed=0)
def test_a_signal_of_any_length_is_diagnosed(size, seed):
    found = iv.diagnose(CENTERED, sound(size, seed))
    assert_every_gap_has_its_reason(found["time"])
    assert found.summary()


def test_what_is_not_there_is_told_with_its_reason_and_kept_in_the_file(tmp_path):
    found = iv.diagnose(CENTERED, sound(512))
    data = found["time"]
    assert set(data["stages_reason"].to_numpy()) == {"too-short", ""}
    assert np.isnan(data["floor"].to_numpy()).any()
    assert_every_gap_has_its_reason(data)
    found.save(tmp_path / "found.json")
    again = Diagnosis.load(tmp_path / "found.json")["time"]
    for name in ("floor", "floor_reason", "share", "stages_reason"):
        assert data[name].equals(again[name]), name


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (512, "Which stage makes the error is not known: the signal is too short"),
        (600, "At the other shifts it is not known: the signal is too short"),
    ],
)
def test_the_page_says_why_no_stage_is_named(size, said, tmp_path):
    shifts = [1 / RATE, 401 / RATE]
    found = iv.diagnose(CENTERED, sound(size), shifts=shifts)
    page = page_of(found, tmp_path)
    assert said in page
    page = page_of(iv.diagnose(CENTERED, sound(2000), shifts=shifts), tmp_path)
    assert "the signal is too short" not in page


def test_the_page_says_what_a_perfect_pipeline_would_score_is_unknown():
    found = iv.diagnose(CENTERED, sound(512), shifts=[0.5 / RATE])["time"]
    assert found["floor_reason"].item() == "too-short"
    alone = AxisReading(found.drop_vars(["interior", "cut"]))
    told = axis_finding(alone)
    assert "what a perfect pipeline would score is not known, as the signal is too short" in told


def test_a_longer_signal_has_all_figures_and_no_reason():
    data = iv.diagnose(CENTERED, sound(2000))["time"]
    assert set(data["floor_reason"].to_numpy()) == set(data["stages_reason"].to_numpy()) == {""}
    assert np.isfinite(data["floor"].to_numpy()).all()


def test_a_result_of_which_each_sample_depends_on_the_whole_signal_has_another_reason(tmp_path):
    assert np.isinf(RELATIVE.plan(Axes.of(sound(2000))).reach_along("time")).all()
    found = iv.diagnose(RELATIVE, sound(2000))
    assert set(found["time"]["stages_reason"].to_numpy()) == {"infinite-reach"}
    assert_every_gap_has_its_reason(found["time"])
    assert "a stage depends on the whole axis" in page_of(found, tmp_path)


def test_no_segment_of_a_long_signal_is_left_out_for_a_figure_that_is_not_there():
    found = iv.diagnose(CENTERED, sound(4096), most=512)["time"]
    assert found.attrs["segments"] == 8
    assert found.attrs.get("segments_left_out", 0) == 0
    assert np.isfinite(found["measured"].to_numpy()).all()


def test_asked_for_alone_the_attribution_is_refused_with_the_same_reason():
    x = sound(200)
    with pytest.raises(BorderError) as told:
        attribute(CENTERED, x, iv.Translate(time=1 / RATE))
    assert told.value.reason == "too-short"


def test_the_law_catches_a_gap_without_a_reason():
    data = iv.diagnose(CENTERED, sound(512))["time"]
    silent = data.assign(floor_reason=("length", [""] * data.sizes["length"]))
    with pytest.raises(AssertionError):
        assert_every_gap_has_its_reason(silent)
