"""The code that is shown of a pipeline is Python that runs, and makes the pipeline."""

from __future__ import annotations

import ast
import functools
import re
import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.ndimage
import scipy.special
import xarray as xr

import invarsig as iv
from invarsig.operators.source import code_of
from invarsig.report.code import listing, stages_of_code
from invarsig.testing import examples_of, public_operators


def run(code, given=None, x=None):
    """What code gives where it stands after ``import invarsig as iv``.

    `given` are the objects that are to be imported from "your_module", by name.
    """
    tree = ast.parse(code)
    *before, last = tree.body
    assert all(isinstance(line, (ast.Import, ast.ImportFrom)) for line in before)
    wanted = {
        each.name
        for line in before
        if isinstance(line, ast.ImportFrom) and line.module == "your_module"
        for each in line.names
    }
    assert wanted == set(given or {})
    module = types.ModuleType("your_module")
    module.__dict__.update(given or {})
    there = {"iv": iv, "x": x}
    kept = sys.modules.get("your_module")
    sys.modules["your_module"] = module
    try:
        exec(compile(ast.Module(before, []), "code", "exec"), there)
        return eval(compile(ast.Expression(last.value), "code", "eval"), there)
    finally:
        sys.modules.pop("your_module") if kept is None else None


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_of_every_operator_it_runs_and_gives_the_operator(cls, rng):
    for op, x in examples_of(cls, rng):
        again = run(code_of(op))
        assert repr(again) == repr(op)
        if again != op:
            xr.testing.assert_identical(again(x), op(x))


def doubled(values, times=2):
    return times * values


@dataclass(frozen=True)
class Halve(iv.ArrayOperator):
    linear = True
    dims = ()

    def plan(self, axes):
        return iv.Plan((), (), kernel=lambda values: values / 2)


class Third(iv.ArrayOperator):
    """One that is not a dataclass: its parameters are unknown."""

    linear = True
    dims = ()

    def __init__(self, part):
        self.part = part

    def plan(self, axes):
        return iv.Plan((), (), kernel=lambda values: values / self.part)


class Scaler:
    def __call__(self, values):
        return 5 * values

    def scaled(self, values):
        return 7 * values


def of_a_script(thing, name):
    """As if it had been defined in the script that runs."""
    thing.__module__, thing.__qualname__ = "__main__", name
    return thing


def within():
    def inner(values):
        return values + 1

    return inner


SQUARE, INNER, SCALER, THIRD = (lambda values: values**2), within(), Scaler(), Third(3.0)
OWN = of_a_script(functools.wraps(doubled)(lambda values, times=2: times * values), "own")
# What is wrapped, and what the code takes from "your_module" for it, by name.
CASES = {
    "numpy": (iv.Apply(np.cbrt), {}),
    "numpy, renamed": (iv.Apply(np.abs), {}),
    "scipy": (iv.Apply(scipy.special.expit), {}),
    "a function of a package": (iv.Apply(scipy.ndimage.sobel, over=("y", "x")), {}),
    "built in": (iv.Apply(abs), {}),
    "of a module": (iv.Apply(doubled), {}),
    "partial": (iv.Apply(functools.partial(doubled, times=3)), {}),
    "partial of numpy": (iv.Apply(functools.partial(np.clip, a_min=0, a_max=1)), {}),
    "partial of a lambda": (iv.Apply(functools.partial(SQUARE)), {"function": SQUARE}),
    "lambda": (iv.Apply(SQUARE), {"function": SQUARE}),
    "of a script": (iv.Apply(OWN), {"own": OWN}),
    "within a function": (iv.Apply(INNER), {"inner": INNER}),
    "object": (iv.Apply(SCALER), {"scaler": SCALER}),
    "method": (iv.Apply(SCALER.scaled), {"scaler": SCALER}),
    "operator of a module": (Halve(), {}),
    "operator without known parameters": (THIRD, {"third": THIRD}),
}


@pytest.mark.parametrize("name", CASES)
def test_of_functions_and_classes_it_runs_and_gives_the_same(name, rng):
    op, given = CASES[name]
    x = iv.label(rng.standard_normal((4, 5)), "y", "x")
    pipeline = op >> iv.Relu() >> op
    again = run(code_of(pipeline), given)
    xr.testing.assert_identical(again(x), pipeline(x))
    assert "<" not in code_of(pipeline)


def test_two_lambdas_have_two_names_and_one_has_one(rng):
    other = lambda values: values + 3  # noqa: E731 -- it is one
    pipeline = iv.Apply(SQUARE) >> iv.Apply(other) >> iv.Apply(SQUARE)
    code = code_of(pipeline)
    again = run(code, {"function": SQUARE, "function_2": other})
    assert [stage.function for stage in again] == [SQUARE, other, SQUARE]
    assert code.count("# a lambda") == 2


def test_an_operator_of_a_script_is_taken_from_your_module():
    @dataclass(frozen=True)
    class Quarter(Halve):
        """One more."""

    of_a_script(Quarter, "Quarter")
    assert run(code_of(Quarter()), {"Quarter": Quarter}) == Quarter()


def test_the_page_shows_the_imports_before_the_pipeline_and_marks_what_is_new():
    before = code_of(iv.Apply(np.cbrt) >> iv.MaxPool(window={"x": 2}))
    after = code_of(iv.Apply(np.cbrt) >> iv.BlurPool(stride={"x": 2}) >> iv.Apply(SQUARE))
    lines = listing(after, before).splitlines()
    plain = [re.sub(r"<[^>]*>", "", line) for line in lines]
    assert plain[:4] == [
        "import invarsig as iv",
        "import numpy",
        "from your_module import function  # a lambda",
        "pipeline = (",
    ]
    assert [line for line in lines if line.startswith("<del>")] == [
        "<del>    &gt;&gt; iv.MaxPool(window={&#x27;x&#x27;: 2})</del>"
    ]
    assert stages_of_code(before) == [
        "iv.Apply(function=numpy.cbrt)",
        "iv.MaxPool(window={'x': 2})",
    ]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("start", [0.0, 0.1, 1 / 3])
def test_lengths_from_samples_are_the_shortest_decimals_that_are_so_many(rate, start):
    """Whatever rounding the coordinate has, as a part of a recording has."""
    time = start + np.arange(4096) / rate
    x = xr.DataArray(np.zeros(4096), {"time": ("time", time, {"units": "s"})}, "time")
    for window in (64, 400, 551, 1024):
        op = iv.Spectrogram.in_samples(x, window=window, hop=window // 2)
        plan = op.plan(iv.Axes.of(x))
        assert plan.stride_along("time") == window // 2
        digits = f"{op.window:.15f}".replace(".", "").strip("0")
        assert len(digits) <= 10
        exact = window / rate
        assert op.window == pytest.approx(exact, rel=1e-9)
        if exact == round(exact, 4):
            assert op.window == round(exact, 4)


def test_padding_that_follows_from_window_and_stride_is_left_out():
    pool = iv.MaxPool(window={"x": 3}, boundary="zero")
    assert (
        repr(pool.restrided({"x": 3}))
        == "iv.MaxPool(window={'x': 3}, stride={'x': 3}, boundary='zero')"
    )
    dense = iv.MaxPool(window={"x": 3}, stride={"x": 1}, boundary="zero").restrided({"x": 1})
    assert "padding" not in repr(dense)
    # Windows that stood edge to edge begin where they began.
    assert "padding={'x': 0}" in repr(pool.unstrided(["x"]))
