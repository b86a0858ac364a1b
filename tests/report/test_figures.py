"""Figures are drawn from the numbers, told in words, and fit for a strict page."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import imageio.v3 as iio
import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest

from invarsig.report import figures, raster
from tests.report.trees import chosen_axis, with_power, with_square

CHARTS = [figures.error_over_shift, figures.folded_spectrum, figures.invariance, figures.stages]


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
    drawings = [chart(node, chart.__name__) for chart in CHARTS]
    for shown in range(2):
        drawings.extend(figures.square(node, f"square-{shown}", shown))
    return drawings


def test_every_figure_is_well_formed_and_carries_its_alternative_text(node):
    drawings = every_drawing(node)
    assert len(drawings) == 10
    for drawing in drawings:
        root = ET.fromstring(drawing.svg)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == drawing.text
        assert drawing.text.endswith(".")


def test_no_figure_has_style_attributes_scripts_or_addresses(node):
    for drawing in every_drawing(node):
        assert " style=" not in drawing.svg
        assert "<script" not in drawing.svg
        addresses = re.findall(r"(?:href|src|url)[=(]['\"]?([^'\")]*)", drawing.svg)
        assert all(each.startswith(("data:image/png", "#")) for each in addresses)


def test_ids_begin_with_the_prefix_and_are_all_different(node):
    text = "".join(drawing.svg for drawing in every_drawing(node))
    found = re.findall(r' id="([^"]*)"', text)
    assert len(found) == len(set(found)) > 0
    assert all(re.match(r"(square-|error|folded|invariance|stages)", each) for each in found)


def test_the_errors_are_told_in_numbers(node):
    assert figures.error_over_shift(node, "e").text == (
        "Error over shift along time: measured -20.0 dB at 2 ms, -12.0 dB at 4 ms, -320.0 dB at "
        "8 ms; the predicted line differs from the points by -320.0 dB (1e-14 %) at most; the "
        "floor is -300.0 dB; interior at most -11.7 dB."
    )


def test_the_stages_are_told_in_numbers(node):
    assert figures.stages(node, "s").text == (
        "Share of each stage in the error along time, over the 2 shifts measured, weighted by the "
        "energy of the error: stage 2, Relu(): 17 %; stage 3, MaxPool(time: 4): 83 %."
    )


def test_the_spectrum_tells_where_most_of_the_folded_energy_goes(node):
    text = figures.folded_spectrum(node, "f").text
    assert "most of that from image 1, 47 to 49 Hz, onto 7 to 9 Hz" in text


def labels(drawing):
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing.svg)


def test_floors_are_drawn_wherever_they_lie_in_the_range(node):
    assert "floor" not in labels(figures.error_over_shift(node, "e"))
    near = node.assign(interior_floor=("shift", [0.05] * 3))
    assert "floor of interior" in labels(figures.error_over_shift(near, "e"))
    high = node.assign(floor=("shift", [0.05] * 3), interior_floor=("shift", [1e-9] * 3))
    assert "floor" in labels(figures.error_over_shift(high, "e"))
    assert "floor of interior" not in labels(figures.error_over_shift(high, "e"))


def test_no_figure_of_a_shift_by_whole_output_samples_is_drawn(node):
    only = node.assign(interior=("shift", [np.nan, np.nan, 1e-14]))
    drawing = figures.error_over_shift(only, "e")
    assert "interior" not in labels(drawing)
    assert "interior" not in drawing.text


def test_stage_labels_are_not_crossed_by_the_zero_line(node):
    share = (("stage", "shift"), [[-0.3, -0.3, np.nan], [1.3, 1.3, np.nan]])
    drawing = figures.stages(node.assign(share=share), "s")
    # Vertical lines: none is as long as the distance between two stages.
    lines = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawing.svg)
    upright = [abs(float(b) - float(d)) for a, b, c, d in lines if a == c]
    assert upright
    assert max(upright) < 25


def test_measured_points_lie_where_the_axes_put_them(node):
    def circles(measured):
        same = node.assign(measured=("shift", measured))
        svg = figures.error_over_shift(same, "e").svg
        fill = re.escape(f'fill="var(--accent, {mpl.colors.to_hex("#0b62a8")})"')
        found = re.findall(rf'd="M([\d.]+) ([\d.]+)C[^"]*" {fill}', svg)
        # The first is the legend's.
        return np.array(found[1:], dtype=float)

    places = circles([0.05, 0.1, 0.2])
    steps = np.diff(places, axis=0)
    assert steps[1, 0] == pytest.approx(2 * steps[0, 0], abs=0.05)
    # Twice the error is 6 dB higher, each time.
    assert steps[0, 1] == pytest.approx(steps[1, 1], abs=0.05)
    assert steps[0, 1] < 0


def test_what_is_not_there_is_not_drawn():
    everything = chosen_axis()
    bare = everything.drop_vars(list(everything.data_vars))
    assert [chart(bare, "x") for chart in CHARTS] == [None] * 4
    assert figures.square(bare, "x", 0) == ()
    assert figures.panels(bare) == 0


def test_nan_and_infinity_leave_gaps():
    nan, inf = np.nan, np.inf
    node = folded(
        chosen_axis(
            measured=("shift", [0.1, nan, inf]),
            invariance=("shift", [nan, inf, 0.2]),
            share=(("stage", "shift"), [[0.1, nan, nan], [0.9, nan, nan]]),
            predicted_curve=("curve_shift", [0.0, nan, 0.1, 0.2, inf, 0.2, 0.1, nan, 0.0]),
        )
    )
    for chart in CHARTS:
        assert "nan" not in re.sub(r'aria-label="[^"]*"', "", chart(node, "x").svg).lower()
    silent = node.assign(power=node["power"] * 0)
    assert figures.folded_spectrum(silent, "x") is None


def test_a_square_with_nan_is_drawn_and_said(node):
    broken = node.copy(deep=True)
    broken["square_difference"][0] = np.nan
    broken["moved_first"][0, :3] = np.nan
    first, _, away = figures.square(broken, "x", 0)
    assert "150 values are NaN" in first.text
    assert "undefined, all of it is NaN" in away.text


def test_the_first_two_panels_share_one_scale_over_all_shifts(node):
    def scales(shown):
        parts = figures.square(node, "x", shown)
        return [re.findall(r"<text[^>]*>([^<]*)</text>", part.svg)[-3:] for part in parts]

    assert scales(0)[0] == scales(0)[1] == scales(1)[0]
    assert scales(0)[2] == scales(1)[2]


def decoded(svg):
    """First picture of a panel: colours and opacity."""
    data = re.search(r'href="data:image/png;base64,([^"]*)"', svg).group(1)
    return iio.imread(io.BytesIO(base64.b64decode(data)), mode="RGBA")


def test_a_picture_stands_as_its_axes_say(node):
    grid = np.zeros((2, 40, 50))
    grid[:, 39, 0] = 1.0  # the highest frequency at the earliest time
    dims = ("shown", "square_other", "square_position")
    marked = node.assign(moved_first=(dims, grid), moved_last=(dims, grid))
    seen = decoded(figures.square(marked, "x", 0)[0].svg)
    place = np.unravel_index(np.argmax(seen[..., 0]), seen.shape[:2])
    assert tuple(map(int, place)) == (0, 0)
    marked["square_other"].attrs["long_name"] = "y"
    seen = decoded(figures.square(marked, "x", 0)[0].svg)
    place = np.unravel_index(np.argmax(seen[..., 0]), seen.shape[:2])
    assert tuple(map(int, place)) == (39, 0)


def test_along_y_a_picture_keeps_its_feet_on_the_ground(node):
    for dim, name in (("square_position", "y"), ("square_other", "x")):
        node[dim].attrs.update(long_name=name, units="px")
    grid = np.zeros((2, 40, 50))
    grid[:, 5, 49] = 1.0  # y = 49, x = 5
    dims = ("shown", "square_other", "square_position")
    seen = decoded(figures.square(node.assign(moved_first=(dims, grid)), "x", 0)[0].svg)
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
    colours = mpl.colormaps["viridis"]([0.0, 1.0, 0.5], bytes=True)
    np.testing.assert_allclose(seen[0, 0], colours[0], atol=1)
    np.testing.assert_allclose(seen[0, 1], colours[1], atol=1)
    np.testing.assert_allclose(seen[1, 0], colours[2], atol=3)
    assert seen[1, 1, 3] == 0


def test_a_curve_is_drawn_where_there_is_no_second_dim():
    node = with_square(chosen_axis(), np.random.default_rng(3), shape=(5000,))
    drawings = figures.square(node, "x", 1)
    assert len(drawings) == 3
    assert all("<image" not in each.svg and len(each.svg) < 20_000 for each in drawings)


def test_a_long_spectrum_stays_small():
    frequency = np.arange(-5000.0, 5000.0)
    power = np.random.default_rng(5).random((3, 10000))
    drawing = figures.folded_spectrum(with_power(chosen_axis(), power, [-1, 0, 1], frequency), "x")
    assert len(drawing.svg) < 60_000


def test_names_are_no_formulas_and_no_elements():
    node = folded(chosen_axis(attrs={"dim": r"$\frac{1$<b>&\"'", "unit": "$s$"}))
    for chart in CHARTS:
        root = ET.fromstring(chart(node, "x").svg)
        assert root.tag.endswith("svg")
        assert not [each for each in root.iter() if each.tag.endswith("}b")]


@pytest.mark.parametrize("style", ["ggplot", "dark_background", "seaborn-v0_8-talk", "fast"])
def test_the_users_settings_change_nothing_and_are_left_alone(node, style):
    plain = [drawing.svg for drawing in every_drawing(node)]
    with mpl.style.context(style):
        before = dict(mpl.rcParams)
        assert [drawing.svg for drawing in every_drawing(node)] == plain
        assert dict(mpl.rcParams) == before
