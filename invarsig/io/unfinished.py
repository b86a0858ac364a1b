"""Unfinished work: in a hidden folder beside its target, locked while its writer lives.

The system drops a lock when its process ends, however it ends. So a folder that is named as
unfinished and is not locked was left by a writer that was killed, and the next writer there clears
it. Where the system has no such locks (Windows), nothing is cleared.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["locked", "unfinished"]

_NAME = re.compile(r"\.invarsig-[0-9a-f]{32}")


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Yield a new, hidden folder in a folder, for the body to work in; it is gone afterwards.

    Parameters
    ----------
    folder
        Where it is made. What writers that were killed left there is cleared first.

    Yields
    ------
    pathlib.Path
        The body moves what it finished to where it belongs; the rest is removed.

    Raises
    ------
    OSError
        If it cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     with unfinished(Path(name)) as hidden:
    ...         print(list(hidden.iterdir()))
    ...     hidden.exists()
    []
    False
    """
    _clear(folder)
    hidden, lock = _made(folder)
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _made(folder: Path) -> tuple[Path, int | None]:
    """Make one and lock it; if another writer clears it before it is locked, make another."""
    while True:
        hidden = folder / f".invarsig-{uuid.uuid4().hex}"
        hidden.mkdir()
        with suppress(BlockingIOError):
            return hidden, locked(hidden)


def locked(path: Path) -> int | None:
    """Lock a folder and return the descriptor; None where there are no locks.

    Raises
    ------
    BlockingIOError
        If another process has it, or has removed it.
    """
    if sys.platform == "win32":
        return None
    # Whatever else has such a name, a link to a folder too, is not ours.
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.lstat(path)):
            return lock
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError | FileNotFoundError):
            raise BlockingIOError(*error.args) from error
        return None
    os.close(lock)
    raise BlockingIOError(f"{path} was made anew by another process")


def _clear(folder: Path) -> None:
    """Remove what writers left that were killed."""
    try:
        left = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return
    for hidden in left:
        with suppress(OSError):
            lock = locked(hidden)
            if lock is not None:
                shutil.rmtree(hidden, ignore_errors=True)
                os.close(lock)
