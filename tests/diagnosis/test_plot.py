"""`Diagnosis.plot` draws each finding on matplotlib axes; `repr` fits a screen."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import invarsig as iv
from invarsig.diagnosis import Diagnosis
from invarsig.errors import DimError, FindingError, InvarsigError, ParameterError
from tests.report.trees import CAUSES, chosen_axis, found_input, given_tree, tree_of, with_power

matplotlib = pytest.importorskip("matplotlib")

FINDINGS = ("causes", "error", "remedies", "spectrum", "verdict")


def _axis():
    power = np.array([[1.0, 2.0, 1.0, 0.5], [20.0, 40.0, 20.0, 10.0], [1.0, 2.0, 1.0, 0.5]])
    return with_power(chosen_axis(), power, [-1, 0, 1], [-60.0, -30.0, 0.0, 30.0])


@pytest.fixture(scope="module")
def chosen() -> Diagnosis:
    """A diagnosis with numbers that are easy to follow, and something of every finding."""
    return Diagnosis(given_tree(_axis()))


@pytest.fixture(scope="module")
def real() -> Diagnosis:
    x = iv.power_law_noise(iv.Axis("x", size=48, unit="px", period=48.0), rng=0)
    return iv.diagnose(iv.Relu() >> iv.Subsample(stride={"x": 3}), x)


def _new_axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


def _lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_the_plots_there_are_are_listed(chosen):
    assert tuple(dir(chosen.plot)) == FINDINGS


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_finding_gives_axes_that_say_what_they_show(chosen, real, finding):
    from matplotlib.axes import Axes

    for found in (chosen, real):
        axes = getattr(found.plot, finding)()
        assert isinstance(axes, Axes)
        assert axes.get_title("left")
        axes.figure.canvas.draw()  # warns where the layout does not fit
        assert axes.get_position().width > 0.4
        unit = {"error": "px" if found is real else "ms", "spectrum": "dB"}.get(finding, "%")
        assert unit in axes.get_xlabel() + axes.get_ylabel()
        assert "%" in axes.get_xlabel() + axes.get_ylabel() or finding == "spectrum"


@pytest.mark.parametrize("finding", FINDINGS)
def test_axes_that_are_given_are_drawn_on_and_given_back(chosen, finding):
    axes = _new_axes()
    others = list(axes.figure.axes)
    assert getattr(chosen.plot, finding)(ax=axes) is axes
    assert axes.lines or axes.patches or axes.collections
    assert axes.figure.axes == others


@pytest.mark.parametrize("finding", FINDINGS)
def test_nothing_global_changes(chosen, finding):
    from matplotlib import pyplot as plt

    before, settings, interactive = (
        plt.get_fignums(),
        dict(matplotlib.rcParams),
        plt.isinteractive(),
    )
    getattr(chosen.plot, finding)()
    assert plt.get_fignums() == before
    assert dict(matplotlib.rcParams) == settings
    assert plt.isinteractive() == interactive


def test_the_verdict_shows_each_move_at_its_error(chosen):
    axes = chosen.plot.verdict()
    data = chosen.findings
    told = data["inside_error"].to_numpy()[data["blind"].to_numpy() == 0]
    rolled = _lines(axes)["input rolled"]
    np.testing.assert_allclose(rolled.get_xdata(), 100 * told)
    rows = [label.get_text() for label in axes.get_yticklabels()]
    np.testing.assert_array_equal(
        [rows[round(place)] for place in rolled.get_ydata()],
        ["1 px along y", "2 px along y", "1 px along x", "2 px along x", "1 px along y and x",
         "2 px along y and x"],
    )  # fmt: skip
    limits = _lines(axes)["measuring limit"]
    np.testing.assert_allclose(limits.get_xdata(), 100 * 1e-3)
    assert axes.get_xscale() == "log"
    zones = [text.get_text() for text in axes.texts]
    assert zones[:4] == ["negligible", "slight", "clear", "severe"]


def test_a_move_without_a_figure_says_why():
    nothing = found_input(cut_error=("move", [np.nan] * 9))
    axes = Diagnosis(given_tree(_axis(), found=nothing)).plot.verdict()
    told = [text.get_text() for text in axes.texts]
    assert told.count("blind: a whole output step") == 3


def test_an_error_above_one_is_inside_the_scale():
    high = found_input(inside_error=("move", [3.0] * 9))
    axes = Diagnosis(given_tree(_axis(), found=high)).plot.verdict()
    assert axes.get_xlim()[1] > 300


def test_the_parts_of_each_stage_are_stacked_and_negative_ones_stand_left_of_zero():
    share = np.zeros((2, 5, 3))
    share[:, :, 1] = [0.5, 0.25, -0.125, 0.0, 0.0]
    share[:, 0, 2] = 0.375
    found = found_input(cause_share=(("cause_bar", "cause", "stage"), share))
    axes = Diagnosis(given_tree(_axis(), found=found)).plot.causes()
    bars = [(bar.get_x(), bar.get_width(), round(bar.get_y() + 0.3)) for bar in axes.patches]
    drawn = {bar for bar in bars if bar[1]}
    assert drawn == {(0, 50, 1), (50, 25, 1), (0, -12.5, 1), (0, 37.5, 2)}
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["folding", "imaging", "nonlinearity between samples"]
    assert len(CAUSES) > len(legend)


def test_the_error_is_that_of_the_axis_asked_for(real):
    axes = real.plot.error("x")
    measured = _lines(axes)["measured"]
    data = real["x"]
    np.testing.assert_allclose(measured.get_ydata(), 100 * data["measured"].to_numpy())
    np.testing.assert_allclose(measured.get_xdata(), real.plot._axis("x").shifts)


def test_without_a_dim_the_worst_axis_is_drawn():
    small, large = (
        chosen_axis(attrs={"dim": "y"}),
        chosen_axis(measured=("length", [0.1, 0.9, 0.0])),
    )
    found = Diagnosis(given_tree(small, large))
    assert "along time" in found.plot.error().get_xlabel()


def test_remedies_go_from_before_to_after(chosen):
    lines = _lines(chosen.plot.remedies())
    data = chosen.findings
    np.testing.assert_allclose(lines["before"].get_xdata(), 100 * data["remedy_before"])
    np.testing.assert_allclose(lines["after"].get_xdata(), 100 * data["remedy_after"])
    assert "wanted: 1 %" in lines


def test_a_name_with_dollars_is_no_formula():
    found = found_input().assign_coords(moved=["$y$", "x"])
    axes = Diagnosis(given_tree(_axis(), found=found)).plot.verdict()
    axes.figure.canvas.draw()
    assert any("$y$" in label.get_text() for label in axes.get_yticklabels())
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())


def test_an_unknown_finding_names_those_there_are(chosen):
    with pytest.raises(
        FindingError, match=r"no plot of 'folds'; there are verdict, causes"
    ) as told:
        _ = chosen.plot.folds
    assert isinstance(told.value, InvarsigError)
    assert isinstance(told.value, AttributeError)
    assert not hasattr(chosen.plot, "folds")
    assert copy.copy(chosen.plot) == chosen.plot
    assert pickle.loads(pickle.dumps(chosen.plot)).tree.identical(chosen.tree)


@pytest.mark.parametrize("finding", ["error", "spectrum"])
def test_an_unknown_dim_names_those_there_are(chosen, finding):
    with pytest.raises(DimError, match="no axis 'z'; it has 'time'"):
        getattr(chosen.plot, finding)("z")


def test_what_is_no_axes_is_refused(chosen):
    with pytest.raises(ParameterError, match="matplotlib axes"):
        chosen.plot.verdict("x")


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_finding_that_is_not_there_is_said_to_be_missing(finding):
    axis = chosen_axis(measured=("length", [np.nan] * 3), drop=("predicted",))
    draw = getattr(Diagnosis(tree_of(axis)).plot, finding)
    with pytest.raises(FindingError, match=f"nothing to plot of {finding!r}"):
        draw()


def test_the_repr_fits_a_screen_and_says_how_to_go_on(chosen, real):
    for found in (chosen, real):
        text = repr(found)
        lines = text.splitlines()
        assert len(lines) <= 12
        assert max(map(len, lines)) <= 120
        dim = next(iter(found.axes))
        assert f"along {dim}" in lines[0]
        for way in (".summary()", ".to_html(", ".plot", f'["{dim}"]'):
            assert way in lines[-1]
        verdict = found.summary().splitlines()[0]
        assert any(line.strip().removesuffix("…") in verdict for line in lines[1:-1])


def test_the_repr_of_many_inputs_is_no_longer(chosen):
    text = repr(Diagnosis.joined([chosen] * 30))
    assert len(text.splitlines()) <= 12
    assert "30 inputs" in text
    assert "26 more" in text
