"""`invarsig survey` and `invarsig check --survey`: what they write, say and exit with."""

from __future__ import annotations

import shutil

import imageio.v3 as iio
import numpy as np
import pytest
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from tests.conftest import DATA

OWN = """
import invarsig as iv
pool = iv.MaxPool({"x": 2})
def blur(x):
    return iv.BlurPool(taps=5, stride={"x": 2}, boundary="valid")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


@pytest.fixture
def cuts(tmp_path):
    folder = tmp_path / "cuts"
    folder.mkdir()
    whole = iio.imread(DATA / "images" / "camera.png")
    for k in range(2):
        iio.imwrite(folder / f"{k}.png", whole[100:132, 60 * k : 60 * k + 48])
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    return folder


HERE = ("--workers", 0, "--along", "x")


def test_a_folder_becomes_rows_and_a_page_with_links(run, cuts):
    result = run(
        "survey", cuts, "--pipeline", "own.py:pool", "--out", "s.zarr", "--pages", 1, *HERE
    )
    assert result.exit_code == 0, result.output
    assert "2 of 2 results are clearly off." in result.output
    assert "Wrote s.html. Rows are in s.zarr." in result.output
    text = (cuts.parent / "s.html").read_text(encoding="utf-8")
    assert 'href="s_pages/' in text
    rows = iv.Survey.load("s.zarr").dataset
    assert rows.input.values.tolist() == ["cuts/0.png", "cuts/1.png"]
    assert rows.pipeline.values.tolist() == ["pool", "pool"]


def test_several_pipelines_a_bad_file_and_an_edited_pipeline(run, cuts):
    (cuts / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n no more")
    both = ("--pipeline", "own.py:pool", "--pipeline", "own.py:blur", "--pages", 0, *HERE)
    result = run("survey", f"{cuts}/*.png", *both)
    assert result.exit_code == 4, result.output
    assert "1 of 3 files has no result: cuts/broken.png." in result.output
    assert "with pool" in result.output
    rows = iv.Survey.load("survey.zarr").dataset
    assert rows.pipeline.values.tolist() == ["pool", "blur"] * 3
    (cuts.parent / "own.py").write_text(OWN.replace("taps=5", "taps=3"), encoding="utf-8")
    result = run("survey", f"{cuts}/*.png", *both)
    assert result.exit_code == 2
    assert "belongs to another survey (blur: pipeline: blur [" in result.output


def test_a_check_against_a_survey_fails_where_quantiles_are_worse(run, cuts):
    for name in ("pool", "blur"):
        made = run(
            "survey", cuts, "--pipeline", f"own.py:{name}", "--out", f"{name}.zarr", "--pages", 0,
            *HERE,
        )  # fmt: skip
        assert made.exit_code == 0, made.output
    same = run("check", "pool.zarr", "--survey", "pool.zarr")
    assert same.exit_code == 0, same.output
    assert "within 0.5 dB" in same.output
    worse = run("check", "pool.zarr", "--survey", "blur.zarr")
    assert worse.exit_code == 1, worse.output
    assert "pool, along x: 50 % of 2 files are off by" in worse.output
    better = run("check", "blur.zarr", "--survey", "pool.zarr", "--tolerance", 0)
    assert better.exit_code == 0, better.output


@pytest.mark.nightly
def test_a_check_measures_files_that_are_not_surveyed_yet(run, cuts):
    run("survey", cuts, "--pipeline", "own.py:blur", "--out", "b.zarr", "--pages", 0, *HERE)
    same = run("check", cuts, "--survey", "b.zarr", "--pipeline", "own.py:blur")
    assert same.exit_code == 0, same.output
    worse = run("check", cuts, "--survey", "b.zarr", "--pipeline", "own.py:pool")
    assert worse.exit_code == 1, worse.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["survey", "nowhere"], "no result"),
        (["survey", "*.png"], "There is no recording, picture or grid in *.png"),
        (["survey", "cuts", "--out", "rows"], ".zarr"),
        (["survey", "cuts", "--out", "none/s.zarr"], "There is no folder none"),
        (["survey", "cuts", "--page", "page.txt"], ".html"),
        (["survey", "cuts", "--scheduler", "tcp://127.0.0.1:9", "--workers", "1"], "not both"),
        (["survey", "cuts", "--pipeline", "own.py:none"], "has no object 'none'"),
        (["survey", "cuts", "--pipeline", "own.py:pool", "--pipeline", "own.py:pool"], "Two pipe"),
        (["check", "cuts", "--survey", "cuts"], "is not a survey"),
        (["check", "cuts", "--survey", "s.zarr", "--max-error", "-3"], "one of them"),
        (["check", "cuts", "--survey", "s.zarr", "--along", "x"], "leave out --along"),
    ],
)
def test_bad_usage_is_said_and_exits_with_2(run, cuts, arguments, words):
    more = ["--workers", "0"] if arguments[0] == "survey" and "--workers" not in arguments else []
    result = run(*arguments, *more)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert "Traceback" not in result.output


def test_the_output_is_not_written_over_what_is_read(run, cuts):
    shutil.copy(cuts.parent / "own.py", cuts.parent / "own.html")
    result = run("survey", cuts, "--pipeline", "own.py:pool", "--page", cuts / "0.png", *HERE)
    assert result.exit_code == 2
    assert np.asarray(iio.imread(cuts / "0.png")).shape == (32, 48)


def test_a_survey_that_is_interrupted_says_how_it_goes_on(run, cuts, monkeypatch):
    from invarsig.survey.work import Work

    def interrupted(self, path, name, known=""):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Work, "on", interrupted)
        result = run("survey", cuts, "--pipeline", "own.py:pool", *HERE)
    assert result.exit_code == 130
    assert "stopped. What was finished is kept in survey.zarr" in result.output
