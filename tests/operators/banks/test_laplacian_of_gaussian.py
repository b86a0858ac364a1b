"""The Laplacian of Gaussians against scipy.ndimage."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from invarsig import (
    Axis,
    GaussianBank,
    GaussianDerivativeBank,
    LaplacianOfGaussian,
    axis_of,
    label,
)
from invarsig.errors import AxisError, DimError, ParameterError

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def grid(values, step: float = 1.0, unit: str = "px") -> xr.DataArray:
    names = ("z", "y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, unit, abs(step) * n) for d, n in sizes))


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("shape", [(40,), (24, 30), (14, 15, 16)])
@pytest.mark.parametrize("sigma", [1.0, 1.5])
def test_it_is_scipys(boundary, shape, sigma, rng):
    values = rng.standard_normal(shape)
    x = grid(values)
    out = LaplacianOfGaussian(dict.fromkeys(x.dims, sigma), boundary=boundary)(x)
    wanted = ndimage.gaussian_laplace(values, sigma, mode=MODES[boundary], radius=int(4 * sigma))
    np.testing.assert_allclose(out, wanted, atol=1e-10)


def test_it_is_the_sum_of_second_derivatives(rng):
    x = grid(rng.standard_normal((30, 36)), 0.5)
    sigma = {"y": 0.75, "x": 1.25}
    for options in ({}, {"normalized": True}, {"normalized": True, "gamma": 0.5}):
        both = GaussianDerivativeBank(sigma, {"y": (2, 0), "x": (0, 2)}, **options)(x)
        out = LaplacianOfGaussian(sigma, **options)(x)
        np.testing.assert_allclose(out, both.sum("order"), atol=1e-12)


@pytest.mark.parametrize("rank", [1, 2])
def test_a_blob_answers_most_at_the_width_that_fits_it(rank):
    """``σ = r / √rank`` for a ball of radius r."""
    n = np.arange(-40, 41)
    squares = np.meshgrid(*[n**2] * rank, indexing="ij")
    blob = grid((sum(squares) <= 8.5**2).astype(float))
    widths = 8.5 / math.sqrt(rank) * 2.0 ** np.linspace(-0.5, 0.5, 5)
    bank = LaplacianOfGaussian(
        dict.fromkeys(blob.dims, widths), normalized=True, boundary="zero", truncate=5
    )
    answers = bank(blob).isel(dict.fromkeys(blob.dims, 40))
    assert axis_of(answers, "scale").scale == "log2"
    assert int(answers.argmin("scale")) == 2


def test_a_discrete_one_is_the_five_point_laplacian_of_a_discrete_gaussian(rng):
    x = grid(rng.standard_normal((24, 30)))
    sigma = {"y": 0.4, "x": 0.8}
    out = LaplacianOfGaussian(sigma, kind="discrete")(x)
    smooth = GaussianBank(sigma=sigma, kind="discrete")(x).values
    np.testing.assert_allclose(out, ndimage.laplace(smooth, mode="wrap"), atol=1e-12)
    assert abs(LaplacianOfGaussian(sigma, kind="discrete")(grid(np.ones((24, 30))))).max() < 1e-14


def test_its_response_is_that_of_the_formula():
    axes = [Axis("y", step=0.5, size=64, unit="px"), Axis("x", step=0.5, size=64, unit="px")]
    f, g = np.linspace(-0.3, 0.3, 7), np.linspace(-0.2, 0.4, 5)
    bank = LaplacianOfGaussian({"y": 1.5, "x": 1.5}, truncate=9)
    out = bank.frequency_response(axes, {"y": f, "x": g})
    square = f[:, None] ** 2 + g**2
    wanted = -4 * np.pi**2 * square * np.exp(-2 * np.pi**2 * 1.5**2 * square)
    np.testing.assert_allclose(out, wanted, atol=1e-12)


def test_dims_of_different_units_are_added_only_without_units(rng):
    time = Axis("time", step=0.01, size=40, unit="s")
    frequency = Axis("frequency", step=10.0, size=40, unit="Hz")
    x = label(rng.standard_normal((40, 40)), frequency, time)
    sigma = {"frequency": 20.0, "time": 0.02}
    with pytest.raises(AxisError, match=r"'frequency' in Hz, 'time' in s, .* set normalized=True"):
        LaplacianOfGaussian(sigma)(x)
    out = LaplacianOfGaussian(sigma, normalized=True, boundary="reflect")(x)
    wanted = 4 * ndimage.gaussian_laplace(x.values, 2.0, mode="mirror")
    np.testing.assert_allclose(out, wanted, atol=1e-10)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sigma": {"x": -1.0}}, ParameterError, "sigma along 'x' is -1"),
        ({"sigma": {"x": 1}, "gamma": np.nan}, ParameterError, "gamma is nan"),
        ({"sigma": {"x": 1}, "per": {"y": 1.0}}, DimError, "per names 'y'"),
        ({"sigma": {"x": 1}, "truncate": -1}, ParameterError, "truncate is -1"),
    ],
)
def test_what_is_no_laplacian_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        LaplacianOfGaussian(**options)
