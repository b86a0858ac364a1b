"""What a graph was taken from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from invarsig.operators import Node

__all__ = ["Origin"]


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
        The nodes of the graph, before any change.
    whole
        All nodes of the module, of which `nodes` are those up to `output`.
    output
        The node that the graph ends at; None where it is the module's last one.
    """

    module: Any
    x: xr.DataArray
    dims: tuple[str, ...]
    nodes: tuple[Node, ...]
    whole: tuple[Node, ...]
    output: str | None = None

    @property
    def rest(self) -> tuple[Node, ...]:
        """The nodes of the module that the graph does not have."""
        own = {node.name for node in self.nodes}
        return tuple(node for node in self.whole if node.name not in own)

    def among(self, nodes: Sequence[Node]) -> Origin:
        """The same of a graph that ends at the last one of some nodes."""
        names = {node.name for node in nodes}
        own = tuple(node for node in self.nodes if node.name in names)
        last = nodes[-1].name
        return replace(self, nodes=own, output=None if last == self.whole[-1].name else last)
