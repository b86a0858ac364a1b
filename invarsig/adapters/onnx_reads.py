"""Which operators of an ONNX graph lead to a result, and what each of them reads."""

from __future__ import annotations

from typing import Any

from invarsig.adapters.onnx_file import branches_of

__all__ = ["needed_nodes", "reads_of"]


def reads_of(node: Any) -> list[str]:
    """Names that an operator reads, each once: its inputs, and what its branches take from outside.

    A branch sees the results of the graph around it.
    """
    names = [name for name in node.input if name]
    for branch in branches_of(node):
        names += _from_outside(branch)
    return list(dict.fromkeys(names))


def _from_outside(graph: Any) -> list[str]:
    own = {each.name for each in (*graph.input, *graph.initializer)}
    own |= {name for node in graph.node for name in node.output}
    names = [name for node in graph.node for name in reads_of(node)]
    names += [each.name for each in graph.output]
    return [name for name in names if name not in own]


def needed_nodes(graph: Any, wanted: set[str]) -> list[Any]:
    """Operators that lead to some results, in order."""
    needed, found = set(wanted), []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(reads_of(node))
            found.append(node)
    return found[::-1]
