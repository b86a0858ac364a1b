"""Results: what is kept in them, and what comes back out of a file."""

from __future__ import annotations

import re

import pytest
import xarray as xr

from invarsig.errors import ParameterError, ReadError, WriteError
from invarsig.experiments import Result, experiment_named, public_experiments
from invarsig.report.wording import typeset

NAME = "anti-aliased-pooling"


@pytest.mark.parametrize("suffix", ["json", "nc"])
def test_a_result_comes_back_as_it_was(reduced, tmp_path, suffix):
    result = reduced(NAME)
    back = Result.load(result.save(tmp_path / f"a.{suffix}"))
    xr.testing.assert_identical(back.dataset.drop_attrs(), result.dataset.drop_attrs())
    assert back.effects == result.effects
    assert back.sentence == result.sentence
    assert [each.drawing.svg for each in back.figures()] == [
        each.drawing.svg for each in result.figures()
    ]


def test_a_result_says_where_it_comes_from(reduced):
    attrs = reduced(NAME).dataset.attrs
    assert attrs["reduced"] == 1
    assert re.match(r"images/astronaut.png [0-9a-f]{16}\n", attrs["inputs"])
    assert attrs["fingerprint"] == experiment_named(NAME)().fingerprint()


@pytest.mark.nightly
def test_the_same_seed_gives_the_same_numbers(reduced):
    again = experiment_named(NAME)(reduced=True).run()
    assert again.effects == reduced(NAME).effects


def test_the_page_holds_all_and_asks_for_nothing(reduced, tmp_path):
    result = reduced(NAME)
    page = result.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == len(result.figures())
    assert all(typeset(effect.expected) in page for effect in result.effects)
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "<script" not in page


def test_ids_on_a_page_are_each_there_once(reduced, tmp_path):
    page = reduced(NAME).to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_wrong_files_and_places_are_named(reduced, tmp_path):
    result = reduced(NAME)
    with pytest.raises(ParameterError, match="a result is kept as"):
        result.save(tmp_path / "a.txt")
    with pytest.raises(WriteError, match="not a folder"):
        result.save(tmp_path / "none" / "a.json")
    with pytest.raises(ReadError, match="There is no"):
        Result.load(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ReadError, match="holds no result"):
        Result.load(tmp_path / "b.json")
    with pytest.raises(ParameterError, match="There is no effect 'a'"):
        result.effect("a")


def test_every_experiment_says_what_it_is():
    for each in public_experiments():
        texts = (each.claim, each.question, each.design, *each.sources)
        assert all(len(text) > 20 for text in texts), each
        assert each.claim.endswith("."), each
        assert re.fullmatch("[a-z]+(-[a-z]+)*", each.name), each
        assert each.parts or each.weights, each


@pytest.mark.nightly
def test_an_experiment_of_ones_own_draws_its_figures_without_being_exported(tmp_path):
    class Own(experiment_named(NAME)):
        name = "of-my-own"

    result = Own(reduced=True).run()
    assert result.name == "of-my-own"
    page = result.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "of-my-own" in page
    back = Result.load(result.save(tmp_path / "own.json"))
    with pytest.raises(ParameterError, match="There is no experiment 'of-my-own'"):
        back.figures()


def test_names_of_experiments_differ():
    names = [each.name for each in public_experiments()]
    assert len(names) == len(set(names))
    with pytest.raises(ParameterError, match="There is no experiment 'none'; there are"):
        experiment_named("none")
