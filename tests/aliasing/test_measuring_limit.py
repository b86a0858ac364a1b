"""What interpolation adds to an error is within the measuring limit that is said beside it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.as_given import AsGiven
from invarsig.aliasing.measuring_limit import measuring_limit
from invarsig.measures.moved_along import sinc_along
from invarsig.measures.norms import relative
from invarsig.measures.protocols import interpolation

SIZE = 1024


def tones(shift: float = 0.0, *, highest: float = 0.98) -> xr.DataArray:
    """Tones up to close to the Nyquist frequency, which are known between their samples as well."""
    rng, time = np.random.default_rng(3), np.arange(SIZE) - shift
    values = np.zeros(SIZE)
    for rate in np.linspace(0.05, highest, 12) / 2:
        values += np.cos(2 * np.pi * (rate * time + rng.random()))
    return iv.label(values, iv.Axis("x"))


PIPELINES = {
    "power": iv.Square() >> iv.KaiserDecimate(stride={"x": 4}),
    "pool": iv.MaxPool(window={"x": 4}),
    "rectifier": iv.Relu() >> iv.BlurPool(taps=5, stride={"x": 2}),
    "logarithm": iv.Square() >> iv.MeanPool({"x": 8}) >> iv.Decibel(floor=-60),
}


def true_error(op: iv.Operator, shift: float, where) -> float:
    """The error of the very signal moved, and of the output's interpolation by a whole sinc."""
    y = op(tones())
    first = op(tones(shift))
    last = sinc_along(y, "x", shift * iv.axis_of(tones(), "x").step / iv.axis_of(y, "x").step)
    return float(relative((first - last.data).isel(where), y.isel(where), "centered"))


def within(error: float, true: float, limit: float) -> None:
    """The law; a mirrored sinc of 1024 samples knows these tones to a few thousandths."""
    assert abs(error - true) <= limit + 4e-3


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("shift", [0.37, 0.5, 1.61])
def test_a_measured_error_is_within_the_limit_of_the_true_one(name, shift):
    op = PIPELINES[name]
    judged = AsGiven.of(op, tones(), ["x"]).judge(iv.Translate(x=shift))
    within(judged.inside, true_error(op, shift, judged.region), judged.inside_limit)


def test_a_limit_of_the_output_alone_is_caught():
    """It leaves out what the signal's own interpolation adds, which the law sees."""
    op, shift = PIPELINES["power"], 0.5
    judged = AsGiven.of(op, tones(), ["x"]).judge(iv.Translate(x=shift))
    found = interpolation(op(tones()), iv.Translate(x=shift), ["x"])
    alone = float(relative(found.difference, found.reference, "centered"))
    with pytest.raises(AssertionError):
        within(judged.inside, true_error(op, shift, judged.region), alone)


def test_of_a_linear_filter_at_its_own_rate_next_to_nothing_is_added():
    op = iv.BlurPool(taps=5, stride={"x": 1})
    judged = AsGiven.of(op, tones(highest=0.5), ["x"]).judge(iv.Translate(x=0.37))
    assert judged.inside < 1e-12
    assert judged.inside_limit < 1e-4


def test_nothing_is_added_by_whole_samples_or_where_the_axis_wraps():
    op = iv.MaxPool(window={"x": 4})
    x = iv.label(tones().values, iv.Axis("x", period=float(SIZE)))
    for signal, shift in ((tones(), 4.0), (x, 0.37)):
        given = AsGiven.of(op, signal, ["x"])
        move = iv.Translate(x=shift)
        assert measuring_limit(given.along, given.y, move, given.region(move)) == 0.0


def test_of_two_axes_both_are_counted(photograph):
    op, part = iv.Square() >> iv.MeanPool({"y": 2, "x": 2}), photograph.isel(y=slice(0, 96))
    given = AsGiven.of(op, part, ["y", "x"])
    limits = []
    for lengths in ({"y": 0.5}, {"x": 0.5}, {"y": 0.5, "x": 0.5}):
        move = iv.Translate(lengths)
        limits.append(measuring_limit(given.along, given.y, move, given.region(move)))
    assert min(limits) > 5e-3
    assert limits[2] > 0.8 * max(limits[:2])
