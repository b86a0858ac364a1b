"""Right classes of pictures, from a table: the name of a file, and the index of its class."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from invarsig.errors import ParameterError, ReadError

__all__ = ["right_classes"]


def right_classes(table: Path, names: Sequence[str]) -> list[int]:
    """Read the right class of each picture, in the order of the pictures.

    Parameters
    ----------
    table
        A table with two columns, such as ``cat.png,281``; a first line of titles is left out.
    names
        Names of the pictures' files.

    Raises
    ------
    ReadError
        If it cannot be read, or a line is not a name and an index.
    ParameterError
        If a picture has no class, or two.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"--truth {table} cannot be read: {error}.") from error
    if rows and not _is_index(rows[0][-1]):
        rows = rows[1:]
    found: dict[str, int] = {}
    for row in rows:
        if len(row) != 2 or not _is_index(row[1]):
            raise ReadError(
                f"--truth {table}: {','.join(row)!r} is not the name of a file and the index of "
                "its class, such as cat.png,281."
            )
        name, index = row[0].strip(), int(row[1])
        if found.setdefault(name, index) != index:
            raise ParameterError(f"--truth {table} has two classes for {name!r}; keep one.")
    missing = [name for name in names if name not in found]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ParameterError(
            f"--truth {table} has no class for {missing[0]!r}{more}; add a line NAME,INDEX."
        )
    return [found[name] for name in names]


def _is_index(text: str) -> bool:
    return text.strip().isdecimal()
