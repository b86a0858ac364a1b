"""What a killed writer leaves is cleared by the next one; a writer that lives is left alone."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from invarsig.errors import WriteError
from invarsig.io import whole_file, write_whole
from invarsig.io.whole_folder import whole_folder

KILLED = """
import sys
from pathlib import Path
from invarsig.io.whole_file import whole_file
from invarsig.io.whole_folder import whole_folder
way = whole_file if sys.argv[1] == "file" else whole_folder
with way(Path(sys.argv[2])) as temporary:
    (temporary if sys.argv[1] == "file" else temporary / "a").write_text("half")
    print("begun", flush=True)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is cleared without locks")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_writer_leaves_is_cleared_by_the_next(tmp_path, kind):
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, kind, str(tmp_path / "kept")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        write_whole(tmp_path / "other", "all")
        assert len(names(tmp_path)) == 2, "a writer that lives keeps what it has"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert len(names(tmp_path)) == 2, "a killed one leaves it"
    write_whole(tmp_path / "other", "again")
    assert names(tmp_path) == ["other"]


def test_writers_side_by_side_do_not_clear_each_other(tmp_path):
    with whole_file(tmp_path / "one") as one, whole_file(tmp_path / "two") as two:
        write_whole(tmp_path / "three", "3")
        one.write_text("1")
        two.write_text("2")
    assert [(tmp_path / each).read_text() for each in names(tmp_path)] == ["1", "3", "2"]


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_what_only_has_such_a_name_is_left_alone(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "note.txt").write_text("mine")
    (tmp_path / f".invarsig-{'0' * 32}").symlink_to(mine)
    (tmp_path / f".invarsig-{'1' * 32}").write_text("a file")
    (tmp_path / ".invarsig-notes").mkdir()
    before = names(tmp_path)
    write_whole(tmp_path / "other", "all")
    assert names(tmp_path) == sorted([*before, "other"])
    assert (mine / "note.txt").read_text() == "mine"


@pytest.mark.parametrize("way", [whole_file, whole_folder])
def test_a_read_only_file_system_is_said_whatever_cannot_be_removed(tmp_path, way, monkeypatch):
    def refused(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("mkdir", "touch", "unlink", "rename", "replace"):
        monkeypatch.setattr(Path, name, refused)
    with pytest.raises(WriteError, match=r"'kept'.*Read-only file system"), way(tmp_path / "kept"):
        pytest.fail("it began")
