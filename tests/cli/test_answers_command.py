"""`invarsig answers`: the numbers of a folder of pictures, its figure and its exit codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import invarsig as iv
from invarsig.cli import app
from tests.conftest import DATA


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("chelsea", "coffee", "rocket"):
        values = iv.read_image(DATA / "images" / f"{name}.png").to_numpy()[64:104, 64:104]
        Image.fromarray((255 * values).round().astype(np.uint8)).save(folder / f"{name}.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> str:
    """Four scores without torch: how much there is of each frequency, behind a strided pool."""
    path = tmp_path / "own.py"
    path.write_text(
        "import invarsig as iv\n"
        "both = ('y', 'x')\n"
        "bank = iv.GaborBank(both, frequency=[0.1, 0.2, 0.3, 0.4], orientation=0.7)\n"
        "pool = iv.MaxPool({'y': 4, 'x': 4})\n"
        "scores = bank >> iv.Modulus() >> pool >> iv.GlobalPool(both)\n"
        "constant = iv.GlobalPool(both)\n",
        encoding="utf-8",
    )
    return f"{path}:scores"


def test_a_folder_gives_numbers_with_intervals_and_a_map(run, photos, own, tmp_path):
    figure = tmp_path / "map.png"
    result = run("answers", photos, "--pipeline", own, "--shifts", 2, "--figure", figure)
    assert result.exit_code == 0, result.output
    assert "3 pictures, rolled, by up to 2 px along y and x" in result.stdout
    assert figure.read_bytes().startswith(b"\x89PNG")
    several = [iv.read_image(each) for each in sorted(photos.glob("*.png"))]
    both = ("y", "x")
    bank = iv.GaborBank(both, frequency=[0.1, 0.2, 0.3, 0.4], orientation=0.7)
    op = bank >> iv.Modulus() >> iv.MaxPool({"y": 4, "x": 4}) >> iv.GlobalPool(both)
    found = iv.measures.answers(op, several, shifts=2)
    value = 100 * float(found.mean_top1_change.sel(estimate="value"))
    assert f"One-pixel steps that change the answer: {value:.1f} %\n" in result.stdout
    assert "too few pictures for an interval:" in result.stdout
    chance = f"two different pictures with the same answer: {100 * float(found.chance):.1f} %"
    assert chance in result.stdout
    assert "out of the first" not in result.stdout  # 3 of 4 classes


def test_five_pictures_have_an_interval_and_the_document_has_the_chance(run, photos, own):
    import json

    for name in ("chelsea", "coffee"):
        (photos / f"{name}2.png").write_bytes((photos / f"{name}.png").read_bytes())
    way = ("answers", photos, "--pipeline", own, "--shifts", 1)
    several = [iv.read_image(each) for each in sorted(photos.glob("*.png"))]
    both = ("y", "x")
    bank = iv.GaborBank(both, frequency=[0.1, 0.2, 0.3, 0.4], orientation=0.7)
    op = bank >> iv.Modulus() >> iv.MaxPool({"y": 4, "x": 4}) >> iv.GlobalPool(both)
    found = iv.measures.answers(op, several, shifts=1)
    value, low, high = (100 * found.mean_top1_change).to_numpy()
    said = f"One-pixel steps that change the answer: {value:.1f} % ({low:.1f} to {high:.1f})"
    assert said in run(*way).stdout
    document = json.loads(run(*way, "--json").stdout)
    (item,) = document["results"]
    assert item["chance"] == float(found.chance)


def test_less_consistent_than_asked_for_fails(run, photos, own):
    way = ("answers", photos, "--pipeline", own, "--shifts", 1)
    assert run(*way, "--min-consistency", 0).exit_code == 0
    found = run(*way, "--crop", "crop")
    assert "cut out of a larger picture" in found.stdout
    worst = run(*way, "--min-consistency", 1)
    agreed = "same answer: 100.0 %" in worst.stdout
    assert worst.exit_code == (0 if agreed else 1)
    assert "that is asked for" in worst.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([], "Name a classifier by --model"),
        (["--pipeline", "{own}", "--crop", "valid"], "one of circular, crop"),
        (["--pipeline", "{own}", "--shifts", 0], "--shifts is 0 pixels"),
        (["--pipeline", "{own}", "--min-consistency", -2], "give 0 to 1."),
        (["--pipeline", "{own}", "--min-consistency", 95], "0 to 1 (did you mean 0.95?)."),
        (["--pipeline", "{own}", "--figure", "map.gif"], "A figure ends in .png"),
        (["--pipeline", "{constant}"], "has no dim of classes"),
        (["--pipeline", "{own}", "--shifts", 20], "comes to the same place twice"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(run, photos, own, change, words):
    places = {"own": own, "constant": own.replace("scores", "constant")}
    arguments = [each.format(**places) if isinstance(each, str) else each for each in change]
    result = run("answers", photos, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_folder_without_pictures_and_a_missing_one_are_named(run, tmp_path, own):
    for place, words in ((tmp_path, "holds no picture"), (tmp_path / "gone", "There is no file")):
        result = run("answers", place, "--pipeline", own)
        assert result.exit_code == 2
        assert words in result.stderr


def test_a_score_that_is_nan_is_undecidable(run, photos, tmp_path):
    path = tmp_path / "nan.py"
    path.write_text(
        "import invarsig as iv\nboth = ('y', 'x')\n"
        "bank = iv.GaborBank(both, frequency=[0.1, 0.3], orientation=0.7)\n"
        "pooled = bank >> iv.Modulus() >> iv.GlobalPool(both)\n"
        "nan = pooled >> iv.Apply(lambda a: a * float('nan'))\n"
    )
    result = run("answers", photos, "--pipeline", f"{path}:nan", "--shifts", 1,
                 "--min-consistency", 0.5)  # fmt: skip
    assert result.exit_code == 3, result.output


def test_with_the_right_classes_it_says_how_many_answers_are_right(run, photos, own, tmp_path):
    import json

    table, names = tmp_path / "truth.csv", ("chelsea", "coffee", "rocket")
    table.write_text("file,class\n" + "".join(f"{name}.png,{k}\n" for k, name in enumerate(names)))
    way = ("answers", photos, "--pipeline", own, "--shifts", 1)
    without = run(*way)
    assert "Right answers" not in without.stdout
    result = run(*way, "--truth", table)
    assert result.exit_code == 0, result.output
    several = [iv.read_image(each) for each in sorted(photos.glob("*.png"))]
    both = ("y", "x")
    bank = iv.GaborBank(both, frequency=[0.1, 0.2, 0.3, 0.4], orientation=0.7)
    op = bank >> iv.Modulus() >> iv.MaxPool({"y": 4, "x": 4}) >> iv.GlobalPool(both)
    found = iv.measures.answers(op, several, shifts=1, truth=[0, 1, 2])
    accuracy = float(found.mean_accuracy.sel(estimate="value"))
    assert f"Right answers, over all shifts: {100 * accuracy:.1f} %" in result.stdout
    (item,) = json.loads(run(*way, "--truth", table, "--json").stdout)["results"]
    assert {each["name"]: each["value"] for each in item["measures"]}["accuracy"] == accuracy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chelsea.png,1\ncoffee.png,0\n", "has no class for 'rocket.png'"),
        ("chelsea.png,1\nchelsea.png,2\n", "two classes for 'chelsea.png'"),
        ("chelsea.png,1\ncoffee.png,cat\n", "is not the name of a file and the index"),
        ("", "has no class for 'chelsea.png' and 2 more"),
        ("chelsea.png,1\ncoffee.png,0\nrocket.png,9\n", "there are 4 classes"),
    ],
)
def test_a_table_of_right_classes_that_does_not_fit_is_refused(
    run, photos, own, tmp_path, text, words
):
    table = tmp_path / "truth.csv"
    table.write_text(text)
    result = run("answers", photos, "--pipeline", own, "--shifts", 1, "--truth", table)
    assert result.exit_code == 2, result.output
    assert words in " ".join(result.stderr.split())
