"""A graph up to one of its layers."""

from __future__ import annotations

from collections.abc import Iterable

from invarsig.errors import ParameterError
from invarsig.operators.base import Operator
from invarsig.operators.graph import Graph
from invarsig.suggestions import nearest

__all__ = ["blocks_of", "graph_to", "near"]

# How many names an error lists.
_SHOWN = 6


def graph_to(op: Operator, path: str, asked: str = "", listing: str = "") -> Graph:
    """The part of a graph that the result of a node depends on, which it then gives.

    Parameters
    ----------
    op
        The graph.
    path
        Name of a node, or of a block ("blocks.3"): the last node of it.
    asked
        How errors call what was asked for, by default the path.
    listing
        What errors add: how to list all names.

    Raises
    ------
    ParameterError
        If the operator is not a graph, or has no such node.

    Examples
    --------
    >>> import invarsig as iv
    >>> ops = {"stem.relu": iv.Relu(), "stem.tanh": iv.Tanh(), "head": iv.Square()}
    >>> names = ["input", *ops]
    >>> graph = iv.Graph([iv.Node(each, ops[each], names[k]) for k, each in enumerate(ops)])
    >>> str(graph_to(graph, "stem"))
    'Graph(2 nodes, to stem.tanh)'
    """
    asked = asked or repr(path)
    if not isinstance(path, str):
        raise ParameterError(f"{asked}: a node is named by text, not by {type(path).__name__}.")
    if not isinstance(op, Graph):
        raise ParameterError(f"{asked}: the model is {op}, which has no layers to name.")
    names = [node.name for node in op]
    inside = [name for name in names if name == path or name.startswith(f"{path}.")]
    if not inside:
        raise ParameterError(f"{asked}: the model has no such node; {near(path, names)}.{listing}")
    needed = {path if path in names else inside[-1]}
    kept = []
    for node in reversed(op.nodes):
        if node.name in needed:
            needed.update(node.sources)
            kept.append(node)
    return op.among(tuple(reversed(kept)))


def blocks_of(names: Iterable[str]) -> list[str]:
    """The names, and those of the blocks that they stand in, each once.

    Examples
    --------
    >>> blocks_of(["stem.0.conv", "head"])
    ['stem', 'stem.0', 'stem.0.conv', 'head']
    """
    found = dict.fromkeys(
        ".".join(parts[:depth])
        for parts in (name.split(".") for name in names)
        for depth in range(1, len(parts) + 1)
    )
    return list(found)


def near(path: str, names: list[str]) -> str:
    """Names that may be meant, or some that there are, as a part of an error.

    Examples
    --------
    >>> near("stem.relo", ["stem.relu", "head"]), near("zzz", ["stem.relu", "head"])
    ('did you mean stem.relu or stem', 'it has stem.relu, head')
    """
    if found := nearest(path, blocks_of(names), most=3, cutoff=0.5):
        return f"did you mean {' or '.join(found)}"
    some = names if len(names) <= _SHOWN else [*names[: _SHOWN // 2], "...", *names[-_SHOWN // 2 :]]
    return f"it has {', '.join(some)}"
