"""What a result within an ONNX file is called: by its own name, its operator's, or its block's."""

from __future__ import annotations

import re

from invarsig.adapters.onnx_file import OnnxFile, called, operators_of
from invarsig.errors import ParameterError
from invarsig.operators import Graph
from invarsig.operators.layers import blocks_of, graph_to, near

__all__ = ["result_and_layer", "up_to"]


def result_and_layer(file: OnnxFile, output: str | None) -> tuple[str, str | None]:
    """The result to follow the file to, and the node or block to cut its graph at, if any.

    A name that one operator alone has stands for its result, so that nothing behind it needs to
    run. Which operator is the last one of a block, or the second of those with one name, only the
    graph of the whole model says.

    Raises
    ------
    ParameterError
        If nothing is called so.
    """
    first = file.outputs[0]
    if output is None:
        return first, None
    if not isinstance(output, str):
        raise ParameterError(f"output= is the name of a result, not {type(output).__name__}.")
    nodes = list(file.model.graph.node)
    results = {name for node in nodes for name in node.output if name} | set(file.outputs)
    if output in results:
        return output, None
    path = _path(output)
    made = [name for node in nodes if called(node) == path for name in node.output if name]
    if len(made) == 1:
        return made[0], None
    names = [called(node) for node in operators_of(file.model.graph)]
    if path in blocks_of(names) or re.sub(r"_\d+$", "", path) in names:
        return first, path
    raise _unknown(file, output, path, names, results)


def up_to(graph: Graph, layer: str) -> Graph:
    """The graph up to a node or a block."""
    return graph_to(graph, layer, f"output={layer!r}", f" {_LISTING}")


_LISTING = "[node.name for node in iv.from_onnx(path, x)] lists all nodes."


def _path(name: str) -> str:
    """The name of an operator in a file, as the graph prints it."""
    return name.strip("/").replace("/", ".")


def _unknown(
    file: OnnxFile, output: str, path: str, names: list[str], results: set[str]
) -> ParameterError:
    meant = near(path, [*dict.fromkeys([*names, *sorted(results)])])
    given = ", ".join(map(repr, file.outputs))
    return ParameterError(
        f"{file.path.name} has no result, node or block {output!r}; {meant}. It gives {given}. "
        f"{_LISTING}"
    )
