"""A result: what an experiment measured and judged, in a Dataset, a file or a page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from invarsig import parameters
from invarsig.errors import ParameterError, ReadError
from invarsig.experiments.effects import Effect
from invarsig.io.tree_json import read_json, to_json
from invarsig.io.tree_netcdf import from_netcdf, to_netcdf
from invarsig.io.tree_room import Room
from invarsig.io.whole_file import write_whole

if TYPE_CHECKING:
    from invarsig.experiments.experiment import Experiment, Figure

__all__ = ["FIELDS", "Result"]

# The format that the file declares, so that other JSON is not mistaken for it.
_FORMAT = "invarsig experiment"

FIELDS = ("name", "unit", "value", "low", "high", "count", "of", "expected", "met", "p", "seen")
"""What is kept of an effect."""


@dataclass(frozen=True, repr=False)
class Result:
    """The outcome of an experiment.

    Parameters
    ----------
    dataset
        What was measured, over recordings or pictures; the effects, as variables ``effect_...``
        over ``effect``; question, design, answer, sentence and provenance in its attributes.
    kind
        Class of the experiment; by default the public one of that name.
    """

    dataset: xr.Dataset
    kind: type[Experiment] | None = None

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return str(self.dataset.attrs["experiment"])

    @property
    def answer(self) -> str:
        """The grade of the claim, from "true" to "false" (`invarsig.experiments.grades.GRADES`)."""
        return str(self.dataset.attrs["answer"])

    @property
    def headline(self) -> str:
        """What was found of the primary effect, in one sentence."""
        return str(self.dataset.attrs["headline"])

    @property
    def sentence(self) -> str:
        """What was found, in words and numbers."""
        return str(self.dataset.attrs["sentence"])

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects, each with its interval and what the claim expects of it."""
        columns = [self.dataset[f"effect_{field}"].to_numpy().tolist() for field in FIELDS]
        return tuple(Effect(*row) for row in zip(*columns, strict=True))

    def effect(self, name: str) -> Effect:
        """Give the effect of that name.

        Raises
        ------
        ParameterError
            If there is none.
        """
        found = {effect.name: effect for effect in self.effects}
        if name not in found:
            raise ParameterError(f"There is no effect {name!r}; there are {', '.join(found)}.")
        return found[name]

    def figures(self) -> tuple[Figure, ...]:
        """Draw the figures."""
        return tuple(self.experiment().draw(self.dataset))

    @property
    def experiment(self) -> type[Experiment]:
        """Class of the experiment.

        Raises
        ------
        ParameterError
            If it was read from a file, and there is no public experiment of that name.
        """
        from invarsig.experiments import experiment_named

        return self.kind or experiment_named(self.name)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained page, whole or not at all.

        Raises
        ------
        ParameterError
            If the path ends in anything but .html or .htm.
        WriteError
            If it cannot be written.
        """
        from invarsig.experiments.page import render

        parameters.ending(path, "A page", ".html", ".htm")
        return write_whole(path, render([self]))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the Dataset: netCDF (.nc) or JSON (.json), whole or not at all.

        Raises
        ------
        WriteError
            If it cannot be written.
        ParameterError
            If the suffix is another.
        """
        suffix = Path(path).suffix.lower()
        if suffix == ".json":
            text = to_json(xr.DataTree(self.dataset), _FORMAT)
            return write_whole(path, text)
        if suffix == ".nc":
            return write_whole(path, to_netcdf(xr.DataTree(self.dataset)))
        raise ParameterError(f"{os.fspath(path)!r}: a result is kept as .json or .nc.")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read a Dataset that `save` wrote.

        Raises
        ------
        ReadError
            If there is no such file, or it holds no result.
        """
        if not Path(path).is_file():
            raise ReadError(f"There is no {os.fspath(path)}.")
        try:
            if Path(path).suffix.lower() == ".json":
                dataset = read_json(path, _FORMAT, Room()).to_dataset()
            else:
                dataset = from_netcdf(path, Room()).to_dataset()
        except Exception as error:  # whatever h5py or json raise for a foreign file
            raise ReadError(f"{os.fspath(path)} holds no result: {error!r}.") from error
        if "experiment" not in dataset.attrs:
            raise ReadError(f"{os.fspath(path)} holds no result of an experiment.")
        return cls(dataset)

    def summary(self) -> str:
        """Say the claim, the answer and the numbers, in plain text."""
        lines = [
            f"“{self.dataset.attrs['claim']}”",
            f"{self.answer}: {self.headline}",
            self.sentence,
        ]
        for effect in self.effects:
            line = f"  {effect.name}: {effect} over {effect.count} {effect.of}"
            if effect.expected:
                line += f"; expected {effect.expected}: {effect.met}"
            lines.append(line)
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Show name and answer."""
        return f"Result({self.name}: {self.answer})"

    def _repr_html_(self) -> str:
        from invarsig.experiments.page import fragment

        return fragment(self)
