"""Files written whole or not at all: a file appears under its name only once it is complete.

The content goes to a temporary file in the same folder, which then takes the place of the
named one in a single step (a rename within a folder is atomic). If anything fails before that,
the temporary file is removed and what stood there before is untouched.
"""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invarsig.errors import InvarsigError, WriteError

__all__ = ["whole_file", "write_whole"]


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
        An empty file in the same folder, with the suffix of `path`, for the body to write.

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
    unfinished = target.parent / f".{uuid.uuid4().hex}{_suffix(target)}"
    try:
        try:
            _create(unfinished)
        except OSError as error:
            raise _unwritable(target, error) from error
        try:
            yield unfinished
            _take_the_place_of(target, unfinished)
        except InvarsigError:
            raise
        except OSError as error:
            raise _unwritable(target, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


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
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
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


def _suffix(target: Path) -> str:
    """Suffix for the temporary file, by which writers choose the format. Very long: dropped."""
    return target.suffix if len(os.fsencode(target.suffix)) < 64 else ""


def _create(unfinished: Path) -> None:
    """Create an empty file, with the permissions that any new file gets."""
    # tempfile would make it private to the user, and so would be the finished file.
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def _take_the_place_of(target: Path, unfinished: Path) -> None:
    """Rename the finished file onto its target."""
    if target.exists():
        unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
    # Without this a power failure can keep the new name and lose the content.
    with unfinished.open("rb+") as content:
        os.fsync(content.fileno())
    unfinished.replace(target)


def _unwritable(target: Path, error: OSError) -> WriteError:
    """Say which folder cannot be written, and what may help."""
    return WriteError(
        f"Cannot write {target.name!r} in the folder {str(target.parent)!r} "
        f"({error.strerror or error}); free some space or its permissions, or give another path."
    )
