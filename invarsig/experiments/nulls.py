"""Null versions of measurements: the same numbers, without what a claim is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

__all__ = ["shuffled", "swapped"]


def shuffled(
    found: xr.Dataset,
    names: Iterable[str],
    dim: str,
    rng: np.random.Generator,
    *,
    unit: str,
    labels: Sequence[object] | None = None,
) -> xr.Dataset:
    """Shuffle the labels along a dim, anew for each unit and alike in all variables.

    Parameters
    ----------
    found
        What was measured.
    names
        Variables whose labels are shuffled.
    dim
        The dim whose labels are shuffled.
    rng
        Where permutations are drawn from.
    unit
        The dim that counts units; each has a permutation of its own.
    labels
        The labels along `dim` that change places with one another; all of them if None.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> found = xr.Dataset({"error": (("picture", "way"), np.arange(6.0).reshape(3, 2))})
    >>> null = shuffled(found, ["error"], "way", np.random.default_rng(0), unit="picture")
    >>> null["error"].sum("way").values.tolist()
    [1.0, 5.0, 9.0]
    """
    size = found.sizes[dim]
    places = np.arange(size) if labels is None else _places(found, dim, labels)
    order = np.tile(np.arange(size), (found.sizes[unit], 1))
    for row in order:
        row[places] = rng.permutation(places)
    return _taken(found, names, dim, unit, order)


def swapped(
    found: xr.Dataset, first: str, second: str, rng: np.random.Generator, *, unit: str
) -> xr.Dataset:
    """Exchange two variables for every other unit, by the toss of a coin.

    Parameters
    ----------
    found
        What was measured.
    first, second
        Variables; each keeps its dims, and the two are broadcast against each other.
    rng
        Where the tosses are drawn from.
    unit
        The dim that counts units.
    """
    a, b = xr.broadcast(found[first], found[second])
    coin = xr.DataArray(rng.random(found.sizes[unit]) < 0.5, dims=unit)
    return found.assign({first: a.where(~coin, b), second: b.where(~coin, a)})


def _places(found: xr.Dataset, dim: str, labels: Sequence[object]) -> np.ndarray:
    known = found[dim].to_numpy().tolist()
    return np.array([known.index(each) for each in labels])


def _taken(
    found: xr.Dataset, names: Iterable[str], dim: str, unit: str, order: np.ndarray
) -> xr.Dataset:
    """Take the values along a dim in an order of each unit's own."""
    pick = xr.DataArray(order, dims=(unit, dim))
    each = xr.DataArray(np.arange(found.sizes[unit]), dims=unit)
    changed = {}
    for name in names:
        values = found[name]
        taken = values.isel({unit: each, dim: pick})
        changed[name] = (values.dims, taken.transpose(*values.dims).to_numpy())
    return found.assign(changed)
