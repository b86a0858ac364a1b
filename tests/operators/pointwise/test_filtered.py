"""Filtered nonlinearities: exact where theory says so, and no better than it says elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import invarsig as iv
from invarsig.errors import AxisError, DtypeError, ParameterError

SIZES = [(64, 64), (63, 45), (64, 45)]


def noise(exponent, sizes, seed):
    axes = [
        iv.Axis(dim, size=n, unit="px", period=float(n)) for dim, n in zip("yx", sizes, strict=True)
    ]
    return iv.power_law_noise(*axes, exponent=exponent, rng=seed)


def error(op, x, /, **shift):
    return float(iv.equivariance_error(op, x, iv.Translate(shift), norm="total"))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize(("exponent", "expected"), [(1.0, 0.0102), (0.0, 0.0322)])
def test_a_filtered_rectifier_is_perfect_at_half_a_sample_and_not_in_between(
    sizes, exponent, expected
):
    op = iv.Filtered(iv.Relu(), ("y", "x"), up=2)
    draws = [noise(exponent, sizes, seed) for seed in range(4)]
    assert max(error(op, x, x=0.5) for x in draws) < 1e-12
    assert max(error(op, x, x=0.5, y=1.5) for x in draws) < 1e-12
    between = np.mean([error(op, x, x=0.37) for x in draws])
    plain = np.mean([error(iv.Relu(), x, x=0.37) for x in draws])
    # 1e-2 on an amplitude spectrum of 1/f, 3e-2 on white noise; draws differ by a few per cent.
    assert between == pytest.approx(expected, rel=0.15)
    assert plain > 10 * between


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("exponent", [0.0, 1.0])
@pytest.mark.parametrize(("up", "degree"), [(1, 1), (2, 1), (2, 2), (2, 3), (3, 4), (3, 5), (4, 7)])
def test_a_filtered_polynomial_is_exact_up_to_twice_the_upsampling_less_one(
    sizes, exponent, up, degree
):
    x = noise(exponent, sizes, 5)
    coefficients = [0.5, 1.0, -0.5, 0.25, 0.1, 0.1, 0.1, 0.1][: degree + 1]
    op = iv.Filtered(iv.Polynomial(coefficients), ("y", "x"), up=up)
    for shift in ({"x": 0.5}, {"x": 0.37}, {"x": 0.37, "y": -0.61}):
        assert error(op, x, **shift) < 1e-12


@pytest.mark.parametrize(("up", "degree"), [(1, 2), (2, 4), (3, 6)])
def test_one_degree_more_is_not_exact(up, degree):
    x = noise(0.0, (63, 45), 5)
    op = iv.Filtered(iv.Polynomial([0.0] * degree + [1.0]), ("y", "x"), up=up)
    assert error(op, x, x=0.37) > 1e-4


@pytest.mark.parametrize("size", [16, 15])
@pytest.mark.parametrize("up", [1, 2, 3])
def test_the_filtered_identity_removes_the_nyquist_bin_and_nothing_else(size, up, rng):
    x = iv.label(rng.standard_normal((2, size)), "channel", iv.Axis("x", period=float(size)))
    out = iv.Filtered(iv.Polynomial((0, 1)), "x", up=up)(x)
    spectrum = np.fft.fft(x.values)
    if size % 2 == 0:
        spectrum[:, size // 2] = 0
    np.testing.assert_allclose(out, np.fft.ifft(spectrum).real, atol=1e-14)


def test_it_is_what_padding_the_spectrum_and_cropping_it_gives(rng):
    values = rng.standard_normal(15)
    fine = np.fft.irfft(3 * np.fft.rfft(values), 45)
    kept = np.fft.rfft(np.maximum(fine, 0))[:8] / 3
    out = iv.Filtered(iv.Relu(), "x", up=3)(iv.label(values, iv.Axis("x", 2.0, 0.1, period=1.5)))
    np.testing.assert_allclose(out, np.fft.irfft(kept, 15), atol=1e-14)
    assert iv.axis_of(out, "x") == iv.Axis("x", 2.0, 0.1, 15, "sample", 1.5)


@pytest.mark.parametrize("stride", [1, 4, 8])
def test_complex_channels_are_filtered_within_their_own_band(stride):
    time = iv.Axis("time", step=1e-3, size=256, unit="s", period=0.256)
    x = iv.power_law_noise(time, exponent=0.0, rng=3)
    bank = iv.GaborBank("time", frequency=[100.0, 200.0], bandwidth=0.3, stride={"time": stride})
    z, move = bank(x), iv.Translate(time=0.37e-3 * stride)
    # The squared modulus is quadratic, so it is exact: if bins went to frequencies around 0 and
    # not to those of the channel, it would not be.
    assert float(iv.equivariance_error(iv.Filtered(iv.Square(), "time"), z, move)) < 1e-12
    assert float(iv.equivariance_error(iv.Square(), z, move)) > 1e-4
    same = iv.Filtered(iv.Polynomial((0, 1)), "time")(z)
    assert float(iv.equivariance_error(iv.Filtered(iv.Polynomial((0, 1)), "time"), z, move)) < 1e-12
    several = xr.concat([z, 2 * z], dim="take", coords="minimal", compat="override")
    turned = several.transpose(*reversed(several.dims))
    out = iv.Filtered(iv.Square(), "time")(turned)
    alone = iv.Filtered(iv.Square(), "time")(z)
    np.testing.assert_allclose(out.isel(take=1).transpose(*alone.dims), 4 * alone, rtol=1e-12)
    # All that is missing is the bin at the edge of the band, where these channels hold little.
    assert float(abs(same - z).max()) < 1e-4 * float(abs(z).max())


def test_an_axis_that_ends_is_refused_with_a_remedy(rng):
    x = iv.label(rng.standard_normal(16), iv.Axis("x", unit="px"))
    with pytest.raises(AxisError, match=r"needs periodic axes.*'x' is not periodic.*period"):
        iv.Filtered(iv.Relu(), "x")(x)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (iv.MaxPool(window={"x": 2}), r"MaxPool.*does not keep its grid along 'x'"),
        (iv.GlobalPool("channel"), r"does not keep its grid along 'channel'"),
        (iv.GaussianBank(sigma={"x": [0.5, 1.0]}), r"makes the dim 'scale'"),
    ],
)
def test_what_does_not_keep_its_grid_is_refused(body, said, rng):
    x = iv.label(rng.standard_normal((2, 16)), "channel", iv.Axis("x", period=16.0))
    with pytest.raises(ParameterError, match=said):
        iv.Filtered(body, "x")(x)


def test_what_it_is_made_of_is_checked():
    with pytest.raises(ParameterError, match="at least one dim"):
        iv.Filtered(iv.Relu(), ())
    with pytest.raises(ParameterError, match="upsampling up is 0; give"):
        iv.Filtered(iv.Relu(), "x", up=0)
    with pytest.raises(DtypeError, match="wrap a function of plain arrays in Apply"):
        iv.Filtered(np.tanh, "x")


def test_its_name_says_what_is_filtered():
    op = iv.Filtered(iv.Relu(), ("y", "x"), up=4)
    assert str(op) == "Filtered(Relu(), over y, x, up 4)"
    assert str(op.rename({"x": "lon"})) == "Filtered(Relu(), over y, lon, up 4)"


def test_a_dim_is_named_once():
    with pytest.raises(iv.errors.DimError, match="names a dim twice"):
        iv.Filtered(iv.Relu(), ("x", "x"))
