"""What an operator does, stage by stage, as a small table: for notebooks, and as text.

In a notebook a table takes the colours of its cell, so that it reads on a light ground and on a
dark one. All text in it is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any

import xarray as xr

from invarsig.axes import Axes, Axis
from invarsig.operators.base import Operator, require_operator, stages_of
from invarsig.operators.graph import Graph
from invarsig.operators.pipeline import Pipeline
from invarsig.operators.plan import Plan

__all__ = ["StageTable", "html_of_operator", "html_of_plan", "tabulate_stages"]

_ROWS = 24
"""How many stages a notebook shows; of a network with more, the first and the last ones."""

_STYLE = (
    "<style>.invarsig-table{border-collapse:collapse;font-size:13px;line-height:1.4;color:inherit;"
    "background:none}"
    ".invarsig-table th,.invarsig-table td{padding:3px 10px;text-align:left;vertical-align:top;"
    "border:0;border-bottom:1px solid rgba(128,128,128,.35);background:none}"
    ".invarsig-table caption{text-align:left;padding:2px 10px;font-weight:600;color:inherit;"
    "caption-side:top}"
    ".invarsig-table td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".invarsig-table span{white-space:nowrap}"
    ".invarsig-table code{background:none;color:inherit;font-size:12px}</style>"
)


@dataclass(frozen=True)
class Row:
    """One stage on the axes that it meets.

    Parameters
    ----------
    name
        Name of a node, or the number of a stage.
    stage
        The stage's text.
    axes
        The axes of its result, each in a few words.
    rate
        Input samples of the whole pipeline for one sample of the result, by dim, where it is not 1.
    reach
        How far a sample of the result depends on the pipeline's input, by dim, to either side.
    work
        Multiplications of the stage.
    """

    name: str
    stage: str
    axes: tuple[str, ...]
    rate: tuple[str, ...]
    reach: tuple[str, ...]
    work: float


@dataclass(frozen=True)
class StageTable:
    """The stages of an operator on the axes of one input.

    Parameters
    ----------
    title
        What is tabulated.
    rows
        One for each stage.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0] * 64, iv.Axis("time", step=0.01, unit="s"))
    >>> print(tabulate_stages(iv.Relu() >> iv.MeanPool({"time": 4}), x))
    1  Relu()             time: 64 x 0.01 s
    2  MeanPool(time: 4)  time: 16 x 0.04 s  rate 4 along time
    """

    title: str
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """Write the table as text."""
        lines = [
            (row.name, row.stage, ", ".join(row.axes), _rates(row.rate, "rate "))
            for row in self.rows
        ]
        widths = [max(len(line[place]) for line in lines) for place in range(3)]
        return "\n".join(
            "  ".join([*map(str.ljust, line[:3], widths), line[3]]).rstrip() for line in lines
        )

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        total = sum(row.work for row in self.rows)
        cells = [
            (
                row.name,
                _code(row.stage),
                _lines(row.axes),
                _lines(row.rate),
                _lines(row.reach),
                f"{row.work / total:.0%}" if total else "",
            )
            for row in self.rows
        ]
        heads = ("", "stage", "gives", "input samples for one", "reach in the input", "work")
        shown = [place for place in range(len(heads)) if any(row[place] for row in cells)]
        return _table(
            self.title,
            [heads[place] for place in shown],
            [[row[place] for place in shown] for row in cells],
            numeric=[shown.index(5)] if 5 in shown else (),
        )


def tabulate_stages(op: Operator, x: xr.DataArray) -> StageTable:
    """Tabulate what each stage gives on an input: axes, rates, reach and work; nothing is computed.

    Parameters
    ----------
    op
        Operator, pipeline or graph.
    x
        Labeled array; of it the axes alone are read.

    Returns
    -------
    StageTable
        With a row for each stage, and a table of its own in a notebook.

    Raises
    ------
    DimError
        If a stage needs a dim that is not there.
    AxisError
        If an axis is unfit for a stage.

    Examples
    --------
    >>> import invarsig as iv
    >>> x = iv.label([0.0] * 64, iv.Axis("x", unit="px"))
    >>> table = tabulate_stages(iv.Subsample({"x": 2}) >> iv.Subsample({"x": 2}), x)
    >>> [row.rate for row in table.rows]
    [('2 along x',), ('4 along x',)]
    """
    require_operator(op)
    axes = Axes.of(x)
    if isinstance(op, Graph):
        return StageTable(f"{type(op).__name__} of {len(op)} nodes", tuple(_of_graph(op, axes)))
    rows, before = [], axes
    stages = stages_of(op)
    for number, stage in enumerate(stages, 1):
        plan = stage.plan(before)
        whole = _part(op, stages[:number]).plan(axes)
        after = plan.after(before)
        rows.append(_row(str(number), stage, plan, before, after, whole))
        before = after
    return StageTable(_title(op), tuple(rows))


def _part(op: Operator, stages: Sequence[Operator]) -> Operator:
    """The pipeline up to a stage."""
    return op if len(stages) == len(stages_of(op)) else Pipeline(tuple(stages))


def _of_graph(graph: Graph, axes: Axes) -> Iterable[Row]:
    """Rows of a graph's nodes; reach and work are those of the whole alone, and left out."""
    found: dict[str, Axes] = {"input": axes}
    for node in graph:
        inputs = [found[source] for source in node.sources]
        after = node.after(inputs)
        found[node.name] = after
        rates = {dim: _rate(axes, after, dim) for dim in after if dim in axes}
        words = tuple(f"{by} along {dim}" for dim, by in rates.items() if by != 1)
        yield Row(node.name, str(node.op), _axes_in_words(after), words, (), 0.0)


def _rate(before: Axes, after: Axes, dim: str) -> Fraction:
    """Input samples for one sample of a result, from the steps of both axes."""
    if not (before.placed(dim) and after.placed(dim)):
        return Fraction(1)
    return Fraction(after[dim].step / before[dim].step).limit_denominator(1000)


def _row(name: str, stage: Operator, plan: Plan, before: Axes, after: Axes, whole: Plan) -> Row:
    strides = {dim: whole.stride_along(dim) for dim in after if dim in whole.stride}
    rate = tuple(f"{by} along {dim}" for dim, by in strides.items() if by != 1)
    own = {axis.dim: axis for axis in whole.in_axes}
    reach = tuple(_reach(own[dim], whole.reach[dim]) for dim in whole.reach if dim in own)
    words = tuple(each for each in reach if each)
    return Row(name, str(stage), _axes_in_words(after), rate, words, plan.work(before))


def _reach(axis: Axis, sides: tuple[float, float]) -> str:
    left, right = sides
    if not left and not right:
        return ""
    if math.isinf(left) or math.isinf(right):
        return f"all of {axis.dim}"
    same = math.isclose(left, right, rel_tol=1e-9)
    before, after = axis.in_words(left, 3), axis.in_words(right, 3)
    return f"{f'± {after}' if same else f'-{before}, +{after}'} along {axis.dim}"


def _axes_in_words(axes: Axes) -> tuple[str, ...]:
    return tuple(_axis_in_words(axes, dim) for dim in axes)


def _axis_in_words(axes: Axes, dim: str) -> str:
    axis = axes.read_or_counted(dim)
    step = axis.in_words(abs(axis.step), 4)
    return f"{dim}: {axis.size}" if axis.unit == "sample" else f"{dim}: {axis.size} x {step}"


def _rates(rates: Sequence[str], before: str) -> str:
    return before + ", ".join(rates) if rates else ""


def _title(op: Operator) -> str:
    stages = stages_of(op)
    return f"{type(op).__name__} of {len(stages)} stages" if len(stages) > 1 else type(op).__name__


def html_of_operator(op: Operator) -> str:
    """The stages of an operator that no axes are known of: what each is, along which dims."""
    if isinstance(op, Graph):
        return _table(
            f"Graph of {len(op)} nodes",
            ("node", "operator", "reads"),
            [(node.name, _code(str(node.op)), ", ".join(node.sources)) for node in op],
        )
    cells = [
        (
            str(number),
            _code(str(stage)),
            ", ".join(stage.dims) or "each sample",
            "yes" if stage.linear else "no",
        )
        for number, stage in enumerate(stages_of(op), 1)
    ]
    return _table(_title(op), ("", "stage", "along", "linear"), cells)


def html_of_plan(plan: Plan) -> str:
    """The axes of a plan before and after, with stride and reach."""
    before = {axis.dim: axis for axis in plan.in_axes}
    after = {axis.dim: axis for axis in plan.out_axes}
    cells = []
    for dim in dict.fromkeys((*before, *after)):
        reach = plan.reach_along(dim) if dim in before else (0.0, 0.0)
        cells.append(
            (
                dim,
                _size(before.get(dim), "new"),
                _size(after.get(dim), "lost"),
                str(plan.stride_along(dim)) if dim in before else "",
                _reach(before[dim], reach).removesuffix(f" along {dim}") if dim in before else "",
            )
        )
    heads = ("axis", "before", "after", "stride", "reach")
    return _table("Plan", heads, cells or [("", "each sample by itself", "", "", "")])


def _size(axis: Axis | None, missing: str) -> str:
    return missing if axis is None else f"{axis.size} x {axis.in_words(abs(axis.step), 4)}"


class _Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _code(text: str) -> _Markup:
    return _Markup(f"<code>{escape(text)}</code>")


def _lines(lines: Sequence[str]) -> _Markup:
    return _Markup("<br>".join(f"<span>{escape(line)}</span>" for line in lines))


def _table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], numeric: Sequence[int] = ()
) -> str:
    """A table; of many rows the first and the last ones."""
    first, last = list(rows), []
    left_out = len(first) - _ROWS
    if left_out > 0:
        first, last = first[: _ROWS - 4], first[-4:]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = [_html_row(row, numeric) for row in first]
    if last:
        body.append(f'<tr><td></td><td colspan="{len(heads) - 1}">… {left_out} more …</td></tr>')
        body += [_html_row(row, numeric) for row in last]
    return (
        f'{_STYLE}<table class="invarsig-table"><caption>{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _html_row(row: Sequence[Any], numeric: Sequence[int]) -> str:
    cells = []
    for place, cell in enumerate(row):
        text = cell if isinstance(cell, _Markup) else escape(str(cell))
        cells.append(f'<td class="n">{text}</td>' if place in numeric else f"<td>{text}</td>")
    return f"<tr>{''.join(cells)}</tr>"
