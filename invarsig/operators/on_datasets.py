"""Operators on Datasets and DataTrees: on each variable that has their dims.

A variable that has none of an operator's dims passes unchanged, and so does one that holds no
numbers. One that has some of them and not all is dropped: it stands on the grid before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import xarray as xr

from invarsig.axes import missing_dim, same_coordinate
from invarsig.errors import DimError, ParameterError

__all__ = ["on_dataset", "on_tree"]

_Apply = Callable[[xr.DataArray], xr.DataArray]


def on_dataset(apply: _Apply, x: xr.Dataset, dims: tuple[str, ...], who: str) -> xr.Dataset:
    """Apply an operator to each variable that has its dims.

    Parameters
    ----------
    apply
        The operator on one array.
    x
        Dataset.
    dims
        The core dims of the operator.
    who
        The operator, as errors call it.

    Raises
    ------
    DimError
        If no variable of numbers has all of the dims.
    ParameterError
        If results have one coordinate of different values.
    """
    dims = _there(dims, x.sizes, who)
    made = {name: apply(each) for name, each in x.data_vars.items() if _fits(each, dims)}
    if not made:
        raise DimError(
            f"{who} needs a variable of numbers over {_listed(dims)}, and the Dataset has none; "
            f"its variables are {', '.join(map(repr, x.data_vars)) or 'none'}."
        )
    kept = {
        name: each
        for name, each in x.data_vars.items()
        if name not in made and not set(each.dims) & set(dims)
    }
    every = {name: made.get(name, kept.get(name)) for name in x.data_vars}
    variables = {name: each.variable for name, each in every.items() if each is not None}
    coords = _coordinates([*made.items(), *kept.items()])
    return xr.Dataset(variables, xr.Coordinates(*coords), x.attrs)


def on_tree(apply: _Apply, x: xr.DataTree, dims: tuple[str, ...], who: str) -> xr.DataTree:
    """Apply an operator to the Datasets of all nodes.

    A node without its dims passes unchanged, but for coordinates along some of them, which its
    children would inherit.

    Raises
    ------
    DimError
        If no node has a variable with the dims.
    """
    found = {node.path: node.to_dataset() for node in x.subtree}
    dims = _there(dims, [dim for own in found.values() for dim in own.sizes], who)
    fitting = {
        path for path, own in found.items() if any(_fits(each, dims) for each in own.values())
    }
    if not fitting:
        raise DimError(
            f"{who} needs a variable of numbers over {_listed(dims)}, which no node of the tree "
            f"has; its nodes are {', '.join(map(repr, found))}."
        )
    made: Mapping[str, Any] = {
        path: on_dataset(apply, own, dims, who) if path in fitting else _before(own, dims)
        for path, own in found.items()
    }
    return xr.DataTree.from_dict(made, name=x.name)


def _there(dims: tuple[str, ...], present: Iterable[Any], who: str) -> tuple[str, ...]:
    """Those dims that anything has: others are made on the way, or become channels."""
    present = tuple(dict.fromkeys(map(str, present)))
    needed = tuple(dim for dim in dims if dim in present)
    if dims and not needed:
        raise DimError(missing_dim(dims, present, who))
    return needed


def _listed(dims: tuple[str, ...]) -> str:
    return ", ".join(map(repr, dims)) or "any dims"


def _before(x: xr.Dataset, dims: tuple[str, ...]) -> xr.Dataset:
    """A node without a variable that is changed, and without coordinates of the grid before."""
    return x.drop_vars([name for name, own in x.coords.items() if set(own.dims) & set(dims)])


def _fits(x: xr.DataArray, dims: tuple[str, ...]) -> bool:
    return x.dtype.kind in "iubfc" and set(dims) <= set(x.dims)


def _coordinates(results: list[tuple[Any, xr.DataArray]]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Coordinates of all results, and their indexes."""
    variables: dict[Any, Any] = {}
    indexes: dict[Any, Any] = {}
    owner: dict[Any, Any] = {}
    for name, result in results:
        for key, coordinate in result.coords.variables.items():
            first = variables.setdefault(key, coordinate)
            if not same_coordinate(first, coordinate):
                raise ParameterError(
                    f"The results for {owner[key]!r} and {name!r} have different coordinates "
                    f"{key!r}; apply the operator to each variable."
                )
            owner.setdefault(key, name)
        indexes.update(result.xindexes)
    return variables, indexes
