"""The page of what a diagnosis holds, read from `invarsig.report.schema`."""

from __future__ import annotations

from collections.abc import Iterable

from invarsig.report import schema
from invarsig.report.schema import Attribute, Schema, Variable
from invarsig.survey.columns import COLUMNS

POOLED = {
    "energy": "by the output's energy",
    "error": "by the error's energy",
    "sum": "summed",
    "largest": "the largest",
    "own": "by a rule of the finding",
    None: "–",
}


def page() -> str:
    """The tables in Markdown, a section for each node."""
    return (
        "\n\n".join(
            [
                "## Root\n\n" + _attributes(schema.ROOT_ATTRS),
                *map(_finding, schema.ROOT),
                "## Input: `/input_1`, `/input_2`, …\n\n" + _attributes(schema.INPUT_ATTRS),
                *map(_finding, schema.INPUT),
                "## Axis: `/input_1/axis_1`, …\n\n" + _attributes(schema.AXIS_ATTRS),
                *map(_finding, schema.AXIS),
                "## Rows of a survey: `iv.Survey.dataset`",
                _finding(COLUMNS),
            ]
        )
        + "\n"
    )


def _finding(of: Schema) -> str:
    parts = [f"### {of.what.removeprefix('the ').capitalize()}"]
    rows = [
        _row(each, "coordinate" if each in of.coords else "")
        for each in (*of.variables, *of.coords)
    ]
    parts.append(_table(("name", "dims", "holds", "unit", "meaning", "segments"), rows))
    if of.attrs:
        parts.append(_attributes(of.attrs))
    return "\n\n".join(parts)


def _row(of: Variable, kind: str) -> tuple[str, ...]:
    unit = {"{unit}": "of shifts", "{frequency_unit}": "of frequencies"}.get(of.unit, of.unit)
    dims = ", ".join(
        f"`{dim.rstrip('?')}`" + (" (or without)" * dim.endswith("?")) for dim in of.dims
    )
    meaning = of.meaning.replace("{dim}", "the axis") + " (may be missing)" * of.optional
    return (f"`{of.name}`", dims or "–", kind or of.kind, unit or "–", meaning, POOLED[of.pool])


def _attributes(of: Iterable[Attribute]) -> str:
    rows = [
        (f"`{each.name}`", each.kind, each.meaning + " (may be missing)" * each.optional)
        for each in of
    ]
    return _table(("attribute", "holds", "meaning"), rows)


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heading) + " |", "|" + " --- |" * len(heading)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
