"""The file that a graph was taken from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from invarsig.adapters.onnx_model import OnnxModel
from invarsig.operators import Node

__all__ = ["OnnxOrigin"]


@dataclass(frozen=True, eq=False)
class OnnxOrigin:
    """The file that a graph was taken from.

    Parameters
    ----------
    model
        The file, and how it is run.
    x
        The labeled input that the graph was made with, one item of it.
    nodes
        The nodes of the graph, before any change.
    results
        What the result of each node is called in the file.
    output
        The result or node that the graph ends at; None where it is the model's first output.
    """

    model: OnnxModel
    x: xr.DataArray
    nodes: tuple[Node, ...]
    results: Mapping[str, str]
    output: str | None = None

    @property
    def dims(self) -> tuple[str, ...]:
        """Dims of its input, after the batch."""
        return tuple(self.model.dims)

    def among(self, nodes: Sequence[Node]) -> OnnxOrigin:
        """The same of a graph that ends at the last one of some nodes."""
        names = {node.name for node in nodes}
        own = tuple(node for node in self.nodes if node.name in names)
        last = nodes[-1].name
        return replace(self, nodes=own, output=self.output if last == self.nodes[-1].name else last)
