"""Paired: pipelines of one survey, or of two, put side by side file by file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import xarray as xr

from invarsig import parameters
from invarsig.survey.pairs import Cost, Pair, pair

__all__ = ["pairs_as_dataset", "pairs_of_survey", "pairs_of_surveys"]


class Surveyed(Protocol):
    """What is compared of a survey."""

    @property
    def table(self) -> xr.Dataset:
        """Its rows."""

    @property
    def pipelines(self) -> list[str]:
        """Names of its pipelines."""

    @property
    def dims(self) -> list[str]:
        """Dims of its rows."""


def pairs_of_survey(found: Surveyed, reference: str | None = None) -> list[Pair]:
    """Each other pipeline of a survey against one of them, along each dim.

    Parameters
    ----------
    found
        The survey.
    reference
        The pipeline that the others are compared with; by default the first.
    """
    names = found.pipelines
    if not names:
        return []
    reference = parameters.one_of("reference", reference or names[0], names)
    return _pairs(found, found, [(reference, each) for each in names if each != reference], "input")


def pairs_of_surveys(
    before: Surveyed, now: Surveyed, pipelines: Sequence[tuple[str, str]]
) -> list[Pair]:
    """Pipelines of one survey against those of another, on the files that both have by content."""
    return _pairs(before, now, pipelines, "sha256")


def pairs_as_dataset(pairs: Sequence[Pair], reference: str, names: Sequence[str]) -> xr.Dataset:
    """Pairs against one reference as a Dataset, as `Survey.paired` gives it."""
    pipelines = list(dict.fromkeys(each.second for each in pairs))
    dims = list(dict.fromkeys(each.dim for each in pairs))
    shape = len(pipelines), len(dims)
    numbers = {
        name: np.full(shape, np.nan)
        for name in ("median", "low", "high", "chance", "work", "output")
    }
    counts = {name: np.zeros(shape, dtype=int) for name in ("files", "better", "worse", "alike")}
    place = {name: k for k, name in enumerate(names)}
    changes = np.full((*shape, len(names)), np.nan)
    for each in pairs:
        at = pipelines.index(each.second), dims.index(each.dim)
        low, high = each.interval
        told = (each.median, low, high, each.chance, each.cost.work, each.cost.output)
        for column, value in zip(numbers.values(), told, strict=True):
            column[at] = value
        for name, column in counts.items():
            column[at] = getattr(each, name)
        changes[at][[place[name] for name in each.names]] = each.changes
    over = ("pipeline", "dim")
    return xr.Dataset(
        {
            "change": ((*over, "input"), changes, {"units": "dB"}),
            **{name: (over, column) for name, column in {**numbers, **counts}.items()},
        },
        {"pipeline": pipelines, "dim": dims, "input": list(names)},
        {"reference": reference},
    )


def _pairs(
    first: Surveyed, second: Surveyed, pipelines: Sequence[tuple[str, str]], key: str
) -> list[Pair]:
    made = []
    for one, other in pipelines:
        errors, later = _by_file(first, one, key), _by_file(second, other, key)
        cost = _cost(errors, later)
        for dim in first.dims:
            both = {
                name: (mine[dim][0], later[name][dim][0])
                for name, mine in errors.items()
                if dim in mine and dim in later.get(name, {})
            }
            found = pair(one, other, dim, both, cost)
            made += [found] if found.files else []
    return made


_Columns = tuple[float, float, float]


def _by_file(found: Surveyed, pipeline: str, key: str) -> dict[str, dict[str, _Columns]]:
    """Worst error, work and rate of the output, by file and dim."""
    table = found.table.isel(row=np.flatnonzero((found.table.pipeline == pipeline).to_numpy()))
    columns = (
        table[name].to_numpy().tolist() for name in (key, "dim", "worst", "work", "output_rate")
    )
    made: dict[str, dict[str, _Columns]] = {}
    for name, dim, *numbers in zip(*columns, strict=True):
        if name and dim:
            made.setdefault(name, {})[dim] = (numbers[0], numbers[1], numbers[2])
    return made


def _cost(first: dict[str, dict[str, _Columns]], second: dict[str, dict[str, _Columns]]) -> Cost:
    """Median ratios over the files that both have."""
    pairs = [
        (next(iter(first[name].values())), next(iter(second[name].values())))
        for name in first
        if name in second
    ]
    values = np.array([(*one[1:], *other[1:]) for one, other in pairs]).reshape(-1, 2, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = values[:, 1] / values[:, 0]
    known = ratios[np.isfinite(ratios).all(axis=1)]
    return Cost(*map(float, np.median(known, axis=0))) if len(known) else Cost()
