"""A graph that was taken from a torch module, and gives a module back when it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from invarsig.adapters.origin import Origin, chains
from invarsig.adapters.tensor_operators import TensorOperator
from invarsig.errors import ParameterError
from invarsig.operators import Graph, Operator
from invarsig.operators.source import source_of
from invarsig.remedies.course import replaced
from invarsig.remedies.selection import SelectedAlike

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

    def op(self, name: str) -> Operator:
        """The operator of a node.

        Raises
        ------
        ParameterError
            If there is no such node, or it joins several results.
        """
        for node in self.nodes:
            if node.name == name and isinstance(node.op, Operator):
                return node.op
        raise ParameterError(f"The graph has no node {name!r} with one input.")

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

    def module(self) -> Any:
        """The module that computes this graph: the user's own, with what was changed in place.

        It shares its parameters with the original, and has the keys of its ``state_dict``; use
        ``copy.deepcopy`` for one that is trained apart. It has been compared with the graph.

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
                "The graph is not that of a whole module; use iv.from_torch without output=."
            )
        return rewritten(self.origin, self)

    def joined_source(self, source: Callable[[Any], str]) -> str:
        """How it is made of the graph of the module, as Python."""
        origin = self.origin
        changed = {} if origin is None else chains(origin.nodes, self.nodes)
        if origin is None or not changed:
            return source(Graph(self.nodes))
        if any(isinstance(node.op, SelectedAlike) for chain in changed.values() for node in chain):
            return "module = remedy.module()  # several nodes select together"
        before = {node.name: node.op for node in origin.nodes}
        parts = [
            f"{name!r}: {_parts(name, before[name], [node.op for node in chain], source)}"
            for name, chain in changed.items()
        ]
        text = "module = graph.replaced({" + ", ".join(parts) + "}).module()"
        ring = "from invarsig.remedies.on_ring import OnRing\n" if "OnRing(" in text else ""
        return ring + text

    __repr__ = Operator.__repr__


def _parts(name: str, before: Any, ops: Sequence[Any], source: Callable[[Any], str]) -> str:
    """The operators in the place of one node."""
    told = [_one(name, before, op, source) for op in ops]
    return told[0] if len(told) == 1 else f"({', '.join(told)})"


def _one(name: str, before: Any, op: Any, source: Callable[[Any], str]) -> str:
    if op is before:
        return f"graph.op({name!r})"
    if not isinstance(op, TensorOperator):
        inside = source_of(op)
        return inside.replace(source(before), f"graph.op({name!r})")
    text = f"graph.op({name!r})"
    for kind, to in op.changes.items():
        call = f"restrided({dict(to)!r})" if kind == "stride" else f"varied({kind!r}, {to!r})"
        text += f".{call}"
    return text
