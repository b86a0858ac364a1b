"""Quantiles of two surveys are compared over the same files, and worse ones are named."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.survey.columns import as_dataset
from invarsig.survey.results import Survey


class Made(Survey):
    """A survey of given rows, without a store: with the options that are usual."""

    def __init__(self, rows):
        super().__init__(Path("made.zarr"))
        object.__setattr__(self, "rows", rows)

    @property
    def asked(self):
        return {}

    @property
    def table(self):
        return as_dataset(self.rows)


def made(errors, *, pipeline="p", first=0, state="known"):
    return Made(
        [
            {
                "input": f"{k}.wav", "sha256": f"content {first + k}", "pipeline": pipeline,
                "dim": "x", "worst": error, "state": state,
            }
            for k, error in enumerate(errors)
        ]
    )  # fmt: skip


def test_the_same_errors_are_no_worse(rng):
    errors = rng.random(50)
    found = iv.compare_surveys(made(errors), made(errors), tolerance=0.0)
    assert [each.probability for each in found] == [0.5, 0.9, 0.95]
    assert not any(each.worse for each in found)
    assert [each.now for each in found] == [each.before for each in found]


@pytest.mark.parametrize(("factor", "worse"), [(1.05, False), (1.07, True), (0.5, False)])
def test_worse_by_more_than_the_tolerance_is_said(rng, factor, worse):
    errors = rng.random(50)
    found = iv.compare_surveys(made(factor * errors), made(errors))  # 0.5 dB are 5.9 %
    assert {each.worse for each in found} == {worse}
    wanted = f"worse by {20 * math.log10(factor):.1f} dB" if worse else "within 0.5 dB"
    assert all(wanted in each.sentence for each in found)


def test_a_tail_that_grows_alone_is_found():
    before = np.full(100, 0.01)
    now = np.where(np.arange(100) >= 92, 0.5, before)
    found = iv.compare_surveys(made(now), made(before))
    assert [each.worse for each in found] == [False, False, True]


def test_only_files_that_both_have_are_compared():
    before, now = made(np.full(20, 0.01)), made(np.full(20, 0.01), first=10)
    now.rows[-1]["worst"] = 0.9  # a file that the baseline does not have
    found = iv.compare_surveys(now, before)
    assert not any(each.worse for each in found)
    assert all("of 10 files" in each.sentence for each in found)
    with pytest.raises(ParameterError, match="no file in common"):
        iv.compare_surveys(made([0.1], first=99), before)


def test_files_that_have_a_result_no_more_are_worse():
    before, now = made([0.01] * 5), made([0.01] * 5)
    now.rows[2].update(dim="", worst=math.nan, state="error")
    (lost,) = (each for each in iv.compare_surveys(now, before) if each.worse)
    assert math.isnan(lost.probability)
    assert (lost.before, lost.now) == (0, 1)
    assert "no error is known now of 1 of 5 files" in lost.sentence


def test_below_round_off_nothing_is_worse():
    found = iv.compare_surveys(made([9e-6] * 5), made([1e-12] * 5))
    assert not any(each.worse for each in found)


def test_pipelines_are_paired_by_name_and_single_ones_without():
    iv.compare_surveys(made([0.1], pipeline="new"), made([0.1], pipeline="old"))
    two = Made([*made([0.1]).rows, *made([0.2], pipeline="q").rows])
    with pytest.raises(ParameterError, match="has the pipeline 'q'"):
        iv.compare_surveys(made([0.1]), two)


def test_a_tolerance_is_not_negative():
    with pytest.raises(ParameterError, match="tolerance"):
        iv.compare_surveys(made([0.1]), made([0.1]), tolerance=-1.0)


def test_a_real_pipeline_that_got_worse_is_found(whole, cuts, tmp_path):
    files = [shutil.copy(cuts / f"{k}.png", tmp_path) for k in range(2)]
    before = iv.survey(iv.Relu(), files, "x", out=tmp_path / "a.zarr", workers=0)
    found = iv.compare_surveys(whole, before)
    assert all(each.worse for each in found)
    assert all("of 2 files" in each.sentence for each in found)
