"""A diagnosis: the tree of its results, and methods to read, show and save it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from invarsig.diagnosis.saved import format_of, read_tree, write_tree
from invarsig.errors import DimError, InvarsigError, ParameterError, ReadError
from invarsig.io.tree_room import MOST_BYTES
from invarsig.report.schema import findings_of_input
from invarsig.suggestions import did_you_mean

if TYPE_CHECKING:
    from invarsig.report.plots import Plots

__all__ = ["Diagnosis"]


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The result of a diagnosis: a tree with a node for each input and axis.

    Parameters
    ----------
    tree
        `xarray.DataTree` as `invarsig.report.schema` declares it.
    file
        The file that it was loaded from, if it was.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> found = iv.diagnose(iv.Subsample({"x": 2}), x, "x", shifts=["1 px"])
    >>> list(found.axes), found["x"].attrs["unit"]
    (['x'], 'px')
    >>> "along x" in found.summary()
    True
    """

    tree: xr.DataTree
    file: str = field(default="", compare=False)

    @property
    def axes(self) -> dict[str, xr.Dataset]:
        """Dataset of each axis, by the name of its dim; for several inputs, of the first one."""
        found: dict[str, xr.Dataset] = {}
        for entry in self.tree.children.values():
            for node in entry.children.values():
                found.setdefault(str(node.attrs["dim"]), node.to_dataset(inherit=False))
        return found

    @property
    def findings(self) -> xr.Dataset:
        """Findings about the pipeline as given on the signal as given; for the first input."""
        return findings_of_input(next(iter(self.tree.children.values())))

    def __getitem__(self, dim: str) -> xr.Dataset:
        """Give the Dataset of one axis."""
        if dim not in self.axes:
            names = ", ".join(map(repr, self.axes))
            meant = did_you_mean(dim, self.axes)
            raise DimError(f"The diagnosis has no axis {dim!r}; it has {names}.{meant}")
        return self.axes[dim]

    @classmethod
    def joined(cls, diagnoses: Iterable[Diagnosis]) -> Diagnosis:
        """Combine the diagnoses of several inputs into one."""
        several = list(diagnoses)
        if not several:
            raise ParameterError("There is no diagnosis to join.")
        root = xr.DataTree(xr.Dataset(attrs=several[0].tree.attrs))
        entries = [node for one in several for node in one.tree.children.values()]
        for number, node in enumerate(entries, 1):
            root[f"input_{number}"] = node.copy(deep=False)
        return cls(root)

    def summary(self) -> str:
        """State the findings in plain sentences."""
        from invarsig.report.summary import summary

        with self._shown():
            return summary(self.tree)

    @property
    def plot(self) -> Plots:
        """Findings as matplotlib axes: ``plot.verdict()``, ``plot.error("x")``, ``dir(plot)``."""
        from invarsig.report.plots import Plots

        return Plots(self.tree)

    def to_html(self, path: str | Path) -> Path:
        """Write the report: one self-contained page that opens offline.

        Raises
        ------
        ParameterError
            If the path ends in anything but .html or .htm.
        WriteError
            If the folder does not exist or cannot be written; nothing half-written is left.
        ReadError
            If it was loaded from a file, with values that no diagnosis holds.
        """
        from invarsig.report.page import write

        with self._shown():
            return write(self.tree, path)

    def save(self, path: str | Path) -> Path:
        """Write the tree in the format that the suffix names: .nc, .zarr or .json.

        netCDF has a group for each input and axis, and a checksum behind its end; Zarr is of
        version 2. JSON needs no additional package, and all numbers are exact: for each node its
        ``attrs``, and by name its ``coords`` and ``data``: ``dims``, ``type``, ``shape``,
        ``values`` in row-major order, and ``attrs``. Values that JSON has no number for are text:
        "nan", "inf", "-inf".

        Raises
        ------
        ParameterError
            If the suffix is another, or the package that it needs is missing.
        WriteError
            If it cannot be written.
        """
        return write_tree(self.tree, path, format_of(path))

    @classmethod
    def load(cls, path: str | Path, *, most_bytes: int | None = MOST_BYTES) -> Diagnosis:
        """Read a diagnosis in the format that the suffix names: .nc, .zarr or .json.

        Parameters
        ----------
        path
            The file, or the folder of a Zarr.
        most_bytes
            The most that its values may take in memory; None for no bound. A few bytes can declare
            an array of any size.

        Raises
        ------
        ParameterError
            If the suffix is another, or the package that it needs is missing.
        ReadError
            If there is no such file, or it holds no diagnosis.
        """
        return cls(read_tree(path, format_of(path), most_bytes), os.fspath(path))

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Say of values that no diagnosis holds that they came with the file."""
        try:
            yield
        except InvarsigError:
            raise
        except Exception as error:
            if not self.file:
                raise
            raise ReadError(
                f"{self.file} cannot be shown: it holds what no diagnosis holds ({error!r}). Save "
                "the diagnosis anew."
            ) from error

    def __repr__(self) -> str:
        """Say on one screen what was diagnosed, the verdict, and how to go on."""
        from invarsig.report.summary import outline

        with self._shown():
            return outline(self.tree)

    def _repr_html_(self) -> str:
        from invarsig.report.page import fragment

        with self._shown():
            return fragment(self.tree)

    def __str__(self) -> str:
        """Give the summary."""
        return self.summary()
