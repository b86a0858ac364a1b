"""The numbers in measures.md and traps.md of docs/understand are those that are measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import invarsig as iv
import invarsig.measures
from docs.understand import measures

DOCS = Path(__file__).parents[2] / "docs" / "understand"


def table(page: str, first: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading it is, by their first cell."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[name] = cells
    return rows


def holds(written: str, value: float) -> bool:
    """Whether a number of the table is the measured one; round-off by its order of magnitude."""
    said = float(written)
    if abs(said) < 1e-8 and said != 0:
        return abs(value) < 100 * said
    if said > 250:  # decibels of round-off
        return value > 250
    return value == pytest.approx(said, rel=0.02, abs=1e-12)


def named(cell: str) -> str:
    """The measure that a row is of: its name, and the variant after the comma."""
    name = re.search(r"`(\w+)`", cell).group(1)
    variant = re.search(r", (linear|lanczos)$", cell)
    return f"{name}, {variant.group(1)}" if variant else name


def test_the_table_of_measures_is_measured():
    rows = {named(cell): cells for cell, cells in table("measures.md", "measure").items()}
    found = measures.measured()
    assert set(rows) == set(found)
    for name, (_, perfect, pooled, blind) in rows.items():
        assert holds(perfect, found[name][0]), f"{name}: {perfect} is {found[name][0]:.3g}"
        assert holds(pooled, found[name][1]), f"{name}: {pooled} is {found[name][1]:.3g}"
        assert len(blind) > 10


def test_every_public_measure_has_a_row_and_a_docstring_that_says_what_it_must():
    rows = {named(cell).split(",")[0] for cell in table("measures.md", "measure")}
    helpers = {"decibels", "random_translations", "local_statistics"}
    of_data = {"nonstationarity"}  # in a table of its own
    public = {name for name in invarsig.measures.__all__ if name not in helpers | of_data}
    assert public <= rows
    assert rows - public == {"orbit", "frequency_classes"}
    older = {"equivariance_error", "invariance_error", "orbit"}
    for name in (rows - older) | of_data:
        home = next(each for each in (iv, iv.measures, iv.aliasing) if name in each.__all__)
        doc = getattr(home, name).__doc__
        for needed in ("lind to", "References", ">>>"):
            assert needed in doc, f"{name} does not say: {needed}"
        assert re.search(r"[Ff]loor|[Cc]eiling|perfect operator\s+scores", doc), name


def test_the_table_of_data_is_measured():
    rows, found = table("measures.md", "data"), measures.of_data()
    assert set(rows) == set(found)
    for name, cells in rows.items():
        for written, value in zip(cells, found[name], strict=True):
            assert holds(written, value), f"{name}: {written} is {value:.4g}"


@pytest.mark.nightly
@pytest.mark.slow
def test_the_table_of_pictures_is_measured():
    rows, found = table("traps.md", "picture"), measures.published_floors()
    assert set(rows) == set(found)
    for name, cells in rows.items():
        for written, value in zip(cells, found[name], strict=True):
            assert holds(written, value), f"{name}: {written} is {value:.4g}"


def test_the_table_of_classifiers_is_measured():
    rows, found = table("traps.md", "classifier"), measures.classifiers()
    assert set(rows) == set(found)
    for name, cells in rows.items():
        for written, value in zip(cells, found[name], strict=True):
            assert holds(written, value), f"{name}: {written} is {value:.4g}"


def test_a_number_that_is_off_is_found():
    assert holds("0.427", 0.4272)
    assert not holds("0.427", 0.45)
    assert holds("1e-16", 4e-16)
    assert not holds("1e-16", 1e-9)
    assert not holds("0", 0.1)
    assert not holds("325", 60.0)
