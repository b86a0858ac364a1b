"""The file that is read: whether it exists, and its name as harmless text.

Decoders report a missing, empty or odd file in their own words, some of them misleading (libsndfile
calls a truncated MP3 a file that does not exist). So this is checked in advance.
"""

from __future__ import annotations

import os
from pathlib import Path

from invarsig.errors import ReadError
from invarsig.suggestions import did_you_mean

__all__ = ["as_text", "readable"]


def readable(path: str | os.PathLike[str]) -> Path:
    """Return the path of a regular, non-empty file.

    Parameters
    ----------
    path
        Path of a file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ReadError
        If there is no such file, or it is a folder, not a regular file, or empty.
    """
    file = Path(path)
    try:
        size = file.stat().st_size
    except FileNotFoundError as error:
        meant = did_you_mean(file.name, _beside(file))
        raise ReadError(f"There is no file {str(file)!r}; check the path.{meant}") from error
    except (OSError, ValueError) as error:
        raise ReadError(f"The file {str(file)!r} cannot be reached ({error}).") from error
    if file.is_dir():
        raise ReadError(f"{str(file)!r} is a folder; give the path of one file in it.")
    if not file.is_file():
        raise ReadError(f"{str(file)!r} is not a regular file; copy its content to one first.")
    if size == 0:
        raise ReadError(f"The file {str(file)!r} is empty (0 bytes); fetch or export it again.")
    return file


def _beside(file: Path) -> list[str]:
    """Names in the folder of a file that is not there."""
    try:
        return [as_text(each.name) for each in file.parent.iterdir()]
    except (OSError, ValueError):
        return []


def as_text(name: str) -> str:
    r"""Return a file name as text that any encoding of Unicode can write.

    Bytes of the name that are not UTF-8 reach Python as lone surrogates, which neither HTML nor
    netCDF can hold; they are written as escapes.

    Examples
    --------
    >>> as_text("Gl\udcfcck.wav")
    'Gl\\udcfcck.wav'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
