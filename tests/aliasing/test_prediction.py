"""Predicted from the spectrum, measured by shifting: the same number where theory is exact."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from tests.conftest import ring


def pipeline(dim: str, stride: int, rng: np.random.Generator) -> iv.Pipeline:
    taps = rng.standard_normal((2, 5))
    kernels = xr.DataArray(taps - taps.mean(1, keepdims=True), dims=("filter", dim))
    return iv.Convolve(kernels) >> iv.Relu() >> iv.MaxPool(window={dim: 3}, stride={dim: stride})


@pytest.mark.parametrize("dim", ["x", "y"])
@pytest.mark.parametrize("stride", [2, 3, 4, 8])
@pytest.mark.parametrize("length", [9, 10], ids=["odd", "even"])
def test_every_whole_shift_is_predicted_on_a_photograph(photograph, rng, dim, stride, length):
    x = ring(photograph, **{dim: stride * length * 2})
    shifts = [iv.Translate.in_samples(x, {dim: d}) for d in range(-stride, stride + 1)]
    errors = iv.folding_errors(pipeline(dim, stride, rng), x, shifts)
    assert bool(errors["exact"].all())
    assert float(errors["measured"].max()) > 1e-2
    for part in ("", "_nyquist", "_rest"):
        np.testing.assert_allclose(
            errors["measured" + part], errors["predicted" + part], atol=1e-10
        )


@pytest.mark.parametrize("stride", [2, 3, 4, 8])
def test_every_whole_shift_is_predicted_on_a_spectrogram(spectrogram, rng, stride):
    x = ring(spectrogram, time=stride * 24)
    shifts = [iv.Translate.in_samples(x, time=d) for d in range(1, stride + 1)]
    errors = iv.folding_errors(pipeline("time", stride, rng), x, shifts)
    np.testing.assert_allclose(errors["measured"], errors["predicted"], atol=1e-10)


@pytest.mark.parametrize("length", [31, 32], ids=["odd", "even"])
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_fractional_shifts_are_predicted_for_linear_pipelines(photograph, rng, stride, length):
    x = ring(photograph, x=stride * 2 * length)
    kernels = xr.DataArray(rng.standard_normal((2, 5)), dims=("filter", "x"))
    linear = iv.Convolve(kernels, stride={"x": 2}) >> iv.BlurPool(taps=3, stride={"x": stride})
    shifts = [iv.Translate(x=d) for d in (0.37, 0.5, 0.61, 1.25, -3.1)]
    errors = iv.folding_errors(linear, x, shifts)
    assert bool(errors["exact"].all())
    np.testing.assert_allclose(errors["measured"], errors["predicted"], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(errors["measured_nyquist"], errors["predicted_nyquist"], atol=1e-12)


@pytest.mark.parametrize("length", [99, 100], ids=["odd", "even"])
def test_fractional_shifts_are_predicted_for_complex_channels(speech, length):
    x = ring(speech, time=8 * length)
    bank = iv.GaborBank("time", frequency=[400.0, 1500.0, 3500.0], stride={"time": 8})
    shifts = [iv.Translate.in_samples(x, time=d) for d in (0.37, 1.0, 2.61, 5.5)]
    errors = iv.folding_errors(bank, x, shifts)
    assert bool(errors["exact"].all())
    np.testing.assert_allclose(errors["measured"], errors["predicted"], rtol=1e-10)


def test_shifts_along_two_axes_at_once_are_predicted(photograph, rng):
    x = ring(photograph, y=48, x=60)
    kernels = xr.DataArray(rng.standard_normal((3, 3)), dims=("y", "x"))
    op = iv.Convolve(kernels, stride={"x": 2}) >> iv.Relu() >> iv.MaxPool(window={"y": 4, "x": 3})
    shifts = [iv.Translate(x=1, y=2), iv.Translate(x=-3, y=1), iv.Translate(x=5)]
    errors = iv.folding_errors(op, x, shifts)
    assert {"shift_x", "shift_y"} <= set(errors.coords)
    np.testing.assert_allclose(errors["measured"], errors["predicted"], atol=1e-12)


def test_a_narrow_complex_channel_is_not_blamed_for_its_stride():
    """At centre .2 and stride 4 the rule of the nearest alias to 0 would report 200 %."""
    n = 240
    carrier = np.cos(2 * np.pi * 0.2 * np.arange(n)) * (2 + np.cos(2 * np.pi * np.arange(n) / 120))
    x = iv.label(carrier, iv.Axis("time", step=1 / 8000, unit="s", period=n / 8000))
    bank = iv.GaborBank("time", frequency=[1600.0], bandwidth=0.6, stride={"time": 4})
    error = iv.equivariance_error(bank, x, iv.Translate.in_samples(x, time=1))
    # What is left is the tail of the Gaussian beyond the band of a quarter rate.
    assert float(error) < 2e-3
    assert float(error["floor"]) < 1e-12
    bare = bank(x).drop_vars("time_center_frequency")
    naive = iv.Translate.in_samples(x, time=1)(bare)
    exact = bank(iv.Translate.in_samples(x, time=1)(x))
    off = float(
        np.linalg.norm(naive.to_numpy() - exact.to_numpy()) / np.linalg.norm(exact.to_numpy())
    )
    assert 1.0 < off <= 2.0


def test_the_modulus_after_a_strided_complex_bank_is_not_blamed():
    """The modulus commutes with the move: the share of a culprit planted after it is 1."""
    n = 480
    tones = np.cos(2 * np.pi * 0.2 * np.arange(n)) + 0.5 * np.cos(2 * np.pi * 0.225 * np.arange(n))
    x = iv.label(tones, iv.Axis("time", step=1 / 8000, unit="s", period=n / 8000))
    bank = iv.GaborBank("time", frequency=[1600.0, 2000.0], bandwidth=0.3, stride={"time": 4})
    chain = bank >> iv.Modulus() >> iv.MaxPool(window={"time": 6})
    shares = iv.attribute(chain, x, iv.Translate.in_samples(x, time=4))["share"]
    np.testing.assert_allclose(shares, [0, 0, 1], atol=1e-10)


def test_a_nonlinear_operator_at_a_fraction_of_a_sample_says_that_it_is_not_exact(photograph):
    x = ring(photograph, x=64)
    pool = iv.Relu() >> iv.MaxPool(window={"x": 2})
    assert iv.predict_error(pool, x, iv.Translate(x=1)).attrs["exact"] is True
    fraction = iv.predict_error(pool, x, iv.Translate(x=0.37))
    assert fraction.attrs["exact"] is False
    assert 0 < float(fraction) < 1


def test_nyquist_bin_and_rest_add_up_in_square(photograph):
    x = ring(photograph, x=64)
    errors = iv.folding_errors(iv.BlurPool(taps=7, stride={"x": 2}), x, [iv.Translate(x=1)])
    for kind in ("measured", "predicted"):
        whole = errors[f"{kind}_nyquist"] ** 2 + errors[f"{kind}_rest"] ** 2
        np.testing.assert_allclose(whole, errors[kind] ** 2, rtol=1e-10)


def test_the_nyquist_bin_holds_most_of_a_good_decimators_error():
    """Design, section 3.4: 98 % of its error at 64 samples and 44 % at 256, on 1/f amplitude.

    Over 60 draws, on a decimator that stops what folds by 60 dB (Kaiser, 41 taps). The exact
    figure depends on the decimator; that the share falls as the grid grows does not.
    """
    from scipy import signal

    shares = {}
    taps = xr.DataArray(signal.firwin(41, 0.5, window=("kaiser", 5.65)), dims="x")
    for size in (64, 256):
        axis = iv.Axis("x", size=size, period=float(size))
        found = []
        for seed in range(60):
            x = iv.power_law_noise(axis, exponent=1.0, rng=seed)
            errors = iv.folding_errors(iv.Convolve(taps, stride={"x": 2}), x, [iv.Translate(x=1)])
            found.append((errors["measured_nyquist"] ** 2 / errors["measured"] ** 2).item())
        shares[size] = np.mean(found)
    assert shares[64] > shares[256] > 0.05


def test_a_lost_axis_cannot_fold(photograph):
    x = ring(photograph, x=64)
    with pytest.raises(iv.errors.UnexplainedError, match="has lost the dim 'x'"):
        iv.predict_error(iv.GlobalPool("x"), x, iv.Translate(x=1))


def test_several_shifts_come_back_over_a_labelled_dim(photograph):
    x = ring(photograph, x=64)
    errors = iv.predict_error(
        iv.Subsample(stride={"x": 2}), x, [iv.Translate(x=1), iv.Translate(x=2)]
    )
    assert errors.dims == ("shift",)
    assert errors["shift"].values.tolist() == [1.0, 2.0]
    assert errors["shift"].attrs["units"] == "px"
