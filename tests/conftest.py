"""Real input for tests that say so, and one generator of random numbers for each test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import invarsig as iv

# Scripts that make frozen references, from packages that the tests do not need.
collect_ignore = ["references"]

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, in whichever order they run."""
    return np.random.default_rng(20260)


def ring(x: xr.DataArray, /, **sizes: int) -> xr.DataArray:
    """The middle of an array, declared to go round along some dims."""
    for dim, size in sizes.items():
        start = (x.sizes[dim] - size) // 2
        x = x.isel({dim: slice(start, start + size)})
        axis = iv.axis_of(x, dim)
        attrs = {**x[dim].attrs, "period": size * abs(axis.step)}
        x = x.assign_coords({dim: (dim, x[dim].to_numpy(), attrs)})
    return x


@pytest.fixture(scope="session")
def photograph() -> xr.DataArray:
    """A photograph, gray, 256 x 256."""
    return iv.read_image(DATA / "images" / "camera.png")


@pytest.fixture(scope="session")
def speech() -> xr.DataArray:
    """A sentence of speech at 16 kHz."""
    return iv.read_audio(DATA / "speech" / "goforward.flac")


@pytest.fixture(scope="session")
def spectrogram(speech: xr.DataArray) -> xr.DataArray:
    """A spectrogram of that sentence, in dB."""
    return iv.Spectrogram.in_samples(speech, window=256, hop=64, output="dB", floor=-60.0)(speech)
