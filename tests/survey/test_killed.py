"""SIGKILL of the survey or of its workers, full disks: the same bytes in the end."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

import invarsig as iv
from tests.survey.processes import (
    killed,
    rows_kept,
    scheduler_and_workers,
    started,
    wait_for,
)
from tests.survey.stores import bytes_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no SIGKILL")

SCRIPT = """
import sys
import invarsig as iv
pool = iv.MaxPool({"x": 2})
if __name__ == "__main__":
    source, out, count = sys.argv[1:]
    iv.survey(pool, source, "x", out=out, workers=int(count))
"""

OWN = """
import invarsig as iv

def widest(x):
    return iv.MaxPool({"x": 2})
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    file = tmp_path_factory.mktemp("script") / "own_survey.py"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


@pytest.mark.slow
def test_a_survey_that_is_killed_goes_on_and_ends_with_the_same_bytes(whole, cuts, pool, script):
    out = cuts.parent / "killed.zarr"
    process = started(script, cuts, out, 0)
    wait_for(lambda: rows_kept(out), process)
    killed(process)
    kept = set(iv.Survey.load(out).dataset.input.values.tolist())
    assert 1 <= len(kept) < 6
    iv.survey(pool, cuts, "x", out=out, workers=0)
    assert bytes_of(out) == bytes_of(whole.path)


@pytest.mark.nightly
@pytest.mark.parametrize("whom", ["worker", "survey"])
def test_with_a_cluster_of_this_machine_too(whole, cuts, script, whom):
    psutil = pytest.importorskip("psutil", reason="distributed is not installed")
    out = cuts.parent / f"cluster_{whom}.zarr"
    process = started(script, cuts, out, 2)
    wait_for(lambda: rows_kept(out), process)
    if whom == "worker":
        own = psutil.Process(process.pid).children(recursive=True)
        workers = [each for each in own if "spawn_main" in " ".join(each.cmdline())]
        assert len(workers) >= 2
        os.kill(workers[0].pid, 9)
    else:
        killed(process)
        process = started(script, cuts, out, 2)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert bytes_of(out) == bytes_of(whole.path)


@pytest.mark.nightly
def test_a_real_scheduler_with_two_workers_is_used_by_the_command(whole, cuts, tmp_path):
    pytest.importorskip("distributed", reason="it is not installed; the extra survey has it")
    (tmp_path / "own_code.py").write_text(OWN, encoding="utf-8")
    out = cuts.parent / "scheduler.zarr"
    with scheduler_and_workers(tmp_path, 2) as (address, pids):
        command = started(
            "-m", "invarsig", "survey", cuts, "--pipeline", "own_code.py:widest", "--along", "x",
            "--out", out, "--scheduler", address, "--pages", "0", cwd=tmp_path,
        )  # fmt: skip
        wait_for(lambda: rows_kept(out), command)
        os.kill(pids[0], 9)
        said, _ = command.communicate(timeout=600)
    assert command.returncode == 4, said  # one file is broken
    assert "5 of 5 results are clearly off" in said
    rows, wanted = iv.Survey.load(out).dataset, whole.dataset
    for name in ("input", "dim", "worst", "cause_share", "remedy_gain", "roll_error", "sha256"):
        assert rows[name].equals(wanted[name])


@pytest.mark.nightly
def test_a_scheduler_that_ends_is_said_and_what_was_done_is_kept(cuts, script, tmp_path):
    pytest.importorskip("distributed", reason="it is not installed; the extra survey has it")
    out = cuts.parent / "ended.zarr"
    with scheduler_and_workers(tmp_path, 1) as (address, _):
        command = started(
            "-m", "invarsig", "survey", cuts, "--along", "x", "--out", out,
            "--scheduler", address, "--pages", "0",
        )  # fmt: skip
        wait_for(lambda: rows_kept(out), command)
    said, _ = command.communicate(timeout=120)
    assert command.returncode == 2
    assert "The connection to the scheduler is lost. What was finished is kept" in said
    assert rows_kept(out) >= 1


@pytest.mark.nightly
def test_a_file_on_which_each_worker_dies_is_a_row(cuts, tmp_path):
    pytest.importorskip("distributed", reason="it is not installed; the extra survey has it")
    (tmp_path / "deadly.py").write_text(
        "import os\nimport invarsig as iv\n\n"
        "def pool(x):\n"
        "    if x.attrs['source'] == '2.png':\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return iv.MaxPool({'x': 2})\n",
        encoding="utf-8",
    )
    out = cuts.parent / "deadly.zarr"
    command = started(
        "-m", "invarsig", "survey", cuts / "1.png", cuts / "2.png", "--pipeline", "deadly.py:pool",
        "--along", "x", "--out", out, "--workers", "1", "--pages", "0", cwd=tmp_path,
    )  # fmt: skip
    said, _ = command.communicate(timeout=600)
    assert command.returncode == 4, said
    rows = iv.Survey.load(out).dataset
    assert rows.state.values.tolist() == ["known", "error"]
    assert "Each worker that measured this file died" in rows.error.values[1]


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="it mounts a small disk")
def test_a_disk_that_is_really_full(whole, cuts, pool, tmp_path):
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "small", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        shutil.copytree(cuts, disk.parent / "cuts")
        out = disk / "one.zarr"
        with pytest.raises(iv.errors.WriteError, match=r"No space left.*kept|kept") as told:
            iv.survey(pool, disk.parent / "cuts", "x", out=out, workers=0)
        assert "again to go on" in str(told.value)
        kept = iv.Survey.load(out).dataset.input.values.tolist()
        assert kept
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        found = iv.survey(pool, disk.parent / "cuts", "x", out=out, workers=0)
        assert found.dataset.worst.equals(whole.dataset.worst)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
