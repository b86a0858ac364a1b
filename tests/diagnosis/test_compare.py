"""Several pipelines on several inputs, side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import DtypeError, ParameterError
from tests.conftest import ring

POOLS = {
    "max": iv.MaxPool(window={"x": 4}),
    "mean": iv.MeanPool(window={"x": 4}),
    "blur": iv.BlurPool(taps=7, stride={"x": 2}),
}


@pytest.fixture(scope="module")
def found(photograph):
    return iv.compare(POOLS, {"camera": ring(photograph, x=128, y=64)}, "x")


def test_rows_are_sorted_and_say_what_they_are_behind(found):
    table = found.table
    assert table.pipeline.values.tolist() == ["blur", "mean", "max"]
    assert (np.diff(table.rms) > 0).all()
    np.testing.assert_allclose(table.behind, table.rms - table.rms[0])
    assert table.stage.values.tolist() == [str(POOLS[name]) for name in table.pipeline.values]


def test_all_are_moved_by_the_same_lengths_and_none_is_blind_to_its_own_stride(found, photograph):
    shifts = [node["axis_1"]["length"].values for node in found.diagnosis.tree.children.values()]
    for one in shifts[1:]:
        np.testing.assert_array_equal(one, shifts[0])
    # Those of the stride of 4: whole ones up to 4 pixels, and two between.
    assert shifts[0].max() == 4
    x = ring(photograph, x=128, y=64)
    errors = iv.equivariance_error(POOLS["max"], x, [iv.Translate(x=d) for d in shifts[0]])
    row = found.table.isel(row=2)
    assert float(row.rms) == pytest.approx(10 * np.log10(float((errors**2).mean())), abs=1e-9)
    assert float(row.worst) == pytest.approx(20 * np.log10(float(errors.max())), abs=1e-9)


@pytest.mark.nightly
def test_several_inputs_are_compared_each_by_itself(photograph):
    inputs = {"left": ring(photograph, x=64), "up": ring(photograph, x=64).transpose("x", "y")}
    found = iv.compare(POOLS, inputs, "x")
    assert found.table.input.values.tolist() == ["left"] * 3 + ["up"] * 3
    np.testing.assert_allclose(found.table.rms[:3], found.table.rms[3:])


def test_the_summary_and_the_page_name_every_pipeline(found, tmp_path):
    text = found.summary()
    page = found.to_html(tmp_path / "page.html").read_text()
    for name in POOLS:
        assert f"{name}: " in text
        assert name in page
    assert "dB behind" in text


@pytest.mark.nightly
def test_the_page_shows_the_table_first_and_links_to_each_diagnosis(found, tmp_path):
    page = found.to_html(tmp_path / "page.html").read_text()
    assert page.index("<caption") < page.index("<article")
    links = re.findall(r'role="rowheader"><a href="#([^"]*)">([^<]*)</a>', page)
    names = {
        key: re.search(rf'<article id="{key}".*?<p class="eye">([^<]*)</p>', page, re.DOTALL).group(
            1
        )
        for key, _ in links
    }
    assert [name for _, name in links] == ["blur", "mean", "max"]
    assert names == dict(links)


def test_the_nodes_of_the_rows_are_those_of_the_diagnosis(found):
    for node, name in zip(found.table.node.values, found.table.pipeline.values, strict=True):
        assert found.diagnosis.tree[node].parent.attrs["name"] == name


def test_a_hostile_name_of_a_pipeline_is_text(photograph, tmp_path):
    hostile = '"><img src=x onerror=alert(1)>'
    found = iv.compare({hostile: POOLS["mean"]}, {hostile: ring(photograph, x=32, y=8)}, "x")
    page = found.to_html(tmp_path / "page.html").read_text()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_list_is_named_by_what_is_in_it(photograph):
    found = iv.compare([iv.Subsample(stride={"x": 2})], ring(photograph, x=64), "x")
    assert found.table.pipeline.values.tolist() == ["Subsample(stride x: 2)"]


def test_nothing_to_compare_is_refused(photograph):
    with pytest.raises(ParameterError, match="no pipeline"):
        iv.compare([], photograph)
    with pytest.raises(ParameterError, match="name one in along"):
        iv.compare([iv.Relu()], photograph)
    with pytest.raises(DtypeError, match="operator is needed"):
        iv.compare([np.sqrt], photograph)


def test_a_dim_that_nothing_has_is_named():
    x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    with pytest.raises(iv.errors.DimError, match="has a dim 'why'"):
        iv.compare([iv.BlurPool(taps=3, stride={"x": 2})], x, "why")
