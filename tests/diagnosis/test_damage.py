"""Thousands of damaged files of each format: our own errors alone, no hang, and little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

GIB = 2**30


@pytest.mark.skipif(sys.platform == "win32", reason="memory is counted by the resource module")
@pytest.mark.nightly
@pytest.mark.parametrize(
    ("kind", "count"), [(".json", 10_000), (".nc", 10_000), ("baseline", 10_000), (".zarr", 10_000)]
)
def test_damaged_files_are_refused_with_our_own_errors_alone(kind, count):
    done = subprocess.run(
        [sys.executable, "-m", "tests.diagnosis.damage", kind, str(count), "20260"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]} {done.stderr[-3000:]}"
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["read"] == count
    assert found["refused"] > count // 2, "damage is damage"
    assert found["bytes"] < GIB
