"""The ideal pool of complex channels: nothing folds around any center."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import invarsig as iv
from invarsig import testing
from invarsig.errors import AxisError, ParameterError
from invarsig.operators.pooling.band_pool import BandPool


def channel(rng, size, *centers):
    """Complex noise of all frequencies, in one channel for each center."""
    values = rng.standard_normal((2, len(centers), size))
    x = iv.label(values[0] + 1j * values[1], "band", iv.Axis("x", size=size, period=float(size)))
    return x.assign_coords(x_center_frequency=("band", list(centers)))


@pytest.mark.parametrize("place", range(2))
def test_it_passes_the_laws_of_operators(rng, place):
    op, x = list(BandPool.examples(rng))[place]
    testing.check_operator(op, x)


@pytest.mark.parametrize("size", [48, 60])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_of_real_samples_it_is_spectral_pooling(rng, size, stride):
    x = iv.power_law_noise(iv.Axis("x", size=size, period=float(size)), channels=3, rng=rng)
    expected = iv.SpectralPool(stride={"x": stride})(x)
    np.testing.assert_allclose(BandPool(stride={"x": stride})(x), expected, atol=1e-13)


@given(
    center=st.floats(-0.5, 0.5),
    stride=st.integers(2, 6),
    size=st.integers(3, 9),
    shift=st.floats(-3, 3),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_it_commutes_with_every_translation_around_every_center(center, stride, size, shift, seed):
    x = channel(np.random.default_rng(seed), stride * size, center)
    pool = BandPool(stride={"x": stride})
    error = iv.equivariance_error(pool, x, iv.Translate(x=shift), norm="total")
    assert float(error) < 1e-12
    around = iv.orbit(pool, x, "x")
    assert float(around.variance.sum()) < 1e-24 * float((abs(x) ** 2).sum())


def test_what_lies_within_half_a_rate_of_the_center_stays_as_it_is(rng):
    """A sum of waves by hand: those within half an output rate of the center, and no others."""
    size, stride, center = 120, 4, 0.31
    weights = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    at, bins = np.arange(size), np.arange(size)

    def waves(chosen):
        return sum(weights[k] * np.exp(2j * np.pi * k * at / size) for k in chosen)

    x = iv.label(waves(bins), iv.Axis("x", size=size, period=float(size)))
    x = x.assign_coords(x_center_frequency=center)
    near = [k for k in bins if abs((k / size - center + 0.5) % 1 - 0.5) < 0.5 / stride]
    assert len(near) == 30
    made = BandPool(stride={"x": stride})(x)
    np.testing.assert_allclose(made, waves(near)[::stride], atol=1e-11)


def test_its_dense_form_keeps_the_band(rng):
    x = channel(rng, 64, 0.1, -0.3)
    pool = BandPool(stride={"x": 4})
    dense = pool.unstrided(["x"])(x)
    np.testing.assert_allclose(dense[:, ::4], pool(x), atol=1e-13)
    np.testing.assert_allclose(iv.lift(pool, x, "x"), dense, atol=1e-13)


def test_single_precision_and_labels_stay(rng):
    x = channel(rng, 32, 0.25).astype(np.complex64).assign_attrs(source="a").rename("b")
    made = BandPool(stride={"x": 4})(x)
    assert made.dtype == np.complex64
    assert (made.name, made.attrs) == ("b", {"source": "a"})
    xr.testing.assert_identical(made.x_center_frequency, x.x_center_frequency)
    assert iv.axis_of(made, "x") == iv.axis_of(x, "x").strided(4)


def test_nan_is_passed_on(rng):
    x = channel(rng, 16, 0.2)
    x[0, 3] = np.nan
    assert np.isnan(BandPool(stride={"x": 2})(x)).all()


def test_what_makes_no_sense_is_refused(rng):
    x = channel(rng, 30, 0.2)
    with pytest.raises(AxisError, match="not a multiple of the stride 4"):
        BandPool(stride={"x": 4})(x)
    with pytest.raises(AxisError, match="periodic"):
        BandPool(stride={"x": 3})(x.isel(x=slice(0, 27)))
    with pytest.raises(ParameterError, match="'y'"):
        BandPool(stride={"x": 3}, band={"y": 3})
