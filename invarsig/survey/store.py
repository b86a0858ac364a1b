"""The store of a survey: a Zarr group whose rows are whole or absent, even if its writer is killed.

``survey.zarr/`` holds what was asked (``.zattrs``) and ``rows/``: the sorted names of the files
(``names.jsonl``) and a Zarr group for each batch of `BATCH` files, in their order. A batch appears
at once, by a rename, when all of its files are done; until then its finished files stand in its
journal. So the bytes of a finished survey do not depend on the order in which files were finished,
nor on where it was interrupted.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from invarsig.errors import MissingError, ParameterError, ReadError, WriteError
from invarsig.io.source import as_text
from invarsig.io.tree_room import Room
from invarsig.io.tree_zarr import from_zarr, write_zarr
from invarsig.io.unfinished import locked, unfinished
from invarsig.io.whole_file import unwritable, write_whole
from invarsig.io.whole_folder import whole_folder
from invarsig.survey import journal
from invarsig.survey.columns import as_dataset, as_rows

__all__ = ["BATCH", "Record", "Store"]

# Files in a batch.
BATCH = 128

# Version of what is written.
_FORMAT = 1

# The most bytes of the rows of a batch.
_MOST_BYTES = 2**30

_GROUP = '{\n  "zarr_format": 2\n}\n'
_NAMES, _ROWS = "names.jsonl", "rows"

Record = dict[str, Any]
"""What is known of a file: the hash of its content, "" where it is to be tried again, and rows."""


@dataclass(frozen=True)
class Store:
    """A survey on disk.

    Parameters
    ----------
    path
        Its folder.
    asked
        What was asked, as texts by name.
    names
        Names of all files, sorted.
    """

    path: Path
    asked: Mapping[str, str]
    names: Sequence[str]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Store:
        """Read what a store is of; its rows are read one batch after the other.

        Raises
        ------
        ReadError
            If there is none.
        """
        folder = Path(path)
        try:
            said = json.loads((folder / ".zattrs").read_text(encoding="utf-8"))["survey"]
            text = (folder / _ROWS / _NAMES).read_text(encoding="ascii")
            names = [str(json.loads(line)) for line in text.splitlines()]
            number, asked = said["format"], {str(k): str(v) for k, v in said["asked"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReadError(
                f"{str(folder)!r} is not a survey; give the folder that `invarsig survey` wrote."
            ) from error
        if number != _FORMAT:
            raise ReadError(
                f"{str(folder)!r} is a survey of format {number}; this release reads {_FORMAT}."
            )
        return cls(folder, asked, names)

    @classmethod
    @contextmanager
    def opened(
        cls, path: str | os.PathLike[str], asked: Mapping[str, str], names: Iterable[str]
    ) -> Iterator[Store]:
        """Make a store, or go on with one, and lock it; files that are not in it are added.

        Raises
        ------
        WriteError
            If something else stands there, another survey writes to it, or it cannot be written.
        ParameterError
            If it is of a survey that asked something else: what differs is named.
        MissingError
            If Zarr is not installed.
        """
        folder = Path(path).absolute()
        if importlib.util.find_spec("zarr") is None:
            raise MissingError("A survey is kept in Zarr: pip install 'invarsig[survey]'.")
        _begin(folder)
        try:
            lock = locked(folder)
        except BlockingIOError as error:
            raise WriteError(
                f"Another survey is writing to {str(folder)!r}; wait until it is done, or give "
                "another path."
            ) from error
        try:
            yield _continued(folder, asked, sorted(set(names)))
        finally:
            if lock is not None:
                os.close(lock)

    @property
    def batches(self) -> range:
        """Numbers of the batches."""
        return range(-(-len(self.names) // BATCH))

    def names_of(self, batch: int) -> Sequence[str]:
        """Names of the files of a batch."""
        return self.names[batch * BATCH : (batch + 1) * BATCH]

    def records(self, batch: int) -> dict[str, Record]:
        """What is known of the files of a batch, by their names."""
        group = self._group(batch)
        written = _records(_read_group(group)) if group.is_dir() else {}
        # A name that no encoding can write stands in the rows with escapes.
        found = {
            name: written[as_text(name)]
            for name in self.names_of(batch)
            if as_text(name) in written
        }
        return found | journal.read(self._journal(batch))

    def keep(self, batch: int, name: str, record: Record) -> None:
        """Keep what was found of a file."""
        journal.append(self._journal(batch), name, record)

    def close(self, batch: int, records: Mapping[str, Record]) -> None:
        """Write the rows of a batch whose files are all done.

        Raises
        ------
        WriteError
            If it cannot be written: its journal keeps what was found.
        """
        names = self.names_of(batch)
        rows = [{"input": name, **row} for name in names for row in records[name]["rows"]]
        try:
            write_zarr(xr.DataTree(as_dataset(rows)), self._group(batch))
            _on_disk(self._group(batch))
            self._journal(batch).unlink(missing_ok=True)
        except OSError as error:
            raise WriteError(
                f"Rows cannot be written to {str(self.path)!r} ({error}). What was finished is "
                "kept: free some space, and run the same survey again to go on."
            ) from error

    def is_closed(self, batch: int) -> bool:
        """Whether the rows of a batch are written and nothing was found since."""
        return self._group(batch).is_dir() and not self._journal(batch).exists()

    def tidy(self) -> None:
        """Remove what writers left that were killed."""
        for folder in (self.path, self.path / _ROWS):
            with unfinished(folder):
                pass

    def _group(self, batch: int) -> Path:
        return self.path / _ROWS / f"batch_{batch + 1}"

    def _journal(self, batch: int) -> Path:
        return self.path / _ROWS / f"batch_{batch + 1}.journal"


def _begin(folder: Path) -> None:
    """Make the folder, or see that nothing else stands there."""
    try:
        folder.mkdir(exist_ok=True)
        there = {each.name for each in folder.iterdir() if ".invarsig-" not in each.name}
    except OSError as error:
        raise unwritable(folder, error) from error
    # One that was killed at its very beginning left some of these alone.
    if not (folder / ".zgroup").is_file() and not there <= {".zattrs", _ROWS}:
        raise WriteError(
            f"{str(folder)!r} is there and is not a survey; give another path, such as survey.zarr."
        )


def _continued(folder: Path, asked: Mapping[str, str], names: list[str]) -> Store:
    """The store of a locked folder, with these files in it."""
    if not (folder / ".zgroup").is_file():
        said = {"survey": {"format": _FORMAT, "asked": dict(asked)}}
        write_whole(folder / ".zattrs", json.dumps(said, indent=1) + "\n")
        _write_rows(Store(folder, asked, ()), names)
        write_whole(folder / ".zgroup", _GROUP)
        return Store(folder, asked, names)
    store = Store.read(folder)
    differs = [
        f"{name}: {store.asked.get(name, 'nothing')} there, {asked.get(name, 'nothing')} here"
        for name in dict.fromkeys([*store.asked, *asked])
        if store.asked.get(name) != asked.get(name)
    ]
    if differs:
        raise ParameterError(
            f"{folder.name!r} belongs to another survey ({'; '.join(differs)}); give another path, "
            "or the same pipelines and options."
        )
    every = sorted({*store.names, *names})
    if every != list(store.names):
        _write_rows(store, every)
    return Store(folder, asked, every)


def _write_rows(store: Store, names: list[str]) -> None:
    """Put what is known into batches of another list of files: all of it at once."""
    place_of = {name: place for place, name in enumerate(names)}
    with whole_folder(store.path / _ROWS) as rows:
        (rows / ".zgroup").write_text(_GROUP, encoding="ascii")
        lines = "".join(f"{json.dumps(name)}\n" for name in names)
        (rows / _NAMES).write_text(lines, encoding="ascii")
        for batch in store.batches:
            for name, record in store.records(batch).items():
                file = rows / f"batch_{place_of[name] // BATCH + 1}.journal"
                journal.append(file, name, record)


def _read_group(group: Path) -> xr.Dataset:
    return from_zarr(group, Room(_MOST_BYTES)).to_dataset()


def _records(data: xr.Dataset) -> dict[str, Record]:
    """Rows by the file that they are of."""
    found: dict[str, Record] = {}
    for row in as_rows(data):
        name = row.pop("input")
        record = found.setdefault(name, {"sha256": row["sha256"], "rows": []})
        record["rows"].append(row)
    return found


def _on_disk(folder: Path) -> None:
    """Wait until the disk has all files of a folder, and its name."""
    for place, _, names in os.walk(folder):
        for each in [*(Path(place) / name for name in names), Path(place)]:
            _synchronize(each)
    _synchronize(folder.parent)


def _synchronize(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
