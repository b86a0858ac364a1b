"""What a newcomer gets wrong: each with code 2, one line that says what helps, and no traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

CHECK = ("--max-error", -40)

TABLE: dict[str, tuple[tuple[object, ...], str]] = {
    # Inputs.
    "a misspelt path": (
        ("report", "take.wv"),
        "There is no file 'take.wv'; check the path. Did you mean take.wav?",
    ),
    "a text file": (
        ("report", "notes.txt"),
        "is a text file, and not a recording, a picture or a grid",
    ),
    "a text called sound": (("report", "text.wav"), "is a text file, and not a recording"),
    "a document": (("report", "paper.pdf"), "it is a PDF document; export its picture as PNG"),
    "an empty file": (("report", "empty.wav"), "is empty (0 bytes); fetch or export it again"),
    "a damaged file": (("report", "broken.png"), "Fetch it again"),
    "a folder of other things": (
        ("report", "none"),
        "holds no recording, picture or grid that can be read: no WAV",
    ),
    "a folder of folders": (("report", "outer"), "It has inner/: give one of them."),
    "a pattern of nothing": (("report", "*.gif"), "The pattern '*.gif' matches no file; check it."),
    "a pattern of other things": (("report", "*.txt"), "matches no recording, picture or grid"),
    "nothing piped in": (("report", "-"), "The standard input is empty; pipe a recording"),
    "- twice": (("report", "-", "-"), "is named twice, and it is read once"),
    "a recording as a picture": (
        ("answers", "take.wav", "--pipeline", "own.py:pool"),
        "needs the dim 'y'",
    ),
    # Grids.
    "an array of text": (
        ("check", "words.npy", *CHECK),
        "holds <U4 values; a signal is made of numbers",
    ),
    "an array of objects": (
        ("check", "objects.npy", *CHECK),
        "holds Python objects, which are not loaded, as loading them can run any code; save it",
    ),
    "an empty array": (("check", "nothing.npy", *CHECK), "holds no values: its shape is (0, 4)"),
    "one number": (("check", "one.npy", *CHECK), "holds one number; give an array of samples"),
    "an array without names": (
        ("check", "grid.npy", *CHECK),
        "Name the dims of the array by --axis",
    ),
    "an axis without =": (
        ("check", "grid.npy", *CHECK, "--axis", "y 1px", "--axis", "x"),
        "such as time=1/16000s",
    ),
    "an axis with a colon": (
        ("check", "grid.npy", *CHECK, "--axis", "y:1px", "--axis", "x"),
        "is not an axis",
    ),
    "a step that is no number": (
        ("check", "grid.npy", *CHECK, "--axis", "y=onepx"),
        "is not an axis",
    ),
    "too few axes": (
        ("check", "grid.npy", *CHECK, "--axis", "y=1px"),
        "has 2 dims without names; give as many --axis",
    ),
    "a misspelt dim of a grid": (
        ("check", "map.nc", *CHECK, "--axis", "lonn,periodic"),
        "Did you mean lon?",
    ),
    "a misspelt variable": (("check", "map.nc", *CHECK, "--variable", "tmp"), "Did you mean temp?"),
    "an axis of a picture": (
        ("check", "photos/a.png", *CHECK, "--axis", "x=1px"),
        "--axis is for a grid",
    ),
    # Dims, units, limits.
    "a wrong dim": (
        ("check", "photos/a.png", *CHECK, "--along", "time", "--pipeline", "own.py:pool"),
        "'time'",
    ),
    "a dim in capitals": (
        ("check", "photos/a.png", *CHECK, "--along", "X", "--pipeline", "own.py:pool"),
        "Did you mean x?",
    ),
    "a wrong unit": (
        ("check", "photos/a.png", *CHECK, "--shift", "1ms", "--pipeline", "own.py:pool"),
        "--shift 1 ms fits no axis: x is in px",
    ),
    "an unknown unit": (
        ("check", "take.wav", *CHECK, "--shift", "1 parsec", "--pipeline", "own.py:sound"),
        "fits no axis: time is in s",
    ),
    "a shift that is no length": (
        ("check", "take.wav", *CHECK, "--shift", "far"),
        "give one finite length with its unit",
    ),
    "a shift longer than the input": (
        ("check", "take.wav", *CHECK, "--shift", "500", "--pipeline", "own.py:sound"),
        "along time is 500 s, and the input is",
    ),
    "a limit above 0": (("check", "take.wav", "--max-error", 40), "did you mean -40 dB?"),
    "neither limit nor baseline": (
        ("check", "take.wav"),
        "Give a limit, --max-error DB, or a baseline",
    ),
    "both": (("check", "take.wav", *CHECK, "--against", "kept.json"), "one of them"),
    # Pipelines and models.
    "a misspelt pipeline": (
        ("check", "take.wav", *CHECK, "--pipeline", "log_mell"),
        "Did you mean log_mel?",
    ),
    "a misspelt object": (
        ("check", "take.wav", *CHECK, "--pipeline", "own.py:sond"),
        "has no object 'sond'. Did you mean sound?",
    ),
    "a file without an object": (
        ("check", "take.wav", *CHECK, "--pipeline", "own.py"),
        "It has own.py:",
    ),
    "a builder that takes no input": (
        ("check", "take.wav", *CHECK, "--pipeline", "own.py:nothing"),
        "write it as def nothing(x)",
    ),
    "a pipeline of pictures for sound": (
        ("check", "photos/a.png", *CHECK, "--pipeline", "log_mel"),
        "Give another --pipeline.",
    ),
    "a pipeline that breaks": (
        ("check", "take.wav", *CHECK, "--pipeline", "own.py:broken"),
        "the pipeline fails: KeyError('mine')",
    ),
    "a model that is not there": (
        ("report", "photos/a.png", "--model", "net.onnx"),
        "there is no file net.onnx",
    ),
    "a layer without a model": (
        ("report", "photos/a.png", "--layer", "head"),
        "name it by --model",
    ),
    "no classifier": (("answers", "photos"), "Name a classifier by --model"),
    # Outputs.
    "a page that is none": (
        ("report", "take.wav", "--out", "page.pdf"),
        "A page ends in .html or .htm",
    ),
    "a folder that is not there": (
        ("report", "take.wav", "--out", "gone/page.html"),
        "There is no folder gone; make it",
    ),
    "a baseline of several": (
        ("baseline", "photos", "--pipeline", "own.py:pool"),
        "make one, and give it by --out FOLDER",
    ),
    "several inputs, one baseline": (
        ("check", "photos", "--against", "kept.json"),
        "is a baseline of one input, and there are 2",
    ),
    "a baseline that is not there": (
        ("check", "take.wav", "--against", "kept.json"),
        "make it first",
    ),
    "-q and -v": (
        ("check", "take.wav", *CHECK, "-q", "-v"),
        "-q says less and -v more; give one of them",
    ),
    # What was saved, and experiments.
    "nothing saved": (("render", "found.json"), "save a diagnosis first"),
    "what is no diagnosis": (
        ("render", "photos/a.png"),
        "a diagnosis is kept as .nc, .zarr or .json",
    ),
    "a misspelt experiment": (
        ("experiments", "run", "hmax-invarance"),
        "did you mean hmax-invariance",
    ),
    "data that is not there": (
        ("experiments", "run", "hmax-invariance", "--data", "gone"),
        "The folder gone is not there",
    ),
}

USAGE: dict[str, tuple[tuple[object, ...], str]] = {
    "a misspelt command": (("chelk", "take.wav"), "Did you mean check?"),
    "a misspelt inner command": (("experiments", "rn"), "Did you mean run?"),
    "a misspelt option": (("check", "take.wav", "--max-eror", -40), "--max-error"),
    "no input": (("report",), "INPUT"),
    "a limit that is no number": (("check", "take.wav", "--max-error", "loud"), "--max-error"),
}


@pytest.fixture
def wrong(here: Path) -> Path:
    """Inputs of every wrong kind."""
    import xarray as xr

    Path("empty.wav").touch()
    Path("text.wav").write_text("RIFF is what it should begin with", encoding="utf-8")
    Path("paper.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    Path("broken.png").write_bytes(Path("photos/a.png").read_bytes()[:40])
    Path("none").mkdir()
    Path("none/notes.txt").write_text("nothing", encoding="utf-8")
    Path("outer/inner").mkdir(parents=True)
    np.save("words.npy", np.array(["some", "text"]))
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save("nothing.npy", np.zeros((0, 4)))
    np.save("one.npy", np.float64(3))
    field = xr.DataArray(np.zeros((8, 8)), dims=("lat", "lon"))
    field.to_dataset(name="temp").to_netcdf("map.nc", engine="h5netcdf")
    return here


@pytest.mark.parametrize("what", TABLE)
def test_what_is_wrong_is_one_line_with_a_remedy(invoke, wrong, what):
    arguments, words = TABLE[what]
    before = {path for path in wrong.rglob("*") if "__pycache__" not in path.parts}
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("invarsig: ")
    assert words in line
    assert line.endswith((".", "?")), line
    assert "Traceback" not in result.output
    after = {path for path in wrong.rglob("*") if "__pycache__" not in path.parts}
    assert after == before, "nothing is written"


@pytest.mark.parametrize("what", USAGE)
def test_wrong_arguments_name_what_is_meant(invoke, here, what):
    arguments, words = USAGE[what]
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr.replace("'", "")
    assert "--help" in result.stderr
    assert "Traceback" not in result.output


def test_your_own_code_is_shown_where_it_failed_only_when_asked(invoke, here):
    arguments = ("check", "take.wav", *CHECK, "--pipeline", "own.py:broken")
    assert "own.py" not in invoke(*arguments).stderr.replace("own.py:broken", "")
    shown = invoke(*arguments, "-v").stderr
    assert "raise KeyError('mine')" in shown
    assert "own.py" in shown
