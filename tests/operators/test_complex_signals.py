"""Signals that are complex themselves: channels filtered out of them keep their rule for bins."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.axes import Axes
from invarsig.testing.discovery import examples_of, public_operators

TURNING = xr.DataArray([0.2, 1.0, 0.3j, -0.5], dims="x")
BANKS = {
    "gabor": iv.GaborBank("x", [0.4]),
    "gabors": iv.GaborBank("x", [0.25, 0.45]),
    "morlet": iv.MorletBank("x", [0.25]),
    "log-gabor": iv.LogGaborBank("x", [0.3]),
    "complex taps": iv.Convolve(TURNING),
    "real taps": iv.Convolve(xr.DataArray([1.0, 2.0, -0.5], dims="x")),
    "blur": iv.BlurPool(taps=3, stride={"x": 1}),
}
SECOND = {"gabor": iv.GaborBank("x", [0.1]), "complex taps": iv.Convolve(TURNING)}


def noise(size: int, rng: np.random.Generator, **axis: float) -> xr.DataArray:
    """Complex white noise on a periodic axis: energy in every bin, the Nyquist bin included."""
    values = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    step = axis.get("step", 1.0)
    return iv.label(values, iv.Axis("x", period=size * abs(step), **axis))


@pytest.mark.parametrize("size", [64, 63])
@pytest.mark.parametrize("step", [1.0, -0.25])
@pytest.mark.parametrize("bank", BANKS)
def test_a_filter_without_a_stride_commutes_with_fractions_of_a_sample(bank, size, step, rng):
    x, op = noise(size, rng, step=step), BANKS[bank]
    move = iv.Translate.in_samples(x, {"x": 0.37})
    assert float(iv.equivariance_error(op, x, move)) < 1e-14
    assert float(iv.measures.lie_derivative(op, x, move, norm="motion")) < 1e-10


@pytest.mark.parametrize("size", [64, 60])
@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("signal", ["real", "complex"])
def test_channels_of_channels_keep_the_first_ones_rule(signal, second, stride, size, rng):
    x = noise(size, rng)
    first = iv.GaborBank("x", [0.2, 0.45, 0.3], stride={"x": stride})
    channels = first(x if signal == "complex" else x.real).rename(band="first")
    move = iv.Translate(x=0.37)
    # Further filters, too: the third is filtered out of channels of channels.
    op = SECOND[second] >> iv.Convolve(TURNING)
    assert float(iv.equivariance_error(op, channels, move)) < 1e-14


def test_what_folds_at_a_stride_is_predicted_of_complex_signals_too(rng):
    x = noise(64, rng)
    op = iv.GaborBank("x", [0.4], bandwidth=0.5, stride={"x": 4})
    moves = [iv.Translate(x=shift) for shift in (1.0, 2.0, 0.37)]
    found = iv.predict_error(op, x, moves)
    np.testing.assert_allclose(found, iv.equivariance_error(op, x, moves), rtol=1e-9)


def test_the_law_catches_a_channel_about_another_frequency(rng):
    x, op = noise(64, rng), BANKS["gabor"]
    y = op(x)
    bare = y.assign_coords(x_center_frequency=("band", [0.4], {"units": "cycles/sample"}))
    move = iv.Translate(x=0.37)
    gap = iv.difference(op(move(x)), move(bare))
    assert float(np.linalg.norm(gap) / np.linalg.norm(y)) > 0.3


@pytest.mark.nightly
@pytest.mark.parametrize("cls", public_operators(), ids=lambda cls: cls.__name__)
def test_every_linear_operator_keeps_the_rule_of_a_complex_signal(cls, rng):
    for op, given in examples_of(cls, rng):
        if not getattr(op, "linear", False):
            continue
        values = rng.standard_normal(given.shape) + 1j * rng.standard_normal(given.shape)
        for dim in (str(dim) for dim in op.dims if dim in given.dims):
            try:
                axis = iv.axis_of(given, dim)
                dense = op.bounded(None).unstrided([dim])
                ring = (dim, axis.coordinate(), {"period": axis.size * abs(axis.step)})
                x = given.copy(data=values.astype(complex)).assign_coords({dim: ring})
                y = dense(x)
            except iv.errors.InvarsigError:
                continue  # labels that are not places, values that have to be real
            if dim in y.dims and op.plan(Axes.of(x)).shares(dim):
                move = iv.Translate.in_samples(x, {dim: 0.37})
                error = iv.equivariance_error(dense, x, move, protocol="periodic")
                assert float(error) < 1e-10, (op, dim)
