"""Rows become a Dataset and come back the same."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from invarsig.survey.columns import COLUMNS, as_dataset, as_rows

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9)
NUMBER = st.floats(allow_nan=False, width=64)


def lists(count):
    several = {
        "length": st.lists(NUMBER, min_size=count, max_size=count),
        "roll_error": st.lists(NUMBER, min_size=count, max_size=count),
        "remedy_name": st.lists(TEXT, min_size=count, max_size=count),
        "remedy_gain": st.lists(NUMBER | st.just(math.nan), min_size=count, max_size=count),
    }
    return st.fixed_dictionaries(several)


ROW = st.builds(
    lambda plain, several: plain | several,
    st.fixed_dictionaries({"input": TEXT, "error": TEXT | st.just("")}, optional={"worst": NUMBER}),
    st.integers(0, 3).flatmap(lists),
)


@settings(deadline=None)
@given(st.lists(ROW, max_size=5))
def test_rows_come_back_as_they_were(rows):
    again = as_rows(as_dataset(rows))
    assert len(again) == len(rows)
    for before, after in zip(rows, again, strict=True):
        np.testing.assert_equal({name: after[name] for name in before}, before)


@settings(deadline=None)
@given(st.lists(ROW, max_size=5))
def test_what_came_back_makes_the_same_dataset(rows):
    once = as_dataset(rows)
    assert once.identical(as_dataset(as_rows(once)))


def test_every_column_is_declared_with_its_unit_and_meaning():
    data = as_dataset([{"input": "a.wav"}])
    assert set(data.data_vars) == {each.name for each in COLUMNS.variables}
    assert all(each.attrs["long_name"] for each in data.data_vars.values())
    assert data.worst.attrs["units"] == "1"
    assert not set(data.dims) & set(data.data_vars)
