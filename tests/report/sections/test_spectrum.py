"""Which detail folds: told by what repeats, where it comes from and where it goes."""

from __future__ import annotations

import numpy as np

import invarsig as iv
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look
from invarsig.report.sections.spectrum import SECTION
from tests.report.trees import chosen_axis, measured_axis, with_power


def said(node):
    return SECTION.sentences(AxisReading(node))


def test_what_repeats_in_time_is_named_where_it_comes_from_and_where_it_goes():
    # One cosine at 18 + 14 = 32 Hz in a band sampled at 40 Hz: image 1 of 8 Hz.
    frequency = np.arange(-20.0, 20.0)
    power = np.zeros((3, 40))
    power[1] = 1.0
    power[2, frequency == -8.0] = power[0, frequency == 8.0] = 5.0
    node = with_power(chosen_axis(attrs={"step": 0.0125}), power, [-1, 0, 1], frequency)
    assert said(node) == [
        (
            "What repeats 32 times a second is too fast for the output, and comes back as a false "
            "pattern 8 times a second."
        )
    ]


def test_detail_of_a_picture_is_named_by_its_length():
    period = 128.0
    axis = iv.Axis("x", step=1.0, size=128, unit="px", period=period)
    x = iv.label(np.cos(2 * np.pi * 40 * np.arange(128) / period)[None, :], "c", axis)
    node = measured_axis(iv.Pipeline((iv.Subsample(stride={"x": 2}),)), x, "x")
    # 40 cycles in 128 samples repeat every 3.2 px; every second sample shows 24 of them.
    assert said(node) == [
        (
            "Along x, detail that repeats every 3.2 px is too fine for the output, and comes back "
            "as a false pattern of 5.3 px."
        )
    ]


def test_a_band_on_both_sides_of_a_multiple_of_the_rate_folds_onto_anything_coarse():
    frequency = np.arange(-20.0, 20.0)
    power = np.zeros((5, 40))
    power[2] = 1.0
    power[1, np.abs(frequency) <= 9] = power[3, np.abs(frequency) <= 9] = 1.0
    node = with_power(chosen_axis(), power, [-2, -1, 0, 1, 2], frequency)
    (text,) = said(node)
    assert "What repeats 32 to 48 times a second" in text
    assert "a false pattern 0 to 8 times a second" in text


def test_nothing_is_said_where_nothing_folds_or_folding_explains_nothing():
    frequency = np.arange(-20.0, 20.0)
    power = np.zeros((3, 40))
    power[1] = 1.0
    node = with_power(chosen_axis(), power, [-1, 0, 1], frequency)
    assert said(node) == []
    assert said(node.assign_attrs(explained=0)) == []
    assert said(node.assign_attrs(lost=1)) == []
    assert SECTION.figures(AxisReading(node.assign(power=node["power"] * 0)), Look("x")) == []


def test_the_text_of_the_figure_tells_where_most_comes_from():
    frequency = np.arange(-20.0, 20.0)
    power = np.stack(
        [np.exp(-((frequency + 8) ** 2)), np.ones(40), np.exp(-((frequency - 8) ** 2))]
    )
    node = with_power(chosen_axis(), power, [-1, 0, 1], frequency)
    (figure,) = SECTION.figures(AxisReading(node), Look("f"))
    assert "most of that from 47 to 49 Hz onto 7 to 9 Hz" in figure.text
