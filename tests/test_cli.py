"""The command line: pages, limits, exit codes, and wrong input on purpose."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from tests.conftest import DATA

DIGIT = DATA / "digits" / "3_june.flac"
POOL = """
import invarsig as iv
pool = iv.MaxPool(window={"x": 4})
smooth = iv.GaussianBank(sigma={"x": 3.0}, stride={"x": 4})
blur = iv.Convolve(__import__("xarray").DataArray([0.25, 0.5, 0.25], dims="x"), boundary="valid")
padded = iv.Convolve(blur.kernels, boundary="reflect")
def fitted(x):
    return iv.MaxPool(window={d: 2 for d in x.dims})
number = 3
"""


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small real picture: the middle of a photograph."""
    import imageio.v3 as iio

    whole = iio.imread(DATA / "images" / "coins.png")
    path = tmp_path / "coins.png"
    iio.imwrite(path, whole[96:160, 96:160])
    return path


@pytest.fixture
def pipelines(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(POOL, encoding="utf-8")
    return path


def test_version(run):
    result = run("--version")
    assert result.exit_code == 0
    assert result.output == f"invarsig {iv.__version__}\n"


def test_a_report_of_a_recording_and_a_picture(run, picture, tmp_path):
    out = tmp_path / "page.html"
    result = run("report", DIGIT, picture, "--out", out)
    assert result.exit_code == 0, result.output
    text = out.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    for word in ("3_june", "coins", "along time", "along frequency", "along y", "along x"):
        assert word in text.lower() or word.title() in text, word
    assert "along time" in result.output
    assert "Do this" in result.output


def test_a_report_with_a_pipeline_of_ones_own(run, picture, pipelines, tmp_path):
    out = tmp_path / "page.html"
    result = run(
        "report", picture, "--pipeline", f"{pipelines}:fitted", "--along", "x", "--out", out
    )
    assert result.exit_code == 0, result.output
    assert "MaxPool(y: 2, x: 2)" in result.output
    assert "Along y" not in result.output


@pytest.mark.parametrize(
    ("pipeline", "limit", "code", "word"),
    [
        ("blur", -200, 0, "holds"),
        ("padded", -200, 1, "two cuts of the signal"),
        ("pool", -20, 1, "falls short"),
        ("smooth", -200, 3, "undecidable"),
    ],
)
def test_check_answers_with_its_exit_code(run, pipelines, pipeline, limit, code, word):
    # On the whole photograph: of a small one the interpolation to a quarter grid leaves nothing.
    own = f"{pipelines}:{pipeline}"
    photograph = DATA / "images" / "coins.png"
    result = run(
        "check", photograph, "--along", "x", "--max-error", limit, "--pipeline", own, "--shift", 1
    )
    assert result.exit_code == code, result.output
    assert word in result.output
    assert "Along x the error at 1 px" in result.output


def test_both_gates_of_the_shell_say_the_same_number_for_each_axis_and_jointly(
    run, pipelines, tmp_path
):
    own, kept = f"{pipelines}:fitted", tmp_path / "kept.json"
    photograph = DATA / "images" / "coins.png"
    checked = run("check", photograph, "--max-error", -10, "--pipeline", own)
    based = run("baseline", photograph, "--pipeline", own, "--out", kept)
    found = [
        re.findall(r"long (.+?) the (?:worst )?error.*? is (-\d+\.\d) dB", result.output)
        for result in (checked, based)
    ]
    assert found[0] == found[1]
    assert [dim for dim, _ in found[0]] == ["y", "x", "y and x"]
    again = run("check", photograph, "--against", kept, "--pipeline", own)
    assert again.exit_code == 0, again.output
    assert again.output.count("within 0.5 dB") == 3


def test_check_of_the_default_pipeline_along_a_created_dim(run):
    result = run("check", DIGIT, "--along", "frequency", "--max-error", "-60", "--shift", "62.5")
    assert result.exit_code in (1, 3), result.output
    assert "Along frequency" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", DIGIT], "max-error"),
        (["check", DIGIT, "--max-error", "loud"], "max-error"),
        (["nonsense"], "nonsense"),
        (["report"], "INPUT"),
    ],
)
def test_bad_usage_is_exit_code_two(run, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words.lower() in result.output.lower()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{own}", "names no object"),
        ("{own}:nothing", "has no object 'nothing'"),
        ("{own}:number", "'number' in .* is int, not an operator"),
        ("nowhere.py:pool", "there is no file nowhere.py"),
        ("no.such.module:pool", "cannot be imported"),
    ],
)
def test_a_pipeline_that_is_none_is_said_in_one_line(run, picture, pipelines, spec, words):
    import re

    result = run("check", picture, "--max-error", -40, "--pipeline", spec.format(own=pipelines))
    assert result.exit_code == 2
    assert re.search(words, result.output), result.output
    assert "Traceback" not in result.output


def test_a_file_that_breaks_says_so(run, picture, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('no')", encoding="utf-8")
    result = run("check", picture, "--max-error", -40, "--pipeline", f"{broken}:pool")
    assert result.exit_code == 2
    assert "fails when it is run: RuntimeError('no')" in result.output


def test_a_dim_that_is_nowhere_names_those_there_are(run, picture):
    result = run("report", picture, "--along", "time")
    assert result.exit_code == 2
    assert "'time'" in result.output
    assert "'y'" in result.output or "y" in result.output


@pytest.mark.parametrize("name", ["missing.wav", "missing.png"])
def test_a_missing_file_is_named(run, tmp_path, name):
    result = run("report", tmp_path / name)
    assert result.exit_code == 2
    assert name in result.output


def test_a_truncated_recording_leaves_nothing_half_written(run, tmp_path):
    cut = tmp_path / "cut.flac"
    cut.write_bytes(DIGIT.read_bytes()[:2000])
    out = tmp_path / "page.html"
    result = run("report", cut, "--out", out)
    assert result.exit_code == 2
    assert "cut.flac" in result.output
    assert not out.exists()


def test_a_folder_that_is_not_there_leaves_nothing_half_written(run, picture, pipelines, tmp_path):
    out = tmp_path / "nowhere" / "page.html"
    result = run("report", picture, "--pipeline", f"{pipelines}:pool", "--along", "x", "--out", out)
    assert result.exit_code == 2
    assert "nowhere" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coins.png", "own.py"]


def test_a_hostile_name_is_only_text(run, tmp_path, pipelines):
    import soundfile as sf

    hostile = tmp_path / '"><img src=x onerror=alert(1)>.wav'
    tone = np.sin(np.arange(2000) / 3)
    sf.write(hostile, tone, 8000)
    own = tmp_path / "pool.py"
    own.write_text(
        "import invarsig as iv\npool = iv.MaxPool(window={'time': 4})\n", encoding="utf-8"
    )
    out = tmp_path / "page.html"
    result = run("report", hostile, "--pipeline", f"{own}:pool", "--out", out)
    assert result.exit_code == 0, result.output
    page = out.read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_console_script_is_installed():
    script = shutil.which("invarsig", path=str(Path(sys.executable).parent))
    assert script is not None
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("invarsig ")


@pytest.mark.parametrize(
    "body",
    [
        "def pool(x):\n    raise KeyError('mine')\n",
        "import invarsig as iv\npool = iv.Apply(lambda a: 1 / 0)\n",
    ],
)
def test_a_pipeline_that_breaks_is_not_one_that_falls_short(run, picture, tmp_path, body):
    own = tmp_path / "breaks.py"
    own.write_text(body, encoding="utf-8")
    result = run("check", picture, "--along", "x", "--max-error", -40, "--pipeline", f"{own}:pool")
    assert result.exit_code == 2, result.output
    assert "the pipeline fails" in result.output


def test_a_limit_that_is_no_number_is_bad_usage(run, picture):
    result = run("check", picture, "--max-error", "nan")
    assert result.exit_code == 2
    assert "finite number of decibels" in result.output


def test_a_limit_without_its_minus_is_bad_usage(run, picture):
    result = run("check", picture, "--max-error", 40)
    assert result.exit_code == 2
    assert "--max-error is 40 dB" in result.output
    assert "-40 dB" in result.output


def test_a_place_that_cannot_be_written_is_refused_before_the_work(run, tmp_path, monkeypatch):
    def begun(*_arguments: object, **_options: object) -> None:
        pytest.fail("it began to work")

    monkeypatch.setattr("invarsig.cli.diagnose", begun)
    for out in (tmp_path, tmp_path / "nowhere" / "page.html"):
        result = run("report", DIGIT, "--out", out)
        assert result.exit_code == 2
        assert str(out.name) in result.output or "nowhere" in result.output


def test_a_check_that_moves_nothing_is_refused(run, picture):
    result = run("check", picture, "--along", "x", "--max-error", -40, "--shift", 0)
    assert result.exit_code == 2
    assert "move nothing" in result.stderr


@pytest.mark.parametrize("suffix", [".json", ".nc", ".zarr"])
def test_a_report_that_was_kept_is_rendered_again(run, picture, pipelines, tmp_path, suffix):
    out, again, kept = tmp_path / "a.html", tmp_path / "b.html", tmp_path / f"kept{suffix}"
    own = ("--pipeline", f"{pipelines}:pool", "--along", "x")
    result = run("report", picture, *own, "--out", out, "--save", kept)
    assert result.exit_code == 0, result.output
    assert f"Kept {kept}" in result.output.replace("\n", "")
    result = run("render", kept, "--out", again)
    assert result.exit_code == 0, result.output
    assert again.read_text() == out.read_text()
    result = run("report", picture, *own, "--out", out, "--save", kept)
    assert result.exit_code == 0, "what was kept before is replaced"


def test_where_nothing_can_be_kept_is_said_before_the_work(run, picture, tmp_path):
    for place, word in (("kept.txt", "kept as"), ("nowhere/kept.json", "no folder")):
        result = run("report", picture, "--out", tmp_path / "a.html", "--save", tmp_path / place)
        assert result.exit_code == 2
        assert word in result.output
    assert not (tmp_path / "a.html").exists()


def test_what_is_no_diagnosis_is_not_rendered(run, picture, tmp_path):
    wrong = tmp_path / "baseline.json"
    wrong.write_text('{"format": 1, "axes": []}')
    for path, word in (
        (wrong, "holds no diagnosis"),
        (picture, "kept as"),
        (tmp_path / "gone.json", "There is no"),
    ):
        result = run("render", path, "--out", tmp_path / "a.html")
        assert result.exit_code == 2
        assert word in result.output
    assert not (tmp_path / "a.html").exists()


def test_experiments_are_listed_with_their_claims(run):
    result = run("experiments")
    assert result.exit_code == 0
    for each in iv.experiments.public_experiments():
        assert each.name in result.stdout


@pytest.mark.nightly
def test_an_experiment_writes_a_page_and_a_dataset(run, tmp_path):
    result = run(
        "experiments", "run", "anti-aliased-pooling", "--reduced", "--out", str(tmp_path),
        "--data", str(DATA),
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    kept = iv.experiments.Result.load(tmp_path / "anti-aliased-pooling.json")
    assert kept.sentence in result.stdout
    page = (tmp_path / "anti-aliased-pooling.html").read_text(encoding="utf-8")
    assert kept.answer.capitalize() in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none"], "There is no experiment 'none'; there are"),
        (["one_pixel"], "did you mean one-pixel-shift"),
        (["anti-aliased-pooling", "--data", "nowhere"], "The folder nowhere is not there"),
        (["anti-aliased-pooling", "--out", "nowhere"], "The folder nowhere is not there; make it"),
        (["anti-aliased-pooling", "--format", "csv"], "give one of json, nc"),
    ],
)
def test_what_is_wrong_with_an_experiment_is_told_in_one_line(run, arguments, words):
    result = run("experiments", "run", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_an_experiment_without_its_data_names_what_is_missing(run, tmp_path):
    result = run("experiments", "run", "anti-aliased-pooling", "--data", str(tmp_path))
    assert result.exit_code == 2
    assert "images holds 0 recordings or pictures" in result.stderr
