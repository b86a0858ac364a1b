"""A store: the same bytes in any order and after any interruption; one writer; one survey."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError, ReadError, WriteError
from invarsig.survey import run, store
from invarsig.survey.store import Store
from invarsig.survey.work import Outcome, Work
from tests.nightly import some
from tests.survey.stores import bytes_of

POOL = iv.MaxPool({"x": 2})


class Stopped(BaseException):
    """What no code of the survey catches, as it cannot catch a SIGKILL."""


def outcome(name: str, content: bytes) -> Outcome:
    """What a pretended measurement gives: numbers and lists that depend on the content."""
    digest = hashlib.sha256(content).hexdigest()
    rng = np.random.default_rng(int(digest[:8], 16))
    rows = [
        {
            "pipeline": "p", "dim": dim, "state": "known", "worst": rng.random(), "sha256": digest,
            "length": [1.0] * k, "roll_error": rng.random(k).tolist(), "notes": name,
            "remedy_name": ["r"] * (k - 1),
        }
        for k, dim in enumerate("yx", 1)
    ]  # fmt: skip
    return Outcome(digest, rows)


@pytest.fixture
def measured(monkeypatch) -> list[str]:
    """Measurements are pretended; their names in the order in which they were made."""
    done: list[str] = []

    def on(self, path, name, known=""):
        content = path.read_bytes()
        if known == hashlib.sha256(content).hexdigest():
            return Outcome(known, None)
        done.append(name)
        return outcome(name, content)

    monkeypatch.setattr(Work, "on", on)
    monkeypatch.setattr(store, "BATCH", 4)
    return done


@pytest.fixture
def files(tmp_path) -> Path:
    """Six files of different contents."""
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(6):
        (folder / f"{k}.wav").write_bytes(b"RIFF\0\0\0\0WAVE" + bytes([k]))
    return folder


def surveyed(files: Path, out: str, **more) -> iv.Survey:
    return iv.survey(POOL, files, out=files.parent / out, workers=0, **more)


def test_every_row_is_there_in_the_order_of_the_files(measured, files):
    found = surveyed(files, "one.zarr")
    assert found.dataset.input.values.tolist() == [f"in/{k}.wav" for k in range(6) for _ in "yx"]
    assert found.dataset.dim.values.tolist() == ["y", "x"] * 6
    for k in range(6):
        wanted = outcome(f"in/{k}.wav", (files / f"{k}.wav").read_bytes()).rows
        row = found.dataset.isel(row=2 * k + 1)
        assert row.worst == wanted[1]["worst"]
        np.testing.assert_array_equal(row.roll_error, wanted[1]["roll_error"])


def test_the_order_in_which_files_are_done_does_not_show(measured, files, monkeypatch):
    surveyed(files, "one.zarr")

    def shuffled(tasks):
        every = list(tasks)
        random.Random(3).shuffle(every)
        return ((each, Work.on(None, each.path, each.name, each.known)) for each in every)

    def in_any_order(_work, _count, _scheduler, _warn):
        from contextlib import nullcontext

        return nullcontext(shuffled)

    monkeypatch.setattr(run, "workers", in_any_order)
    surveyed(files, "two.zarr")
    assert bytes_of(files.parent / "one.zarr") == bytes_of(files.parent / "two.zarr")


STEPS = [
    (store.journal, "append"),
    (store, "write_zarr"),
    (store, "_on_disk"),
    (store, "write_whole"),
    (os, "fsync"),
    (os, "replace"),
    (Path, "unlink"),
]
CASES = [(*step, part, after) for after in (False, True) for part in (0, 1, 2) for step in STEPS]


@pytest.mark.parametrize("case", some(CASES, 15))
def test_stopped_at_any_step_nothing_is_lost_and_nothing_is_done_twice(
    measured, files, monkeypatch, case
):
    module, name, part, after = case
    own, calls = getattr(module, name), count(1)  # Zarr writes from several threads

    def counting(*arguments, **more):
        next(calls)
        return own(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, counting)
        surveyed(files, "whole.zarr")
    whole = next(calls) - 1
    place, calls = (1, (whole + 1) // 2, whole)[part], count(1)

    def stopping(*arguments, **more):
        call = next(calls)
        if call == place and not after:
            raise Stopped
        result = own(*arguments, **more)
        if call == place:
            raise Stopped
        return result

    assert whole >= 1
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stopping)
        with pytest.raises(Stopped):
            surveyed(files, "stopped.zarr")
    kept = set()
    out = files.parent / "stopped.zarr"
    if (out / ".zgroup").is_file():
        rows = iv.Survey.load(out).dataset  # readable as it stands
        kept = set(rows.input.values.tolist())
        assert all((rows.input == each).sum() == 2 for each in kept)
    measured.clear()
    surveyed(files, "stopped.zarr")
    assert len(measured) == len(set(measured))
    assert not kept & set(measured)
    assert bytes_of(out) == bytes_of(files.parent / "whole.zarr")


def test_a_finished_survey_that_is_run_again_measures_and_writes_nothing(measured, files):
    surveyed(files, "one.zarr")
    out = files.parent / "one.zarr"
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}
    measured.clear()
    surveyed(files, "one.zarr")
    assert not measured
    assert before == {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}


def test_a_file_whose_content_has_changed_is_measured_again_and_no_other(measured, files):
    surveyed(files, "one.zarr")
    (files / "3.wav").write_bytes(b"RIFF\0\0\0\0WAVE changed")
    measured.clear()
    surveyed(files, "one.zarr")
    assert measured == ["in/3.wav"]
    surveyed(files, "two.zarr")
    assert bytes_of(files.parent / "one.zarr") == bytes_of(files.parent / "two.zarr")


def test_files_that_come_later_are_added_and_give_the_bytes_of_one_run(measured, files):
    later = {name: (files / name).read_bytes() for name in ("0.wav", "2.wav", "5.wav")}
    for name in later:
        (files / name).unlink()
    surveyed(files, "one.zarr")
    for name, content in later.items():
        (files / name).write_bytes(content)
    measured.clear()
    surveyed(files, "one.zarr")
    assert sorted(measured) == [f"in/{name}" for name in later]
    surveyed(files, "two.zarr")
    assert bytes_of(files.parent / "one.zarr") == bytes_of(files.parent / "two.zarr")


def test_a_store_and_its_files_can_be_moved_together(measured, files, tmp_path):
    surveyed(files, "one.zarr")
    (tmp_path / "elsewhere").mkdir()
    for name in ("in", "one.zarr"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    measured.clear()
    surveyed(tmp_path / "elsewhere" / "in", "one.zarr")
    assert not measured


def test_rows_of_another_survey_are_refused_and_what_differs_is_said(measured, files):
    surveyed(files, "one.zarr")
    before = bytes_of(files.parent / "one.zarr")
    with pytest.raises(ParameterError, match=r"along: all there, x here") as told:
        surveyed(files, "one.zarr", along="x")
    assert "belongs to another survey" in str(told.value)
    with pytest.raises(ParameterError, match=r"MaxPool\(x: 2\).* there, .*MaxPool\(x: 3\).* here"):
        iv.survey(iv.MaxPool({"x": 3}), files, out=files.parent / "one.zarr", workers=0)
    assert bytes_of(files.parent / "one.zarr") == before


def test_something_else_that_stands_there_is_refused(measured, files, tmp_path):
    (tmp_path / "photos.zarr").mkdir()
    (tmp_path / "photos.zarr" / "holiday.png").write_bytes(b"dear")
    with pytest.raises(WriteError, match="is not a survey"):
        surveyed(files, "photos.zarr")
    assert bytes_of(tmp_path / "photos.zarr") == {"holiday.png": b"dear"}
    with pytest.raises(ReadError, match="is not a survey"):
        iv.Survey.load(tmp_path / "photos.zarr")
    (tmp_path / "file.zarr").write_bytes(b"dear")
    with pytest.raises(WriteError):
        surveyed(files, "file.zarr")
    assert (tmp_path / "file.zarr").read_bytes() == b"dear"
    with pytest.raises(ParameterError, match=r"ends in \.zarr"):
        surveyed(files, "rows")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_two_surveys_do_not_write_to_one_store(measured, files, tmp_path):
    out = tmp_path / "one.zarr"
    with Store.opened(out, {"a": "b"}, ["c"]):
        code = (
            "from invarsig.survey.store import Store\n"
            f"with Store.opened({str(out)!r}, {{'a': 'b'}}, ['c']): pass"
        )
        run_code = [sys.executable, "-c", code]
        other = subprocess.run(run_code, capture_output=True, text=True, check=False)
        assert "Another survey is writing to" in other.stderr
    subprocess.run([sys.executable, "-c", code], check=True)


def test_on_a_full_disk_what_was_done_is_kept_and_the_survey_goes_on(measured, files, monkeypatch):
    surveyed(files, "whole.zarr")
    own = os.fsync
    written = iter(range(100))

    def full(descriptor):
        if next(written) > 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        own(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WriteError, match="No space left"):
            surveyed(files, "one.zarr")
    kept = set(iv.Survey.load(files.parent / "one.zarr").dataset.input.values.tolist())
    assert kept
    measured.clear()
    surveyed(files, "one.zarr")
    assert not kept & set(measured)
    assert bytes_of(files.parent / "one.zarr") == bytes_of(files.parent / "whole.zarr")


def test_a_name_that_no_encoding_can_write_is_kept(measured, files):
    name = os.fsdecode(b"Gl\xfcck.wav")
    (files / name).write_bytes(b"RIFF\0\0\0\0WAVE luck")
    surveyed(files, "one.zarr")
    measured.clear()
    found = surveyed(files, "one.zarr")
    assert not measured
    assert "in/Gl\\udcfcck.wav" in found.dataset.input.values.tolist()


def test_memory_holds_the_open_batches_alone(measured, files, monkeypatch):
    open_at_once = []
    own = run._State._take

    def watched(self, name, outcome):
        open_at_once.append(len(self.open))
        own(self, name, outcome)

    monkeypatch.setattr(run._State, "_take", watched)
    surveyed(files, "one.zarr")
    assert len(open_at_once) == 6
    assert max(open_at_once) == 1
