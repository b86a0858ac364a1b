"""Trees of Datasets: a leaf for each of several results."""

from __future__ import annotations

from collections.abc import Container, Mapping

import xarray as xr

__all__ = ["tree_of"]


def tree_of(leaves: Mapping[str, xr.Dataset], **attrs: str) -> xr.DataTree:
    """Tree with one leaf for each Dataset, for any names.

    In a tree "/" separates the nodes of a path, so no node or variable may have it in its name: "_"
    replaces it, and a name that is already taken gets another "_".

    Parameters
    ----------
    leaves
        Datasets by name.
    **attrs
        Attributes of the root.

    Examples
    --------
    >>> tree = tree_of({"1/2": xr.Dataset({"speed": ("km/h", [1.0, 2.0])})})
    >>> list(tree.children), dict(tree["1_2"].sizes)
    (['1_2'], {'km_h': 2})
    """
    nodes: dict[str, xr.Dataset] = {}
    for name, leaf in leaves.items():
        nodes[_without_slashes(name, {*nodes, *leaves} - {name})] = _named(leaf)
    root = xr.DataTree(xr.Dataset(attrs=attrs))
    return root.assign({name: xr.DataTree(leaf) for name, leaf in nodes.items()})


def _named(leaf: xr.Dataset) -> xr.Dataset:
    taken = {*leaf.variables, *leaf.dims}
    changed: dict[str, str] = {}
    for name in sorted(str(each) for each in taken if "/" in str(each)):
        changed[name] = _without_slashes(name, taken | set(changed.values()))
    return leaf.rename(changed)


def _without_slashes(name: str, taken: Container[object]) -> str:
    new = name.replace("/", "_")
    while new in taken or new in ("", ".", ".."):
        new += "_"
    return new
