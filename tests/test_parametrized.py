"""Operators, actions and frames are their parameters: equal ones are equal and hash alike."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.axes.parametrized import alike, hash_of
from invarsig.errors import InvarsigError, ParameterError
from invarsig.testing.discovery import examples_of, public_actions, public_operators

EVERYTHING = (*public_operators(), *public_actions())


@pytest.mark.parametrize("cls", EVERYTHING, ids=lambda cls: cls.__name__)
def test_a_copy_is_equal_and_has_the_same_hash(cls, rng):
    for one, _ in examples_of(cls, rng):
        for other in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), copy.copy(one)):
            assert other == one
            assert len({one, other}) == 1


def with_another_sample(value: xr.DataArray) -> xr.DataArray:
    values = value.to_numpy().copy()
    values.flat[-1] = values.flat[-1] + 1
    return value.copy(data=values)


@pytest.mark.parametrize("cls", EVERYTHING, ids=lambda cls: cls.__name__)
def test_one_sample_of_an_array_makes_a_difference(cls, rng):
    for one, _ in examples_of(cls, rng):
        for each in fields(one):
            value = getattr(one, each.name)
            if isinstance(value, xr.DataArray):
                assert replace(one, **{each.name: with_another_sample(value)}) != one


@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_what_follows_from_other_parameters_may_be_written_out(cls, rng):
    """Asked for the strides that it has already, an operator gives itself."""
    for op, x in examples_of(cls, rng):
        axes = iv.Axes.of(x)
        own = {dim: by for dim, by in op.plan(axes).stride.items() if dim in op.dims}
        same = op.restrided(own)
        # A hop in seconds says its stride on an axis only, and a recursion is told its body.
        if same is None or "Dense(" in repr(same) or getattr(op, "hop", None) is not None:
            continue
        assert same == op, f"{same!r} is not {op!r}"
        assert hash(same) == hash(op)


def test_the_default_stride_padding_and_boundary_are_the_same_when_they_are_named():
    pool = iv.MaxPool({"x": 2})
    assert pool == iv.MaxPool({"x": 2}, {"x": 2}) == iv.MaxPool({"x": 2}, padding={"x": 0})
    assert hash(pool) == hash(iv.MaxPool({"x": 2}, {"x": 2}))
    assert pool != iv.MaxPool({"x": 2}, {"x": 1})
    assert iv.MaxPool({"x": 2}, boundary="zero") == iv.MaxPool({"x": 2}, boundary={"x": "zero"})
    assert iv.MaxPool({"x": 2}, boundary="zero") != pool
    assert iv.GaborBank("x", [0.1]) == iv.GaborBank("x", [0.1], stride={"x": 1})
    assert iv.SpectralPool({"x": 4}) == iv.SpectralPool({"x": 4}, band={"x": 4})
    assert iv.BlurPool(3, {"x": 2}) != iv.BlurPool(3, {"x": 2, "y": 1})


def test_other_classes_other_labels_and_other_types_are_not_equal():
    taps = xr.DataArray([1.0, 2.0], dims="x")
    op = iv.Convolve(taps)
    assert op == iv.Convolve(taps.copy())
    assert op != iv.Convolve(taps.rename(x="y"))
    assert op != iv.Convolve(taps.astype(np.float32))
    assert iv.Relu() != iv.Square()
    assert iv.Relu() != "iv.Relu()"
    levels = iv.Levels({"one": op})
    assert levels == iv.Levels({"one": iv.Convolve(taps.copy())})
    assert hash(levels) == hash(iv.Levels({"one": op}))


values = st.recursive(
    st.one_of(
        st.integers(-3, 3),
        st.floats(allow_nan=True, width=16),
        st.sampled_from(["x", "y"]),
        st.none(),
        st.builds(np.array, st.lists(st.floats(width=16), max_size=3)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(values, values)
def test_what_is_alike_is_so_both_ways_and_has_one_hash(one, other):
    assert alike(one, copy.deepcopy(one))
    assert hash_of(one) == hash_of(copy.deepcopy(one))
    assert alike(one, other) == alike(other, one)
    if alike(one, other):
        assert hash_of(one) == hash_of(other)


class Doubled(iv.Operator):
    """A user's own operator, whose class is no dataclass."""

    linear = True

    def __init__(self, by: float) -> None:
        self.by = by

    @property
    def dims(self) -> tuple[str, ...]:
        return ()

    def plan(self, axes: iv.Axes) -> iv.Plan:
        return iv.Plan((), ())

    def restrided(self, strides: Mapping[str, int]) -> iv.Operator | None:
        return self

    def _apply(self, x: xr.DataArray) -> xr.DataArray:
        return self.by * x

    @classmethod
    def examples(cls, rng: np.random.Generator) -> Iterator[tuple[iv.Operator, xr.DataArray]]:
        yield cls(2.0), iv.label(rng.standard_normal(4), "x")


def test_an_operator_that_is_no_dataclass_prints_joins_and_is_equal_to_itself_alone():
    op = Doubled(2.0)
    assert str(op) == "Doubled()"
    assert repr(op).endswith("Doubled(...)")
    assert str(op >> iv.Relu()) == "Doubled() >> Relu()"
    assert "Doubled(...)" in repr(op >> iv.Relu())
    assert op == op  # noqa: PLR0124
    assert op != Doubled(2.0)
    assert len({op, op}) == 1
    x = iv.label(np.arange(8.0), iv.Axis("x", period=8.0))
    pooled = op >> iv.MaxPool({"x": 2})
    assert iv.orbit(pooled, x, "x").attrs["explained"]
    with pytest.raises(ParameterError, match=r"Doubled is no dataclass.*@dataclass\(frozen=True\)"):
        op.rename({"x": "y"})
    with pytest.raises(ParameterError, match="rescale"):
        op.rescale({"x": 2.0})
    with pytest.raises(InvarsigError, match="bounded"):
        pooled.bounded("zero")
