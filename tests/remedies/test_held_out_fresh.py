"""What remedies gain on held-out parts, of twenty more pipelines and inputs.

`test_held_out.py` was looked at while limits were chosen. This set was written after the last of
them and run once; what came out stands here as it came. ``data/`` has no picture that was never
used: of pictures and textures a part is taken, and it goes through another pipeline. Of the
recordings none was used to tune.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.remedies import recommend

DATA = Path(__file__).parents[2] / "data"
TARGET = -40.0

ALONG_Y = ({"y": 1}, {"y": 2}, {"y": 1.5})
BOTH = ({"y": 1}, {"x": 1}, {"y": 2, "x": 3}, {"y": 0.5, "x": 1.5})
IN_FRAMES = ({"time": 32}, {"time": 64}, {"time": 83.5})
IN_TIME = ({"time": 1}, {"time": 2}, {"time": 3.5})

LAPLACE = xr.DataArray([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], dims=("y", "x"))
BOX = xr.DataArray(np.full((5, 5), 1 / 25), dims=("y", "x"))
DIFFERENCE = xr.DataArray([0.5, 0.0, -0.5], dims="time")
ANGLES = (0.3, 1.3, 2.3)


def _pool(kind, size, boundary=None, dims=("y", "x"), **more):
    return kind(window=dict.fromkeys(dims, size), boundary=boundary, **more)


def _every(size, dims=("y", "x")):
    return iv.Subsample(stride=dict.fromkeys(dims, size))


# Name, where the part begins in both directions, the pipeline, and the moves.
PICTURES = [
    (
        ("images/camera", 60),
        iv.GaborBank(("y", "x"), frequency=0.15, orientation=ANGLES, boundary="zero")
        >> iv.Modulus()
        >> _pool(iv.MeanPool, 3),
        BOTH,
    ),
    (
        ("images/astronaut", 20),
        iv.GaussianBank(sigma={"y": 1.0, "x": 1.0}, boundary="reflect")
        >> iv.Relu()
        >> _pool(iv.MaxPool, 5),
        BOTH,
    ),
    (
        ("images/chelsea", 10),
        iv.Convolve(LAPLACE, boundary="reflect") >> iv.Square() >> _pool(iv.MeanPool, 4),
        ALONG_Y,
    ),
    (
        ("images/coffee", 30),
        iv.LogGaborBank(("y", "x"), frequency=0.12, orientation=ANGLES, boundary="symmetric")
        >> iv.Modulus()
        >> _every(4),
        BOTH,
    ),
    (
        ("images/coins", 50),
        _pool(iv.MaxPool, 3, "valid", stride={"y": 2, "x": 2}),
        BOTH,
    ),
    (("images/rocket", 40), iv.Tanh() >> _pool(iv.LpPool, 3, "symmetric"), ALONG_Y),
    (
        ("textures/brick", 310),
        iv.Convolve(BOX, boundary="zero") >> iv.Softplus() >> _every(6),
        BOTH,
    ),
    (
        ("textures/grass", 285),
        iv.GaborBank(("y", "x"), frequency=0.2, orientation=ANGLES, boundary="valid")
        >> iv.Modulus()
        >> _pool(iv.MaxPool, 2),
        ALONG_Y,
    ),
    (("textures/gravel", 305), _pool(iv.MedianPool, 5, stride={"y": 2, "x": 2}), BOTH),
    (("textures/stars", 300), _pool(iv.MaxPool, 4, "zero") >> iv.Softplus(), ALONG_Y),
    (
        ("textures/tissue", 295),
        iv.BlurPool(taps=2, stride={"y": 3, "x": 3}, boundary="reflect")
        >> iv.Relu()
        >> _pool(iv.MeanPool, 2),
        BOTH,
    ),
]


def _spectrogram(x, **more):
    return iv.Spectrogram.in_samples(x, window=256, hop=64, **more)


# Name, samples that are cut, and the pipeline for them.
RECORDINGS = [
    (
        "speech/goforward",
        16384,
        lambda x: _spectrogram(x, output="dB", floor=-60.0) >> _pool(iv.MaxPool, 2, dims=["time"]),
    ),
    (
        "speech/librivox_0870",
        6144,
        lambda _: (
            iv.GaborBank("time", frequency=[0.03, 0.08], boundary="reflect")
            >> iv.Modulus()
            >> _every(5, ["time"])
        ),
    ),
    ("environment/crow", 6144, lambda _: iv.Relu() >> _pool(iv.MaxPool, 6, dims=["time"])),
    (
        "environment/vinyl_hiss",
        6144,
        lambda _: iv.Convolve(DIFFERENCE, boundary="valid") >> _every(5, ["time"]),
    ),
    (
        "instruments/marimba_060",
        16384,
        lambda x: _spectrogram(x) >> iv.Log1p() >> _pool(iv.MeanPool, 3, dims=["time"]),
    ),
    (
        "instruments/tenorsax_055",
        6144,
        lambda _: iv.Modulus() >> _pool(iv.LpPool, 5, "reflect", ["time"]),
    ),
    (
        "instruments/piano_070",
        6144,
        lambda _: _every(2, ["time"]) >> iv.Gelu() >> _pool(iv.MeanPool, 3, dims=["time"]),
    ),
    (
        "instruments/marimba_084",
        6144,
        lambda _: iv.Square() >> _pool(iv.MeanPool, 4, "symmetric", ["time"]),
    ),
    (
        "instruments/cello_061",
        6144,
        lambda _: (
            iv.GaussianBank(sigma={"time": 2.0}, stride={"time": 3}, boundary="zero")
            >> iv.Tanh()
            >> _every(2, ["time"])
        ),
    ),
]


def _cases() -> Iterator[tuple[iv.Operator, xr.DataArray, list[iv.Translate]]]:
    for (name, start), op, moves in PICTURES:
        x = iv.read_image(DATA / f"{name}.png")
        x = x.isel(dict.fromkeys(("y", "x"), slice(start, start + 192)))
        yield op, x, [iv.Translate.in_samples(x, move) for move in moves]
    for name, count, make in RECORDINGS:
        x = iv.read_audio(DATA / f"{name}.flac")
        start = (x.sizes["time"] - count) // 2
        x = x.isel(time=slice(start, start + count))
        moves = IN_FRAMES if count > 6144 else IN_TIME
        yield make(x), x, [iv.Translate.in_samples(x, move) for move in moves]


@cache
def _gaps() -> list[float | None]:
    """By how many dB the gain of the recommended remedy is another one on the held-out part.

    NaN where nothing could be held out, None where there is no remedy.
    """
    gaps: list[float | None] = []
    for op, x, moves in _cases():
        best = recommend(iv.remedies(op, x, moves, target=TARGET), TARGET).recommended
        gaps.append(None if best is None else abs(best.held_out - best.gain))
    assert len(gaps) == 20
    return gaps


@pytest.mark.nightly
def test_gains_of_fresh_cases_hold_within_2_dB_for_13_of_the_15_that_can_be_held_to_it():
    """What was wanted is nine in ten, and it is NOT reached: 13 of 15 are 87 %.

    The two that miss: recordings at gains of 63 dB (2.0 and 2.5 dB less held out). A third one, a
    spectrogram's error of .15 % that became .14 %, is within the target as it is, and since that
    was seen nothing is recommended there.
    """
    known = np.array([gap for gap in _gaps() if gap is not None and np.isfinite(gap)])
    assert len(known) == 15
    assert (known <= 2).sum() == 13
    assert known.max() < 2.5


@pytest.mark.nightly
def test_of_the_other_five_two_are_too_short_to_be_halved_and_three_have_no_remedy():
    """A half of 192 px at a stride of 3 and 5 has no fraction of an output sample inside."""
    gaps = _gaps()
    assert [place for place, gap in enumerate(gaps) if gap is None] == [12, 15, 19]
    assert [place for place, gap in enumerate(gaps) if gap is not None and np.isnan(gap)] == [0, 1]
