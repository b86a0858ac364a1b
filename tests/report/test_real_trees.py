"""What is said of real pipelines on real signals, as a diagnosis writes it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.report.page import fragment, render
from invarsig.report.summary import LINES, summary

PHOTOGRAPH = Path(__file__).parents[2] / "data" / "images" / "camera.png"


@pytest.fixture(scope="module")
def photograph():
    return iv.read_image(PHOTOGRAPH).isel(y=slice(40, 136), x=slice(60, 156))


def padded(size):
    """A zero-padded [1 2 1] that keeps every fourth sample, on so many samples."""

    def thin(values):
        return np.apply_along_axis(np.convolve, -1, values, [0.25, 0.5, 0.25], "same")[..., ::4]

    x = iv.power_law_noise(iv.Axis("x", size=size, unit="px"), exponent=1.0, rng=2)
    op = iv.Apply(thin, over="x", stride={"x": 4}, reach={"x": 1.0})
    return iv.diagnose(op, x, "x", shifts=[1.0, 2.0, 3.0, 4.0])


def told(tree):
    """The number of the first line, and the worst error that can tell in the tree."""
    first = summary(tree).splitlines()[0]
    number = float(re.search(r"([\d.e-]+) % (?:off|change)", first).group(1)) / 100
    data = tree["input_1"].to_dataset(inherit=False)
    inside, roll = data["inside_error"].to_numpy(), data["roll_error"].to_numpy()
    rolls = np.where(np.isnan(inside), roll, inside)[data["blind"].to_numpy() == 0]
    return number, np.nanmax([*rolls, *data["cut_error"].to_numpy()])


def test_padding_that_real_cuts_show_leads_over_a_periodic_axis_that_is_exact(photograph):
    box = xr.DataArray(np.ones((5, 5)) / 25, dims=("y", "x"))
    once = iv.Convolve(box, boundary="zero")
    found = iv.diagnose(once >> once >> once, photograph, "x", shifts=[1.0, 2.0, 3.0, 4.0])
    text = summary(found.tree)
    number, worst = told(found.tree)
    assert worst > 0.05
    assert number >= worst - 0.0051
    assert "round-off" not in text.splitlines()[0]
    assert "so that new content enters" in render(found.tree)
    assert "it is the padding's fault" in text


@pytest.mark.parametrize("size", [64, 96, 192])
def test_a_function_that_pads_by_itself_is_never_called_exact(size):
    found = padded(size)
    first = summary(found.tree).splitlines()[0]
    assert "round-off" not in first
    number, worst = told(found.tree)
    assert number >= 0.95 * worst - 0.0051


@pytest.mark.nightly
def test_a_real_diagnosis_has_its_page_its_lines_and_its_fragment(photograph):
    pool = iv.Relu() >> iv.MaxPool(window={"y": 4, "x": 4})
    found = iv.diagnose(pool, photograph - photograph.mean())
    lines = found.summary().splitlines()
    assert len(lines) <= LINES
    assert "both at once" in found.summary()
    page = render(found.tree)
    for part in ("How bad is it?", ">Why<", "See it", "How it was measured"):
        assert part in page
    assert found._repr_html_() == fragment(found.tree)
    assert '<figure class="drawing"' in found._repr_html_()
