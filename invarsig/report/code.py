"""Python to paste: a stage on each line, and what a change strikes out or adds."""

from __future__ import annotations

import ast
import difflib
from html import escape

from invarsig.report.markup import element

__all__ = ["listing", "stages_of_code"]


def stages_of_code(code: str) -> list[str]:
    """The source of each stage of an expression that joins stages by ``>>``.

    Parameters
    ----------
    code
        A Python expression; imports may stand before it.

    Returns
    -------
    list of str
        The whole text as one stage, where it is no such expression.

    Examples
    --------
    >>> stages_of_code("iv.Relu() >> iv.MaxPool(window={'x': 4})")
    ['iv.Relu()', "iv.MaxPool(window={'x': 4})"]
    """
    try:
        node = ast.parse(_apart(code)[1].strip(), mode="eval").body
        found: list[str] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
            found.append(ast.unparse(node.right))
            node = node.left
        return [ast.unparse(node), *reversed(found)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [code]


def listing(after: str, before: str = "") -> str:
    """Markup of the code of a changed pipeline: lines that go struck out, new ones marked.

    Parameters
    ----------
    after
        The changed pipeline, as an expression; or, of a network, statements that make it, in which
        a comment that begins with "was" says what stood at a node before.
    before
        The pipeline as given; "" where it is not known: then nothing is struck out or marked.

    Returns
    -------
    str
    """
    if _is_statements(after):
        return _statements(after)
    new = stages_of_code(after)
    old = stages_of_code(before) if before else new
    head = ["import invarsig as iv", *_apart(after)[0], "pipeline = ("]
    lines = [element("span", escape(each)) for each in head]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            lines += [element("del", _line(each, n)) for n, each in enumerate(old[i:j], i)]
            lines += [element("ins", _line(each, n)) for n, each in enumerate(new[k:m], k)]
        else:
            lines += [element("span", _line(each, n)) for n, each in enumerate(new[k:m], k)]
    return "\n".join([*lines, element("span", ")")])


def _apart(code: str) -> tuple[list[str], str]:
    """The imports and comments that stand before an expression, and the expression."""
    lines = code.strip().splitlines()
    count = 0
    while count < len(lines) and lines[count].startswith(("import ", "from ", "# ")):
        count += 1
    return lines[:count], "\n".join(lines[count:])


def _is_statements(code: str) -> bool:
    try:
        return not isinstance(ast.parse(_apart(code)[1].strip()).body[0], ast.Expr)
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return False


def _statements(code: str) -> str:
    """What stood at a node is struck out, and what stands there now is marked."""
    lines = [element("span", "import invarsig as iv")]
    for line in code.splitlines():
        kind = (
            "del" if line.startswith("    # was ") else "ins" if line.startswith("  ") else "span"
        )
        lines.append(element(kind, escape(line)))
    return "\n".join(lines)


def _line(stage: str, place: int) -> str:
    return escape(f"    {'>> ' if place else ''}{stage}")
