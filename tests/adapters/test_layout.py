"""What views do to the meaning of axes; nothing here needs torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig.adapters.effects import Effect
from invarsig.adapters.layout import Part, Relayout, reshaped, shape_of, whole
from invarsig.errors import AxisError, MissingError

X = ((Part("channel", 6),), (Part("y", 4),), (Part("x", 12),))


class Array(np.ndarray):
    """An array with the one method of tensors that arrays lack."""

    def permute(self, order):
        return self.transpose(order)


def factors(size, draw):
    found = []
    while size > 1:
        by = draw(st.sampled_from([k for k in range(2, size + 1) if size % k == 0]))
        found.append(by)
        size //= by
    return found


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_views_and_permutations_give_what_numpy_gives(data):
    values = np.arange(math.prod(shape_of(X, {}))).reshape(shape_of(X, {}))
    layout, plain = X, values
    for _ in range(3):
        shape = factors(values.size, data.draw)
        after = reshaped(layout, shape)
        if after is None:
            continue
        layout, plain = after, plain.reshape(shape)
        order = data.draw(st.permutations(range(len(layout))))
        layout, plain = tuple(layout[k] for k in order), plain.transpose(order)
    assert shape_of(layout, {}) == plain.shape
    np.testing.assert_array_equal(Relayout(X, layout)(values.view(Array), {}), plain)
    np.testing.assert_array_equal(Relayout(layout, X)(plain.view(Array), {}), values)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_view_and_back_is_no_change(data):
    shape = factors(math.prod(shape_of(X, {})), data.draw)
    there = reshaped(X, shape)
    if there is not None:
        assert reshaped(there, shape_of(X, {})) == X


def test_the_faster_part_keeps_its_size_where_a_dim_is_longer():
    split = reshaped(X, (6, 4, 3, 4))
    assert shape_of(split, {("x", 0): 20}) == (6, 4, 5, 4)
    with pytest.raises(AxisError, match="cannot be split into groups of 4"):
        shape_of(split, {("x", 0): 21})


def test_a_view_that_cuts_across_an_axis_is_not_followed():
    assert reshaped(X, (9, 32)) is None
    assert [part.dim for part in whole(reshaped(X, (288,)))] == ["channel", "y", "x"]


@given(st.integers(1, 4), st.integers(1, 4), st.floats(-3, 3), st.floats(-3, 3))
def test_effects_follow_each_other_as_positions_do(p, q, a, b):
    from fractions import Fraction

    one, two = Effect(Fraction(p, q), a), Effect(Fraction(q), b)
    both = one.then(two)
    k = np.arange(5)
    np.testing.assert_allclose(
        both.offset + float(both.ratio) * k, a + p / q * (b + q * k), atol=1e-12
    )


def test_without_torch_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(MissingError, match=r"pip install 'invarsig\[torch\]'"):
        iv.from_torch(object(), iv.label(np.zeros((1, 4)), "channel", "x"), ("channel", "x"))
