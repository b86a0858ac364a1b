"""Survey: one pipeline, or several, diagnosed on every file of a folder."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xarray as xr

from invarsig.aliasing.shifts import Shifts
from invarsig.axes import Length, LengthLike, read_length
from invarsig.diagnosis import MOST, Progress
from invarsig.errors import ParameterError
from invarsig.measures.norms import Norm
from invarsig.parameters import one_of
from invarsig.report.wording import printable
from invarsig.survey.columns import as_dataset, as_rows
from invarsig.survey.files import files_of
from invarsig.survey.reading import read_signal
from invarsig.survey.results import Survey
from invarsig.survey.store import Record, Store
from invarsig.survey.subject import Pipelines, Subject, subjects_of
from invarsig.survey.work import OF_ITS_KIND, Outcome, Work
from invarsig.survey.workers import Run, Task, workers

__all__ = ["survey", "survey_subjects"]

# Files whose times say how fast it goes: those that were done before pass faster.
_RECENT = 100


def survey(
    pipelines: Pipelines | None,
    inputs: str | Path | Sequence[str | Path],
    along: str | Sequence[str] | None = None,
    *,
    out: str | os.PathLike[str] = "survey.zarr",
    shifts: Shifts | None = None,
    most: int | None = MOST,
    norm: Norm | None = None,
    read: Callable[[Path], xr.DataArray] = read_signal,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Survey:
    """Diagnose pipelines on many files: a row for each file, pipeline and axis, kept as they come.

    Rows go to a Zarr store as files are done, so memory does not grow with their number. A survey
    that was stopped, or killed, goes on where it was when it is called again: no row is lost, and
    none is made twice, unless the content of its file has changed. Files that have come since are
    added. A file that cannot be read, or on which a pipeline fails, is a row with its error. The
    bytes of a finished store depend on the files and on what was asked alone, and not on the
    order in which they were done.

    Parameters
    ----------
    pipelines
        An operator, a function of the input that gives one, several of them, or a mapping from
        names to them; None for the default pipeline. Several are moved by the same lengths: those
        that suit the one with the largest total stride.
    inputs
        Files, folders (searched with all folders in them), patterns, or lists of them in files
        ending in ``.txt``.
    along
        Dims to look along, by default all that a pipeline reaches or strides along.
    out
        The store: a new folder, or that of the same survey.
    shifts, most, norm
        As for `diagnose`.
    read
        From a path to a labeled array; by default recordings are mixed to one channel, and pictures
        to gray.
    workers
        Processes on this machine, one for each core by default; 0 for this process alone. Other
        processes import the calling script: call it under ``if __name__ == "__main__":``.
    scheduler
        Address of an existing scheduler of dask.distributed, in place of those; its workers have to
        see the files under the same paths, and need this package and nothing else.
    progress
        Called with a text (how many files, how fast, how long it will take) and the completed
        fraction.

    Returns
    -------
    Survey

    Raises
    ------
    ParameterError
        If there is no file, or the store belongs to a survey that asked something else.
    WriteError
        If the store cannot be written, or another survey is writing to it. What is done is kept.
    ClusterError
        If the scheduler cannot be reached, or its workers have other versions.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import invarsig as iv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for k in (1, 2):
    ...         np.save(f"{folder}/{k}.npy", np.random.default_rng(k).standard_normal(96))
    ...     found = iv.survey(
    ...         iv.MaxPool({"dim_0": 2}), folder, out=f"{folder}/survey.zarr", workers=0
    ...     )
    ...     found.dataset.sizes["row"], found.dataset.severity.values.tolist()
    (2, ['severe', 'severe'])
    """
    subjects = subjects_of(pipelines, read)
    return survey_subjects(
        subjects, inputs, along, out=out, shifts=shifts, most=most, norm=norm, count=workers,
        scheduler=scheduler, progress=progress,
    )  # fmt: skip


def survey_subjects(
    subjects: Sequence[Subject],
    inputs: str | Path | Sequence[str | Path],
    along: str | Sequence[str] | None = None,
    *,
    out: str | os.PathLike[str],
    shifts: Shifts | None = None,
    most: int | None = MOST,
    norm: Norm | None = None,
    count: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Survey:
    """As `survey`, with subjects that read files and find pipelines in ways of their own."""
    place = Path(os.path.abspath(out))  # noqa: PTH100 - links stay as they are
    if place.suffix.lower() != ".zarr":
        raise ParameterError(
            f"A survey is kept in a Zarr store, and {str(out)!r} does not end so; "
            "give a path that ends in .zarr."
        )
    if norm is not None:
        one_of("norm", norm, Norm)
    dims = (along,) if isinstance(along, str) else None if along is None else tuple(along)
    lengths = _lengths(shifts, dims)
    asked = _asked(subjects, dims, lengths, most, norm)
    told = hashlib.sha256(repr(sorted(asked.items())).encode("utf-8", "backslashreplace"))
    work = Work(tuple(subjects), dims, lengths, most, told.hexdigest(), norm)
    # A survey of the folder that its store is in does not measure the store.
    files = [each for each in files_of(inputs) if each != place and place not in each.parents]
    names = [_name(each, place.parent) for each in files]
    tell = progress or (lambda _text, _part: None)
    with Store.opened(place, asked, names) as store:
        state = _State(store, tell)
        with workers(work, count, scheduler, state.say) as run:
            state.fill(run)
        store.tidy()
    return Survey(place, work)


def _lengths(shifts: Shifts | None, dims: tuple[str, ...] | None) -> dict[str, list[float]] | None:
    if shifts is None:
        return None
    if isinstance(shifts, Mapping):
        return {str(dim): [_number(each, dim) for each in own] for dim, own in shifts.items()}
    if dims is None:
        raise ParameterError("Name the dims of the shifts by along=, or give a mapping from dims.")
    return {dim: [_number(each, dim) for each in shifts] for dim in dims}


def _number(given: LengthLike, dim: str) -> float:
    """A length as a plain number: files may have axes in several units."""
    length = read_length(given, f"The shift along {dim!r}")
    if isinstance(length, Length):
        raise ParameterError(
            f"The shift along {dim!r} is {length}, and a survey moves all files by plain numbers, "
            "in the units of their axes; give a number."
        )
    return length


def _asked(
    subjects: Sequence[Subject],
    along: tuple[str, ...] | None,
    shifts: Mapping[str, Sequence[float]] | None,
    most: int | None,
    norm: Norm | None,
) -> dict[str, str]:
    """What a survey asks, as texts: rows that were asked something else do not belong in it."""
    found = {
        f"{subject.name}: {name}": printable(text)
        for subject in subjects
        for name, text in subject.identity.items()
    }
    return {
        "pipelines": ", ".join(subject.name for subject in subjects),
        **found,
        "along": "all" if along is None else ", ".join(along),
        "shifts": "default" if shifts is None else repr(dict(shifts)),
        "most": str(most),
        "norm": OF_ITS_KIND if norm is None else norm,
        "version": importlib.metadata.version("invarsig"),
    }


def _name(file: Path, folder: Path) -> str:
    """Name of a file, from the folder that the store is in: both can be moved together."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return file.as_posix()


@dataclass
class _State:
    """A survey while it runs: its open batches, and how fast it goes."""

    store: Store
    tell: Progress
    open: dict[int, dict[str, Record]] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    batch_of: dict[str, int] = field(default_factory=dict)
    done: int = 0
    times: deque[float] = field(default_factory=lambda: deque([time.monotonic()], maxlen=_RECENT))
    waits: str = ""

    def fill(self, run: Run) -> None:
        """Do what is left to do."""
        for task, outcome in run(self._tasks()):
            self._take(task.name, outcome)
        self.tell("done", 1.0)

    def say(self, text: str) -> None:
        """Say what is waited for."""
        self.waits = text
        self._report()

    def _tasks(self) -> Iterator[Task]:
        """Every file, batch by batch: of one whose rows are known it is seen whether it changed."""
        for batch in self.store.batches:
            names = self.store.names_of(batch)
            known = self.open[batch] = self.store.records(batch)
            self.left[batch] = len(names)
            for name in names:
                self.batch_of[name] = batch
                path = Path(os.path.normpath(self.store.path.parent / name))
                yield Task(name, path, known.get(name, {}).get("sha256", ""))

    def _take(self, name: str, outcome: Outcome) -> None:
        """Keep what came of a file; the last one of a batch closes it."""
        batch = self.batch_of.pop(name)
        if outcome.rows is not None:
            rows = as_rows(as_dataset(outcome.rows))
            record = {"sha256": outcome.sha256, "rows": [_without_file(row) for row in rows]}
            before = self.open[batch].get(name)
            if repr(before) != repr(record):
                self.store.keep(batch, name, record)
                self.open[batch][name] = record
        self.left[batch] -= 1
        self.done += 1
        self.times.append(time.monotonic())
        self.waits = ""
        if self.left[batch] == 0:
            if not self.store.is_closed(batch):
                self.store.close(batch, self.open[batch])
            del self.open[batch], self.left[batch]
        self._report()

    def _report(self) -> None:
        whole, seconds = len(self.store.names), self.times[-1] - self.times[0]
        text = f"{self.done} of {whole} files"
        if seconds > 0:
            rate = (len(self.times) - 1) / seconds
            text += f", {rate:.2g} a second, {_duration((whole - self.done) / rate)} left"
        self.tell(f"{text}; {self.waits}" if self.waits else text, self.done / max(whole, 1))


def _without_file(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "input"}


def _duration(seconds: float) -> str:
    """A time left, in the two units that matter.

    Examples
    --------
    >>> _duration(12.3), _duration(754), _duration(90061)
    ('12 s', '12 min 34 s', '25 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
