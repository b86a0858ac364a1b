"""The table of a comparison: sorted, with what each pipeline is behind, round-off called so."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from invarsig.report.comparison import blocks
from tests.report.trees import comparison


def test_rows_are_sorted_within_each_input_and_axis():
    found = blocks(xr.DataTree(comparison()))
    assert [(block.input, block.dim) for block in found] == [("speech", "time"), ("music", "time")]
    assert [row.pipeline for row in found[0].rows] == ["blur", "mean", "max"]
    assert found[0].rows[0].stage == "BlurPool(taps 7) (94 %)"
    assert found[0].rows[0].at == "2 ms"


def test_an_error_that_is_not_known_is_undefined_and_stands_last():
    (block,) = blocks(
        xr.DataTree(comparison(rms=[np.nan, -40.0, -16.0, -20.0], input=["speech"] * 4))
    )
    last = block.rows[-1]
    assert (last.pipeline, last.rms, last.behind, last.part) == ("max", "undefined", "undefined", 0)
    assert block.rows[0].behind == "best"
    assert blocks(xr.DataTree(comparison()))[1].rows[0].at == "undefined"


def test_round_off_is_no_level_and_nothing_is_exactly_so_far_behind_it():
    changes = {"rms": [-10.0, -240.0, -310.0, -20.0], "input": ["speech"] * 4}
    (block,) = blocks(xr.DataTree(comparison(**changes)))
    told = {(row.rms, row.behind) for row in block.rows}
    assert ("round-off", "best") in told
    assert len([row for row in block.rows if row.behind == "best"]) == 2
    assert block.rows[-1].behind == "> 90.0 dB"


def test_links_lead_to_the_nodes_that_are_on_the_page():
    found = blocks(xr.DataTree(comparison()), {"/input_1/axis_1": "here"})
    assert [row.link for row in found[0].rows] == ["", "", "here"]


@pytest.mark.parametrize("name", [n for n in comparison() if n != "pipeline"])
def test_every_column_but_the_pipeline_may_be_absent(name):
    found = blocks(xr.DataTree(comparison().drop_vars(name)))
    assert sum(len(block.rows) for block in found) == 4


def test_without_a_comparison_there_are_no_blocks():
    assert blocks(xr.DataTree()) == []
