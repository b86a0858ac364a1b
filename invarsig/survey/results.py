"""A survey: its rows as one Dataset, its quantiles, its worst files, and its page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.diagnosis import Progress
from invarsig.errors import ParameterError
from invarsig.io.source import as_text
from invarsig.survey.columns import as_dataset
from invarsig.survey.quantiles import quantile
from invarsig.survey.store import Store

if TYPE_CHECKING:
    from invarsig.survey.work import Work

__all__ = ["PROBABILITIES", "Survey"]

# The median, what nine in ten files do not exceed, and nineteen in twenty.
PROBABILITIES = (0.5, 0.9, 0.95)

# Columns that every statement about the files rests on.
_TOLD = (
    "input", "pipeline", "dim", "unit", "state", "severity", "main_cause", "error", "sha256",
    "worst", "worst_shift", "verdict", "work", "output_rate",
    "remedy_name", "remedy_gain", "remedy_after",
)  # fmt: skip


@dataclass(frozen=True)
class Survey:
    """The rows of a survey, finished or not.

    Parameters
    ----------
    path
        The store.
    work
        What measures a file again, for the pages of the worst; None for a survey that was read.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import invarsig as iv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/1.npy", np.random.default_rng(1).standard_normal(96))
    ...     made = iv.survey(iv.MaxPool({"dim_0": 2}), folder, out=f"{folder}/s.zarr", workers=0)
    ...     again = iv.Survey.load(f"{folder}/s.zarr")
    ...     again.dims, again.dataset.identical(made.dataset)
    (['dim_0'], True)
    """

    path: Path
    work: Work | None = field(default=None, compare=False, repr=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Survey:
        """Read a survey, also one that is not finished, or is being written.

        Raises
        ------
        ReadError
            If there is none.
        """
        return cls(Store.read(path).path)

    @property
    def asked(self) -> Mapping[str, str]:
        """What was asked: the pipelines and the options, as texts by name."""
        return Store.read(self.path).asked

    @cached_property
    def names(self) -> Sequence[str]:
        """Names of all files, from the folder that the store is in."""
        return Store.read(self.path).names

    @cached_property
    def dataset(self) -> xr.Dataset:
        """All rows: one for each file, pipeline and axis, over the dim "row"."""
        rows = [{"input": as_text(name), **row} for name, each in self._records() for row in each]
        return as_dataset(rows)

    @cached_property
    def table(self) -> xr.Dataset:
        """The columns that are drawn and counted, over all rows: much smaller than `dataset`."""
        rows = [
            {name: row[name] for name in _TOLD if name in row} | {"input": file}
            for file, each in self._records()
            for row in each
        ]
        return as_dataset(rows)[list(_TOLD)]

    def _records(self) -> Iterator[tuple[str, list[dict[str, object]]]]:
        """Rows by file, in the order of the files."""
        store = Store.read(self.path)
        for batch in store.batches:
            known = store.records(batch)
            for name in store.names_of(batch):
                if name in known:
                    yield name, known[name]["rows"]

    @property
    def pipelines(self) -> list[str]:
        """Names of the pipelines, as they were given."""
        return _seen(self.table.pipeline)

    @property
    def dims(self) -> list[str]:
        """Dims of the rows."""
        return [dim for dim in _seen(self.table.dim) if dim]

    def errors(self, pipeline: str, dim: str) -> np.ndarray:
        """Worst errors of one pipeline along one dim, a file each; NaN where there is none."""
        table = self.table
        chosen = (table.pipeline == pipeline) & (table.dim == dim)
        return np.asarray(table.worst.to_numpy()[chosen.to_numpy()])

    def quantiles(self, probabilities: Sequence[float] = PROBABILITIES) -> xr.Dataset:
        """Quantiles of the worst error over files, with 95 % intervals of the bootstrap.

        Parameters
        ----------
        probabilities
            Of the quantiles, each between 0 and 1.

        Returns
        -------
        xarray.Dataset
            Over (pipeline, dim, probability): ``error``, ``low``, ``high``; over (pipeline, dim):
            ``files``, those with an error that is known, and ``unknown``, those without.
        """
        shape = len(self.pipelines), len(self.dims)
        found = np.full((3, *shape, len(probabilities)), np.nan)
        counts = np.zeros((2, *shape), dtype=int)
        for k, pipeline in enumerate(self.pipelines):
            for m, dim in enumerate(self.dims):
                values = self.errors(pipeline, dim)
                known = int(np.isfinite(values).sum())
                counts[:, k, m] = known, values.size - known
                for n, each in enumerate(probabilities):
                    one = quantile(values, each)
                    found[:, k, m, n] = one.value, one.low, one.high
        dims = ("pipeline", "dim", "probability")
        variables = {
            name: (dims, values)
            for name, values in zip(("error", "low", "high"), found, strict=True)
        }
        counted = {
            name: (dims[:2], values)
            for name, values in zip(("files", "unknown"), counts, strict=True)
        }
        coords = {"pipeline": self.pipelines, "dim": self.dims, "probability": list(probabilities)}
        return xr.Dataset({**variables, **counted}, coords)

    def paired(self, reference: str | None = None) -> xr.Dataset:
        """Compare the other pipelines with one of them, file by file.

        On each file the change is ``20 log10(error / error of the reference)``, in dB: below 0 the
        other one is better. Pipelines of one survey have been moved alike, on the same files.

        Parameters
        ----------
        reference
            The pipeline that others are compared with; by default the first.

        Returns
        -------
        xarray.Dataset
            ``change`` over (pipeline, dim, input), NaN where one of both is not known; over
            (pipeline, dim): its ``median``, ``low`` and ``high``, the ends of the 95 % bootstrap
            interval over files; ``files``, and on how many of them it is ``better``, ``worse`` or
            ``alike`` (within 0.05 dB); ``chance``, the two-sided sign test; and what it costs,
            as median ratios: ``work``, of multiplications, and ``output``, of output values.
            ``attrs["reference"]`` names the reference.

        Raises
        ------
        ParameterError
            If there is no such pipeline.
        """
        from invarsig.survey.paired import pairs_as_dataset, pairs_of_survey

        names = [as_text(each) for each in self.names]
        own = reference or (self.pipelines or [""])[0]
        return pairs_as_dataset(pairs_of_survey(self, reference), own, names)

    def worst(self, count: int = 10) -> xr.Dataset:
        """Rows of the largest errors, the worst first: of each file and pipeline its worst dim.

        Parameters
        ----------
        count
            How many at most.
        """
        parameters.count(count, "count")
        table = self.table
        size = np.nan_to_num(table.worst.to_numpy(), nan=-1.0)
        pairs = list(zip(table.input.to_numpy(), table.pipeline.to_numpy(), strict=True))
        chosen: dict[tuple[str, str], int] = {}
        for place in np.argsort(-size, kind="stable"):
            if size[place] < 0 or len(chosen) == count:
                break
            chosen.setdefault(pairs[place], int(place))
        return table.isel(row=list(chosen.values()))

    @property
    def failed(self) -> xr.Dataset:
        """Rows of files that could not be read, or on which a pipeline failed."""
        return self.table.isel(row=np.flatnonzero((self.table.state == "error").to_numpy()))

    def summary(self) -> str:
        """State in plain sentences how large the errors are, and of how many files."""
        from invarsig.survey.sentences import sentences

        return "\n".join(sentences(self))

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        pages: int = 10,
        progress: Progress | None = None,
    ) -> Path:
        """Write the summary page, and beside it the pages of the worst files.

        Parameters
        ----------
        path
            Where the page is to stand, ending in .html or .htm. Pages of single files go into a
            folder beside it, ``survey_pages`` for ``survey.html``.
        pages
            How many of the worst files get a page; their pipelines run again for that. A survey
            that was loaded links to pages that are there, and makes none.
        progress
            As for `diagnose`.

        Raises
        ------
        ParameterError
            If the path ends in something else.
        WriteError
            If it cannot be written; what stood there before is untouched.
        """
        from invarsig.survey.page import write

        return write(self, path, pages, progress or (lambda _text, _part: None))

    def __str__(self) -> str:
        """Give the summary."""
        return self.summary()


def _seen(names: xr.DataArray) -> list[str]:
    """Names in the order in which they are first seen."""
    return [str(each) for each in dict.fromkeys(names.to_numpy().tolist())]


def require_rows(found: Survey) -> None:
    """Refuse a survey without a row.

    Raises
    ------
    ParameterError
        If it has none.
    """
    if not found.table.sizes["row"]:
        raise ParameterError(f"{str(found.path)!r} has no row yet; run the survey to its end.")
