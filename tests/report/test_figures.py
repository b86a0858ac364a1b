"""Figures are drawn from the numbers, told in words, and fit for a strict page."""

from __future__ import annotations

import base64
import html
import io
import re
from xml.etree import ElementTree as ET

import imageio.v3 as iio
import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest

from invarsig.report import raster
from invarsig.report.reading import AxisReading
from invarsig.report.section import Look
from invarsig.report.sections.errors import error_over_shift
from invarsig.report.sections.invariance import invariance
from invarsig.report.sections.spectrum import folded_spectrum
from invarsig.report.sections.square import SECTION as SQUARE
from invarsig.report.sections.stages import stages
from tests.report.trees import chosen_axis, with_power, with_square

CHARTS = [error_over_shift, folded_spectrum, invariance, stages]


def square(node, *, script=True):
    """Elements of the square, the panels of all shifts one after another."""
    markup = SQUARE.body(AxisReading(node), Look("square", script=script))
    return re.findall(r"<svg.*?</svg>", markup, re.DOTALL)


def told(svg):
    return html.unescape(re.search(r'aria-label="([^"]*)"', svg).group(1))


def folded(node):
    frequency = np.arange(-20.0, 20.0)
    power = np.stack(
        [np.exp(-((frequency + 8) ** 2)), np.ones(40), np.exp(-((frequency - 8) ** 2))]
    )
    return with_power(node, power, [-1, 0, 1], frequency)


@pytest.fixture
def node():
    return with_square(folded(chosen_axis()), np.random.default_rng(2))


def every_drawing(node):
    drawings = [chart(AxisReading(node), chart.__name__).svg for chart in CHARTS]
    return [*drawings, *square(node)]


def test_every_figure_is_well_formed_and_carries_its_alternative_text(node):
    drawings = every_drawing(node)
    assert len(drawings) == 10
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"].endswith(".")


def test_no_figure_has_style_attributes_scripts_or_addresses(node):
    for drawing in every_drawing(node):
        assert " style=" not in drawing
        assert "<script" not in drawing
        addresses = re.findall(r"(?:href|src|url)[=(]['\"]?([^'\")]*)", drawing)
        assert all(each.startswith(("data:image/png", "#")) for each in addresses)


def test_ids_begin_with_the_prefix_and_are_all_different(node):
    text = "".join(every_drawing(node))
    found = re.findall(r' id="([^"]*)"', text)
    assert len(found) == len(set(found)) > 0
    assert all(re.match(r"(square-|error|folded|invariance|stages)", each) for each in found)


def test_the_errors_are_told_in_numbers(node):
    assert error_over_shift(AxisReading(node), "e").text == (
        "Error over the size of the move along time: measured 10 % at 2 ms, 25 % at 4 ms, less "
        "than 0.001 % at 8 ms; the predicted line differs from the points by less than 0.001 % at "
        "most; as given, away from the ends: at most 26 %."
    )


def test_the_stages_are_told_in_numbers(node):
    assert stages(AxisReading(node), "s").text == (
        "Share of each stage in the error along time, over the 2 shifts measured, weighted by the "
        "energy of the error: stage 2, Relu(): 17 %; stage 3, MaxPool(time: 4): 83 %."
    )


def test_no_roll_by_whole_output_samples_is_drawn(node):
    only = node.assign(interior=("length", [np.nan, np.nan, 1e-14]))
    drawing = error_over_shift(AxisReading(only), "e")
    assert "away from the ends" not in drawing.svg + drawing.text


def test_stage_labels_are_not_crossed_by_the_zero_line(node):
    share = (("stage", "length"), [[-0.3, -0.3, np.nan], [1.3, 1.3, np.nan]])
    drawing = stages(AxisReading(node.assign(share=share)), "s")
    # Vertical lines: none is as long as the distance between two stages.
    lines = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawing.svg)
    upright = [abs(float(b) - float(d)) for a, b, c, d in lines if a == c]
    assert upright
    assert max(upright) < 25


def test_measured_points_lie_where_the_axes_put_them(node):
    def circles(measured):
        same = node.assign(measured=("length", measured))
        svg = error_over_shift(AxisReading(same), "e").svg
        fill = re.escape(f'fill="var(--accent, {mpl.colors.to_hex("#0068a8")})"')
        found = re.findall(rf'd="M([\d.]+) ([\d.]+)C[^"]*" {fill}', svg)
        # The first is the legend's.
        return np.array(found[1:], dtype=float)

    places = circles([0.05, 0.1, 0.2])
    steps = np.diff(places, axis=0)
    assert steps[1, 0] == pytest.approx(2 * steps[0, 0], abs=0.05)
    # The scale is linear in per cent: twice the error is twice as high.
    assert steps[1, 1] == pytest.approx(2 * steps[0, 1], abs=0.05)
    assert steps[0, 1] < 0


def test_what_is_not_there_is_not_drawn():
    everything = chosen_axis()
    bare = everything.drop_vars(list(everything.data_vars))
    assert [chart(AxisReading(bare), "x") for chart in CHARTS] == [None] * 4
    assert SQUARE.body(AxisReading(bare), Look("x")) == ""


def test_nan_and_infinity_leave_gaps():
    nan, inf = np.nan, np.inf
    node = folded(
        chosen_axis(
            measured=("length", [0.1, nan, inf]),
            invariance=("length", [nan, inf, 0.2]),
            share=(("stage", "length"), [[0.1, nan, nan], [0.9, nan, nan]]),
            predicted_curve=("curve_length", [0.0, nan, 0.1, 0.2, inf, 0.2, 0.1, nan, 0.0]),
        )
    )
    for chart in CHARTS:
        svg = chart(AxisReading(node), "x").svg
        assert "nan" not in re.sub(r'aria-label="[^"]*"', "", svg).lower()
    silent = node.assign(power=node["power"] * 0)
    assert folded_spectrum(AxisReading(silent), "x") is None


def test_a_square_with_nan_is_drawn_and_said(node):
    broken = node.copy(deep=True)
    broken["square_difference"][0] = np.nan
    broken["moved_first"][0, :3] = np.nan
    first, _, away = square(broken)[:3]
    assert "150 values are NaN" in told(first)
    assert "undefined, all of it is NaN" in told(away)


def test_a_difference_of_a_hundredth_of_the_result_looks_like_a_hundredth(node):
    result = np.zeros((2, 40, 50))
    result[:, 0, 0] = 10.0
    dims = ("shown", "square_other", "square_position")
    small = np.full((2, 40, 50), 0.1)
    same = node.assign(
        moved_first=(dims, result + small),
        moved_last=(dims, result),
        square_difference=(dims, small),
    )
    away = decoded(square(same)[2])
    # One per cent of the peak is one per cent of full opacity, to the next of 127 levels.
    assert 0 < away[20, 20, 3] / 255 < 0.02
    ten = node.assign(
        moved_first=(dims, result), moved_last=(dims, 0 * result), square_difference=(dims, result)
    )
    assert decoded(square(ten)[2])[..., 3].max() == 255


def test_all_shifts_share_one_scale(node):
    markup = SQUARE.body(AxisReading(node), Look("x"))
    assert markup.count("Scale: ") == 1


def test_without_a_script_the_worst_move_alone_is_drawn(node):
    assert len(square(node)) == 6
    (first, _, _) = square(node, script=False)
    assert "moved by 4 ms" in told(first)


def decoded(svg):
    """First picture of a panel: colours and opacity."""
    data = re.search(r'href="data:image/png;base64,([^"]*)"', svg).group(1)
    return iio.imread(io.BytesIO(base64.b64decode(data)), mode="RGBA")


def test_a_picture_stands_as_its_axes_say(node):
    grid = np.zeros((2, 40, 50))
    grid[:, 39, 0] = 1.0  # the highest frequency at the earliest time
    dims = ("shown", "square_other", "square_position")
    marked = node.assign(moved_first=(dims, grid), moved_last=(dims, grid))
    seen = decoded(square(marked)[0])
    place = np.unravel_index(np.argmax(seen[..., 0]), seen.shape[:2])
    assert tuple(map(int, place)) == (0, 0)
    marked["square_other"].attrs["long_name"] = "y"
    seen = decoded(square(marked)[0])
    place = np.unravel_index(np.argmax(seen[..., 0]), seen.shape[:2])
    assert tuple(map(int, place)) == (39, 0)


def test_along_y_a_picture_keeps_its_feet_on_the_ground(node):
    for dim, name in (("square_position", "y"), ("square_other", "x")):
        node[dim].attrs.update(long_name=name, units="px")
    grid = np.zeros((2, 40, 50))
    grid[:, 5, 49] = 1.0  # y = 49, x = 5
    dims = ("shown", "square_other", "square_position")
    seen = decoded(square(node.assign(moved_first=(dims, grid)))[0])
    assert seen.shape[:2] == (50, 40)
    difference = np.abs(seen.astype(int) - seen[0, 0].astype(int)).sum(axis=-1)
    assert difference[49, 5] > 0


def test_a_large_picture_is_thinned_and_keeps_its_largest_difference():
    away = np.zeros((256, 256))
    away[100, 37], away[101, 37] = -3.0, 2.9
    small = raster.thinned(away, 64 * 64, extreme=True)
    assert small.size <= 64 * 64
    assert small.min() == -3.0
    assert raster.thinned(np.full((256, 100), 2.0), 999).max() == 2.0
    assert raster.thinned(away, 256 * 256) is away


def test_a_picture_is_written_as_it_is():
    values = np.array([[0.0, 1.0], [0.5, np.nan]])
    uri = raster.data_uri(raster.levels(values, 0.0, 1.0), raster.sequential())
    seen = iio.imread(io.BytesIO(base64.b64decode(uri.partition(",")[2])), mode="RGBA")
    colours = mpl.colormaps["cividis"]([0.0, 1.0, 0.5], bytes=True)
    np.testing.assert_allclose(seen[0, 0], colours[0], atol=1)
    np.testing.assert_allclose(seen[0, 1], colours[1], atol=1)
    np.testing.assert_allclose(seen[1, 0], colours[2], atol=3)
    assert seen[1, 1, 3] == 0


def test_a_curve_is_drawn_where_there_is_no_second_dim():
    node = with_square(chosen_axis(), np.random.default_rng(3), shape=(5000,))
    drawings = square(node)
    assert len(drawings) == 6
    assert all("<image" not in each and len(each) < 20_000 for each in drawings)
    # Five times stronger is a curve of its own, which the page shows when it is asked to.
    assert ['"curve stronger"' in each for each in drawings[:3]] == [False, False, True]


def test_a_long_spectrum_stays_small():
    frequency = np.arange(-5000.0, 5000.0)
    power = np.random.default_rng(5).random((3, 10000))
    node = with_power(chosen_axis(), power, [-1, 0, 1], frequency)
    drawing = folded_spectrum(AxisReading(node), "x")
    assert len(drawing.svg) < 60_000


def test_names_are_no_formulas_and_no_elements():
    node = folded(chosen_axis(attrs={"dim": r"$\frac{1$<b>&\"'", "unit": "$s$"}))
    for chart in CHARTS:
        root = ET.fromstring(chart(AxisReading(node), "x").svg)
        assert root.tag.endswith("svg")
        assert not [each for each in root.iter() if each.tag.endswith("}b")]


@pytest.mark.parametrize("style", ["ggplot", "dark_background", "seaborn-v0_8-talk", "fast"])
def test_the_users_settings_change_nothing_and_are_left_alone(node, style):
    plain = every_drawing(node)
    with mpl.style.context(style):
        before = dict(mpl.rcParams)
        assert every_drawing(node) == plain
        assert dict(mpl.rcParams) == before
