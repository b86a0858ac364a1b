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
from invarsig.cli.pipelines import hint
from tests.conftest import DATA
from tests.nightly import some

DIGIT = DATA / "digits" / "3_june.flac"
POOL = """
import invarsig as iv
from tests.nightly import some
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


@pytest.mark.nightly
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


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "invarsig", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"invarsig {iv.__version__}\n"), done.stderr


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

    monkeypatch.setattr("invarsig.diagnosis.diagnose", begun)
    for out in (tmp_path, tmp_path / "nowhere" / "page.html"):
        result = run("report", DIGIT, "--out", out)
        assert result.exit_code == 2
        assert str(out.name) in result.output or "nowhere" in result.output


def test_a_check_that_moves_nothing_is_refused(run, picture):
    result = run("check", picture, "--along", "x", "--max-error", -40, "--shift", 0)
    assert result.exit_code == 2
    assert "move nothing" in result.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("suffix", some([".json", ".nc", ".zarr"], 3))
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


def test_all_leaves_out_what_asks_a_network_that_is_not_installed(run, monkeypatch, tmp_path):
    from invarsig.experiments.packaged_weights import Weights

    boxes = iv.experiments.experiment_named("moved-boxes")
    absent = Weights("a_package_that_is_not_there", "a.onnx", (), "'it[all]'")
    monkeypatch.setattr(boxes, "weights", (absent,))
    asked = (boxes, iv.experiments.experiment_named("anti-aliased-pooling"))
    monkeypatch.setattr("invarsig.experiments.public_experiments", lambda: asked)
    told = run("experiments", "run", "all", "--data", str(tmp_path), "--out", str(tmp_path))
    assert "moved-boxes is left out: its network needs a_package_that_is_not_there" in told.stderr
    assert "images holds 0 recordings" in told.stderr  # the other one was begun
    named = run("experiments", "run", "moved-boxes", "--out", str(tmp_path))
    assert named.exit_code == 2
    assert "pip install 'it[all]'" in named.stderr


@pytest.fixture
def pooled(tmp_path):
    """A pipeline of sound that is measured in a moment."""
    path = tmp_path / "pool.py"
    path.write_text("import invarsig as iv\npool = iv.MaxPool(window={'time': 4})\n")
    return f"{path}:pool"


def recording(path: Path, *channels: np.ndarray, rate: int = 8000) -> Path:
    import soundfile as sf

    tone = 0.3 * np.sin(np.arange(2000) ** 1.5 / 90)
    sf.write(path, np.stack(channels, 1) if channels else tone, rate, subtype="DOUBLE")
    return path


def linked(way: str, path: Path, place: Path) -> Path:
    """The same file under another name."""
    if way == "symlink":
        place.symlink_to(path)
    elif way == "hard link":
        place.hardlink_to(path)
    else:
        place = path.parent / "." / path.name
    return place


@pytest.mark.parametrize("way", ["itself", "symlink", "hard link"])
def test_an_output_that_is_an_input_is_refused(run, tmp_path, pooled, way):
    sound = recording(tmp_path / "t.wav")
    kept = tmp_path / "kept.json"
    kept.write_text("{}")
    own = Path(pooled.rpartition(":")[0])
    own_json = own.rename(own.with_suffix(".json.py"))
    spec = f"{own_json}:pool"
    for command, read, ending, more in (
        (["report", sound, "--pipeline", spec, "--out"], sound, ".html", []),
        (["report", sound, "--pipeline", spec, "--save"], sound, ".json", []),
        (["report", sound, "--pipeline", spec, "--save"], own_json, ".json", []),
        (["render", kept, "--out"], kept, ".html", []),
        (["baseline", sound, "--pipeline", spec, "--out"], sound, ".json", []),
        (["baseline", sound, "--pipeline", spec, "--out"], own_json, ".json", []),
    ):
        before = read.read_bytes()
        place = linked(way, read, tmp_path / f"{read.stem}-{command[0]}{command[-1]}{ending}")
        result = run(*command, place, *more)
        assert result.exit_code == 2, result.output
        wanted = "ends in" if way == "itself" else "would destroy that"
        assert wanted in result.stderr.replace("\n", " ")
        assert read.read_bytes() == before
        place.unlink() if way != "itself" else None


@pytest.mark.parametrize("name", ["found.json", "sound.wav", "page"])
def test_an_ending_that_is_not_a_pages_is_refused_before_the_work(run, tmp_path, pooled, name):
    sound, mine = recording(tmp_path / "t.wav"), tmp_path / name
    mine.write_text("mine")
    result = run("report", sound, "--pipeline", pooled, "--out", mine)
    assert result.exit_code == 2
    assert "A page ends in .html or .htm" in result.stderr
    assert mine.read_text() == "mine"


def test_two_outputs_and_a_folder_that_holds_what_is_read_are_kept_apart(run, tmp_path, pooled):
    kept = tmp_path / "a.zarr"
    kept.mkdir()
    (kept / ".zgroup").write_text('{"zarr_format": 2}')
    inside = recording(kept / "t.wav")
    for command in (
        ["render", kept, "--out", kept / "a.html"],
        ["report", inside, "--pipeline", pooled, "--save", kept],
        ["report", inside, "--pipeline", pooled, "--out", kept / "a.html", "--save", kept],
    ):
        result = run(*command)
        assert result.exit_code == 2
        assert "would destroy that" in result.stderr
    assert sorted(each.name for each in kept.iterdir()) == [".zgroup", "t.wav"]


def test_a_report_goes_on_after_a_bad_input_and_names_it(run, tmp_path, pooled):
    good = [recording(tmp_path / f"{name}.wav") for name in ("a", "b")]
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF")
    page = tmp_path / "page.html"
    result = run("report", good[0], bad, good[1], tmp_path / "gone.wav", "--pipeline", pooled,
                 "--out", page)  # fmt: skip
    assert result.exit_code == 4, result.output
    assert "bad.wav" in result.stderr
    assert "gone.wav" in result.stderr
    assert "2 of 4 inputs failed" in result.stderr
    text = page.read_text(encoding="utf-8")
    assert [name in text for name in ("a.wav", "b.wav", "bad.wav")] == [True, True, False]


@pytest.mark.parametrize("command", ["report", "check", "baseline"])
def test_a_pipeline_that_fails_on_an_input_names_the_input(run, tmp_path, pooled, command):
    own = tmp_path / "breaks.py"
    own.write_text("def pool(x):\n    raise KeyError('mine')\n")
    sound = recording(tmp_path / "t.wav")
    more = ["--max-error", -40] if command == "check" else []
    result = run(command, sound, *more, "--pipeline", f"{own}:pool")
    assert result.exit_code == 2
    assert f"invarsig: {sound}: the pipeline fails: KeyError('mine')" in result.stderr


def test_channels_that_cancel_are_refused_and_one_of_them_is_taken(run, tmp_path, pooled, rng):
    one = 0.3 * rng.standard_normal(2000)
    sound = recording(tmp_path / "anti.wav", one, 1e-4 - one)
    limit = ["--max-error", -40, "--pipeline", pooled, "--shift", 1 / 8000]
    result = run("check", sound, *limit)
    assert result.exit_code == 2
    assert "The 2 channels of" in result.stderr
    assert "cancel each other" in result.stderr
    alone = run("check", recording(tmp_path / "one.wav", one), *limit)
    assert alone.exit_code == 1
    for channel in ("2", "1"):
        result = run("check", sound, *limit, "--channel", channel)
        assert result.exit_code == 1
        assert f"channel {channel} alone is measured" in result.stderr
    assert result.stdout == alone.stdout


def test_a_mixture_is_said_by_every_command(run, tmp_path, pooled, rng):
    sound = recording(tmp_path / "two.wav", *(0.2 * rng.standard_normal((2, 2000))))
    said = "The 2 channels of two.wav are mixed to their mean; --channel takes one of 1, 2."
    page, kept = tmp_path / "p.html", tmp_path / "kept.json"
    for command in (
        ["report", sound, "--out", page],
        ["check", sound, "--max-error", -1],
        ["baseline", sound, "--out", kept],
        ["check", sound, "--against", kept],
    ):
        result = run(*command, "--pipeline", pooled)
        assert said in result.stderr.replace("\n", " "), result.output
    assert "two.wav are mixed to their mean" in page.read_text(encoding="utf-8")
    result = run("check", sound, "--against", kept, "--pipeline", pooled, "--channel", "3")
    assert result.exit_code == 2
    assert "has no such channel; it has 1, 2" in result.stderr


def test_colors_that_cancel_are_refused_and_one_of_them_is_taken(run, tmp_path, rng):
    import imageio.v3 as iio

    red = rng.integers(40, 120, (40, 40))
    green = 130 - np.round(red * 0.2125 / 0.7154)
    colors = np.stack([red, green, np.full_like(red, 9)], -1).astype(np.uint8)
    picture = tmp_path / "equal.png"
    iio.imwrite(picture, colors)
    own = tmp_path / "pool.py"
    own.write_text("import invarsig as iv\npool = iv.MaxPool(window={'x': 4})\n")
    limit = ["--max-error", -40, "--pipeline", f"{own}:pool", "--shift", 1]
    result = run("check", picture, *limit)
    assert result.exit_code == 2
    assert "The 3 colors of" in result.stderr
    result = run("check", picture, *limit, "--channel", "red")
    assert result.exit_code == 1
    assert "color red alone is measured" in result.stderr


@pytest.mark.parametrize(
    "name", some(["a\x1b[2J\x1b]0;mine\x07.wav", "b\u202e.wav", "Gl\udcfcck.wav"], 3)
)
def test_what_a_name_holds_does_not_reach_the_terminal(run, tmp_path, pooled, name):
    sound = tmp_path / name
    recording(tmp_path / "t.wav").rename(sound)
    page = tmp_path / f"{name}.html"
    good = run("report", sound, "--pipeline", pooled, "--out", page)
    assert good.exit_code == 0, good.output
    kept = run("baseline", sound, "--pipeline", pooled, "--out", tmp_path / f"{name}.json")
    assert kept.exit_code == 0
    (tmp_path / f"{name}.nc").write_text("no")
    others = [
        run("check", sound, "--max-error", -40, "--pipeline", f"{sound}.py:pool"),
        run("check", tmp_path / f"{name}.flac", "--max-error", -40),
        run("check", sound, "--against", tmp_path / f"{name}.nc"),
        run("render", tmp_path / f"{name}.nc"),
        run("report", sound, "--along", name, "--pipeline", pooled),
        run("experiments", "run", name),
        run("experiments", "run", "all", "--out", tmp_path / name),
    ]
    for result in (good, kept, *others):
        shown = result.output.replace("\n", "")
        assert shown.isprintable(), shown
        shown.encode("utf-8")
    assert all(result.exit_code == 2 for result in others)


def test_an_input_that_no_filter_fits_into_is_told_what_the_command_line_can_do(run, tmp_path):
    import imageio.v3 as iio

    picture = tmp_path / "tiny.png"
    iio.imwrite(picture, np.arange(64, dtype=np.uint8).reshape(8, 8))
    for command in (["report"], ["check", "--max-error", -40], ["baseline"]):
        result = run(command[0], picture, *command[1:])
        assert result.exit_code == 2
        assert f"invarsig: {picture}: " in result.stderr
        assert "Give a pipeline of your own by --pipeline." in result.stderr


@pytest.mark.parametrize(
    ("spec", "size", "whole", "ways"),
    [
        (None, 100, False, ["a pipeline of your own by --pipeline"]),
        (None, 200_000, True, ["a pipeline of your own by --pipeline"]),
        ("own.py:pool", 200_000, False, ["another --pipeline", "all of the input by --whole"]),
        ("own.py:pool", 200_000, True, ["another --pipeline"]),
    ],
)
def test_whole_is_named_where_it_would_help(spec, size, whole, ways):
    x = iv.label(np.zeros(size), "time")
    assert (
        hint(iv.errors.AxisError("too short"), spec, x, whole=whole)
        == f" Give {', or '.join(ways)}."
    )
    assert hint(iv.errors.ReadError("damaged"), spec, x, whole=whole) == ""
