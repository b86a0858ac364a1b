"""A folder is written whole or not at all, and at every moment something stands under its name."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from invarsig.errors import WriteError
from invarsig.io import whole_folder as module
from invarsig.io.whole_folder import whole_folder


def write(path: Path, text: str) -> None:
    with whole_folder(path) as temporary:
        (temporary / "note.txt").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture(params=["one step", "two renames"])
def steps(request, monkeypatch):
    """A system that exchanges two names, and one that cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(module, "_EXCHANGES", {})
    return request.param


def test_a_new_folder_takes_the_place_of_the_old(tmp_path, steps):
    for text in ("old", "new"):
        write(tmp_path / "kept.zarr", text)
        assert (tmp_path / "kept.zarr" / "note.txt").read_text() == text
        assert names(tmp_path) == ["kept.zarr"]


@pytest.mark.parametrize("failure", [ValueError("wrong"), KeyboardInterrupt()])
def test_a_failure_leaves_what_stood_there_and_nothing_else(tmp_path, steps, failure):
    write(tmp_path / "kept", "old")

    def fail() -> None:
        with whole_folder(tmp_path / "kept") as temporary:
            (temporary / "note.txt").write_text("half")
            raise failure

    with pytest.raises(type(failure)):
        fail()
    assert (tmp_path / "kept" / "note.txt").read_text() == "old"
    assert names(tmp_path) == ["kept"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux exchanges two names")
def test_something_stands_under_the_name_at_every_moment(tmp_path):
    path = tmp_path / "kept"
    write(path, "0")
    stop, missing = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            if not path.exists():
                missing.append(path)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(100):
        write(path, str(number))
    stop.set()
    watcher.join()
    assert not missing


def test_an_interrupted_second_rename_puts_the_old_folder_back(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_EXCHANGES", {})
    write(tmp_path / "kept", "old")
    rename, count = Path.rename, []

    def interrupted(self, target):
        count.append(target)
        if len(count) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "kept", "new")
    assert (tmp_path / "kept" / "note.txt").read_text() == "old"
    assert names(tmp_path) == ["kept"]


@pytest.mark.parametrize("between", [True, False])
def test_what_a_killed_writer_had_moved_away_comes_back(tmp_path, between):
    # Killed between the two renames, or after the second one.
    write(tmp_path / ".kept.invarsig-old", "old")
    if not between:
        write(tmp_path / "kept", "new")
    with pytest.raises(ValueError, match="stop"), whole_folder(tmp_path / "kept"):
        raise ValueError("stop")
    assert (tmp_path / "kept" / "note.txt").read_text() == ("old" if between else "new")
    assert names(tmp_path) == ["kept"]


def test_a_file_and_a_missing_folder_are_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match="is a file"):
        write(tmp_path / "file", "new")
    with pytest.raises(WriteError, match="nowhere' is not a folder"):
        write(tmp_path / "nowhere" / "kept", "new")
    assert (tmp_path / "file").read_text() == "mine"
