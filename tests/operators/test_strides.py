"""The same operator with other strides: what is asked for along any dim is given, or None is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import InvarsigError, ParameterError
from invarsig.operators.base import Plan
from invarsig.testing.discovery import examples_of, public_operators

OPERATORS = public_operators()


def planned(op: iv.Operator, x: xr.DataArray) -> Plan | None:
    """The plan; None where these axes do not allow it, which is then said aloud."""
    try:
        return op.plan(iv.Axes.of(x))
    except InvarsigError:
        return None


@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_the_stride_that_is_asked_for_along_any_dim_is_given(cls, rng):
    for op, x in examples_of(cls, rng):
        before = op.plan(iv.Axes.of(x))
        for dim in map(str, x.dims):
            for by in (1, 2, 4):
                found = op.restrided({dim: by})
                plan = None if found is None else planned(found, x)
                if plan is None:
                    continue
                assert plan.stride_along(dim) == by, f"{op}: {plan.stride} along {dim!r}, not {by}"
                others = {each for each in before.stride if each != dim}
                assert {d: plan.stride_along(d) for d in others} == {
                    d: before.stride_along(d) for d in others
                }


@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_another_stride_keeps_the_filters(cls, rng):
    """On axes that wrap every stride takes its samples from one and the same dense form."""
    for op, x in examples_of(cls, rng):
        axes = iv.Axes.of(x)
        for dim in (d for d in axes if axes.placed(d) and axes[d].periodic):
            dense, found = op.restrided({dim: 1}), op.restrided({dim: 2})
            if dense is None or found is None or None in (planned(dense, x), planned(found, x)):
                continue
            try:
                fine, coarse = dense(x), found(x)
            except InvarsigError:  # a recursion over components that do not divide the axis
                continue
            if dim not in fine.dims or fine.sizes[dim] != x.sizes[dim]:
                continue
            wanted = fine.isel({dim: slice(None, None, 2)}).transpose(*coarse.dims)
            if getattr(op, "ceil_mode", False):  # a last window that begins beyond the dense ones
                coarse = coarse.isel({dim: slice(0, wanted.sizes[dim])})
            scale = float(abs(wanted).max())
            np.testing.assert_allclose(coarse, wanted, rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_what_has_a_stride_takes_one_along_every_dim_of_its_grid(cls, rng):
    """Also along dims that its own `stride` does not name."""
    if "stride" not in {each.name for each in fields(cls)} or cls in (
        iv.Apply,
        iv.PolyphasePool,
        iv.SoftPolyphasePool,
    ):
        return
    for op, x in examples_of(cls, rng):
        for dim in op.plan(iv.Axes.of(x)).stride:
            if isinstance(op, iv.GroupConvolution) and dim not in op.plane:
                continue
            assert op.restrided({dim: 2}) is not None, f"{op} takes no stride along {dim!r}"


def test_a_bank_without_a_stride_gets_the_one_that_is_asked_for():
    bank = iv.GaborBank("time", frequency=[0.1, 0.2])
    assert bank.restrided({"time": 8}) == iv.GaborBank(
        "time", frequency=[0.1, 0.2], stride={"time": 8}
    )


@pytest.mark.parametrize(
    "op",
    [iv.Relu(), iv.LayerNorm(("x",)), iv.MaxPool(window={"x": 2}), iv.GlobalPool("x")],
    ids=lambda op: type(op).__name__,
)
def test_a_stride_along_a_dim_without_a_grid_is_none_and_a_stride_of_one_is_no_stride(op):
    assert op.restrided({"y": 2}) is None
    assert op.restrided({"y": 1}) is not None
    assert op.unstrided(["y"]).dims == op.dims
    with pytest.raises(ParameterError, match="internal stride"):
        iv.PolyphasePool(stride={"x": 2}).unstrided(["x"])


def test_every_public_operator_is_a_dataclass():
    assert all(is_dataclass(cls) for cls in OPERATORS)
