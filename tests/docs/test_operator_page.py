"""The code of add_an_operator.md runs, prints what the page says, and is as short as it says."""

from __future__ import annotations

import ast
import re

import pytest

import invarsig as iv
from tests.conftest import DATA

PAGE = DATA.parent / "docs" / "how_to" / "add_an_operator.md"
BLOCKS = re.findall(r"```(python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_prints_what_it_says(capsys):
    names: dict[str, object] = {}
    said = ""
    assert len(BLOCKS) == 11
    for kind, text in BLOCKS:
        if kind == "text":
            assert said == text
            continue
        exec(compile(text, str(PAGE), "exec"), names)
        said = capsys.readouterr().out


def test_the_class_has_at_most_30_lines():
    (cls,) = (each for each in ast.parse(BLOCKS[0][1]).body if isinstance(each, ast.ClassDef))
    first = cls.decorator_list[0].lineno
    assert cls.end_lineno - first + 1 <= 30


def test_an_operator_that_forgets_something_is_told_what():
    class Bare(iv.ArrayOperator):
        dims = ()

    with pytest.raises(
        iv.errors.DtypeError, match=r"Bare leaves out linear = True or False.*plan\("
    ):
        Bare()

    class Unrun(iv.Operator):
        linear, dims = True, ()

        def plan(self, axes):
            return iv.Plan((), ())

    with pytest.raises(TypeError, match=r"_apply\(x\), or derive it from iv.ArrayOperator"):
        Unrun()


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        (None, "plan gives None, and no iv.Plan"),
        (iv.Plan((), ()), "plan gives no kernel"),
        (iv.Plan((), (), kernel=lambda a: a[..., :2]), r"gives the shape \(2,\) .* says \(4,\)"),
        (iv.Plan((), (), kernel=lambda _: None), "gives None for an array of shape"),
    ],
)
def test_a_plan_that_does_not_hold_is_told(planned, said):
    class Own(iv.ArrayOperator):
        linear, dims = True, ()

        def plan(self, axes):
            return planned

    with pytest.raises(iv.errors.InvarsigError, match=said):
        Own()(iv.label([1.0, 2.0, 3.0, 4.0], "x"))
