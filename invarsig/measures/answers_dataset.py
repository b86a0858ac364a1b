"""The Dataset of a classifier's answers on a grid of shifts: maps, numbers and their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from invarsig.axes import axis_of
from invarsig.errors import ParameterError
from invarsig.measures.bootstrap import bootstrap_interval
from invarsig.measures.grid_counts import GridCounts
from invarsig.measures.shift_grid import ShiftGrid

__all__ = ["answers_dataset"]

_MAPS = {
    "first": "index of the first class at each shift",
    "confidence": "probability of the first class at each shift",
    "margin": "by how much it leads the second class",
    "kept": "probability of the class that comes first without a shift",
}
_CHANCE = "share of pairs of different pictures, at any two shifts, with the same first class"
_COUNTS = {
    "consistency": "share of pairs of shifts with the same first class",
    "top1_change": "share of one-sample steps that change the first class",
    "topk_change": "share of one-sample steps that put the first class out of the first {top}",
    "mean_absolute_change": "mean change of the first class's probability in a one-sample step",
    "jaggedness": "changes of the first class along a row or column of the grid",
    "flipped": "share of shifts at which another class comes first than without a shift",
    "unstable": "whether another class comes first at any shift of the grid",
    "worst_probability": "least probability over the grid of the class first without a shift",
    "tied": "share of shifts at which several classes share the highest score",
    "accuracy": "share of shifts at which the right class comes first",
    "worst_accuracy": "whether the right class comes first at every shift of the grid",
}

# Numbers that may be above 1.
_NO_SHARES = ("jaggedness",)
# Below so many pictures resamples are too few to tell an interval.
_FEWEST = 5


def answers_dataset(
    counted: Sequence[GridCounts],
    right: Sequence[int] | None,
    grid: ShiftGrid,
    named: Mapping[str, xr.DataArray],
    rng: np.random.Generator,
) -> xr.Dataset:
    """Maps, numbers for each picture, and their means with intervals.

    Parameters
    ----------
    counted
        For each picture its answers.
    right
        The right class of each; None where they are unknown.
    grid, named
        The shifts, and the pictures by their names.
    rng
        Where the resamples of the intervals are drawn from.
    """
    rows = [one.of_picture() for one in counted]
    if right is not None:
        classes = counted[0].scores.shape[-1]
        for row, one, which in zip(rows, counted, right, strict=True):
            if which >= classes:
                raise ParameterError(
                    f"truth holds the class {which}, and there are {classes}, from 0."
                )
            row.update(one.right(which))
    places = tuple(f"d{dim}" for dim in grid.dims)
    maps = [one.maps() for one in counted]
    data: dict[str, Any] = {
        name: (("picture", *places), np.stack([each[name] for each in maps]), _attrs(said))
        for name, said in _MAPS.items()
    }
    for name in rows[0]:
        said = _COUNTS[name].format(top=counted[0].top)
        values = np.array([row[name] for row in rows])
        data[name] = ("picture", values, _attrs(said))
        data[f"mean_{name}"] = (
            "estimate",
            _estimate(values, rng, share=name not in _NO_SHARES),
            _attrs(f"mean over pictures: {said}"),
        )
    data["chance"] = ((), _chance(counted), _attrs(_CHANCE))
    coords: dict[str, Any] = {"picture": list(named), "estimate": ["value", "low", "high"]}
    first = next(iter(named.values()))
    for dim, place in zip(grid.dims, places, strict=True):
        axis = axis_of(first, dim)
        step = abs(axis.step)
        unit = {"units": axis.length_unit, "long_name": f"shift along {dim}"}
        coords[place] = (place, grid.shifts(dim) * step, unit)
    return xr.Dataset(data, coords)


def _attrs(said: str) -> dict[str, str]:
    return {"units": "1", "long_name": said}


def _estimate(values: np.ndarray, rng: np.random.Generator, *, share: bool) -> list[float]:
    """The mean with the ends of its interval; unknown ends are NaN.

    Where all are 0, or all 1, resamples have no width; of a mean of shares the share of items that
    are not 0 is a bound, and of that the exact one-sided limit for none of n (Clopper, Pearson).
    """
    mean = float(values.mean())
    if len(values) < _FEWEST or np.isnan(mean):
        return [mean, np.nan, np.nan]
    none = 1 - 0.05 ** (1 / len(values))
    if share and (values == 0).all():
        return [mean, 0.0, none]
    if share and (values == 1).all():
        return [mean, 1 - none, 1.0]
    return [mean, *bootstrap_interval(values, rng)]


def _chance(counted: Sequence[GridCounts]) -> float:
    """Share of pairs of different pictures, at any two shifts, with the same answer."""
    first = np.stack([one.first.ravel() for one in counted])
    if len(first) < 2 or np.isnan(first).any():
        return np.nan
    pictures, places = first.shape
    shares = np.stack([(first == which).sum(axis=1) for which in np.unique(first)]) / places
    same = shares.sum(axis=1) ** 2 - (shares**2).sum(axis=1)
    return float(same.sum() / (pictures * (pictures - 1)))
