"""Charts: what they show is in the drawing, and none is told by its color alone."""

from __future__ import annotations

import re

import numpy as np
import pytest

from invarsig.errors import ParameterError
from invarsig.experiments import charts

LINES = [charts.Curve(name, [1, 2, 4, 8], [1.0, 2.0, k, 4.0]) for k, name in enumerate("abcdef")]


def drawn(lines, **options):
    return charts.curves("k", lines, x_label="x", y_label="y", alternative="words", **options)


def test_each_curve_has_a_color_and_dashes_of_its_own():
    svg = drawn(LINES).svg
    dashes = set(re.findall(r'stroke-dasharray="([^"]+)"', svg))
    colors = set(re.findall(r'stroke="var\(--(image-\d)', svg))
    assert len(colors) == 6
    assert len(dashes) >= 5
    for line in LINES:
        assert f">{line.label}</text>" in svg


def test_powers_of_two_are_ticks():
    svg = drawn(LINES[:1], x_scale="log2").svg
    assert all(f">{tick}</text>" in svg for tick in (1, 2, 4, 8))


def test_whole_numbers_have_whole_ticks():
    labels = [
        re.findall(r">([\d.]+)</text>", drawn([charts.Curve("", x, [0.0, 0.0])]).svg)
        for x in ([1, 2], [1.0, 2.5])
    ]
    assert "1.5" not in labels[0]
    assert "1.5" in labels[1]


def test_no_mark_crosses_the_label_of_a_row():
    rows = [charts.Interval(name, 1.0, 0.5, 1.5) for name in ("first", "second", "third")]
    svg = [
        charts.intervals("k", rows, x_label="dB", alternative="w", marks=marks).svg
        for marks in ([], [(1.2, "limit")])
    ]
    dashed = [each.count("stroke-dasharray") for each in svg]
    assert dashed[1] - dashed[0] == len(rows)


def test_an_interval_is_drawn_around_its_curve():
    line = charts.Curve("a", [0, 1], [1.0, 2.0], [0.5, 1.5], [1.5, 2.5])
    assert 'fill-opacity="0.18"' in drawn([line]).svg


def test_a_gap_stays_a_gap():
    whole = drawn([charts.Curve("", [0, 1, 2, 3], [1.0, 2.0, 3.0, 4.0])]).svg
    gap = drawn([charts.Curve("", [0, 1, 2, 3], [1.0, np.nan, 3.0, 4.0])]).svg
    assert "nan" not in gap
    assert gap != whole


def test_rows_of_intervals_carry_their_labels_and_marks():
    rows = [charts.Interval("first", 1.0, 0.5, 1.5, "g"), charts.Interval("second", 2, 1, 3, "h")]
    svg = charts.intervals("k", rows, x_label="dB", alternative="w", marks=[(1.2, "limit")]).svg
    assert all(f">{word}</text>" in svg for word in ("first", "second", "g", "h", "limit", "dB"))


def test_a_mark_is_in_view_however_far_it_is_from_the_rows():
    rows = [charts.Interval("first", 1.0, 0.9, 1.1)]
    near, far = (
        charts.intervals("k", rows, x_label="dB", alternative="w", marks=[(mark, "limit")]).svg
        for mark in (1.05, -40.0)
    )
    assert ">−40</text>" in far
    assert ">−40</text>" not in near


def test_pictures_share_one_scale():
    panel = charts.Panel("one", np.eye(4), (0, 4), (0, 4))
    svg = charts.pictures("k", [panel, panel], x_label="x", y_label="y", alternative="w").svg
    assert svg.count("<image") == 2


def test_hostile_names_stay_text():
    svg = drawn([charts.Curve("<script>", [0, 1], [0, 1])]).svg
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize("count", [0, 7])
def test_more_curves_than_can_be_told_apart_are_refused(count):
    lines = [charts.Curve("a", [0, 1], [0, 1])] * count
    with pytest.raises(ParameterError, match=f"{count} curves"):
        drawn(lines)


def test_nothing_to_draw_is_refused():
    with pytest.raises(ParameterError, match="no row"):
        charts.intervals("k", [], x_label="x", alternative="w")
    with pytest.raises(ParameterError, match="0 panels"):
        charts.pictures("k", [], x_label="x", y_label="y", alternative="w")
