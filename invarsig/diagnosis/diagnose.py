"""Diagnose: measures and causes of one pipeline on one input, in one tree of Datasets."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from invarsig.aliasing import Shifts, periodized, shifts_along
from invarsig.axes import require_labels
from invarsig.diagnosis.axis import begin_axis, finish_axis, parts_of
from invarsig.diagnosis.excerpt import excerpt, fitted
from invarsig.diagnosis.saved import format_of, read_tree, write_tree
from invarsig.diagnosis.segments import cut_into, over_segments, parts_of_segments
from invarsig.diagnosis.shifts import dims_of, from_where_it_is
from invarsig.diagnosis.side_by_side import Progress, at_once, side_by_side
from invarsig.errors import DimError, InvarsigError, ParameterError
from invarsig.operators import Operator
from invarsig.operators.base import require_operator

__all__ = ["Diagnosis", "diagnose"]

# Samples that take about a minute through the built-in pipeline on two cores.
MOST = 120_000
_SMALLER = 3

# How much of the time an axis takes before its parts are run.
_BEGUN = 0.1


@dataclass(frozen=True)
class Diagnosis:
    """What was found: a tree with a node for each input and axis, and the ways to read it.

    Parameters
    ----------
    tree
        `xarray.DataTree` as laid down in `invarsig.report`.
    """

    tree: xr.DataTree

    @property
    def axes(self) -> dict[str, xr.Dataset]:
        """Dataset of each axis, by the name of its dim; of several inputs the first one's."""
        found: dict[str, xr.Dataset] = {}
        for entry in self.tree.children.values():
            for node in entry.children.values():
                found.setdefault(str(node.attrs["dim"]), node.to_dataset())
        return found

    def __getitem__(self, dim: str) -> xr.Dataset:
        """Give the Dataset of one axis."""
        if dim not in self.axes:
            names = ", ".join(map(repr, self.axes))
            raise DimError(f"The diagnosis has no axis {dim!r}; it has {names}.")
        return self.axes[dim]

    @classmethod
    def joined(cls, diagnoses: Iterable[Diagnosis]) -> Diagnosis:
        """Put the diagnoses of several inputs into one."""
        several = list(diagnoses)
        if not several:
            raise ParameterError("There is no diagnosis to join.")
        root = xr.DataTree(xr.Dataset(attrs=several[0].tree.attrs))
        entries = [node for one in several for node in one.tree.children.values()]
        for number, node in enumerate(entries, 1):
            root[f"input_{number}"] = node.copy(deep=False)
        return cls(root)

    def summary(self) -> str:
        """Say what was found in plain sentences."""
        from invarsig.report.sentences import summary

        return summary(self.tree)

    def to_html(self, path: str | Path) -> Path:
        """Write the report: one self-contained page that opens offline.

        Raises
        ------
        WriteError
            If the folder is not there or cannot be written; nothing half-written is left.
        """
        from invarsig.report.page import write

        return write(self.tree, path)

    def to_netcdf(self, path: str | Path) -> Path:
        """Write the tree to a netCDF file, with a group for each input and axis.

        Raises
        ------
        WriteError
            If the file cannot be written.
        ParameterError
            If h5netcdf is missing, which the extra ``invarsig[io]`` brings.
        """
        return write_tree(self.tree, path, ".nc")

    @classmethod
    def from_netcdf(cls, path: str | Path) -> Diagnosis:
        """Read a diagnosis that `to_netcdf` wrote.

        Raises
        ------
        ReadError
            If there is no such file, or it holds no diagnosis.
        ParameterError
            If h5netcdf is missing.
        """
        return cls(read_tree(path, ".nc"))

    def to_zarr(self, path: str | Path) -> Path:
        """Write the tree to a folder in the Zarr format, version 2; one that is there is replaced.

        Raises
        ------
        WriteError
            If it cannot be written, or something else stands there.
        ParameterError
            If zarr is missing, which the extra ``invarsig[io]`` brings.
        """
        return write_tree(self.tree, path, ".zarr")

    @classmethod
    def from_zarr(cls, path: str | Path) -> Diagnosis:
        """Read a diagnosis that `to_zarr` wrote.

        Raises
        ------
        ReadError
            If there is no such folder, or it holds no diagnosis.
        ParameterError
            If zarr is missing.
        """
        return cls(read_tree(path, ".zarr"))

    def to_json(self, path: str | Path) -> Path:
        """Write the tree as plain JSON, which needs no further package; all numbers are exact.

        For each node its ``attrs``, and by name its ``coords`` and ``data``: ``dims``, ``type``,
        ``shape``, ``values`` in row-major order, and ``attrs``. What JSON has no number for is
        text: "nan", "inf", "-inf".

        Raises
        ------
        WriteError
            If the file cannot be written.
        """
        return write_tree(self.tree, path, ".json")

    @classmethod
    def from_json(cls, path: str | Path) -> Diagnosis:
        """Read a diagnosis that `to_json` wrote.

        Raises
        ------
        ReadError
            If there is no such file, or it holds no diagnosis.
        """
        return cls(read_tree(path, ".json"))

    def save(self, path: str | Path) -> Path:
        """Write the tree in the format that the suffix names: .nc, .zarr or .json.

        Raises
        ------
        ParameterError
            If the suffix is another, or the package that it needs is missing.
        WriteError
            If it cannot be written.
        """
        return write_tree(self.tree, path, format_of(path))

    @classmethod
    def load(cls, path: str | Path) -> Diagnosis:
        """Read a diagnosis in the format that the suffix names: .nc, .zarr or .json.

        Raises
        ------
        ParameterError
            If the suffix is another, or the package that it needs is missing.
        ReadError
            If there is no such file, or it holds no diagnosis.
        """
        return cls(read_tree(path, format_of(path)))

    def _repr_html_(self) -> str:
        from invarsig.report.page import fragment

        return fragment(self.tree)

    def __str__(self) -> str:
        """Give the summary."""
        return self.summary()


def diagnose(
    op: Operator,
    x: xr.DataArray,
    along: str | Sequence[str] | None = None,
    *,
    shifts: Shifts | None = None,
    most: int | None = MOST,
    progress: Progress | None = None,
) -> Diagnosis:
    """Diagnose a pipeline on an input: how equivariant along each axis, why not, what would help.

    Along each axis the pipeline is measured at shifts within one total stride and the errors are
    predicted from the spectrum of its lift. An axis that is not periodic is cropped to a multiple
    of the total stride, tapered (Tukey), padded by the reach and treated as periodic; beside that
    stand the protocols "interior" and "crop" on the signal as it is, each with its floor.

    Parameters
    ----------
    op
        Operator or pipeline.
    x
        Labelled array.
    along
        Dims to diagnose, by default all that the pipeline reaches or strides along. A dim that a
        stage creates (the frequency of a spectrogram) means the pipeline after that stage.
    shifts
        Shifts in the unit of the axis, for all axes or as a mapping from dims; by default whole and
        incommensurate ones within a stride.
    most
        How many samples of the input are diagnosed at once at most: of a longer one the part with
        the most energy, cut along the dims that end. Where that is one dim, as of a recording,
        errors, folding and stages are measured over equal segments of at most that length, and put
        together by energy; the rest, on a third of it. Parts and segments run side by side in
        threads, but one by one where the pipeline holds an operator that is not this package's, or
        an `Apply`. None for all of it at once.
    progress
        Called with a text and the part that is done, 0 to 1.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DimError
        If neither the input nor any stage has one of the dims, or the shifts name another.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.power_law_noise(iv.Axis("x", size=64, unit="px", period=64.0), rng=1)
    >>> found = iv.diagnose(iv.Relu() >> iv.MaxPool(window={"x": 2}), x, along="x")
    >>> bool(abs(found["x"].measured - found["x"].predicted).sel(shift=1.0) < 1e-12)
    True
    """
    require_operator(op)
    require_labels(x, "diagnose")
    tell = progress or _say_nothing
    given = x
    x, cropped = fitted(op, x)
    dims = dims_of(op, x) if along is None else (along,) if isinstance(along, str) else tuple(along)
    if not dims:
        raise ParameterError(
            f"{op} neither strides nor reaches along any dim of the input; name one in along=."
        )
    own = shifts_along(shifts, dims)
    whole, cut = x, cut_into(op, x, dims_of(op, x), most)
    x, said = _at_once(op, x, most, cut)
    notes = [note for note in (cropped, said) if note]
    values = np.asarray((whole if cut else x).to_numpy())
    if values.dtype.kind in "fc" and not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        notes.append(
            f"{bad} of {values.size} values of the input are NaN or infinite; they are propagated."
        )
    nodes: dict[str, xr.Dataset] = {}
    for number, dim in enumerate(dims, 1):
        begin = (number - 1) / len(dims)
        tell(f"along {dim}", begin)
        rest, start, skipped = from_where_it_is(op, x, dim)
        if skipped:
            notes.append(
                f"Along {dim} the pipeline is taken after stage {skipped}, which creates that axis."
            )
        share = 1 / len(dims)
        part = _part_of(tell, dim, begin, _BEGUN * share)
        begun = begin_axis(rest, start, dim, own.get(dim), skipped, part)
        parts = parts_of(begun)
        segments = parts_of_segments(op, whole, dim, cut, begun) if cut else []
        part = _part_of(tell, dim, begin + _BEGUN * share, (1 - _BEGUN) * share)
        found = side_by_side([*parts, *segments], at_once(op), part)
        data = finish_axis(begun, found[: len(parts)])
        if cut:
            data = over_segments(data, found[len(parts) :])
            notes.append(_segments_note(data, dim))
        nodes[f"axis_{number}"] = data
    tell("done", 1.0)
    entry = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(attrs=_input_attrs(op, given, notes)),
            **{f"/{k}": v for k, v in nodes.items()},
        }
    )
    root = xr.DataTree(xr.Dataset(attrs=_root_attrs()))
    root["input_1"] = entry
    return Diagnosis(root)


def _at_once(
    op: Operator, x: xr.DataArray, most: int | None, cut: tuple[str, int] | None
) -> tuple[xr.DataArray, str]:
    """The part that is diagnosed at once, and a sentence on it.

    Of an input in segments, what is not measured over all of them is done on a part that is a third
    as long, where the pipeline takes one so short.
    """
    dims = dims_of(op, x)
    if cut and most:
        smaller = excerpt(op, x, dims, most // _SMALLER)
        try:
            periodized(op, smaller[0], cut[0])
        except InvarsigError:
            pass
        else:
            if smaller[0].size <= most:
                return smaller
    return excerpt(op, x, dims, most)


def _segments_note(data: xr.Dataset, dim: str) -> str:
    count, left_out = data.attrs["segments"], data.attrs["segments_left_out"]
    if data.attrs["nan"]:
        return f"Along {dim} all {count + left_out} segments of the input were run."
    if count == 0:
        return (
            f"Along {dim} the pipeline takes none of the {left_out} segments of the input: "
            "everything is that of that part."
        )
    which = f"all {count}" if left_out == 0 else f"{count} of {count + left_out}"
    why = "" if left_out == 0 else " (the pipeline does not take the others)"
    return (
        f"Along {dim} the errors, what folds and the stages' shares are those of {which} segments "
        f"of the input{why}; borders, the square, the orbit, what folds at each stage, swaps, what "
        "nonlinearities create and remedies are those of that part."
    )


def _part_of(tell: Progress, dim: str, begin: float, share: float) -> Progress:
    """Progress of one part of the work, as a part of the whole."""

    def told(text: str, done: float) -> None:
        tell(f"along {dim}: {text}", begin + done * share)

    return told


def _say_nothing(_text: str, _part: float) -> None:
    """Report progress to nobody."""


def _root_attrs() -> dict[str, Any]:
    packages = ("numpy", "scipy", "xarray", "librosa", "scikit-image", "matplotlib")
    return {
        "title": "Translation equivariance, measured and explained",
        "version": importlib.metadata.version("invarsig"),
        "versions": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": "none: nothing is random",
    }


def _input_attrs(op: Operator, x: xr.DataArray, notes: Sequence[str]) -> dict[str, Any]:
    values = np.ascontiguousarray(x.to_numpy())
    return {
        "name": "input" if x.name is None else str(x.name),
        "source": str(x.attrs.get("source", "")),
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "sizes": ", ".join(f"{dim}: {size}" for dim, size in x.sizes.items()),
        "pipeline": str(op),
        "notes": "\n".join(notes),
    }
