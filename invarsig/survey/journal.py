"""A journal: finished records of an open batch, appended one by one, each whole or not at all.

A line is a checksum and a JSON text. Of a writer that was killed, or met a full disk, at most the
last line is torn: it is not read, and cut off before the next is written.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from invarsig.errors import WriteError

__all__ = ["append", "read"]

Record = Mapping[str, Any]


def append(file: Path, name: str, record: Record) -> None:
    """Add a record to a journal, and wait until the disk has it.

    Parameters
    ----------
    file
        The journal; made where there is none.
    name
        What it is a record of.
    record
        Texts, numbers and lists.

    Raises
    ------
    WriteError
        If it cannot be written, for instance on a full disk. What stood there is kept.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "0.journal"
    ...     append(file, "a.wav", {"worst": 0.1})
    ...     _ = file.write_bytes(file.read_bytes() + b"torn")
    ...     append(file, "b.wav", {"worst": 0.2})
    ...     read(file)
    {'a.wav': {'worst': 0.1}, 'b.wav': {'worst': 0.2}}
    """
    line = _line(name, record)
    try:
        with file.open("a+b") as stream:
            stream.seek(0)
            end = _whole(stream.read())
            stream.truncate(end)
            try:
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(end)
                raise
    except OSError as error:
        raise WriteError(
            f"The row of {name!r} cannot be kept in {str(file.parent.parent)!r} "
            f"({error.strerror or error}). What was finished before is kept: free some space, and "
            "run the same survey again to go on."
        ) from error


def read(file: Path) -> dict[str, dict[str, Any]]:
    """Records of a journal by their names, the last one of each; none where there is no file."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return {}
    found = {}
    for line in content[: _whole(content)].splitlines():
        name, record = json.loads(line[9:])
        found[name] = record
    return found


def _line(name: str, record: Record) -> bytes:
    # Characters beyond ASCII are escaped: a lone surrogate of a file name is as well.
    text = json.dumps([name, record]).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _whole(content: bytes) -> int:
    """Length of the whole lines at the front."""
    end = 0
    for line in content.splitlines(keepends=True):
        if not (line.endswith(b"\n") and line[:8] == b"%08x" % zlib.crc32(line[9:-1])):
            break
        end += len(line)
    return end
