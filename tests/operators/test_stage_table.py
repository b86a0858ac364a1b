"""Tables of stages: what they say is what the plans say, and nothing in them is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import invarsig as iv
from invarsig.operators import tabulate_stages
from invarsig.testing import examples_of, public_operators


class Cells(HTMLParser):
    """The text of each row, and the tags that were met."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags, self.open = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and self.rows[-1] and "style" not in self.open:
            self.rows[-1][-1] += data


@pytest.fixture
def sound():
    return iv.label(np.zeros(1024), iv.Axis("time", step=1 / 1000, unit="s"))


OP = iv.MeanPool({"time": 4}) >> iv.Relu() >> iv.Subsample({"time": 2})


def test_rates_axes_reach_and_work_are_those_of_the_plans(sound):
    table = sound.iv.stages(OP)
    axes = iv.Axes.of(sound)
    for number, row in enumerate(table.rows, 1):
        part = OP[:number]
        plan = part.plan(axes)
        by = plan.stride_along("time")
        assert row.rate == ((f"{by} along time",) if by != 1 else ())
        after = plan.after(axes)["time"]
        assert row.axes == (f"time: {after.size} x {after.in_words(after.step, 4)}",)
        left, right = plan.reach["time"]
        said = [float(number) for number in re.findall(r"[\d.]+", row.reach[0])]
        assert said == pytest.approx([left] if left == right else [left, right], rel=5e-3)
    assert sum(row.work for row in table.rows) == OP.plan(axes).work(axes)


@pytest.mark.parametrize("kind", public_operators(), ids=lambda kind: kind.__name__)
def test_every_operator_has_a_table_on_its_examples(kind, rng):
    op, x = next(iter(examples_of(kind, rng)))
    for text in (op._repr_html_(), tabulate_stages(op, x)._repr_html_()):
        found = Cells(text)
        assert not found.open
        assert len(found.rows) >= 2
        assert "none" not in text.lower().replace("background:none", "")
    assert str(tabulate_stages(op, x))
    plan = op.plan(iv.Axes.of(x))
    told = Cells(plan._repr_html_()).rows[1:]
    dims = {axis.dim for axis in (*plan.in_axes, *plan.out_axes)}
    assert {row[0] for row in told} == dims or (not dims and len(told) == 1)


def test_text_is_escaped():
    op = iv.Relu().rename({}) >> iv.Subsample({"<script>": 2})
    x = iv.label(np.zeros(8), "<script>")
    graph = iv.Graph((iv.Node("<b>&", iv.Relu(), "input"),))
    for text in (
        op._repr_html_(),
        x.iv.stages(op)._repr_html_(),
        op.plan(iv.Axes.of(x))._repr_html_(),
        graph._repr_html_(),
        x.iv.stages(graph)._repr_html_(),
    ):
        assert "<script>" not in text
        assert "<b>" not in text
        own = {"style", "table", "caption", "thead", "tbody", "tr", "th", "td", "code"}
        assert Cells(text).tags <= own | {"br", "span"}


def test_a_network_is_shown_by_its_first_and_last_nodes():
    chain = [iv.Node("n0", iv.Subsample({"x": 2}), "input")]
    chain += [iv.Node(f"n{k}", iv.Relu(), f"n{k - 1}") for k in range(1, 200)]
    graph = iv.Graph(tuple(chain))
    rows = Cells(graph._repr_html_()).rows
    assert len(rows) == 26
    assert any("176 more" in cell for row in rows for cell in row)
    assert rows[-1][0] == "n199"
    table = tabulate_stages(graph, iv.label(np.zeros(8), "x"))
    assert table.rows[0].rate == ("2 along x",)
    assert "reach" not in table._repr_html_()
    assert len(graph._repr_html_()) < 6000


def test_the_table_takes_the_colours_of_its_cell():
    text = OP._repr_html_()
    assert re.findall(r"(?<![\w-])color:([^;}]+)", text) == ["inherit"] * 3
    assert set(re.findall(r"background:([^;}]+)", text)) == {"none"}
