"""What remedies gain on a part of the signal that had no say in which were chosen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.remedies.held_out import in_two_parts
from invarsig.remedies.trial import Trial
from tests.conftest import ring

DATA = Path(__file__).parents[2] / "data"

ALONG_X = ({"x": 1}, {"x": 3}, {"x": 2.5})
BOTH = ({"x": 1}, {"y": 1}, {"x": 2, "y": 1}, {"x": 1.5, "y": 0.5})
IN_TIME = ({"time": 1}, {"time": 3}, {"time": 4.5})

SOBEL = xr.DataArray([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dims=("y", "x"))
ECHO = xr.DataArray([0.2, 0.1, 1.0, 0.3, -0.4, 0.1, 0.05], dims="time")


def _pool(kind, size, boundary=None, dims=("y", "x")):
    return kind(window=dict.fromkeys(dims, size), boundary=boundary)


# None of these was looked at while the remedies, or their limits, were made.
PICTURES = {
    "astronaut": (iv.Square() >> _pool(iv.MeanPool, 2), ALONG_X),
    "chelsea": (iv.LeakyRelu() >> _pool(iv.MaxPool, 3), BOTH),
    "coffee": (iv.Convolve(SOBEL, boundary="reflect") >> iv.Relu() >> _pool(iv.LpPool, 2), BOTH),
    "coins": (_pool(iv.MedianPool, 3, "symmetric"), ALONG_X),
    "rocket": (iv.Subsample(stride={"y": 3, "x": 3}) >> iv.Tanh(), BOTH),
}
TEXTURES = {
    "brick": (iv.BlurPool(taps=2, stride={"x": 2}, boundary="zero") >> iv.Softplus(), ALONG_X),
    "grass": (_pool(iv.MaxPool, 2, "zero"), BOTH),
    "gravel": (iv.GaussianBank(sigma={"x": 0.8}, stride={"x": 2}, boundary="reflect"), ALONG_X),
    "stars": (iv.Subsample(stride={"x": 2}) >> iv.Relu() >> iv.Subsample(stride={"x": 2}), ALONG_X),
    "tissue": (iv.Convolve(SOBEL, stride={"y": 2, "x": 2}, boundary="valid") >> iv.Gelu(), BOTH),
}
RECORDINGS = {
    "speech/allison_en": iv.Subsample(stride={"time": 2}),
    "speech/carlo_it": iv.MaxPool(window={"time": 4}),
    "speech/june_fr": iv.Modulus() >> iv.MeanPool(window={"time": 2}),
    "speech/cards_005": iv.Convolve(ECHO, boundary="zero") >> iv.Subsample(stride={"time": 3}),
    "music/guitar_em9": iv.LpPool(window={"time": 3}, boundary="reflect"),
    "music/morning_coffee": iv.Subsample(stride={"time": 4}) >> iv.LeakyRelu(),
    "music/tabla_loop": iv.BlurPool(taps=3, stride={"time": 4}, boundary="symmetric"),
    "environment/bell": iv.Square() >> iv.Subsample(stride={"time": 2}),
    "instruments/cello_052": iv.Relu() >> iv.MeanPool(window={"time": 4}),
    "instruments/piano_054": iv.Relu() >> iv.Subsample(stride={"time": 2}) >> iv.Square(),
}


def _cases():
    for folder, cases in (("images", PICTURES), ("textures", TEXTURES)):
        for name, (op, moves) in cases.items():
            yield op, iv.read_image(DATA / folder / f"{name}.png"), moves
    for name, op in RECORDINGS.items():
        x = iv.read_audio(DATA / f"{name}.flac")
        start = x.sizes["time"] // 3
        yield op, x.isel(time=slice(start, start + 6144)), IN_TIME


@cache
def _found():
    rows = []
    for op, x, moves in _cases():
        made = [iv.Translate.in_samples(x, move) for move in moves]
        rows.append(iv.remedies(op, x, made, target=-30.0, most=3))
    return rows


def _gaps(most):
    """By how many dB the gain on the held-out part differs from what is said, best ones first."""
    rows = _found()
    assert len(rows) == 20
    assert all(rows)
    gaps = np.array([each.held_out - each.gain for found in rows for each in found[:most]])
    assert np.isfinite(gaps).all()
    return np.abs(gaps)


@pytest.mark.nightly
def test_gains_on_held_out_parts_are_what_was_said_within_2_dB_for_nine_in_ten():
    """Of twenty pipelines and inputs, the one recommended.

    They were looked at while limits were chosen; those of `test_held_out_fresh.py` were not.
    """
    assert np.mean(_gaps(1) <= 2) >= 0.9


@pytest.mark.nightly
def test_the_gains_of_the_others_hold_as_well():
    """The rest are gains of 40 dB and more, and speech whose halves are other sounds."""
    gaps = _gaps(3)
    assert np.mean(gaps <= 2) >= 0.85
    assert np.median(gaps) < 0.5
    assert gaps.max() < 6


def _trial(op, x, /, **moves):
    return Trial.of(op, x, [iv.Translate.in_samples(x, moves)])


def test_a_signal_is_halved_at_a_whole_stride_along_the_axis_that_is_moved_along(photograph):
    x = photograph.isel(x=slice(0, 255))
    first, second = in_two_parts(_trial(iv.Subsample(stride={"x": 2}), x, x=1))
    assert (first.x.sizes["x"], second.x.sizes["x"]) == (126, 129)
    xr.testing.assert_identical(xr.concat([first.x, second.x], "x"), x)
    assert first.x.sizes["x"] % 2 == 0


def test_where_that_axis_wraps_or_is_too_short_it_is_halved_along_another(photograph):
    op = iv.MaxPool(window={"x": 4})
    for x in (ring(photograph, x=128), photograph.isel(x=slice(0, 200))):
        first, second = in_two_parts(_trial(op, x, x=1))
        assert first.x.sizes["x"] == second.x.sizes["x"] == x.sizes["x"]
        assert first.x.sizes["y"] == second.x.sizes["y"] == 128


def test_where_no_axis_ends_nothing_is_held_out(photograph):
    x = ring(photograph, x=64, y=64)
    assert in_two_parts(_trial(iv.MaxPool(window={"x": 4}), x, x=1)) is None
    found = iv.remedies(iv.MaxPool(window={"x": 4}), x, iv.Translate(x=1))
    assert all(np.isnan(each.held_out) for each in found)


def test_a_function_that_takes_one_length_only_is_not_halved():
    def fixed(values):
        if values.shape[-1] != 512:
            raise ValueError("512 samples, please")
        return np.tanh(values)

    x = iv.power_law_noise(iv.Axis("x", size=512), rng=1)
    op = iv.Apply(fixed, over="x", reach={"x": 0.0}) >> iv.Subsample(stride={"x": 2})
    assert in_two_parts(_trial(op, x, x=1)) is None
    assert iv.remedies(op, x, iv.Translate(x=1))[0].gain > 3
