"""What remedies gain on held-out parts, of a third set of twenty pipelines and inputs.

Written after `recommend` learned to recommend nothing where the pipeline reaches the target as it
is, and before anything of it was run. The pipelines are of other kinds than those of the two
earlier sets, the parts of pictures are others, and so are the recordings, but for three of speech.
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

ALONG_X = ({"x": 1}, {"x": 3}, {"x": 2.5})
BOTH = ({"y": 1}, {"x": 2}, {"y": 3, "x": 1}, {"y": 1.5, "x": 0.5})
IN_TIME = ({"time": 1}, {"time": 3}, {"time": 2.5})
IN_FRAMES = ({"time": 50}, {"time": 100}, {"time": 161})

EDGE = xr.DataArray([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dims=("y", "x"))
BELL = xr.DataArray([0.1, 0.25, 0.3, 0.25, 0.1], dims="time")


def _of_both(kind, size, **more):
    return kind(window={"y": size, "x": size}, **more)


def _of_time(kind, size, **more):
    return kind(window={"time": size}, **more)


# Name, the pipeline, and the moves: the last 192 px each way.
PICTURES = [
    ("camera", iv.Convolve(EDGE) >> iv.Modulus() >> _of_both(iv.MaxPool, 3), BOTH),
    ("astronaut", iv.Subsample(stride={"y": 3, "x": 3}), ALONG_X),
    (
        "chelsea",
        iv.GaborBank(("y", "x"), frequency=0.25, orientation=[0.0, 1.5], boundary="reflect")
        >> iv.Square()
        >> _of_both(iv.MeanPool, 4),
        BOTH,
    ),
    (
        "coffee",
        iv.Convolve(EDGE, boundary="symmetric") >> iv.Relu() >> iv.Subsample({"y": 2, "x": 2}),
        BOTH,
    ),
    ("coins", iv.Sigmoid() >> _of_both(iv.LpPool, 4, boundary="reflect"), ALONG_X),
    (
        "rocket",
        iv.DifferenceOfGaussians({"y": 1.0, "x": 1.0}) >> iv.Modulus() >> _of_both(iv.MaxPool, 2),
        BOTH,
    ),
]
TEXTURES = [
    ("brick", _of_both(iv.MaxPool, 4, boundary="symmetric"), ALONG_X),
    ("grass", iv.BlurPool(taps=2, stride={"y": 4, "x": 4}), BOTH),
    (
        "gravel",
        iv.Convolve(EDGE, boundary="valid") >> iv.Gelu() >> _of_both(iv.MaxPool, 2),
        BOTH,
    ),
    ("stars", _of_both(iv.MeanPool, 5, boundary="zero"), ALONG_X),
]
# Name, and the pipeline: 12 288 samples from a third of the recording on.
RECORDINGS = [
    ("instruments/piano_050", _of_time(iv.MaxPool, 3)),
    ("instruments/cello_070", iv.Relu() >> iv.Subsample({"time": 4})),
    ("instruments/tenorsax_066", iv.Convolve(BELL) >> iv.Square() >> iv.Subsample({"time": 3})),
    ("instruments/marimba_072", iv.Tanh() >> _of_time(iv.MeanPool, 5)),
    (
        "environment/bell",
        iv.GaborBank("time", frequency=[800.0, 3000.0]) >> iv.Modulus() >> _of_time(iv.MaxPool, 4),
    ),
    ("music/tabla_loop", _of_time(iv.LpPool, 4, boundary="symmetric") >> iv.Tanh()),
    ("speech/librivox_0870", iv.Subsample({"time": 2}) >> _of_time(iv.MaxPool, 2)),
]
# Name, and what follows a spectrogram of 200 samples every 100.
SPECTROGRAMS = [
    ("speech/carlo_it", _of_time(iv.MaxPool, 3)),
    ("speech/june_fr", iv.Relu() >> _of_time(iv.MeanPool, 2)),
    ("music/guitar_em9", iv.Subsample({"time": 4})),
]


def _cases() -> Iterator[tuple[iv.Operator, xr.DataArray, list[iv.Translate]]]:
    for folder, rows in (("images", PICTURES), ("textures", TEXTURES)):
        for name, op, moves in rows:
            part = iv.read_image(DATA / folder / f"{name}.png")
            part = part.isel(y=slice(-192, None), x=slice(-192, None))
            yield op, part, [iv.Translate.in_samples(part, move) for move in moves]
    for name, op in RECORDINGS:
        part = _recording(name, 12288)
        yield op, part, [iv.Translate.in_samples(part, move) for move in IN_TIME]
    for name, op in SPECTROGRAMS:
        part = _recording(name, 20480)
        front = iv.Spectrogram.in_samples(part, window=200, hop=100, output="magnitude")
        yield front >> op, part, [iv.Translate.in_samples(part, move) for move in IN_FRAMES]


def _recording(name: str, most: int) -> xr.DataArray:
    x = iv.read_audio(DATA / f"{name}.flac")
    start = min(x.sizes["time"] // 3, max(x.sizes["time"] - most, 0))
    return x.isel(time=slice(start, start + most))


@cache
def _gaps() -> list[float | str]:
    """By how many dB the gain is another one on the held-out part; or why there is no such gain."""
    found: list[float | str] = []
    for op, x, moves in _cases():
        listed = iv.remedies(op, x, moves, target=TARGET)
        best = recommend(listed, TARGET).recommended
        if best is not None:
            gap = abs(best.held_out - best.gain)
            found.append(float(gap) if np.isfinite(gap) else "too short")
        elif listed and max(each.before for each in listed) <= 10 ** (TARGET / 20):
            found.append("nothing needed")
        else:
            found.append("nothing helps")
    return found


@pytest.mark.nightly
def test_of_the_third_set_10_of_14_gains_hold_within_2_dB():
    """What was wanted is nine in ten, and it is NOT reached: 71 %, run once and left as it came.

    A gain is of the signal that it was measured on. Two halves of a recording of drums differ by
    13 dB, speech by 2.7 and 3.9 dB, a picture of a rocket before the sky by 2.8 dB.
    """
    known = np.array([gap for gap in _gaps() if not isinstance(gap, str)])
    assert len(known) == 14
    assert (known <= 2).sum() == 10
    assert np.median(known) < 1.2
    assert known.max() < 14


@pytest.mark.nightly
def test_of_the_other_six_five_are_too_short_to_be_halved_and_one_needs_nothing():
    gaps = _gaps()
    short = [place for place, gap in enumerate(gaps) if gap == "too short"]
    assert short == [0, 2, 7, 17, 19]
    assert [place for place, gap in enumerate(gaps) if gap == "nothing needed"] == [13]
