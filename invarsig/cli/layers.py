"""A graph up to one of its layers."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from invarsig.adapters.torch_graph import TorchGraph
from invarsig.errors import ParameterError
from invarsig.operators import Graph, Operator

__all__ = ["graph_to"]

# How many names an error lists.
_SHOWN = 6


def graph_to(op: Operator, path: str) -> Graph:
    """The part of a graph that the result of a node depends on, which it then gives.

    Parameters
    ----------
    op
        The graph.
    path
        Name of a node, or of a block ("blocks.3"): the last node of it.

    Raises
    ------
    ParameterError
        If the operator is not a graph, or has no such node.
    """
    if not isinstance(op, Graph):
        raise ParameterError(f"--layer {path}: the model is {op}, which has no layers to name.")
    names = [node.name for node in op]
    inside = [name for name in names if name == path or name.startswith(f"{path}.")]
    if not inside:
        raise ParameterError(f"--layer {path}: the model has no such node; {_near(path, names)}.")
    needed = {path if path in names else inside[-1]}
    kept = []
    for node in reversed(op.nodes):
        if node.name in needed:
            needed.update(node.sources)
            kept.append(node)
    cut = replace(op, nodes=tuple(reversed(kept)))
    # No module ends there, but a change to a node is one to the module's own.
    return replace(cut, origin=None) if isinstance(cut, TorchGraph) else cut


def _near(path: str, names: list[str]) -> str:
    """Names that may be meant, or some that there are."""
    blocks = dict.fromkeys(
        ".".join(parts[:depth])
        for parts in (name.split(".") for name in names)
        for depth in range(1, len(parts) + 1)
    )
    if near := get_close_matches(path, list(blocks), 3, 0.5):
        return f"did you mean {' or '.join(near)}"
    some = names if len(names) <= _SHOWN else [*names[: _SHOWN // 2], "...", *names[-_SHOWN // 2 :]]
    return f"it has {', '.join(some)}"
