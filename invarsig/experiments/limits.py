"""The limits that an experiment compares its effects with, read from its source.

They are part of what is frozen: a claim may not be met because its limit was moved.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from types import ModuleType

from invarsig.experiments.experiment import Experiment

__all__ = ["limits_of"]

_SIDES = ("below", "above", "within")


def limits_of(experiment: type[Experiment]) -> tuple[str, ...]:
    """List what an experiment expects of its effects, as it is written, with the numbers behind it.

    One entry for each call of `Effect.below`, `above` and `within` in the experiment's module, in
    the order of the source: the call, and what each name in it stands for.

    Parameters
    ----------
    experiment
        A class of the package's experiments.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from invarsig.experiments import Stationarity
    >>> from invarsig.experiments.limits import limits_of
    >>> limits_of(Stationarity)[0]
    'below(_LARGE), _LARGE = 0.14'
    """
    module = sys.modules[experiment.__module__]
    tree = ast.parse(inspect.getsource(module))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = []
    for function in functions:
        for call in _calls(function):
            told = {name: _meaning(name, function, module) for name in _names(call.args)}
            written = ", ".join(ast.unparse(each) for each in call.args)
            side = call.func.attr  # type: ignore[attr-defined]
            parts = [f"{name} = {meaning}" for name, meaning in told.items() if meaning]
            found.append((call.lineno, call.col_offset, ", ".join([f"{side}({written})", *parts])))
    return tuple(text for *_, text in sorted(found))


def _calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if named and node.func.attr in _SIDES:  # type: ignore[attr-defined]
            yield node  # type: ignore[misc]


def _names(expressions: list[ast.expr]) -> list[str]:
    nodes = [node for each in expressions for node in ast.walk(each)]
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))


def _meaning(name: str, function: ast.FunctionDef, module: ModuleType) -> str:
    """The number that a name stands for, or where it is bound in a function."""
    bound = []
    for node in ast.walk(function):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, (ast.For, ast.comprehension)):
            targets, value = [node.target], node.iter
        if name in _names(targets):
            bound.append(value)
    if bound:
        more = {each: _meaning(each, function, module) for each in _names(bound) if each != name}
        constants = [f"{each} = {text}" for each, text in more.items() if text and each.isupper()]
        return " or ".join([*(ast.unparse(each) for each in bound), *constants])
    constant = getattr(module, name, None)
    return repr(constant) if isinstance(constant, (int, float, tuple, dict)) else ""
