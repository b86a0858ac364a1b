"""A damaged picture is read whole or refused by our own error, soon and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("damaged_pictures.py")
KINDS = ("PNG", "JPEG", "TIFF")


def check(count: int, *kinds: str) -> None:
    """Read damaged files of each kind in a process of its own."""
    done = subprocess.run(
        [sys.executable, PROGRAM, str(count), *kinds],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(kinds)
    for found in map(json.loads, lines):
        assert found["foreign"] == []
        assert found["read"] + found["refused"] == count
        assert found["shortened"] == []  # none that was cut off is read as less than it was
        assert found["slowest"] < 10  # seconds
        assert found["peak"] < 2**30  # bytes, of the whole process


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_damaged_files_are_read_or_refused(kind):
    check(10_000, kind)


def test_some_damaged_files_are_read_or_refused():
    check(90, *KINDS)
