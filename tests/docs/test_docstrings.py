"""Every public name says what it takes, gives and refuses, and shows one example that runs."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

import pytest

import invarsig as iv

FAMILIES = (
    "accessors",
    "aliasing",
    "compose",
    "diagnosis",
    "errors",
    "io",
    "measures",
    "models",
    "operators",
    "report",
    "testing",
)
"""Families whose names have a page each in the reference, beside those at the top."""

ELSEWHERE = {
    "actions": "all of its names stand at the top",
    "adapters": "all of its names stand at the top",
    "axes": "what a user needs stands at the top; the rest is for the code of operators",
    "experiments": "each claim has a page of its own under Claims",
}

WITHOUT = {
    ("Parameters", "Operator"): "a base class: its parameters are those of each operator",
    ("Parameters", "ArrayOperator"): "a base class: its parameters are those of each operator",
}


def public() -> dict[str, object]:
    """Public classes and functions, each once, by the name that the reference gives it."""
    found: dict[int, tuple[str, object]] = {}
    for name in iv.__all__:
        found[id(getattr(iv, name))] = (name, getattr(iv, name))
    for family in FAMILIES:
        module = getattr(iv, family)
        for name in module.__all__:
            value = getattr(module, name)
            found.setdefault(id(value), (f"{family}.{name}", value))
    return {
        name: value
        for name, value in found.values()
        if inspect.isclass(value) or inspect.isfunction(value)
    }


PUBLIC = public()


def sections(value: object) -> set[str]:
    text = inspect.getdoc(value) or ""
    return {name for name, line in re.findall(r"^(\w+)\n(-+)$", text, re.MULTILINE) if line}


def refuses(value: object) -> bool:
    """Whether its own code raises, or checks what it is given."""
    own = [value]
    if inspect.isclass(value):
        own = [value.__dict__.get(name) for name in ("__init__", "__post_init__")]
    for function in own:
        if not inspect.isfunction(function):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except OSError:  # A dataclass made it: there is no source.
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                return True
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name.startswith("parameters.") or name.split(".")[-1].startswith("require_"):
                    return True
    return False


def wanted(value: object) -> set[str]:
    if inspect.isclass(value) and issubclass(value, Exception):
        return set()
    needs = {"Examples"}
    signature = inspect.signature(value)
    if [name for name in signature.parameters if name != "self"]:
        needs.add("Parameters")
    if inspect.isfunction(value) and signature.return_annotation not in ("None", None):
        needs.add("Returns")
    if refuses(value):
        needs.add("Raises")
    return needs


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_documented(name):
    value = PUBLIC[name]
    have = sections(value)
    have |= {"Returns"} if "Yields" in have else set()
    missing = {each for each in wanted(value) - have if (each, name) not in WITHOUT}
    assert not missing
    first = inspect.getdoc(value).splitlines()[0]
    assert first.endswith((".", "``", "`", ")")), first


def test_what_is_excepted_exists_and_needs_it():
    for section, name in WITHOUT:
        assert section in wanted(PUBLIC[name]) - sections(PUBLIC[name])


def test_no_family_is_left_out():
    modules = {name for name in iv.__all__ if inspect.ismodule(getattr(iv, name))}
    assert modules == set(FAMILIES) | set(ELSEWHERE)
    for family in ("actions", "adapters"):
        own = {id(getattr(getattr(iv, family), name)) for name in getattr(iv, family).__all__}
        assert own <= {id(getattr(iv, name)) for name in iv.__all__}
    assert len(PUBLIC) > 200


def test_what_falls_short_is_noticed():
    def wrong(x: int) -> int:
        """Take."""
        if x < 0:
            raise ValueError(x)
        return x

    assert wanted(wrong) - sections(wrong) == {"Parameters", "Returns", "Raises", "Examples"}


def test_every_name_of_those_families_has_a_page():
    """The reference makes one page for each name of its tables."""
    from tests.conftest import DATA

    text = (DATA.parent / "docs" / "conf.py").read_text(encoding="utf-8")
    table = text.split("FAMILIES = (")[1].split(")")[0]
    listed = set(re.findall(r'^    "(\w+)",$', table, re.MULTILINE))
    assert listed == set(FAMILIES)
