"""The same commands with another revision of invarsig, as the peer of this one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.process_row import Command, Commands, ProcessRow

__all__ = ["against", "checked_out"]

ROOT = Path(__file__).parents[1]


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The files of a revision, in a temporary worktree."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "revision"
        _git("worktree", "add", "--detach", str(path), revision)
        try:
            yield path
        finally:
            _git("worktree", "remove", "--force", str(path))


def against(row: ProcessRow, revision: str, path: Path) -> ProcessRow:
    """A row whose peer is the same command with the package of another revision."""

    def prepare() -> Commands:
        command = row.prepare().ours
        return Commands(_with(command, ROOT), {revision: _with(command, path)})

    return replace(row, prepare=prepare)


def _with(command: Command, package: Path) -> Command:
    # The folder that a command runs in comes before all others.
    environment = {**command.environment, "PYTHONPATH": str(package)}
    return replace(command, folder=package, environment=environment)


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True)
