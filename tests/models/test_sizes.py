"""The default pipeline fits inputs of any rate and length, or says what would."""

from __future__ import annotations

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import AxisError


def sound(rate: float, size: int):
    values = np.random.default_rng(1).standard_normal(size)
    return iv.label(0.1 * values, iv.Axis("time", step=1 / rate, unit="s"))


@pytest.mark.parametrize("rate", [1.0, 100, 1000, 4000, 16_000, 44_100, 96_000, 384_000, 1e6])
@pytest.mark.parametrize("size", [136, 300, 1200, 5000, 60_000])
def test_any_recording_gives_an_output_to_compare(rate, size):
    x = sound(rate, size)
    op = iv.models.default_pipeline(x)
    axes = {axis.dim: axis.size for axis in op.plan(iv.Axes.of(x)).out_axes}
    assert min(axes["frequency"], axes["time"]) >= 2
    hop = round(op[0].hop * rate)
    assert hop % 8 == 0
    assert hop <= 1024


@pytest.mark.parametrize("rate", [4000, 8000, 16_000, 22_050, 44_100, 96_000])
def test_of_a_second_and_more_the_sizes_are_the_usual_ones(rate):
    op = iv.models.default_pipeline(sound(rate, rate))
    assert op[0].window == pytest.approx(0.032, rel=0.01)
    assert str(op[1:]) == str(iv.models.gabor_pool("frequency", "time"))


@pytest.mark.parametrize("size", range(14, 64))
def test_any_picture_gives_an_output_to_compare(size):
    x = iv.label(np.zeros((size, 200)), "y", "x")
    op = iv.models.default_pipeline(x)
    assert op(x).sizes["y"] >= 2
    assert max(op[0].frequency) <= 0.4
    if size >= 48:
        assert str(op) == str(iv.models.gabor_pool("y", "x"))


@pytest.mark.parametrize("x", [sound(8000, 135), iv.label(np.zeros((200, 8)), "y", "x")])
def test_what_is_too_short_for_any_filter_is_told_what_helps(x):
    with pytest.raises(AxisError, match="give more signal, or a pipeline of your own"):
        iv.models.default_pipeline(x)


@pytest.mark.parametrize(
    "x",
    [
        sound(100, 800),
        sound(8000, 400),
        iv.power_law_noise(iv.Axis("y", size=24), iv.Axis("x", size=24), rng=1),
    ],
)
def test_what_fits_is_measured(x):
    found = iv.check(iv.models.default_pipeline(x), x, max_error=-40.0)
    assert all(np.isfinite(each.error) for each in found)
