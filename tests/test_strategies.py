"""The strategies draw what they say, and say what they need."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from hypothesis import find, given, settings

import invarsig as iv
from invarsig.errors import ParameterError
from invarsig.testing.strategies import arrays, axes, cases, pipelines
from invarsig.testing.strategies.arrays import DTYPES
from invarsig.testing.strategies.axes import KINDS

law = settings(max_examples=12, derandomize=True, deadline=None, database=None)
search = settings(max_examples=500, derandomize=True, deadline=None, database=None)


@law
@given(arrays())
def test_an_array_is_finite_and_its_axes_can_be_read(x):
    assert np.isfinite(x.to_numpy()).all()
    for dim in map(str, x.dims):
        axis = iv.axis_of(x, dim)
        assert axis.size == x.sizes[dim]
        assert axis.periodic == (dim in x.coords and "period" in x[dim].attrs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_of_every_type_are_drawn(dtype):
    x = find(arrays(dtypes=[dtype], sizes=(2, 4)), lambda x: bool(x.any()), settings=search)
    assert x.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "has",
    [
        lambda x: x.sizes["x"] == 1,
        lambda x: iv.axis_of(x, "x").step < 0,
        lambda x: iv.axis_of(x, "x").start == -7.25,
        lambda x: iv.axis_of(x, "x").epoch is not None,
        lambda x: iv.axis_of(x, "x").scale == "log2" and iv.axis_of(x, "x").periodic,
        lambda x: "x" not in x.coords,
        lambda x: set(x.coords) > {"x", "reading", "name"},
        lambda x: not x.to_numpy().flags.c_contiguous,
        lambda x: not x.to_numpy().flags.writeable,
    ],
)
def test_all_that_an_array_may_be_is_drawn(has):
    assert has(find(arrays(dims=["x"], dtypes=["float64"]), has, settings=search))


@pytest.mark.parametrize("kind", KINDS)
def test_an_axis_is_of_the_kind_that_is_asked_for(kind):
    @law
    @given(axes("t", kinds=[kind], periodic=True, descending=True, sizes=(2, 5)))
    def holds(axis):
        if kind == "counted":
            assert axis == "t"
            return
        assert axis.periodic
        assert axis.step < 0
        assert (axis.epoch is not None) == (kind == "dated")
        assert (axis.scale == "log2") == (kind == "log2")
        assert 2 <= axis.size <= 5

    holds()


@law
@given(cases(wraps=True, sizes=(4, 12), most=2))
def test_what_wraps_stays_periodic(case):
    op, x = case
    for dim in set(op(x).dims) & set(x.dims):
        if iv.Axes.of(x)[str(dim)].size % op(x).sizes[dim] == 0:
            assert iv.axis_of(op(x), str(dim)).periodic


def test_a_pipeline_is_of_the_families_that_are_asked_for():
    x = iv.label(np.arange(8.0), "x")

    @law
    @given(pipelines(x, families=["MaxPool", "Convolve"], most=4))
    def holds(op):
        assert {type(stage) for stage in op} <= {iv.MaxPool, iv.Convolve}
        assert op(x).size

    holds()


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (lambda: cases(families=["MaxPol"]), "families='MaxPol' is unknown"),
        (lambda: axes(kinds=["dates"]), "kinds='dates' is unknown"),
        (lambda: arrays(layouts=["D"]), "layouts='D' is unknown"),
    ],
)
def test_what_is_unknown_is_refused(strategy, said):
    with pytest.raises(ParameterError, match=said):
        find(strategy(), lambda _: True)


def test_without_hypothesis_it_is_said_what_to_install(monkeypatch):
    found = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "hypothesis":
            raise ModuleNotFoundError("No module named 'hypothesis'", name="hypothesis")
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ParameterError, match="pip install hypothesis"):
        iv.testing.strategies.cases()
