"""What a graph was taken from, and which of its nodes have been changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from invarsig.operators import Node

__all__ = ["Origin", "chains"]


@dataclass(frozen=True, eq=False)
class Origin:
    """What a graph was taken from.

    Parameters
    ----------
    module
        The module.
    x
        The labeled input that it was traced with.
    dims
        Dims of its input, after the batch.
    nodes
        The nodes, before any change.
    """

    module: Any
    x: xr.DataArray
    dims: tuple[str, ...]
    nodes: tuple[Node, ...]


def chains(before: Sequence[Node], after: Sequence[Node]) -> dict[str, list[Node]]:
    """For each node that was changed, what stands in its place."""
    old = {node.name: node for node in before}
    new = {node.name: node for node in after}
    found = {}
    for name, node in old.items():
        chain = [new[name]] if name in new else []
        while chain and chain[0].sources[0] in new and chain[0].sources[0] not in old:
            chain.insert(0, new[chain[0].sources[0]])
        if [each.op for each in chain] != [node.op] or len(chain) != 1:
            found[name] = chain
    return found
