"""The orbit identity: what is measured by shifting is what folds in the spectrum."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from tests.conftest import ring


def kernels_along(dim: str, rng: np.random.Generator) -> xr.DataArray:
    """Without a mean, so that the rectifier leaves something of every picture."""
    taps = rng.standard_normal((3, 7))
    return xr.DataArray(taps - taps.mean(1, keepdims=True), dims=("filter", dim))


def convolve_relu_pool(dim: str, stride: int, rng: np.random.Generator) -> iv.Pipeline:
    pool = iv.MaxPool(window={dim: 3}, stride={dim: stride})
    return iv.Convolve(kernels_along(dim, rng)) >> iv.Relu() >> pool


def assert_identity(op: iv.Operator, x: xr.DataArray, dim: str, **options: int) -> xr.Dataset:
    """Variance by shifting equals folded energy, altogether and channel by channel."""
    orbit = iv.orbit(op, x, dim, **options)
    assert orbit.attrs["explained"]
    variance = orbit["variance"].sum(dim)
    folded = orbit["folded_energy"].sum(f"{dim}_frequency").transpose(*variance.dims)
    assert float(variance.sum()) > 0
    np.testing.assert_allclose(variance.sum(), folded.sum(), rtol=1e-10)
    # A single channel may fold next to nothing: compare it on the scale of all of them.
    np.testing.assert_allclose(variance, folded, rtol=1e-10, atol=1e-12 * float(folded.max()))
    return orbit


@pytest.mark.parametrize("dim", ["x", "y"])
@pytest.mark.parametrize("stride", [2, 3, 4, 8])
@pytest.mark.parametrize("length", [7, 8], ids=["odd", "even"])
def test_orbit_variance_is_folded_energy_on_a_photograph(photograph, rng, dim, stride, length):
    x = ring(photograph, **{dim: stride * length * 3})
    assert_identity(convolve_relu_pool(dim, stride, rng), x, dim)


@pytest.mark.parametrize("stride", [2, 3, 4, 8])
@pytest.mark.parametrize("length", [15, 16], ids=["odd", "even"])
def test_orbit_variance_is_folded_energy_on_a_spectrogram(spectrogram, rng, stride, length):
    x = ring(spectrogram, time=stride * length)
    assert_identity(convolve_relu_pool("time", stride, rng), x, "time")


@pytest.mark.parametrize(("first", "second"), [(2, 2), (2, 3), (3, 2), (4, 2), (2, 4), (8, 3)])
@pytest.mark.parametrize("length", [5, 6], ids=["odd", "even"])
def test_orbit_variance_is_folded_energy_through_two_strides(
    photograph, rng, first, second, length
):
    x = ring(photograph, x=first * second * length)
    two = (
        convolve_relu_pool("x", first, rng)
        >> iv.Tanh()
        >> iv.BlurPool(taps=3, stride={"x": second})
    )
    assert_identity(two, x, "x")


@pytest.mark.parametrize("length", [39, 40], ids=["odd", "even"])
def test_a_complex_bank_with_a_stride_before_its_modulus_obeys_the_identity(speech, length):
    x = ring(speech, time=8 * length * 10)
    bank = iv.GaborBank("time", frequency=[500.0, 1000.0, 3000.0], stride={"time": 8})
    assert_identity(bank, x, "time")
    assert_identity(bank >> iv.Modulus(), x, "time")


def test_a_spectrogram_is_moved_by_an_eighth_of_its_hop_by_default(speech):
    x = ring(speech, time=64 * 4 * 31)
    op = iv.Spectrogram.in_samples(speech, window=256, hop=64) >> iv.MaxPool(window={"time": 4})
    orbit = assert_identity(op, x, "time")
    assert (orbit.attrs["stride"], orbit.attrs["divisor"]) == (256, 8)
    assert_identity(op, x, "time", divisor=64)


def test_the_identity_holds_in_every_bin(photograph):
    """Bin by bin, the Nyquist bin included: the variance's spectrum against the folded energy."""
    x = ring(photograph, x=48).isel(y=100)
    op = iv.MaxPool(window={"x": 4})
    outputs = []
    for k in range(4):
        y = np.fft.fft(op(iv.Translate.in_samples(x, x=k)(x)).to_numpy())
        outputs.append(y * np.exp(2j * np.pi * np.fft.fftfreq(12) * k / 4))
    by_bin = np.var(outputs, axis=0) / 12
    folded = iv.orbit(op, x, "x")["folded_energy"].to_numpy()
    np.testing.assert_allclose(np.fft.fftshift(by_bin), folded, rtol=1e-9, atol=1e-15)
    assert by_bin[6] > 1e-6, "the Nyquist bin has something to show"


def test_the_mean_of_the_orbit_is_the_baseband_of_the_lift(photograph):
    x = ring(photograph, x=60)
    op = iv.MaxPool(window={"x": 4})
    lifted = iv.lift(op, x, "x")
    lowpass = iv.SpectralPool(stride={"x": 4})
    np.testing.assert_allclose(iv.orbit(op, x, "x")["orbit_mean"], lowpass(lifted), atol=1e-12)


def test_an_operator_without_stride_has_an_orbit_of_one(photograph):
    x = ring(photograph, x=30)
    orbit = iv.orbit(iv.Relu(), x, "x")
    assert float(orbit["variance"].sum()) == 0
    assert float(orbit["folded_energy"].sum()) == 0


def test_an_axis_that_does_not_go_round_is_refused(photograph):
    with pytest.raises(iv.errors.AxisError, match="not periodic"):
        iv.orbit(iv.MaxPool(window={"x": 4}), photograph, "x")


def test_a_divisor_must_divide_the_stride(photograph):
    with pytest.raises(iv.errors.ParameterError, match="does not divide the total stride 4"):
        iv.orbit(iv.MaxPool(window={"x": 4}), ring(photograph, x=40), "x", divisor=3)


@settings(deadline=None, max_examples=40)
@given(
    strides=st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=3),
    length=st.integers(2, 7),
    pools=st.lists(st.sampled_from(["max", "mean", "blur", "plain"]), min_size=3, max_size=3),
    seed=st.integers(0, 1000),
)
def test_the_identity_holds_for_any_pipeline_of_pools(strides, length, pools, seed):
    size = int(np.prod(strides)) * length
    x = iv.label(
        np.random.default_rng(seed).standard_normal(size), iv.Axis("x", period=float(size))
    )
    make = {
        "max": lambda s: iv.MaxPool(window={"x": min(3, s + 1)}, stride={"x": s}),
        "mean": lambda s: iv.MeanPool(window={"x": s}),
        "blur": lambda s: iv.BlurPool(taps=2, stride={"x": s}),
        "plain": lambda s: iv.Subsample(stride={"x": s}),
    }
    stages: list[iv.Operator] = []
    for stride, pool in zip(strides, pools, strict=False):
        stages += [make[pool](stride), iv.Relu()]
    orbit = iv.orbit(iv.Pipeline(tuple(stages)), x, "x")
    scale = float((x**2).sum())
    np.testing.assert_allclose(
        orbit["variance"].sum(), orbit["folded_energy"].sum(), rtol=1e-9, atol=1e-13 * scale
    )
