"""Surveys in processes of their own, a real scheduler, and its workers: all ended by their ids."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def started(*arguments: object, **more: object) -> subprocess.Popen[str]:
    """A Python process of this environment that finds this package."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **more,  # type: ignore[call-overload]
    )


def wait_for(what: Callable[[], object], process: subprocess.Popen[str], seconds: float = 300):
    """Wait until something is so; a process that ends before is an error."""
    end = time.monotonic() + seconds
    while not (found := what()):
        if process.poll() is not None:
            raise AssertionError(f"It ended: {process.communicate()[0]}")
        if time.monotonic() > end:
            raise AssertionError("It takes too long.")
        time.sleep(0.02)
    return found


def rows_kept(out: Path) -> int:
    """How many files of a first batch are in its journal."""
    file = out / "rows" / "batch_1.journal"
    return file.read_bytes().count(b"\n") if file.is_file() else 0


def killed(process: subprocess.Popen[str]) -> None:
    """End a process as a machine that loses its power would."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate()


@contextmanager
def scheduler_and_workers(folder: Path, count: int) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers by the documented commands; the address and the workers' ids."""
    address = folder / "address.json"
    scheduler = started(
        "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
        "--scheduler-file", address,
    )  # fmt: skip
    every = [scheduler]
    try:
        wait_for(address.is_file, scheduler)
        import json

        place = json.loads(address.read_text(encoding="utf-8"))["address"]
        for _ in range(count):
            # Each in an empty folder: nothing of the user's is there.
            home = folder / f"worker{len(every)}"
            home.mkdir()
            every.append(
                started(
                    "-m", "dask", "worker", place, "--nthreads", "1", "--no-dashboard",
                    "--no-nanny", cwd=home,
                )
            )  # fmt: skip
        yield place, [each.pid for each in every[1:]]
    finally:
        for each in reversed(every):
            killed(each)
