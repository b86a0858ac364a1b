"""The change of a network as Python: which nodes are replaced, and by what."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from invarsig.operators import Graph, Node
from invarsig.operators.source import source_of
from invarsig.remedies.selection import SelectedAlike

__all__ = ["chains", "change_code"]

# Characters of a line; and names of nodes that get the same change, before a rule finds them.
_WIDTH, _NAMED = 100, 9

# Dims that a module of torch is taken to have where none are named.
_DIMS = ("channel", "y", "x")


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


def change_code(given: Graph, changed: Graph) -> str:
    """Python that makes the changed graph of the given one, named ``graph``.

    Where the graph comes from a torch module the module with the change is made, named ``module``;
    where it comes from an ONNX file, another file is written beside it. It is to be run after
    ``import invarsig as iv``.

    Parameters
    ----------
    given
        The graph.
    changed
        The same with some nodes replaced.

    Returns
    -------
    str
        Statements, one node or group of nodes after another, each behind a comment on what stood
        there before. Operators of a network, which are somebody else's code, are called by name.

    Examples
    --------
    >>> import invarsig as iv
    >>> from invarsig.remedies.course import replaced
    >>> graph = iv.Graph([iv.Node("pool", iv.MaxPool(window={"x": 2}), "input")])
    >>> blur = iv.BlurPool(stride={"x": 1})
    >>> print(change_code(graph, replaced(graph, {"pool": (graph.op("pool"), blur)})))
    from invarsig.remedies.course import replaced
    # graph: the network as given
    graph = replaced(graph, {
        # was 'pool': MaxPool(x: 2)
        'pool': (graph.op('pool'), iv.BlurPool(stride={'x': 1})),
    })
    """
    found = chains(given.nodes, changed.nodes)
    of_torch = hasattr(changed, "module")
    head = _given(changed)
    every = [node for chain in found.values() for node in chain]
    joined = next((node for node in every if isinstance(node.op, SelectedAlike)), None)
    if joined is not None:
        body = _selection(given, found, joined, of_torch)
    elif all(found.values()):
        body = _replacement(given, found, changed)
    else:
        return source_of(Graph(changed.nodes))  # Several nodes have become one.
    rings = ["from invarsig.remedies.on_ring import OnRing"] if "OnRing(" in "".join(body) else []
    lines = sorted([*rings, head, *body], key=lambda line: not line.startswith("from "))
    return "\n".join(lines)


def _given(changed: Graph) -> str:
    """How the graph was taken from its module or file."""
    origin: Any = getattr(changed, "origin", None)
    if origin is None:
        whole = hasattr(changed, "module")
        return f"# graph{' = iv.from_torch(module, x)' if whole else ': the network as given'}"
    dims = "" if origin.dims == _DIMS else f", dims={origin.dims!r}"
    output = "" if origin.output is None else f", output={origin.output!r}"
    if hasattr(changed, "module"):
        return f"# graph = iv.from_torch(module, x{dims}{output})"
    path = str(origin.model.file.path)
    given = ", given={...}" if origin.model.given else ""
    return f"# graph = iv.from_onnx({path!r}, x{dims}{given}{output})"


def _replacement(given: Graph, found: Mapping[str, Sequence[Node]], changed: Graph) -> list[str]:
    """The nodes, each with what replaces it; those that get the same change together."""
    before = {node.name: node.op for node in given.nodes}
    alone: dict[str, list[str]] = {}
    for name, chain in found.items():
        written = "\0".join(_written("name", before[name], node.op) for node in chain)
        alone.setdefault(written, []).append(name)
    lines: list[str] = []
    for parts, names in alone.items():
        if len(names) > 2 and "\0" not in parts:
            lines += _together(given, parts, names)
            continue
        for name in names:
            own = [_written(repr(name), before[name], node.op) for node in found[name]]
            lines += [_was(f"{name!r}: {before[name]}"), *_entry(name, own)]
    if hasattr(changed, "module"):
        return ["module = graph.replaced({", *lines, "}).module()"]
    if hasattr(changed, "save"):
        return ["graph = graph.replaced({", *lines, "})", f"graph.save({_beside(changed)!r})"]
    how = "from invarsig.remedies.course import replaced"
    return [how, "graph = replaced(graph, {", *lines, "})"]


def _beside(changed: Any) -> str:
    """The file that a changed network is written to."""
    path = changed.origin.model.file.path
    return str(path.with_name(f"{path.stem}_changed{path.suffix}"))


def _was(text: str) -> str:
    return "    " + textwrap.shorten(f"# was {text}", _WIDTH - 4, placeholder=" ...")


def _entry(name: str, parts: Sequence[str]) -> list[str]:
    """One node and what replaces it."""
    joined = f"({', '.join(parts)})" if len(parts) > 1 else parts[0]
    line = f"    {name!r}: {joined},"
    if len(line) <= _WIDTH:
        return [line]
    if len(parts) == 1:
        return _folded(line)
    first, *rest = parts
    lines = [f"    {name!r}: ({first},", *(f"        {part}," for part in rest)]
    lines[-1] = lines[-1].removesuffix(",") + "),"
    return [piece for each in lines for piece in _folded(each)]


def _folded(line: str) -> list[str]:
    """A line within brackets, broken behind commas and colons outside of strings."""
    found: list[str] = []
    while len(line) > _WIDTH:
        places, quote, k = [], "", 0
        while k < _WIDTH:
            letter = line[k]
            if quote:
                k += letter == "\\"
                quote = "" if letter == quote else quote
            elif letter in "'\"":
                quote = letter
            elif letter == " " and line[k - 1] in ",:":
                places.append(k)
            k += 1
        if not places:
            break
        found.append(line[: places[-1]])
        line = " " * 12 + line[places[-1] + 1 :]
    return [*found, line]


def _together(given: Graph, call: str, names: Sequence[str]) -> list[str]:
    """Several nodes that are changed in the same way."""
    ops = {node.name: node.op for node in given.nodes}
    was = _was(f"{names[0]!r}: {ops[names[0]]}; and {len(names) - 1} other nodes, alike")
    _, _, way = call.partition("graph.op(name).varied(")
    rule = None if ")." in way or not way else _rule(given, way.removesuffix(")"), names)
    if len(names) > _NAMED and rule is not None:
        return [was, *rule]
    lines = ["       "]
    for name in map(repr, names):
        if len(f"{lines[-1]} {name},") > _WIDTH:
            lines.append("       ")
        lines[-1] += f" {name},"
    return [was, f"    **{{name: {call} for name in (", *lines, "    )},"]


def _rule(given: Graph, way: str, names: Sequence[str]) -> list[str] | None:
    """The nodes from one on that can be varied so; None where these are others."""
    first = next(k for k, node in enumerate(given.nodes) if node.name == names[0])
    kind, to = ast.literal_eval(f"({way})")
    able = [
        node.name
        for node in list(given)[first:]
        if hasattr(node.op, "varied") and node.op.varied(kind, to) is not None
    ]
    if able != list(names):
        return None
    return [
        f"    **{{node.name: made for node in list(graph)[{first}:] if hasattr(node.op, 'varied')",
        f"       and (made := node.op.varied({way})) is not None}},",
    ]


def _written(quoted: str, before: Any, op: Any) -> str:
    """An operator in the place of a node, as it is made of the node's own."""
    own = f"graph.op({quoted})"
    if op is before:
        return own
    changes = getattr(op, "changes", None)
    if changes is None:
        return source_of(op).replace(source_of(before), own)
    had = getattr(before, "changes", {})
    for kind, to in changes.items():
        if had.get(kind) == to:
            continue
        if kind == "stride":
            own += f".restrided({dict(to)!r})"
            continue
        dilated = had.get(kind, {}) if kind == "dilation" else {}
        new = {dim: by // dilated.get(dim, 1) for dim, by in to.items()} if dilated else to
        own += f".varied({kind!r}, {new!r})"
    return own


def _selection(
    given: Graph, found: Mapping[str, Sequence[Node]], joined: Node, of_torch: bool
) -> list[str]:
    """Two nodes that select the same samples."""
    assert isinstance(joined.op, SelectedAlike)
    before = {node.name: node.op for node in given.nodes}
    (first,) = (name for name in found if name != joined.name)
    lines = [_was(f"{name!r}: {before[name]}") for name in (first, joined.name)]
    result, end = ("module", ").module()") if of_torch else ("graph", ")")
    return [
        "from invarsig.remedies.selection import alike",
        f"{result} = alike(",
        *lines,
        f"    graph, {first!r}, {joined.name!r},",
        f"    {source_of(joined.op.pool)},",
        end,
    ]
