"""Twenty more pipelines and inputs, written before anything of them was run.

Pictures of scikit-image that nothing else uses, recordings that no other set uses, and signals that
are made: nothing of it had a part in how ranges are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import xarray as xr

import invarsig as iv

DATA = Path(__file__).parents[2] / "data"

ALONG_X = ({"x": 1}, {"x": 2}, {"x": 3.5})
ALONG_Y = ({"y": 1}, {"y": 3}, {"y": 1.5})
BOTH = ({"y": 1}, {"x": 1}, {"y": 2, "x": 3}, {"y": 0.5, "x": 2.5})
IN_TIME = ({"time": 1}, {"time": 3}, {"time": 1.5})
IN_FRAMES = ({"time": 40}, {"time": 120}, {"time": 173})

CORNER = xr.DataArray([[1.0, -2, 1], [-2, 4, -2], [1, -2, 1]], dims=("y", "x"))
RIPPLE = xr.DataArray([-0.1, 0.3, 0.6, 0.3, -0.1], dims="time")

Case = tuple[iv.Operator, xr.DataArray, list[iv.Translate]]


def _of_both(kind, size, **more):
    return kind(window={"y": size, "x": size}, **more)


def _of_time(kind, size, **more):
    return kind(window={"time": size}, **more)


def _every(size, *dims):
    return iv.Subsample(stride=dict.fromkeys(dims, size))


# Name in skimage.data, the pipeline, and the moves: 320 px each way from the middle.
PICTURES = [
    ("moon", _of_both(iv.MaxPool, 3) >> iv.Softplus(), BOTH),
    ("page", iv.Convolve(CORNER, boundary="reflect") >> iv.Relu() >> _every(3, "y", "x"), ALONG_X),
    ("text", _of_both(iv.MeanPool, 3, boundary="symmetric") >> iv.Square(), ALONG_X),
    ("retina", iv.Tanh() >> _of_both(iv.MaxPool, 2), BOTH),
    (
        "hubble_deep_field",
        iv.GaussianBank({"y": 0.7, "x": 0.7}, boundary="reflect") >> _every(4, "y", "x"),
        ALONG_Y,
    ),
    ("cell", iv.BlurPool(taps=2, stride={"y": 3, "x": 3}) >> iv.Relu(), BOTH),
    (
        "immunohistochemistry",
        iv.GaborBank(("y", "x"), frequency=0.3, orientation=[0.5, 2.0], boundary="reflect")
        >> iv.Modulus()
        >> _of_both(iv.MeanPool, 2),
        ALONG_Y,
    ),
]
# Name, and the pipeline: 20 480 samples, or as many as there are, from a quarter of it on.
RECORDINGS = [
    ("instruments/cello_037", _of_time(iv.MaxPool, 4)),
    ("instruments/marimba_048", iv.Square() >> _every(3, "time")),
    ("instruments/piano_084", iv.Relu() >> _of_time(iv.LpPool, 4, boundary="reflect")),
    ("instruments/tenorsax_075", iv.Convolve(RIPPLE) >> iv.Modulus() >> _of_time(iv.MaxPool, 3)),
    ("digits/7_june", iv.Sigmoid() >> _every(2, "time")),
    ("music/morning_coffee", _of_time(iv.MeanPool, 4) >> iv.Tanh() >> _every(2, "time")),
]
# Name, and what follows a spectrogram of 160 samples every 80.
SPECTROGRAMS = [
    ("digits/3_carlo", _of_time(iv.MaxPool, 2)),
    ("speech/allison_en", iv.Log1p() >> _of_time(iv.MeanPool, 3)),
]


def _noise(exponent: float, seed: int, *axes: iv.Axis) -> xr.DataArray:
    return iv.power_law_noise(*axes, exponent=exponent, rng=seed)


def _chirp() -> xr.DataArray:
    time = np.arange(8192) / 8192
    return iv.label(np.sin(2 * np.pi * (200 * time + 900 * time**2)), iv.Axis("time"))


def _steps() -> xr.DataArray:
    rng = np.random.default_rng(40)
    levels = np.repeat(rng.standard_normal(600), rng.integers(3, 30, 600))
    return iv.label(levels[:8192], iv.Axis("time"))


def _beats() -> xr.DataArray:
    rng, time = np.random.default_rng(41), np.arange(8192)
    loud = np.exp(-(time % 1024) / 200.0)
    return iv.label(loud * rng.standard_normal(8192), iv.Axis("time"))


# What makes it, the pipeline, and the moves.
MADE: list[tuple[Callable[[], xr.DataArray], iv.Operator, tuple[dict[str, float], ...]]] = [
    (lambda: _noise(1.0, 42, iv.Axis("time", size=8192)), _of_time(iv.MaxPool, 4), IN_TIME),
    (
        lambda: _noise(1.0, 43, iv.Axis("y", size=256), iv.Axis("x", size=256)),
        iv.Relu() >> _of_both(iv.MeanPool, 4),
        BOTH,
    ),
    (_chirp, iv.Modulus() >> _of_time(iv.MeanPool, 4), IN_TIME),
    (_steps, _every(3, "time") >> iv.Gelu(), IN_TIME),
    (_beats, iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Relu() >> _every(2, "time"), IN_TIME),
]


def cases() -> Iterator[Case]:
    """All twenty."""
    for name, op, moves in PICTURES:
        x = _picture(name)
        yield op, x, [iv.Translate.in_samples(x, move) for move in moves]
    for name, op in RECORDINGS:
        x = _recording(name)
        yield op, x, [iv.Translate.in_samples(x, move) for move in IN_TIME]
    for name, op in SPECTROGRAMS:
        x = _recording(name)
        front = iv.Spectrogram.in_samples(x, window=160, hop=80, output="magnitude")
        yield front >> op, x, [iv.Translate.in_samples(x, move) for move in IN_FRAMES]
    for make, op, moves in MADE:
        x = make()
        yield op, x, [iv.Translate.in_samples(x, move) for move in moves]


def _picture(name: str) -> xr.DataArray:
    from skimage import data

    values = np.asarray(getattr(data, name)(), dtype=float) / 255
    values = values.mean(axis=-1) if values.ndim == 3 else values
    y, x = (max((size - 320) // 2, 0) for size in values.shape)
    part = values[y : y + 320, x : x + 320]
    return iv.label(part, iv.Axis("y", unit="px"), iv.Axis("x", unit="px"))


def _recording(name: str) -> xr.DataArray:
    x = iv.read_audio(DATA / f"{name}.flac")
    start = min(x.sizes["time"] // 4, max(x.sizes["time"] - 20480, 0))
    return x.isel(time=slice(start, start + 20480))
