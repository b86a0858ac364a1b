"""Where an error cannot be split every page and sentence says so, and why; none is a list of none.

A table of levels gives NaN for what lies between its entries, and so for every moved result.
"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import FindingError
from invarsig.report.reading import InputReading
from invarsig.report.sections.causes import SECTION as CAUSES
from invarsig.report.sections.sum_of_causes import SECTION as SUM
from invarsig.report.split import Split
from invarsig.testing import assert_equivariant
from tests.conftest import DATA
from tests.report.trees import found_input

WHY = "stage 4, Apply(known), gives NaN or infinity for input that has been moved"
# An empty list, a number that is none, the rounding of 1: what must stand in no sentence.
EMPTY = re.compile(r"\bnan\b|\b1e[+−]00\b|\(\s*[;,)]|: *[;.]|add up to 1")


def known(levels: np.ndarray) -> np.ndarray:
    return np.where(levels == np.round(levels), levels, np.nan)


def table() -> iv.Operator:
    mel = iv.MelSpectrogram(window=0.025, hop=0.01)
    return mel >> iv.Decibel(floor=-80) >> iv.Apply(np.round) >> iv.Apply(known)


@pytest.fixture(scope="module")
def sound() -> xr.DataArray:
    return iv.read_audio(DATA / "speech" / "goforward.flac")


@pytest.fixture(scope="module")
def diagnosis(sound) -> iv.Diagnosis:
    return iv.diagnose(table(), sound, "time")


def text_of(page: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    body = re.sub(r"<pre\b.*?</pre>", " ", body, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body).replace("\N{NO-BREAK SPACE}", " "))


def test_the_summary_says_which_stage_gives_none(diagnosis):
    said = diagnosis.summary()
    assert f"Why: The error cannot be split into causes: {WHY}." in said
    assert not EMPTY.search(said)


def test_so_does_the_page(diagnosis, tmp_path):
    page = text_of(diagnosis.to_html(tmp_path / "page.html").read_text(encoding="utf-8"))
    assert f"The error cannot be split into causes: {WHY}." in page
    assert not EMPTY.search(page)
    assert "is made of" not in page
    assert "No main cause" not in page


def test_no_picture_is_drawn_of_it(diagnosis):
    with pytest.raises(FindingError):
        diagnosis.plot.causes()


def test_what_is_saved_says_it_again(diagnosis, tmp_path):
    path = diagnosis.save(tmp_path / "found.json") or tmp_path / "found.json"
    assert WHY in path.read_text(encoding="utf-8")
    json.loads(path.read_text(encoding="utf-8"))
    assert iv.Diagnosis.load(path).summary() == diagnosis.summary()


def test_so_does_a_failing_test(sound):
    with pytest.raises(AssertionError) as caught:
        assert_equivariant(table(), sound, iv.Translate(time=0.005), max_db=-40)
    assert str(caught.value).endswith(f"It cannot be split into causes: {WHY}.")


def with_a_part_that_is_none(**changes: object) -> InputReading:
    found = found_input()
    shares = found["cause_share"].copy(deep=True)
    shares[:, 0, 2] = np.nan
    return InputReading(found.assign(cause_share=shares, **changes))


def test_a_saved_finding_with_a_part_that_is_none_names_no_main_cause():
    """As files hold it that were saved before the reason was."""
    reading = with_a_part_that_is_none()
    assert "cause_unknown" not in reading.data
    assert not Split(reading, "verdict").known
    assert CAUSES.brief(reading) == [
        "Why: The error cannot be split into causes: some of its parts are no numbers."
    ]
    assert SUM.sentences(reading) == []


def test_what_is_rounding_needs_no_word():
    found = found_input()
    nothing = found["cause_share"] * np.nan
    reasons = ("cause_bar", ["it is rounding"] * 2)
    reading = InputReading(found.assign(cause_share=nothing, cause_unknown=reasons))
    assert CAUSES.brief(reading) == []


def test_a_survey_counts_it_as_not_known(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "one.flac").symlink_to(DATA / "speech" / "goforward.flac")
    found = iv.survey(table(), folder, "time", out=tmp_path / "found.zarr", workers=0)
    assert found.dataset.main_cause.values.tolist() == ["not known"]
    page = text_of(found.to_html(tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "not known (1)" in page
    assert "no main cause (" not in page
    assert "main cause is most often" not in page
