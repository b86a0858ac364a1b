"""Inputs: files, folders, patterns, and what comes from a pipe."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from invarsig.cli.sources import KINDS, sources_of
from invarsig.errors import ReadError

POOL = ("--pipeline", "own.py:pool", "--along", "x")
LIMIT = ("--max-error", -1, "--shift", 1)


def shown(*given: str, kinds: tuple[str, ...] = KINDS) -> tuple[list[str], list[str]]:
    with ExitStack() as stack:
        sources, notes = sources_of(given, stack, kinds)
        return [each.shown for each in sources], notes


def test_a_folder_stands_for_what_can_be_measured_in_it(here):
    folder = Path("mixed")
    folder.mkdir()
    for name in ("take.wav", "grid.npy", "notes.txt", "own.py"):
        (folder / name).write_bytes(Path(name).read_bytes())
    (folder / "b.png").write_bytes(Path("photos/b.png").read_bytes())
    (folder / ".hidden.wav").write_bytes(Path("take.wav").read_bytes())
    (folder / "cut.flac").touch()
    xr.Dataset({"a": ("x", np.ones(3))}).to_zarr(folder / "store.zarr", zarr_format=2)
    found, notes = shown("mixed")
    names = ("b.png", "cut.flac", "grid.npy", "store.zarr", "take.wav")
    assert found == [f"mixed/{name}" for name in names]
    assert notes == ["Of mixed 2 files of another kind are left out."]
    found, notes = shown("mixed", kinds=("picture",))
    assert found == ["mixed/b.png"]


def test_patterns_and_files_come_in_the_order_they_are_named(here):
    assert shown("take.wav", "photos/*.png")[0] == ["take.wav", "photos/a.png", "photos/b.png"]
    assert shown("**/*.png")[0] == ["photos/a.png", "photos/b.png"]
    assert shown("*")[0] == ["grid.npy", "take.wav"]
    Path("odd[1].wav").write_bytes(Path("take.wav").read_bytes())
    assert shown("odd[1].wav")[0] == ["odd[1].wav"], "a file that is called like a pattern"


def test_each_file_of_a_folder_has_its_line_and_the_worst_code_counts(invoke, here):
    result = invoke("check", "photos", *POOL, *LIMIT)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["photos/a.png", "photos/b.png"]
    assert all("falls short" in line for line in lines)
    easy = invoke("check", "photos", "--pipeline", "own.py:exact", "--along", "x", *LIMIT, "-q")
    assert easy.exit_code == 0
    assert easy.stdout == "photos/a.png: holds\nphotos/b.png: holds\n"


def test_of_several_axes_the_one_that_decides_is_said_and_all_with_v(invoke, here):
    given = ("check", "photos", "--pipeline", "own.py:pool", "--along", "x", "--along", "y")
    lines = invoke(*given, *LIMIT).stdout.splitlines()
    every = invoke(*given, *LIMIT, "-v").stdout.splitlines()
    assert len(lines) == 2
    assert len(every) == 6
    assert set(lines) < set(every)
    assert all("falls short" in line for line in lines)


def test_baselines_of_a_folder_are_compared_each_with_its_own(invoke, here):
    Path("kept").mkdir()
    made = invoke("baseline", "photos", *POOL, "--out", "kept")
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in Path("kept").iterdir()) == ["a.png.json", "b.png.json"]
    held = invoke("check", "photos", "--pipeline", "own.py:pool", "--against", "kept")
    assert held.exit_code == 0, held.output
    assert held.stdout.count("within 0.5 dB") == 2
    Path("kept/b.png.json").unlink()
    some = invoke("check", "photos", "--pipeline", "own.py:pool", "--against", "kept")
    assert some.exit_code == 4
    assert "There is no baseline kept/b.png.json; make it first." in some.stderr
    worse = invoke("check", "photos/a.png", "--pipeline", "own.py:exact", "--against", "kept")
    assert worse.exit_code == 0, "a single input finds its baseline in a folder too"


@pytest.mark.parametrize(
    ("name", "dim", "pipeline"),
    [("take.wav", "time", "sound"), ("photos/a.png", "x", "pool"), ("grid.npy", "x", "pool")],
)
def test_what_is_piped_is_read_by_its_content(invoke, here, name, dim, pipeline):
    shift = 1 / 8000 if dim == "time" else 1
    given = (
        "--pipeline",
        f"own.py:{pipeline}",
        "--along",
        dim,
        "--max-error",
        -1,
        "--shift",
        shift,
    )
    axes = ("--axis", "y=1px", "--axis", "x=1px") if name.endswith(".npy") else ()
    named = invoke("check", name, *given, *axes)
    piped = invoke("check", "-", *given, *axes, piped=Path(name).read_bytes())
    assert (piped.exit_code, piped.stdout) == (named.exit_code, named.stdout), piped.output
    assert not list(here.glob("stdin*"))


def test_a_pipe_is_called_stdin_in_errors_and_reports(invoke, here):
    bad = invoke("check", "-", *POOL, *LIMIT, piped=b"RIFF\x00\x01\x02\xff")
    assert bad.exit_code == 2
    assert "stdin cannot be decoded as sound" in bad.stderr
    assert "/tmp" not in bad.stderr
    kept = invoke(
        "baseline", "-", *POOL, "--out", "b.json", piped=Path("photos/a.png").read_bytes()
    )
    assert kept.exit_code == 0
    again = invoke("check", "photos/a.png", "--pipeline", "own.py:pool", "--against", "b.json")
    assert again.exit_code == 0, "a baseline is of the values, wherever they come from"


def test_a_terminal_is_not_waited_for(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    with pytest.raises(ReadError, match="nothing is piped into it"):
        shown("-")
