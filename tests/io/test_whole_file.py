"""A file is written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from invarsig.errors import ParameterError, WriteError
from invarsig.io import whole_file, write_whole


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(entry.name for entry in folder.iterdir())


def test_text_is_written_as_utf_8_with_its_own_line_ends(tmp_path):
    write_whole(tmp_path / "page.html", "Größe\r\nzwei\n")
    assert (tmp_path / "page.html").read_bytes() == "Größe\r\nzwei\n".encode()
    assert names(tmp_path) == ["page.html"]


def test_bytes_are_written_as_they_are_and_the_path_comes_back(tmp_path):
    assert write_whole(str(tmp_path / "raw.bin"), b"\0\xff") == tmp_path / "raw.bin"
    assert (tmp_path / "raw.bin").read_bytes() == b"\0\xff"


def test_a_name_that_is_no_unicode_does_not_stop_the_text(tmp_path):
    write_whole(tmp_path / "page.html", "Gl\udcfcck")
    assert (tmp_path / "page.html").read_text() == r"Gl\udcfcck"


def test_what_stood_there_is_replaced(tmp_path):
    (tmp_path / "page.html").write_text("old and much longer")
    write_whole(tmp_path / "page.html", "new")
    assert (tmp_path / "page.html").read_text() == "new"


def test_nothing_stands_under_the_name_before_all_is_written(tmp_path):
    with whole_file(tmp_path / "page.html") as unfinished:
        unfinished.write_text("half")
        assert not (tmp_path / "page.html").exists()
        assert unfinished.parent.parent == tmp_path
        assert unfinished.name == "page.html"
    assert names(tmp_path) == ["page.html"]


@pytest.mark.parametrize(
    "failure", [ValueError("wrong"), KeyboardInterrupt(), ParameterError("no")]
)
def test_a_failure_leaves_what_stood_there_and_nothing_else(tmp_path, failure):
    (tmp_path / "page.html").write_text("old")

    def fail() -> None:
        with whole_file(tmp_path / "page.html") as unfinished:
            unfinished.write_text("half")
            raise failure

    with pytest.raises(type(failure)) as caught:
        fail()
    assert caught.value is failure
    assert names(tmp_path) == ["page.html"]
    assert (tmp_path / "page.html").read_text() == "old"


def test_a_full_disk_names_the_folder(tmp_path):
    def fill() -> None:
        with whole_file(tmp_path / "page.html") as unfinished:
            unfinished.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(
        WriteError, match=f"{tmp_path}.*No space left on device.*free some"
    ) as caught:
        fill()
    assert isinstance(caught.value.__cause__, OSError)
    assert names(tmp_path) == []


def test_a_body_that_removes_its_file_is_told(tmp_path):
    with pytest.raises(WriteError, match=r"page\.html"), whole_file(tmp_path / "page.html") as file:
        file.unlink()
    assert names(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(WriteError, match=r"'page\.html'.*absent' is not a folder; make it first"):
        write_whole(tmp_path / "absent" / "page.html", "all")
    assert names(tmp_path) == []


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("content")
    with pytest.raises(WriteError, match="file' is not a folder"):
        write_whole(tmp_path / "file" / "page.html", "all")
    assert (tmp_path / "file").read_text() == "content"


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(WriteError, match="is a folder"):
        write_whole(tmp_path / "page.html", "all")
    assert names(tmp_path) == ["page.html"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_device_or_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WriteError, match="is not a regular file"):
        write_whole(tmp_path / "pipe", "all")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("name", ["a\0b.html", "x" * 300 + ".html"])
def test_a_name_that_cannot_be_is_refused(tmp_path, name):
    with pytest.raises(WriteError):
        write_whole(tmp_path / name, "all")
    assert names(tmp_path) == []


def test_a_name_as_long_as_names_may_be_is_written(tmp_path):
    name = "n" + "." + "x" * 253
    write_whole(tmp_path / name, "all")
    assert names(tmp_path) == [name]


def test_a_hostile_name_is_only_a_name(tmp_path):
    name = '"><img src=x onerror=alert(1)>.html'
    write_whole(tmp_path / name, "all")
    assert names(tmp_path) == [name]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    write_whole(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"


def test_permissions_are_those_of_any_new_file_or_of_the_old_one(tmp_path):
    (tmp_path / "plain").touch()
    write_whole(tmp_path / "new", "all")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "old").touch(mode=0o640)
    (tmp_path / "old").chmod(0o640)
    write_whole(tmp_path / "old", "all")
    assert stat.S_IMODE((tmp_path / "old").stat().st_mode) == 0o640
