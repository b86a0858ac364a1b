"""Differences of Gaussians: the two filters, and the Laplacian that they come near."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from invarsig import Axis, DifferenceOfGaussians, GaussianBank, LaplacianOfGaussian, label
from invarsig.errors import ParameterError

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def grid(values) -> xr.DataArray:
    names = ("z", "y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, 1.0, n, "px", float(n)) for d, n in sizes))


@pytest.mark.parametrize("boundary", sorted(MODES))
def test_it_is_scipys_wide_gaussian_less_its_narrow_one(boundary, rng):
    values = rng.standard_normal((24, 30))
    out = DifferenceOfGaussians({"y": 1.0, "x": 1.0}, ratio=1.5, boundary=boundary)(grid(values))
    narrow, wide = (
        ndimage.gaussian_filter(values, sigma, mode=MODES[boundary], radius=int(4 * sigma))
        for sigma in (1.0, 1.5)
    )
    np.testing.assert_allclose(out, wide - narrow, atol=1e-10)


@pytest.mark.parametrize("kind", ["sampled", "discrete"])
def test_several_widths_are_channels_each_as_if_alone(kind, rng):
    x = grid(rng.standard_normal((40, 44)))
    sigma = {"y": [0.8, 1.2, 1.8], "x": [1.0, 1.5, 2.25]}
    out = DifferenceOfGaussians(sigma, kind=kind)(x)
    for place in range(3):
        narrow = {dim: widths[place] for dim, widths in sigma.items()}
        wide = {dim: 1.6 * width for dim, width in narrow.items()}
        wanted = GaussianBank(sigma=wide, kind=kind)(x) - GaussianBank(sigma=narrow, kind=kind)(x)
        np.testing.assert_allclose(out.isel(scale=place), wanted, atol=1e-14)


@pytest.mark.parametrize("rank", [1, 2])
def test_it_nears_the_normalized_laplacian_as_the_ratio_nears_one(rank, rng):
    """``(k - 1) σ² ∇² G``: what is off falls in proportion to ``k - 1``."""
    x = grid(rng.standard_normal((40,) * rank))
    sigma = dict.fromkeys(x.dims, 2.0)
    laplacian = LaplacianOfGaussian(sigma, normalized=True, truncate=7)(x)
    off = []
    for ratio in (1.08, 1.04, 1.02):
        bank = DifferenceOfGaussians(sigma, ratio, normalized=True, truncate=7)
        plain = DifferenceOfGaussians(sigma, ratio, truncate=7)
        np.testing.assert_allclose(bank(x) * (ratio - 1), plain(x), atol=1e-14)
        off.append(float(abs(bank(x) - laplacian).max() / abs(laplacian).max()))
    assert off[-1] < 0.06
    np.testing.assert_allclose(np.array(off[:-1]) / off[1:], 2.0, rtol=0.1)


def test_a_constant_gives_nothing():
    assert abs(DifferenceOfGaussians({"x": 2.0})(grid(np.full((3, 40), 7.0)))).max() < 1e-14


def test_its_response_is_that_of_the_formula():
    f = np.linspace(-0.3, 0.3, 7)
    bank = DifferenceOfGaussians({"x": 2.0}, truncate=9)
    out = bank.frequency_response(Axis("x"), {"x": f})
    wide, narrow = (np.exp(-2 * (np.pi * sigma * f) ** 2) for sigma in (3.2, 2.0))
    np.testing.assert_allclose(out, wide - narrow, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sigma": {"x": 0.0}}, "sigma along 'x' is 0"),
        ({"sigma": {}}, "names no dim"),
        ({"sigma": {"x": 1.0}, "ratio": 1.0}, "ratio of the widths is 1; give a number above 1"),
        ({"sigma": {"x": 1.0}, "ratio": np.nan}, "ratio of the widths is nan"),
    ],
)
def test_what_is_no_difference_of_gaussians_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        DifferenceOfGaussians(**options)
