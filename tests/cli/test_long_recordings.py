"""A long recording is reported part by part, and says what a short one does."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import xarray as xr

import invarsig as iv
from invarsig.cli import grids, inputs
from invarsig.cli.grids import GridOptions
from invarsig.cli.inputs import Input
from invarsig.errors import ParameterError

RATE = 8000


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """Write a recording, and read it as one in memory and as a long one."""

    def both(values, channel=None):
        path = tmp_path / "a.wav"
        soundfile.write(path, values, RATE, subtype="DOUBLE")
        short = Input.read(path, channel)
        monkeypatch.setattr(inputs, "LONG", 1000)
        found = Input.read(path, channel)
        monkeypatch.undo()
        return short, found

    return both


@pytest.mark.parametrize("channel", [None, "1", "2"])
def test_it_is_opened_and_has_the_same_samples_and_the_same_note(sounds, rng, channel):
    short, long = sounds(0.1 * rng.standard_normal((5000, 2)), channel)
    assert type(short.x.variable._data) is np.ndarray
    assert type(long.x.variable._data) is not np.ndarray
    assert long.note == short.note
    np.testing.assert_allclose(long.x, short.x, rtol=1e-15)
    assert long.in_memory().x.dims == short.x.dims


def test_one_channel_is_the_same_to_the_last_bit(sounds, rng):
    short, long = sounds(0.1 * rng.standard_normal(5000))
    xr.testing.assert_identical(long.in_memory().x, short.x)
    assert iv.axis_of(long.x, "time") == iv.axis_of(short.x, "time")


def test_channels_that_cancel_are_refused_without_being_read_at_once(tmp_path, monkeypatch, rng):
    one = 0.1 * rng.standard_normal(5000)
    soundfile.write(tmp_path / "a.wav", np.stack([one, -one], axis=1), RATE, subtype="DOUBLE")
    monkeypatch.setattr(inputs, "LONG", 1000)
    with pytest.raises(ParameterError, match="cancel each other"):
        Input.read(tmp_path / "a.wav")


def test_a_long_grid_is_opened_and_reported_as_one_in_memory(tmp_path, monkeypatch, rng):
    np.save(tmp_path / "a.npy", rng.standard_normal((50, 64)))
    options = GridOptions.of(None, ["time=1s", "lon=3degrees_east"])
    short = Input.read(tmp_path / "a.npy", grid=options)
    monkeypatch.setattr(grids, "LONG", 1000)
    long = Input.read(tmp_path / "a.npy", grid=options)
    assert type(short.x.variable._data) is np.ndarray
    assert type(long.x.variable._data) is not np.ndarray
    xr.testing.assert_identical(long.in_memory().x, short.x)
