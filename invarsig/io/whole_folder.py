"""Folders written whole or not at all, as files are: a new one takes the place of the old at once.

A rename cannot replace a folder that holds something. Linux and macOS exchange two names in a
single step; elsewhere, and on file systems without that, the old folder is renamed first, and there
is a moment when nothing stands under the name.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invarsig.errors import InvarsigError, WriteError
from invarsig.io.unfinished import unfinished
from invarsig.io.whole_file import unwritable

__all__ = ["whole_folder"]

# The exchange in the C library of Linux and of macOS, and what stands there for the working folder.
_EXCHANGES = {"renameat2": -100, "renameatx_np": -2}
_EXCHANGE = 2


@contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` if the body succeeds.

    Parameters
    ----------
    path
        Where the folder is to be. The folder that it is in must exist. A link is followed.

    Yields
    ------
    pathlib.Path
        An empty folder of the same name in a hidden one beside it, for the body to fill.

    Raises
    ------
    WriteError
        If there is no folder for it, a file has its name, or writing fails; what stood there before
        is untouched.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     for text in ("old", "new"):
    ...         with whole_folder(Path(name) / "kept") as temporary:
    ...             _ = (temporary / "note.txt").write_text(text)
    ...     (Path(name) / "kept" / "note.txt").read_text(), len(list(Path(name).iterdir()))
    ('new', 1)
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise WriteError(
            f"Cannot write {target.name!r}: {str(target.parent)!r} is not a folder; make it "
            "first, or give another path."
        )
    if target.exists() and not target.is_dir():
        raise WriteError(f"{str(target)!r} is a file; give the path of a folder.")
    try:
        _put_back(target)
        with unfinished(target.parent) as hidden:
            temporary = hidden / target.name
            temporary.mkdir()
            yield temporary
            if target.exists():
                _exchange(temporary, target)
            else:
                temporary.rename(target)
    except InvarsigError:
        raise
    except OSError as error:
        raise unwritable(target, error) from error


def _exchange(one: Path, other: Path) -> None:
    """Exchange the names of two folders: in a single step where the system can."""
    library = ctypes.CDLL(None) if os.name == "posix" else None
    for name, here in _EXCHANGES.items():
        exchange = getattr(library, name, None)
        paths = (here, os.fsencode(one), here, os.fsencode(other))
        if exchange is not None and exchange(*paths, _EXCHANGE) == 0:
            return
    old = _old(other)
    other.rename(old)
    try:
        one.rename(other)
    except BaseException:
        old.rename(other)
        raise
    old.rename(one)


def _old(target: Path) -> Path:
    """Name of the old folder while nothing stands under its own."""
    return target.with_name(f".{target.name}.invarsig-old")


def _put_back(target: Path) -> None:
    """Put back the old folder of a writer that was killed just then, or remove it just after."""
    old = _old(target)
    if old.is_dir() and target.exists():
        shutil.rmtree(old)
    elif old.is_dir():
        old.rename(target)
