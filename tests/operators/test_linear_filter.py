"""Frequency responses and safe strides, known before any data is seen."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import DimError, ParameterError


def test_a_response_is_in_the_units_of_the_axis():
    time = iv.Axis("time", step=1 / 800, unit="s", period=1.0)
    response = iv.GaborBank("time", frequency=[100.0, 200.0]).frequency_response(time)
    assert response.time_frequency.attrs["units"] == "Hz"
    np.testing.assert_allclose(abs(response).idxmax("time_frequency"), [100.0, 200.0])
    at = iv.BlurPool(taps=3, stride={"time": 2}).frequency_response(
        time, {"time": [0.0, 200.0, 400.0]}
    )
    np.testing.assert_allclose(at, [1.0, 0.5, 0.0], atol=1e-15)


def test_positions_that_run_backwards_turn_the_response_round():
    forth, back = (iv.Axis("x", step=step, size=8) for step in (0.5, -0.5))
    bank = iv.GaborBank("x", frequency=0.3)
    xr.testing.assert_allclose(bank.frequency_response(forth), bank.frequency_response(back))


@pytest.mark.parametrize("size", [64, 96])
@pytest.mark.parametrize("stride", [2, 4, 8])
def test_the_share_that_folds_is_that_of_white_noise(size, stride):
    """The predicted share is the mean of measured ones: noise, lifted and folded."""
    op = iv.GaussianBank(sigma={"x": [1.0, 2.5]}, stride={"x": stride})
    axis = iv.Axis("x", size=size, period=float(size))
    noise = np.random.default_rng(3).standard_normal((4000, size))
    power = iv.fold(iv.lift(op, iv.label(noise, "draw", axis), "x"), "x", stride)
    power = power.sum([dim for dim in power.dims if dim not in ("scale", "image")])
    measured = 1 - power.sel(image=0) / power.sum("image")
    predicted = op.folded_share(axis, stride)
    # The bin at the edge of the band belongs to one side or the other.
    edge = 3 / size
    np.testing.assert_allclose(measured, predicted, rtol=0.1, atol=edge * predicted.max())


def test_a_safe_stride_is_by_highest_frequency_for_real_channels_and_by_bandwidth_for_complex():
    time = iv.Axis("time", step=1e-3, size=1000, unit="s")
    narrow = iv.GaborBank("time", frequency=200.0, bandwidth=0.2, truncate=5)
    real = iv.GaborBank("time", frequency=200.0, bandwidth=0.2, truncate=5, part="real")
    assert narrow.safe_stride(time) > 5 * real.safe_stride(time)
    assert real.safe_stride(time) == 2
    for db in (-20.0, -60.0):
        stride = narrow.safe_stride(time, db=db)
        assert narrow.folded_share(time, stride).item() <= 10 ** (db / 10)
        assert narrow.folded_share(time, stride + 1).item() > 10 ** (db / 10)


def test_a_gaussian_of_twice_the_width_may_take_twice_the_stride():
    x = iv.Axis("x", size=512)
    strides = [iv.GaussianBank(sigma={"x": sigma}).safe_stride(x) for sigma in (4.0, 8.0, 16.0)]
    assert abs(strides[1] - 2 * strides[0]) <= 1
    assert abs(strides[2] - 4 * strides[0]) <= 3


@pytest.mark.parametrize("sigma", [10.0, 120.0, 200.0])
@pytest.mark.parametrize("dims", ["x", "xy"])
def test_a_wide_gaussian_has_the_safe_stride_of_the_integral(dims, sigma):
    """``erfc(pi sigma / s) = 1e-6`` at ``s = pi sigma / 3.459``, however fine the grid must be."""
    axes = [iv.Axis(dim) for dim in dims]
    op = iv.GaussianBank(sigma=dict.fromkeys(dims, sigma), truncate=5)
    assert op.safe_stride(axes, "x") == pytest.approx(np.pi * sigma / 3.459, rel=0.02, abs=1)


@pytest.mark.parametrize(
    "op",
    [
        iv.GaussianBank(sigma={"x": 8.0}, truncate=2),
        iv.GaborBank("x", 0.05),
        iv.GaussianDerivativeBank({"x": 8.0}, {"x": 2}),
    ],
    ids=str,
)
def test_what_cut_taps_fold_is_counted(op):
    """At the stride of the closed form they fold ten times more than allowed: measured on noise."""
    axis = iv.Axis("x", size=6000, period=6000.0)
    stride = op.safe_stride(axis, db=-50.0)
    noise = iv.label(np.random.default_rng(3).standard_normal((50, 6000)), "draw", axis)
    for by in (stride, 15):
        power = iv.fold(op(noise), "x", by)
        power = power.sum([dim for dim in power.dims if dim != "image"])
        measured = float(1 - power.sel(image=0) / power.sum("image"))
        said = op.folded_share(axis, by).item()
        assert 10 * np.log10(max(measured, 1e-12)) == pytest.approx(
            10 * np.log10(max(said, 1e-12)), abs=1.0
        )
    assert op.folded_share(axis, stride).item() <= 1e-5


def test_with_several_dims_one_is_named():
    op = iv.GaussianBank(sigma={"y": 2.0, "x": 6.0})
    axes = [iv.Axis("y"), iv.Axis("x")]
    assert op.safe_stride(axes, "x") > op.safe_stride(axes, "y")
    with pytest.raises(DimError, match="name one of them"):
        op.safe_stride(axes)
    with pytest.raises(DimError, match="lacks"):
        op.safe_stride(iv.Axis("y"), "y")


@pytest.mark.parametrize("db", [0.0, 3.0, float("nan")])
def test_a_level_that_is_none_is_refused(db):
    with pytest.raises(ParameterError, match="decibels below 0"):
        iv.BlurPool(stride={"x": 2}).safe_stride(iv.Axis("x"), db=db)


def test_frequencies_along_other_dims_are_refused():
    with pytest.raises(DimError, match="does not filter along 'y'"):
        iv.BlurPool(stride={"x": 2}).frequency_response(iv.Axis("x"), {"y": [0.1]})
