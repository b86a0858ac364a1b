"""The square that does not close."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import ring


def test_it_is_move_then_operate_minus_operate_then_move(photograph):
    x = ring(photograph, x=64)
    op, move = iv.MaxPool(window={"x": 2}), iv.Translate(x=1)
    expected = op(move(x)).to_numpy() - move(op(x)).to_numpy()
    np.testing.assert_array_equal(iv.commutator(op, x, move), expected)


def test_it_stands_on_the_grid_of_the_output(photograph):
    x = ring(photograph, x=64)
    gap = iv.commutator(iv.MaxPool(window={"x": 2}), x, iv.Translate(x=1))
    assert gap["x"].values[:3].tolist() == iv.MaxPool(window={"x": 2})(x)["x"].values[:3].tolist()


def test_a_translation_acts_on_the_axis_of_the_same_name_whatever_the_stride(speech):
    """10 ms are 160 samples before, and 2.5 frames after; 40 ms are 10 frames, and exact."""
    x = ring(speech, time=64 * 320)
    op = iv.Spectrogram.in_samples(x, window=256, hop=64)
    assert float(np.abs(iv.commutator(op, x, iv.Translate(time=0.04))).max()) < 1e-15
    assert float(np.abs(iv.commutator(op, x, iv.Translate(time=0.01))).max()) > 1e-6


def test_a_dim_that_a_stage_creates_is_an_error_that_names_those_there_are(speech):
    op = iv.Spectrogram.in_samples(speech, window=256, hop=64)
    with pytest.raises(iv.errors.DimError, match=r"'frequency'.*'time'"):
        iv.commutator(op, speech, iv.Translate(frequency=100.0))


@pytest.mark.parametrize("names", [("frequency", "time"), ("y", "x")])
def test_the_same_code_serves_a_spectrogram_and_a_picture(spectrogram, names):
    """The same values under other names give the same numbers, bit for bit."""
    values = spectrogram.isel(frequency=slice(0, 120), time=slice(0, 160)).to_numpy()
    rows, columns = names
    taps = np.random.default_rng(1).standard_normal((3, 3))

    def chain(a: str, b: str) -> iv.Pipeline:
        kernel = xr.DataArray(taps, dims=(a, b))
        return iv.Convolve(kernel) >> iv.Relu() >> iv.MaxPool(window={a: 3, b: 4})

    def run(a: str, b: str) -> np.ndarray:
        axes = (iv.Axis(a, unit="px", period=120.0), iv.Axis(b, unit="px", period=160.0))
        x = iv.label(values, *axes)
        return iv.commutator(chain(a, b), x, iv.Translate({b: 1.0})).to_numpy()

    reference = run("frequency", "time")
    np.testing.assert_array_equal(run(rows, columns), reference)
    renamed = chain("frequency", "time").rename({"frequency": rows, "time": columns})
    x = iv.label(values, rows, columns)
    np.testing.assert_array_equal(renamed(x), chain(rows, columns)(x))
