"""The work on one file, in whichever process it is done: from its path to its rows."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from invarsig.diagnosis import Diagnosis, diagnose
from invarsig.diagnosis.compare import shared_shifts
from invarsig.errors import ReadError
from invarsig.measures.norms import Norm
from invarsig.survey.cost import cost_of
from invarsig.survey.rows import error_row, rows_of
from invarsig.survey.subject import Prepared, Subject
from invarsig.threads import in_one_thread

__all__ = ["OF_ITS_KIND", "Outcome", "Work", "digest_of", "package_versions"]

# Packages whose versions change numbers, or what processes say to each other.
_PACKAGES = (
    "invarsig", "numpy", "scipy", "xarray", "numba", "scikit-image", "dask", "distributed",
    "cloudpickle",
)  # fmt: skip

# Bytes of a file that are read at once.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Parameters
    ----------
    sha256
        Hash of its content; "" where the file is to be tried again by a later run.
    rows
        Its rows; None where its content is what it was, and its rows are known.
    """

    sha256: str
    rows: list[dict[str, Any]] | None


OF_ITS_KIND = "channelwise for networks, and centered for all else"
"""What is asked where no norm is."""


@dataclass(frozen=True)
class Work:
    """What is done with each file.

    Parameters
    ----------
    subjects
        The pipelines.
    along, shifts, most, norm
        As for `diagnose`.
    asked
        Hash of everything that was asked: with that of the content it is the key of a row.
    """

    subjects: tuple[Subject, ...]
    along: tuple[str, ...] | None
    shifts: Mapping[str, Sequence[float]] | None
    most: int | None
    asked: str
    norm: Norm | None = None

    def on(self, path: Path, name: str, known: str = "") -> Outcome:
        """Measure a file with every pipeline; what goes wrong is a row.

        Parameters
        ----------
        path
            The file, absolute.
        name
            What its rows call it.
        known
            Hash of the content whose rows are known.

        Returns
        -------
        Outcome
        """
        with in_one_thread():
            try:
                digest = digest_of(path)
            except OSError as error:
                read = error if isinstance(error, ReadError) else _unread(path, error)
                return self._finished(path, name, "", {each.name: read for each in self.subjects})
            if known and digest == known:
                return Outcome(digest, None)
            return self._finished(path, name, digest, self._found(path))

    def _finished(
        self, path: Path, name: str, digest: str, found: Mapping[str, _Measured | Exception]
    ) -> Outcome:
        rows: list[dict[str, Any]] = []
        for subject in self.subjects:
            each = found[subject.name]
            if isinstance(each, MemoryError):
                digest = ""  # Another machine may have enough.
            if isinstance(each, Exception):
                own, cost = [error_row(each)], {}
            else:
                own, cost = rows_of(each.diagnosis), dict(each.cost)
            rows += [{**row, **cost, "pipeline": subject.name} for row in own]
        for row in rows:
            row["sha256"], row["key"] = digest, self.key(digest, row["pipeline"])
            # Where the folder stands is not what the row is about.
            for told in ("error", "notes"):
                row[told] = str(row.get(told, "")).replace(str(path), name)
        return Outcome(digest, rows)

    def key(self, digest: str, pipeline: str) -> str:
        """Key of the rows of a content and a pipeline."""
        told = f"{self.asked}\0{pipeline}\0{digest}"
        return (
            hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest() if digest else ""
        )

    def _found(self, path: Path) -> dict[str, _Measured | Exception]:
        """A diagnosis for each pipeline, or why there is none; all are moved alike."""
        found: dict[str, _Measured | Exception] = {}
        ready: dict[str, Prepared] = {}
        for subject in self.subjects:
            outcome = _tried(subject.prepare, path)
            if isinstance(outcome, Exception):
                found[subject.name] = outcome
            else:
                ready[subject.name] = outcome
        if len(self.subjects) > 1:
            alone = {name: _tried(self._shared, [each]) for name, each in ready.items()}
            refused = {name: each for name, each in alone.items() if isinstance(each, Exception)}
            found |= refused
            ready = {name: each for name, each in ready.items() if name not in refused}
        lengths = self._shared(list(ready.values())) if len(self.subjects) > 1 else []
        for place, (name, each) in enumerate(ready.items()):
            found[name] = _tried(self._diagnosis, each, lengths[place] if lengths else self.shifts)
        return found

    def _shared(self, ready: Sequence[Prepared]) -> list[Mapping[str, Sequence[float]]]:
        """For each pipeline the lengths to move by."""
        if not ready:
            return []
        pairs = [(each.op, each.x) for each in ready]
        along = self.along or ready[0].along
        return [*shared_shifts(pairs, along, shifts=self.shifts, most=self.most)]

    def _diagnosis(
        self, each: Prepared, lengths: Mapping[str, Sequence[float]] | None
    ) -> _Measured:
        along = self.along or each.along
        if len(self.subjects) > 1 and lengths is not None:
            along = tuple(lengths)
        found = diagnose(each.op, each.x, along, shifts=lengths, most=self.most, norm=self.norm)
        if each.note:
            node = found.tree["input_1"]
            node.attrs["notes"] = "\n".join(filter(None, [each.note, node.attrs["notes"]]))
        return _Measured(found, cost_of(each.op, each.x))

    def page(self, path: Path, pipeline: str, out: Path) -> Path:
        """Write the page of one file and pipeline."""
        subject = next(each for each in self.subjects if each.name == pipeline)
        found = self._found(path)[subject.name]
        if isinstance(found, Exception):
            raise found
        return found.diagnosis.to_html(out)


@dataclass(frozen=True, eq=False)
class _Measured:
    """What a pipeline does to a file, and what that costs."""

    diagnosis: Diagnosis
    cost: Mapping[str, float]


def _tried(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives, or the error that it raises: a user's own may raise any."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001
        return error


def _unread(path: Path, error: OSError) -> ReadError:
    if isinstance(error, FileNotFoundError):
        return ReadError(f"There is no file {str(path)!r}; it was there when the survey began.")
    return ReadError(
        f"The file {str(path)!r} cannot be read ({error.strerror or error}); check its permissions."
    )


def digest_of(path: Path) -> str:
    """Hash of a file's content; of a folder, of all its files and their names.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if not path.is_dir():
        return _digest_of_file(path)
    digest = hashlib.sha256()
    for place, folders, names in os.walk(path, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            file = Path(place) / name
            told = f"{file.relative_to(path).as_posix()}\0{_digest_of_file(file)}\n"
            digest.update(told.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _raise(error: OSError) -> None:
    raise error


@cache
def package_versions() -> tuple[tuple[str, str], ...]:
    """Versions of Python and of the packages on which results depend, "" for a missing one."""
    found = [("python", platform.python_version())]
    for name in _PACKAGES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, ""))
    return tuple(found)
