"""Gaussian filters against scipy.ndimage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage, special

from invarsig import (
    Axis,
    GaussianBank,
    axis_of,
)
from invarsig.errors import ParameterError
from tests.operators.banks.rings import ring

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def noise(rng, shape, kind="real"):
    values = rng.standard_normal(shape)
    return values + 1j * rng.standard_normal(shape) if kind == "complex" else values


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("sigma", [{"x": 1.0}, {"y": 0.5, "x": 1.5}, {"x": 2.25, "y": 0.75}])
def test_a_gaussian_is_scipys_with_the_same_truncation(boundary, sigma, rng):
    values = rng.standard_normal((16, 24))
    out = GaussianBank(sigma=sigma, boundary=boundary, truncate=4.0)(ring(values))
    wanted = values
    for axis, dim in enumerate(("y", "x")):
        if dim in sigma:
            radius = math.ceil(4 * sigma[dim])
            wanted = ndimage.gaussian_filter1d(
                wanted, sigma[dim], axis, mode=MODES[boundary], radius=radius
            )
    np.testing.assert_allclose(out, wanted, atol=1e-12)


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_a_discrete_gaussian_is_made_of_bessel_functions(boundary, sigma, rng):
    values = rng.standard_normal((3, 60))
    bank = GaussianBank(sigma={"x": sigma}, kind="discrete", boundary=boundary, truncate=7)
    n = np.arange(-25, 26)
    taps = math.exp(-(sigma**2)) * special.iv(n, sigma**2)
    wanted = ndimage.correlate1d(values, taps, axis=1, mode=MODES[boundary])
    np.testing.assert_allclose(bank(ring(values)), wanted, atol=1e-10)


@pytest.mark.parametrize("truncate", [3.0, 5.0, 8.0])
def test_one_discrete_gaussian_after_another_is_a_third_one(truncate, rng):
    """Lindeberg's semigroup: variances add up, but for what is cut off."""
    x = ring(rng.standard_normal((40, 60)))

    def bank(y: float, x: float) -> GaussianBank:
        widths = {"y": math.sqrt(y), "x": math.sqrt(x)}
        return GaussianBank(sigma=widths, kind="discrete", truncate=truncate)

    twice = (bank(0.2, 1.0) >> bank(0.5, 2.0))(x)
    off = float(abs(twice - bank(0.7, 3.0)(x)).max())
    assert off <= 12 * math.erfc(truncate / math.sqrt(2)) * float(abs(x).max()) + 1e-13


@pytest.mark.parametrize("sigma", [0.2, 0.7, 2.0])
def test_the_response_of_a_discrete_gaussian_is_exact(sigma):
    f = np.linspace(-0.5, 0.5, 11)
    bank = GaussianBank(sigma={"x": sigma}, kind="discrete", truncate=8)
    said = bank.frequency_response(Axis("x"), {"x": f})
    np.testing.assert_allclose(said, np.exp(sigma**2 * (np.cos(2 * np.pi * f) - 1)), atol=1e-13)


def test_two_widths_are_a_geometric_axis_too():
    out = GaussianBank(sigma={"x": [1.0, 1.5]})(ring(np.ones(40)))
    assert axis_of(out, "scale").scale == "log2"


def test_widths_are_in_the_axis_unit():
    x = ring(np.eye(1, 40)[0], step=0.25)
    fine = GaussianBank(sigma={"x": 0.5})(x)
    np.testing.assert_allclose(fine, GaussianBank(sigma={"x": 2.0})(ring(x.values)), atol=1e-15)
    descending = x.isel(x=slice(None, None, -1))
    back = GaussianBank(sigma={"x": 0.5})(descending).isel(x=slice(None, None, -1))
    np.testing.assert_allclose(back, fine, atol=1e-15)


def test_several_widths_are_channels_each_as_if_alone(rng):
    x = ring(rng.standard_normal((6, 40)))
    widths = [0.5, 1.0, 2.0]
    out = GaussianBank(sigma={"x": widths})(x)
    assert out.dims == ("y", "scale", "x")
    assert axis_of(out, "scale").scale == "log2"
    np.testing.assert_allclose(out.scale, widths, rtol=1e-12)
    for width, one in zip(widths, out.transpose("scale", "y", "x"), strict=True):
        np.testing.assert_allclose(one, GaussianBank(sigma={"x": width})(x), atol=1e-14)


@pytest.mark.parametrize(
    ("widths", "name"),
    [
        ([1.0, 1.5], "scale"),
        ([1.0, 1.3, 2.9], "scale_value"),
        ([1.0, 1.0], "scale_value"),
        ([1.5], "scale"),
    ],
)
def test_every_list_of_widths_is_on_the_result(widths, name):
    out = GaussianBank(sigma={"x": widths})(ring(np.ones(40)))
    np.testing.assert_allclose(out.coords[name], widths)
    assert out.sizes["scale"] == len(widths)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sigma": {"x": 0.0}}, "sigma along 'x' is 0; give a value above 0"),
        ({"sigma": {"x": [1.0, -1.0]}}, "sigma along 'x' is -1"),
        ({"sigma": {"x": np.nan}}, "sigma along 'x' is nan"),
        ({"sigma": {"x": "wide"}}, "sigma along 'x' is 'wide'; give numbers"),
        ({"sigma": {"x": []}}, "empty"),
        ({"sigma": 2.0}, r"names no dim; give a mapping such as \{'x': 2\.0\}"),
        ({"sigma": {}}, "names no dim"),
        ({"sigma": {"x": [1, 2], "y": [1, 2, 3]}}, "the same number for each"),
        ({"sigma": {"x": 1}, "truncate": 0}, "truncate is 0"),
        ({"sigma": {"x": 1}, "kind": "binned"}, "kind='binned' is unknown; give one of sampled"),
    ],
)
def test_widths_out_of_range_are_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        GaussianBank(**options)
