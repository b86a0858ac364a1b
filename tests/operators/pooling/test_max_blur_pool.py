"""Max-blur pools: what they are made of, and published errors."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig import BlurPool, MaxBlurPool, MaxPool, Translate
from invarsig.errors import ParameterError
from tests.operators.pooling.rings import MODES, ring


@pytest.mark.parametrize("boundary", [*MODES, "valid", None])
def test_it_is_a_dense_maximum_and_then_a_blur(boundary, rng):
    x = ring(rng.standard_normal((12, 24)))
    op = MaxBlurPool(window={"y": 2, "x": 3}, stride={"x": 2}, taps=5, boundary=boundary)
    dense = MaxPool(window={"y": 2, "x": 3}, stride={"y": 1, "x": 1}, boundary=boundary)
    blur = BlurPool(taps=5, stride={"y": 2, "x": 2}, boundary=boundary)
    assert op(x).identical(blur(dense(x)))


def test_in_three_dims(rng):
    x = ring(rng.standard_normal((6, 4, 8)))
    out = MaxBlurPool(window={"z": 2, "y": 2, "x": 2})(x)
    assert dict(out.sizes) == {"z": 3, "y": 2, "x": 4}


@pytest.mark.parametrize(("taps", "published"), [(3, 0.092), (4, 0.054), (5, 0.034)])
def test_the_error_after_one_sample_is_that_of_the_design(taps, published):
    # 64 x 64, four channels, amplitude 1/f, stride 2 on both axes, one sample along one of them.
    axes = [iv.Axis(dim, size=64, unit="px", period=64.0) for dim in ("y", "x")]
    op = MaxBlurPool(window={"y": 2, "x": 2}, taps=taps)
    errors = []
    for seed in range(20):
        x = iv.power_law_noise(*axes, channels=4, rng=seed)
        errors.append(float(iv.equivariance_error(op, x, Translate(x=1), norm="total")))
    assert np.mean(errors) == pytest.approx(published, rel=0.12)


def test_it_follows_whole_samples_better_than_half_ones(rng):
    axis = iv.Axis("x", size=256, unit="px", period=256.0)
    x = iv.power_law_noise(axis, rng=1)
    op = MaxBlurPool(window={"x": 2}, taps=7)
    whole, half = (float(iv.equivariance_error(op, x, Translate(x=d))) for d in (1, 0.5))
    assert half > whole


def test_its_dense_form_is_found_and_nan_is_kept(rng):
    x = ring(rng.standard_normal(24))
    op = MaxBlurPool(window={"x": 3})
    dense = op.unstrided(["x"])(x)
    xr.testing.assert_allclose(dense.isel(x=slice(None, None, 3)), op(x))
    values = np.zeros(24)
    values[9] = np.nan
    assert np.isnan(op(ring(values))).sum() == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: MaxBlurPool(window={}), "window along at least one dim"),
        (lambda: MaxBlurPool(window={"x": 0}), "at least 1"),
        (lambda: MaxBlurPool(window={"x": 2}, stride={"y": 2}), "names 'y'.*add it to window="),
        (lambda: MaxBlurPool(window={"x": 2}, taps=9), "1 to 7 taps, not 9"),
        (lambda: MaxBlurPool(window={"x": 2}, boundary="wrap"), "'wrap' is unknown"),
    ],
)
def test_what_does_not_fit_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()
