"""A journal holds whole records, wherever its writer was stopped."""

from __future__ import annotations

import errno
import os

import pytest

from invarsig.errors import WriteError
from invarsig.survey import journal

RECORDS = {"a.wav": {"x": 1}, "b\udcfc.wav": {"x": [0.1, float("inf")]}, "c.wav": {"text": "e\nf"}}


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "survey.zarr" / "1.journal"
    place.parent.mkdir()
    for name, record in RECORDS.items():
        journal.append(place, name, record)
    return place


def test_what_was_appended_is_read(file):
    assert journal.read(file) == RECORDS
    assert journal.read(file.with_name("none")) == {}


def test_cut_off_at_any_byte_it_holds_the_records_before_and_takes_the_next(file):
    content = file.read_bytes()
    ends = [k + 1 for k, byte in enumerate(content) if byte == ord("\n")]
    for end in range(len(content)):
        file.write_bytes(content[:end])
        whole = dict(list(RECORDS.items())[: sum(each <= end for each in ends)])
        assert journal.read(file) == whole
        journal.append(file, "new", {})
        assert journal.read(file) == {**whole, "new": {}}


def test_a_changed_byte_is_found(file):
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    assert journal.read(file) == dict(list(RECORDS.items())[:2])


def test_on_a_full_disk_what_was_kept_stays(file, monkeypatch):
    before = file.read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "fsync", full)
        with pytest.raises(WriteError, match="No space left") as told:
            journal.append(file, "d.wav", {"x": 2})
    assert file.read_bytes() == before
    assert "run the same survey again" in str(told.value)
    journal.append(file, "d.wav", {"x": 2})
    assert journal.read(file) == {**RECORDS, "d.wav": {"x": 2}}


def test_the_last_record_of_a_name_counts(file):
    journal.append(file, "a.wav", {"x": 9})
    assert journal.read(file)["a.wav"] == {"x": 9}
