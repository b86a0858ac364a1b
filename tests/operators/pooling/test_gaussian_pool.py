"""Gaussian pools against scipy.ndimage."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from invarsig import Axis, GaussianPool, Translate, equivariance_error, power_law_noise
from invarsig.errors import ParameterError
from tests.operators.pooling.rings import ring

NDIMAGE = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


@pytest.mark.parametrize("boundary", sorted(NDIMAGE))
@pytest.mark.parametrize("truncate", [2.0, 4.0])
def test_it_is_scipys_gaussian_filter_and_then_a_stride(boundary, truncate, rng):
    values = rng.standard_normal((6, 12, 15))
    op = GaussianPool(
        {"z": 1, "y": 2, "x": 3}, sigma={"y": 0.7}, truncate=truncate, boundary=boundary
    )
    # Half a stride where no width is given.
    wanted = ndimage.gaussian_filter(
        values, (0.5, 0.7, 1.5), mode=NDIMAGE[boundary], truncate=truncate
    )
    out = op(ring(values))
    np.testing.assert_allclose(out, wanted[:, ::2, ::3], atol=1e-13)
    assert float(out.x[0]) == 1.5


def test_the_width_follows_the_stride_but_not_in_the_dense_form(rng):
    x = ring(rng.standard_normal((4, 24)))
    op = GaussianPool(stride={"x": 4}, relative=0.4)
    assert op.unstrided(["x"]).sigma == {"x": 1.6}
    dense = op.unstrided(["x"])(x)
    xr.testing.assert_allclose(op(x), dense.isel(x=slice(None, None, 4)), atol=1e-14)


def test_at_the_new_nyquist_frequency_the_response_is_what_is_said():
    for relative, db in ((0.5, -11), (1.0, -43)):
        op = GaussianPool(stride={"x": 8}, relative=relative)
        there = float(op.frequency_response(Axis("x"), {"x": [1 / 16]}).item())
        assert 20 * np.log10(there) == pytest.approx(db, abs=0.6)


def test_wider_filters_fold_less():
    x = power_law_noise(Axis("x", size=256, unit="px", period=256.0), rng=1)
    errors = [
        float(equivariance_error(GaussianPool({"x": 4}, relative=r), x, Translate(x=1)))
        for r in (0.25, 0.5, 1.0)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-2


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GaussianPool(stride={}), "stride along at least one dim"),
        (lambda: GaussianPool(stride={"x": 2}, sigma={"x": 0.0}), "sigma along 'x' is 0 samples"),
        (lambda: GaussianPool(stride={"x": 2}, sigma={"y": 1.0}), "sigma names 'y'"),
        (lambda: GaussianPool(stride={"x": 2}, sigma=1.0), "names no dim"),
        (lambda: GaussianPool(stride={"x": 2}, relative=-1), "relative is -1"),
        (lambda: GaussianPool(stride={"x": 2}, truncate=0), "truncate is 0"),
        (lambda: GaussianPool(stride={"x": 2.5}), "give a whole number"),
    ],
)
def test_what_does_not_fit_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()
