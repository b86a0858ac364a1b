"""Sweeps over shifts: by moving the input, and by reading them off the lift."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.aliasing.shifts import default_lengths
from invarsig.errors import AxisError, ParameterError, UnexplainedError
from invarsig.operators.work import work
from tests.conftest import ring

PIPELINES = [
    iv.MaxPool(window={"x": 4}),
    iv.GaussianBank(sigma={"x": 1.0}, stride={"x": 2}) >> iv.Relu() >> iv.MaxPool(window={"x": 3}),
    iv.GaborBank("x", [0.1, 0.2], stride={"x": 4}),
    iv.GaborBank("x", [0.1, 0.2]) >> iv.Modulus() >> iv.MeanPool(window={"x": 4}),
]


@pytest.mark.parametrize("op", PIPELINES, ids=str)
def test_the_lift_holds_every_whole_shift(photograph, op):
    x = ring(photograph, x=96, y=8)
    one, other = (iv.aliasing.sweep(op, x, "x", method=method) for method in ("shifting", "lift"))
    np.testing.assert_allclose(one, other, atol=1e-10)
    moves = [iv.Translate(x=float(d)) for d in one["length"]]
    np.testing.assert_allclose(one, iv.equivariance_error(op, x, moves), atol=1e-12)


def test_several_axes_are_moved_along_together(photograph):
    x = ring(photograph, x=48, y=24)
    op = iv.GaussianBank(sigma={"y": 0.7, "x": 0.7}) >> iv.MaxPool(window={"y": 2, "x": 3})
    one, other = (iv.aliasing.sweep(op, x, ["y", "x"], method=m) for m in ("shifting", "lift"))
    np.testing.assert_allclose(one, other, atol=1e-10)
    for dy in one["length_y"].values:
        for dx in one["length_x"].values:
            error = iv.equivariance_error(op, x, iv.Translate(y=dy, x=dx))
            assert float(one.sel(length_y=dy, length_x=dx)) == pytest.approx(
                float(error), abs=1e-12
            )
    assert one.attrs["worst"] == float(one.max())


def test_a_front_end_is_swept_on_the_grid_of_its_hop(speech):
    x = ring(speech, time=64 * 100)
    op = iv.Spectrogram.in_samples(x, window=128, hop=64) >> iv.MaxPool(window={"time": 2})
    one, other = (iv.aliasing.sweep(op, x, "time", method=m) for m in ("shifting", "lift"))
    np.testing.assert_allclose(one, other, atol=1e-10)


def test_the_cheaper_way_is_chosen(photograph):
    x = ring(photograph, x=96, y=8)
    bank = iv.GaussianBank(sigma={"x": 2.0}) >> iv.MaxPool(window={"x": 8})
    # Eight shifts, of which the lift has the bank run but once.
    assert work(bank, x, {"x": 1}) < 8 * work(bank, x)
    assert iv.aliasing.sweep(bank, x, "x").attrs["method"] == "lift"
    assert iv.aliasing.sweep(bank, x, "x", shifts={"x": [1.0]}).attrs["method"] == "shifting"


def test_what_treats_places_apart_is_not_read_off_a_lift(photograph, rng):
    x = ring(photograph, x=16, y=8)
    weights = xr.DataArray(rng.standard_normal((16, 3)), dims=("x", "x_tap"))
    op = iv.LocallyConnected(weights) >> iv.MaxPool(window={"x": 8})
    found = iv.aliasing.sweep(op, x, "x")
    assert found.attrs["method"] == "shifting"
    moves = [iv.Translate(x=float(d)) for d in found["length"]]
    np.testing.assert_allclose(found, iv.equivariance_error(op, x, moves), atol=1e-12)


def test_default_shifts_are_whole_and_incommensurate():
    lengths = default_lengths(iv.Axis("x", step=0.5), 12, 1)
    samples = np.array(lengths) / 0.5
    whole = np.isclose(samples, samples.round())
    assert (~whole).sum() == 2
    assert samples[whole].tolist() == [1, 3, 4, 6, 7, 9, 10, 12]


@pytest.mark.parametrize("step", [1.0, -0.5, 1 / 16000])
def test_half_a_stride_is_always_among_the_default_shifts(step):
    for stride in range(1, 301):
        for grid in (each for each in range(1, stride + 1) if stride % each == 0):
            lengths = np.array(default_lengths(iv.Axis("x", step=step), stride, grid)) / abs(step)
            assert np.isclose(lengths, stride / 2).any(), (stride, grid)
            on_grid = lengths[np.isclose(lengths / grid, (lengths / grid).round())]
            assert on_grid.size <= 10  # 0.37 and 0.61 of it may be whole, too
            assert np.isclose(on_grid.max(), stride)
            assert on_grid.size == len(set(on_grid.round(9)))


def test_what_cannot_be_swept_is_refused(photograph):
    with pytest.raises(AxisError, match="periodized"):
        iv.aliasing.sweep(iv.MaxPool(window={"x": 2}), photograph, "x")
    x = ring(photograph, x=16)
    with pytest.raises(UnexplainedError, match="measure invariance"):
        iv.aliasing.sweep(iv.GlobalPool("x"), x, "x")
    with pytest.raises(ParameterError, match="at least one"):
        iv.aliasing.sweep(iv.Relu(), x, "x", shifts={"x": []})
    with pytest.raises(ParameterError, match="No dim"):
        iv.aliasing.sweep(iv.Relu(), x, [])
