"""The table of all operators, read from their docstrings and measured on their examples.

Nothing is listed by hand: an operator that is public is in the table.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

import invarsig as iv
from invarsig import testing
from invarsig.errors import InvarsigError
from invarsig.operators.linear_filter import LinearFilter

FAMILIES = {
    "banks": "Filter banks",
    "pointwise": "Nonlinearities and normalization",
    "pooling": "Pooling and subsampling",
    "upsampling": "Upsampling",
    "frontends": "Front ends of audio",
    "scattering": "Scattering",
    "hmax": "HMAX",
    "networks": "Networks",
    "groups": "Group convolutions",
}
OTHERS = "Matching, and operators made of operators"
HEADINGS = ("operator", "definition", "dims", "stride", "linear", "folding explains it")
HEADINGS += ("safe stride", "source")


@dataclass(frozen=True)
class Row:
    """What the table says of one operator."""

    name: str
    family: str
    definition: str
    dims: str
    stride: str
    linear: str
    explained: str
    safe: str
    source: str


def rows() -> list[Row]:
    """One row for each public operator, in the order of families and names."""
    abstract = {iv.Operator, iv.ArrayOperator}
    found = [_row(cls) for cls in testing.public_operators() if cls not in abstract]
    order = [*FAMILIES.values(), OTHERS]
    return sorted(found, key=lambda row: (order.index(row.family), row.name))


def page() -> str:
    """The table in Markdown, a section for each family."""
    every = rows()
    parts = []
    for family in dict.fromkeys(row.family for row in every):
        lines = [f"## {family}", "", "| " + " | ".join(HEADINGS) + " |", "|" + " --- |" * 8]
        for row in every:
            if row.family == family:
                link = f"[`{row.name}`](generated/invarsig.{row.name}.rst)"
                cells = (link, row.definition, row.dims, row.stride, row.linear)
                cells += (row.explained, row.safe, _brief(row.source))
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _brief(source: str) -> str:
    """Authors and year of each source, linked where it has an identifier; its page has the rest."""
    found = []
    for each in source.split("; "):
        named = re.match(r"[^()]+\(\d{4}\)", each)
        linked = re.search(r"\]\((\S+)\)", each)
        words = named[0] if named else each
        found.append(f"[{words}]({linked[1]})" if named and linked else words)
    return "; ".join(found)


def _row(cls: type[iv.Operator]) -> Row:
    examples = testing.examples_of(cls, np.random.default_rng(7))
    part = cls.__module__.removeprefix("invarsig.operators.").split(".")[0]
    doc = inspect.cleandoc(cls.__doc__ or "")
    counts = sorted({len(op.plan(iv.Axes.of(x)).in_axes) for op, x in examples})
    strides = {by for op, x in examples for by in op.plan(iv.Axes.of(x)).stride.values()}
    return Row(
        cls.__name__,
        FAMILIES.get(part, OTHERS),
        _definition(doc),
        "any" if counts == [0] else " or ".join(map(str, counts)),
        "up" if min(strides, default=1) < 1 else "yes" if max(strides, default=1) > 1 else "no",
        _said({bool(op.linear) for op, _ in examples}),
        _said(set(_explained(examples))),
        _safe(examples),
        _source(doc),
    )


def _definition(doc: str) -> str:
    """The summary, and the first formula of the text below it if it has none itself."""
    summary, *more = doc.split("\n\n")
    formula = re.search(r"``[^`]*[=∝][^`]*``", "\n\n".join(more).split("\nParameters\n")[0])
    text = summary if "``" in summary or not formula else f"{summary} {formula.group()}"
    return " ".join(text.split()).replace("``", "`")


def _said(answers: set[bool]) -> str:
    words = {frozenset({True}): "yes", frozenset({False}): "no", frozenset(): "no axis is left"}
    return words.get(frozenset(answers), "depends")


def _explained(examples: Iterable[tuple[iv.Operator, xr.DataArray]]) -> Iterable[bool]:
    """Whether folding explains each example along the axes that it keeps, borders apart."""
    for example, x in examples:
        op = example.bounded(None)
        try:
            y = op(x)
        except InvarsigError:
            continue  # a stride that does not divide the ring
        for dim in {*op.dims, str(x.dims[-1])} & set(map(str, y.dims)) & set(map(str, x.dims)):
            try:
                if iv.axis_of(x, dim).periodic and iv.axis_of(y, dim).periodic:
                    error = iv.aliasing.folding_explains(op, x, dim)
                    if not np.isnan(error):
                        yield bool(error.attrs["explained"])
            except InvarsigError:
                continue


def _safe(examples: Iterable[tuple[iv.Operator, xr.DataArray]]) -> str:
    """Safe strides of the first example that has a response, at -60 and at -20 dB."""
    for op, x in examples:
        if isinstance(op, LinearFilter) and op.linear:
            try:
                dim = next(dim for dim in op.dims if dim in op.plan(iv.Axes.of(x)).stride)
                strides = [op.safe_stride(x, dim, db=db, most=64) for db in (-60.0, -20.0)]
            except (InvarsigError, StopIteration):
                continue
            return f"{strides[0]}, {strides[1]}"
    return "–"


def _source(doc: str) -> str:
    """The first paragraph under References, its identifiers as links."""
    if "References\n----------\n" not in doc:
        return "–"
    text = doc.split("References\n----------\n")[1].strip().split("\n\n")[0]
    text = " ".join(re.sub(r"^(\.\. \[\d+\]|-)\s*", "", text).split())
    text = re.sub(r"doi:(10\.\S+?)(?=[,;.)]?(\s|$))", r"[doi:\1](https://doi.org/\1)", text)
    return re.sub(r"arXiv:([\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
