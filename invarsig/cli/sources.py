"""What a command is to read: files, folders and patterns of them, and what comes from a pipe."""

from __future__ import annotations

import glob
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import typer

from invarsig.errors import ParameterError, ReadError

__all__ = ["KINDS", "Source", "sources_of"]

KINDS = ("recording", "picture", "array")
"""What commands measure."""

# Where nothing in the first bytes of a file says what it is, and it is empty or damaged: a folder's
# file is meant all the same if it is called so.
_ENDINGS = {
    "recording": (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff"),
    "picture": (".png", ".jpg", ".jpeg", ".tif", ".tiff"),
    "array": (".npy", ".nc"),
}
_FORMATS = {
    "recording": "WAV, FLAC, Ogg, MP3",
    "picture": "PNG, JPEG, TIFF",
    "array": "NetCDF, Zarr, .npy",
}
_STDIN = "-"


@dataclass(frozen=True)
class Source:
    """One input: the file that is read, and how it is named.

    Parameters
    ----------
    path
        The file.
    shown
        Its name, as the user knows it.
    """

    path: Path
    shown: str

    def named_in(self, text: str) -> str:
        """An error's text with the input's name in it."""
        if str(self.path) != self.shown:
            text = text.replace(repr(str(self.path)), self.shown).replace(
                str(self.path), self.shown
            )
        return text if self.shown in text else f"{self.shown}: {text}"


def sources_of(
    given: Sequence[str], stack: ExitStack, kinds: Sequence[str] = KINDS
) -> tuple[list[Source], list[str]]:
    """The inputs that are meant, in the order of their names, and notes on what is left out.

    Parameters
    ----------
    given
        Files, folders, patterns, and "-" for the standard input.
    stack
        What keeps a file for the standard input until the command ends.
    kinds
        What is looked for in folders and patterns.

    Raises
    ------
    ReadError
        If there is nothing of that name or pattern, or nothing that can be read in a folder.
    ParameterError
        If the standard input is named twice.
    """
    if list(given).count(_STDIN) > 1:
        raise ParameterError("The standard input, -, is named twice, and it is read once.")
    found: list[Source] = []
    notes: list[str] = []
    for each in given:
        path = Path(each)
        if each == _STDIN:
            found.append(_piped(stack))
        elif path.exists() or not glob.has_magic(each):
            inside, left = _inside(path, kinds) if _is_folder(path) else ([path], "")
            found += [Source(one, str(one)) for one in inside]
            notes += [left] if left else []
        else:
            matched = [Path(name) for name in sorted(glob.glob(each, recursive=True))]  # noqa: PTH207
            readable = [one for one in matched if _is_meant(one, kinds)]
            if not readable:
                what = f"matches no {_or(kinds)}" if matched else "matches no file"
                raise ReadError(f"The pattern {each!r} {what}; check it.")
            found += [Source(one, str(one)) for one in readable]
    return found, notes


def _is_folder(path: Path) -> bool:
    from invarsig.cli.grids import is_grid

    return path.is_dir() and not is_grid(path)


def _inside(folder: Path, kinds: Sequence[str]) -> tuple[list[Path], str]:
    """What can be read in a folder, and a note on what is left out."""
    every = [each for each in sorted(folder.iterdir()) if not each.name.startswith(".")]
    meant = [each for each in every if _is_meant(each, kinds)]
    if not meant:
        inner = [f"{each.name}/" for each in every if each.is_dir()]
        more = f" It has {', '.join(inner[:3])}: give one of them." if inner else ""
        raise ReadError(
            f"The folder {folder} holds no {_or(kinds)} that can be read: no "
            f"{', '.join(_FORMATS[kind] for kind in kinds)}."
            f"{more or ' Give a file, or another folder.'}"
        )
    left = len(every) - len(meant)
    files = "1 file" if left == 1 else f"{left} files"
    return (
        meant,
        f"Of {folder} {files} of another kind {'is' if left == 1 else 'are'} left out."
        * (left > 0),
    )


def _is_meant(path: Path, kinds: Sequence[str]) -> bool:
    """Whether a file found by a folder or a pattern is one that a command measures."""
    from invarsig.cli.grids import is_grid
    from invarsig.io.content import content_of

    if path.is_dir():
        return "array" in kinds and is_grid(path)
    try:
        content = content_of(path)
    except ReadError:
        content = None
    if content is not None:
        return content.kind in kinds and re.search(r"iv\.(io\.)?read_", content.remedy) is not None
    return path.suffix.lower() in [ending for kind in kinds for ending in _ENDINGS[kind]]


def _piped(stack: ExitStack) -> Source:
    """What comes from a pipe, as a file for as long as the command runs."""
    if sys.stdin is None or sys.stdin.isatty():
        raise ReadError(
            "- reads the standard input, and nothing is piped into it; write "
            "'cat take.wav | invarsig report -'."
        )
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="invarsig-")))
    path = folder / "stdin"
    with path.open("wb") as file:
        shutil.copyfileobj(typer.get_binary_stream("stdin"), file)
    if path.stat().st_size == 0:
        raise ReadError(
            "The standard input is empty; pipe a recording, a picture or an .npy array into it: "
            "'cat take.wav | invarsig report -'."
        )
    return Source(path, "stdin")


def _or(kinds: Sequence[str]) -> str:
    *first, last = ("grid" if kind == "array" else kind for kind in kinds)
    return f"{', '.join(first)} or {last}" if first else last
