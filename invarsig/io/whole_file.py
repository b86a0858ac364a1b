"""Files written whole or not at all: a file appears under its name only once it is complete.

The content goes to a temporary file in a hidden folder beside the named one, whose place it then
takes in a single step (a rename within a file system is atomic). If anything fails before that, the
temporary file is removed and what stood there before is untouched. A writer that is killed can
remove nothing; what it leaves is cleared by the next one there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invarsig.errors import InvarsigError, WriteError
from invarsig.io.unfinished import unfinished

__all__ = ["unwritable", "whole_file", "write_whole"]


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` if the body succeeds.

    Parameters
    ----------
    path
        Where the file is to be written. Its folder must exist. A link is followed; the permissions
        of a file that is replaced are kept.

    Yields
    ------
    pathlib.Path
        An empty file of the same name in a hidden folder beside it, for the body to write.

    Raises
    ------
    WriteError
        If the folder is missing or cannot be written, `path` is not a regular file, or writing
        fails, for instance on a full disk.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "report.html") as unfinished:
    ...         _ = unfinished.write_text("<p>All of it.</p>")
    ...     [file.name for file in Path(folder).iterdir()]
    ['report.html']
    """
    target = _target(path)
    try:
        with unfinished(target.parent) as hidden:
            temporary = hidden / target.name
            temporary.touch()
            yield temporary
            _take_the_place_of(target, temporary)
    except InvarsigError:
        raise
    except OSError as error:
        raise unwritable(target, error) from error


def write_whole(path: str | os.PathLike[str], data: str | bytes) -> Path:
    """Write a text or bytes to a file, whole or not at all.

    Parameters
    ----------
    path
        Where the file is to be written. Its folder must exist.
    data
        Content. Text is written as UTF-8 with its line ends unchanged; a lone surrogate (from a
        file name that is not UTF-8) as an escape.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    WriteError
        As `whole_file` does.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "note.txt", "ready").read_text()
    'ready'
    """
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    return Path(path)


def _target(path: str | os.PathLike[str]) -> Path:
    """Follow links to the file itself and check that a file can be written there."""
    try:
        target = Path(os.path.realpath(path))
        there = target.exists()
        folder = target.parent.is_dir()
    except (OSError, ValueError) as error:
        raise WriteError(f"The path {os.fspath(path)!r} is not valid ({error}).") from error
    if target.is_dir():
        raise WriteError(f"{str(target)!r} is a folder; give the path of a file in it.")
    # A rename would replace the device itself: /dev/null would become a file.
    if there and not target.is_file():
        raise WriteError(f"{str(target)!r} is not a regular file; give the path of one.")
    if not folder:
        raise WriteError(
            f"Cannot write {target.name!r}: {str(target.parent)!r} is not a folder; "
            "make it first, or give another path."
        )
    return target


def _take_the_place_of(target: Path, temporary: Path) -> None:
    """Rename the finished file onto its target."""
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
    # Without this a power failure can keep the new name and lose the content.
    with temporary.open("rb+") as content:
        os.fsync(content.fileno())
    temporary.replace(target)


def unwritable(target: Path, error: OSError) -> WriteError:
    """Say which folder cannot be written, and what may help: as an error."""
    return WriteError(
        f"Cannot write {target.name!r} in the folder {str(target.parent)!r} "
        f"({error.strerror or error}); free some space or its permissions, or give another path."
    )
