"""The page of a survey is self-contained, says the survey's numbers, and links to its worst."""

from __future__ import annotations

import re
import shutil

import pytest

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.report.wording import off, typeset
from invarsig.survey.page import render


@pytest.fixture(scope="module")
def page(whole) -> str:
    return render(whole)


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(page):
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page
    assert ' style="' not in page


def test_it_says_the_quantiles_and_the_worst(page, whole):
    data = whole.quantiles().sel(pipeline="MaxPool(x: 2)", dim="x")
    for error in data.error.values:
        assert typeset(off(float(error))) in page
    for name in whole.worst().input.values:
        assert name in page
    assert whole.failed.error.item() in page.replace("&#39;", "'")
    assert "100\N{NO-BREAK SPACE}%</b> severe (5)" in page
    assert 'aria-label="Share of files by their worst error along x.' in page


def test_the_same_survey_gives_the_same_text(page, whole):
    assert render(iv.Survey.load(whole.path)) == page


def test_the_worst_have_pages_that_are_linked_and_stay(whole, tmp_path):
    out = whole.to_html(tmp_path / "sum.html", pages=1)
    (link,) = re.findall(r'href="([^#"]+)"', out.read_text(encoding="utf-8"))
    linked = tmp_path / link
    assert linked.parent.name == "sum_pages"
    name = whole.worst(1).input.item()
    assert f">{name.rpartition('/')[2].removesuffix('.png')}</" in linked.read_text(
        encoding="utf-8"
    )
    before = linked.stat().st_mtime_ns
    whole.to_html(out, pages=1)
    assert linked.stat().st_mtime_ns == before
    loaded = iv.Survey.load(whole.path).to_html(tmp_path / "sum.html", pages=1)
    assert link in loaded.read_text(encoding="utf-8")


def test_a_worst_file_that_is_gone_has_no_page_and_stops_nothing(cuts, pool, tmp_path):
    shutil.copy(cuts / "0.png", tmp_path / "0.png")
    found = iv.survey(pool, tmp_path / "0.png", "x", out=tmp_path / "one.zarr", workers=0)
    (tmp_path / "0.png").unlink()
    text = found.to_html(tmp_path / "sum.html").read_text(encoding="utf-8")
    assert "0.png" in text
    assert not re.findall(r'href="[^#"]+"', text)


def test_names_are_text_and_nothing_else(cuts, pool, tmp_path):
    names = ["<img src=x>.png", "a\x1b[2J.png"]
    for name in names:
        shutil.copy(cuts / "broken.png", tmp_path / name)
    shutil.copy(cuts / "0.png", tmp_path / "<b>.png")
    pipelines = {"<i>": pool, "plain": pool}
    found = iv.survey(pipelines, tmp_path, "x", out=tmp_path / "one.zarr", workers=0)
    text = render(found)
    for tag in ("<img", "<i>", "\x1b"):
        assert tag not in text
    assert "&lt;img src=x&gt;.png" in text


def test_where_nothing_is_known_it_says_so(cuts, pool, tmp_path):
    found = iv.survey(pool, cuts / "broken.png", "x", out=tmp_path / "one.zarr", workers=0)
    text = render(found)
    assert "Nothing can be said of the results." in text
    assert "No error is known." in text


def test_a_page_ends_in_html(whole, tmp_path):
    with pytest.raises(ParameterError, match=r"\.html"):
        whole.to_html(tmp_path / "page.txt")
