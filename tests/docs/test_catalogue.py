"""The documentation's table holds every operator, with its definition and its source."""

from __future__ import annotations

import pytest

from docs.reference import catalogue
from invarsig import testing

# They are defined by the operators that they are made of, or by the user.
MADE_OF_OTHERS = {"Apply", "Dense", "Graph", "Parallel", "Pipeline", "Residual", "Sum"}


@pytest.fixture(scope="module")
def rows():
    return {row.name: row for row in catalogue.rows()}


@pytest.mark.nightly
def test_every_public_operator_has_a_row(rows):
    public = {cls.__name__ for cls in testing.public_operators()} - {"Operator"}
    assert set(rows) == public


def test_every_definition_is_there_and_every_operator_of_the_field_names_its_source(rows):
    for name, row in rows.items():
        assert len(row.definition) > 20, name
        assert "``" not in row.definition, name
        if name not in MADE_OF_OTHERS:
            assert any(char.isdigit() for char in row.source), f"{name} names no source"


def test_what_is_known_of_some_is_what_the_table_says(rows):
    assert rows["LocallyConnected"].explained == "no"
    assert rows["MaxPool"].explained == "yes"
    assert (rows["MaxPool"].linear, rows["MeanPool"].linear) == ("no", "yes")
    assert (rows["Relu"].stride, rows["Subsample"].stride) == ("no", "yes")
    assert rows["Subsample"].safe.startswith("1, 1")
    assert rows["MaxPool"].safe == "–"
    assert "https://arxiv.org/abs/1904.11486" in rows["BlurPool"].source
