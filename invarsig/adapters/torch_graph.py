"""A graph that was taken from a torch module, and gives a module back when it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from invarsig.adapters.origin import Origin
from invarsig.errors import ParameterError
from invarsig.operators import Graph, Node, Operator
from invarsig.remedies.change_code import change_code
from invarsig.remedies.course import replaced

__all__ = ["TorchGraph"]


@dataclass(frozen=True, repr=False)
class TorchGraph(Graph):
    """A graph of labeled operators that equals a torch module.

    Some of its nodes may have been replaced since: by hand (`replaced`), or by `invarsig.remedies`.

    Parameters
    ----------
    nodes
        The nodes.
    origin
        What it was taken from.
    """

    origin: Origin | None = field(default=None, compare=False, repr=False)

    def replaced(self, parts: Mapping[str, Operator | Sequence[Operator]]) -> TorchGraph:
        """Put other operators in the place of some nodes (`invarsig.remedies.course.replaced`).

        Examples
        --------
        >>> import pytest; torch = pytest.importorskip("torch")
        >>> import numpy as np
        >>> import invarsig as iv
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, 2), torch.nn.ReLU()).eval()
        >>> x = iv.label(np.random.default_rng(1).standard_normal((1, 17, 17)), "channel", "y", "x")
        >>> graph = iv.from_torch(net, x)
        >>> dense = graph.op("0").unstrided(["y", "x"])
        >>> blur = iv.BlurPool(stride={"y": 2, "x": 2}, boundary="reflect")
        >>> changed = graph.replaced({"0": (dense, blur)}).module()
        >>> sorted(changed.state_dict()), changed(torch.zeros(1, 1, 17, 17)).shape[-1]
        (['0.bias', '0.weight'], 8)
        """
        made = replaced(self, parts)
        assert isinstance(made, TorchGraph)
        return made

    def among(self, nodes: Sequence[Node]) -> TorchGraph:
        """The part of it up to the last one of some nodes, of the same module."""
        origin = None if self.origin is None else self.origin.among(nodes)
        return TorchGraph(tuple(nodes), origin)

    def module(self) -> Any:
        """The user's whole module, with what was changed in this graph in place.

        It shares its parameters with the original, and has the keys of its ``state_dict``; use
        ``copy.deepcopy`` for one that is trained apart. Of a graph up to a layer (``output=``),
        what comes after that layer is as it was, and reads what the changed layers give. The result
        of the module has been compared with that of the graph, and of what comes after it.

        Returns
        -------
        torch.nn.Module

        Raises
        ------
        ParameterError
            If a change has no form in the module; the message says why.
        """
        from invarsig.adapters.modules.rewritten import rewritten

        if self.origin is None:
            raise ParameterError(
                "The graph does not say which module it was taken from; use one of iv.from_torch."
            )
        return rewritten(self.origin, self)

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """How it is made of the graph of the module, as Python."""
        given = None if self.origin is None else Graph(self.origin.nodes)
        if given is None or given.nodes == tuple(self.nodes):
            return source(Graph(self.nodes))
        return change_code(given, self)

    __repr__ = Operator.__repr__
