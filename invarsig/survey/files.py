"""The files of a survey: folders, patterns and lists, as one sorted list without repetitions."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from invarsig.errors import ParameterError, ReadError
from invarsig.io.content import content_of

__all__ = ["files_of"]

# Lists of files end in this.
_LIST = ".txt"

_MAGIC = frozenset("*?[")


def files_of(inputs: str | Path | Sequence[str | Path]) -> list[Path]:
    r"""Absolute paths of all files that folders, patterns and lists name, sorted, each once.

    Parameters
    ----------
    inputs
        One or several of: a file; a folder, searched with the folders in it for recordings,
        pictures and grids by their first bytes (names that begin with a point are left out); a
        pattern (``"*"``, ``"?"``, ``"[…]"``, and ``"**"`` for any folders); or a text file ending
        in ``.txt`` with one of these on each line, relative to its own folder.

    Returns
    -------
    list of pathlib.Path
        A named file is in it whether or not it is there: what is wrong with it belongs in its row.

    Raises
    ------
    ParameterError
        If there is no file.
    ReadError
        If a folder or a list cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.wav", "a.wav", "notes.md"):
    ...         _ = (Path(folder) / name).write_bytes(b"RIFF\0\0\0\0WAVE" * (name != "notes.md"))
    ...     print([file.name for file in files_of(folder)])
    ...     print([file.name for file in files_of(f"{folder}/b*")])
    ['a.wav', 'b.wav']
    ['b.wav']
    """
    given = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    found = sorted({os.path.abspath(file) for each in given for file in _named(Path(each))})  # noqa: PTH100 - links stay as they are
    if not found:
        said = ", ".join(str(each) for each in given) or "nothing"
        raise ParameterError(
            f"There is no recording, picture or grid in {said}; name a folder, a pattern or a list "
            "of files."
        )
    return [Path(each) for each in found]


def _named(given: Path, *, in_list: bool = False) -> Iterator[Path]:
    """Files that one argument names."""
    if given.is_dir() and not _is_store(given):
        yield from _in_folder(given)
    elif given.suffix.lower() == _LIST and not in_list:
        yield from _in_list(given)
    elif _MAGIC & set(str(given)) and not given.exists():
        matches = (Path(each) for each in glob.iglob(str(given), recursive=True))  # noqa: PTH207 - an absolute pattern too
        yield from (each for each in matches if each.is_file() or _is_store(each))
    else:
        yield given


def _in_folder(folder: Path) -> Iterator[Path]:
    """What a folder and those in it hold, hidden ones left out."""
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        here = Path(place)
        stores = [name for name in folders if _is_store(here / name)]
        yield from (here / name for name in stores if not (here / name / "rows").is_dir())
        folders[:] = [name for name in folders if name not in stores and not name.startswith(".")]
        yield from (
            here / name for name in names if not name.startswith(".") and _is_input(here / name)
        )


def _is_input(file: Path) -> bool:
    """Whether a file in a folder is one to measure: one that cannot be opened counts."""
    try:
        found = content_of(file)
    except ReadError:
        return file.suffix.lower() not in _OTHERS
    return found is not None and found.kind != "document"


# Files beside recordings and pictures whose names say that they are something else.
_OTHERS = frozenset({".txt", ".md", ".csv", ".json", ".py", ".html", ".toml", ".yml", ".yaml", ""})


def _is_store(folder: Path) -> bool:
    """Whether a folder is a Zarr store, and so one input."""
    return any((folder / name).is_file() for name in (".zgroup", ".zmetadata", "zarr.json"))


def _in_list(file: Path) -> Iterator[Path]:
    """What the lines of a list name."""
    try:
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError as error:
        raise ReadError(f"The list {str(file)!r} cannot be read ({error}).") from error
    for line in lines:
        if line.strip():
            yield from _named(file.parent / line.strip(), in_list=True)


def _unreadable(error: OSError) -> None:
    raise ReadError(f"The folder {str(error.filename)!r} cannot be searched ({error}).") from error
