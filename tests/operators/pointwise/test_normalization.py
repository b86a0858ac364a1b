"""Normalizations against their formulas, and which of them are equivariant."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

import invarsig as iv
from invarsig.errors import AxisError, ParameterError

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def picture(rng, sizes=(15, 21)):
    axes = [iv.Axis(d, size=n, period=float(n)) for d, n in zip("yx", sizes, strict=True)]
    return iv.label(rng.standard_normal((3, *sizes)), "channel", *axes).assign_coords(
        channel=["red", "green", "blue"]
    )


# Divisive normalization


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize(("sigma", "exponent"), [(1.0, 2.0), (0.3, 1.0), (2.0, 3.5)])
def test_the_pool_of_a_window_is_the_uniform_filter_of_scipy(boundary, sigma, exponent, rng):
    x = picture(rng)
    op = iv.DivisiveNormalization(sigma, exponent, window={"y": 3, "x": 5}, boundary=boundary)
    power = np.abs(x.values) ** exponent
    pool = ndimage.uniform_filter(power, size=(1, 3, 5), mode=MODES[boundary])
    expected = np.sign(x.values) * power / (sigma**exponent + pool)
    np.testing.assert_allclose(op(x), expected, rtol=1e-12)


def test_a_pool_may_be_a_window_and_whole_dims_at_once(rng):
    x = picture(rng)
    op = iv.DivisiveNormalization(0.5, window={"x": 7}, over="channel")
    pool = ndimage.uniform_filter1d((x.values**2).mean(axis=0), 7, mode="wrap")
    expected = np.sign(x.values) * x.values**2 / (0.25 + pool)
    np.testing.assert_allclose(op(x), expected, rtol=1e-12)
    assert op(x).channel.equals(x.channel)


def test_valid_windows_shorten_the_axis_and_keep_their_samples(rng):
    x = picture(rng)
    whole = iv.DivisiveNormalization(window={"x": 5})(x)
    inside = iv.DivisiveNormalization(window={"x": 5}, boundary="valid")(x)
    xr.testing.assert_allclose(inside.drop_attrs(), whole.isel(x=slice(2, -2)).drop_attrs())


def test_phases_of_complex_samples_stay_and_silence_stays_silent(rng):
    z = iv.label(np.array([[3j, 0.0], [1 - 1j, 0.0]]), "channel", "x")
    out = iv.DivisiveNormalization(0.1, 0.5, over="channel")(z)
    np.testing.assert_allclose(np.angle(out[:, 0]), np.angle(z[:, 0]))
    assert not out[:, 1].any()


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_far_above_saturation_the_level_cancels(scale, rng):
    x = picture(rng) + 3.0
    op = iv.DivisiveNormalization(1e-6, over=("channel", "y", "x"))
    xr.testing.assert_allclose(op(x), op(scale * x))


@pytest.mark.parametrize(
    "op",
    [
        iv.DivisiveNormalization(window={"y": 3, "x": 5}),
        iv.DivisiveNormalization(over=("channel", "x")),
        iv.LayerNorm("channel"),
        iv.LayerNorm(("y", "x")),
    ],
    ids=str,
)
def test_normalizations_commute_with_whole_samples(op, rng):
    move = iv.Translate(y=4, x=-7)
    assert float(iv.equivariance_error(op, picture(rng), move)) < 1e-13
    for dim in ("y", "x"):
        assert iv.aliasing.folding_explains(op, picture(rng), dim).attrs["explained"]


# Layer normalization


@pytest.mark.parametrize("over", ["channel", ("y", "x"), ("channel", "y", "x")])
def test_mean_and_variance_are_those_of_the_named_dims(over, rng):
    x = 5 + 2 * picture(rng)
    out = iv.LayerNorm(over, epsilon=0)(x)
    np.testing.assert_allclose(out.mean(over), 0, atol=1e-13)
    np.testing.assert_allclose(out.var(over), 1)
    expected = (x - x.mean(over)) / np.sqrt(x.var(over) + 0.5)
    np.testing.assert_allclose(
        iv.LayerNorm(over, epsilon=0.5)(x), expected.transpose(*x.dims), rtol=1e-12, atol=1e-14
    )


def test_statistics_of_all_places_commute_with_fractions_too(rng):
    move = iv.Translate(y=0.37, x=0.61)
    over_places = iv.equivariance_error(iv.LayerNorm(("y", "x")), picture(rng), move)
    over_channels = iv.equivariance_error(iv.LayerNorm("channel"), picture(rng), move)
    assert float(over_places) < 1e-13
    assert float(over_channels) > 1e-2, "of each place by itself it is a pointwise nonlinearity"


def test_without_variance_and_epsilon_nothing_is_known():
    x = iv.label([2.0, 2.0], "x")
    assert np.isnan(iv.LayerNorm("x", epsilon=0)(x)).all()
    assert not iv.LayerNorm("x")(x).any()


# Affine maps of places


def test_a_map_of_places_is_their_product_and_sum(rng):
    x = picture(rng)
    scale = xr.DataArray(rng.standard_normal(21), dims="x")
    offset = xr.DataArray(rng.standard_normal((21, 15)), dims=("x", "y"))
    out = iv.PositionAffine(scale, offset)(x)
    expected = x.values * scale.values + offset.values.T
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    turned = iv.PositionAffine(scale, offset)(x.transpose("x", "channel", "y"))
    assert turned.dims == ("x", "channel", "y")
    np.testing.assert_allclose(turned.transpose(*x.dims), expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["scale", "offset"])
def test_folding_does_not_explain_what_differs_from_place_to_place(name, rng):
    x = picture(rng)
    op = iv.PositionAffine(**{name: xr.DataArray(rng.standard_normal(21), dims="x")})
    assert float(iv.equivariance_error(op, x, iv.Translate(x=1))) > 0.1
    assert not iv.aliasing.folding_explains(op, x, "x").attrs["explained"]
    assert iv.aliasing.folding_explains(op, x, "y").attrs["explained"], (
        "along y all places are alike"
    )
    assert float(iv.equivariance_error(op, x, iv.Translate(y=1))) == 0


def test_it_is_linear_where_nothing_is_added(rng):
    weights = xr.DataArray(rng.standard_normal(4), dims="x")
    assert iv.PositionAffine(weights).linear
    assert not iv.PositionAffine(weights, weights).linear
    assert iv.PositionAffine(weights, 0 * weights).linear


def test_weights_are_renamed_with_their_dims(rng):
    op = iv.PositionAffine(xr.DataArray(np.ones(4), dims="x")).rename({"x": "lon"})
    assert op.dims == ("lon",)


# Parameters


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: iv.DivisiveNormalization(0.0, over="x"), r"sigma is 0;.*above 0"),
        (lambda: iv.DivisiveNormalization(np.nan, over="x"), "sigma is nan"),
        (lambda: iv.DivisiveNormalization(exponent=-1.0, over="x"), r"exponent is -1;.*above 0"),
        (iv.DivisiveNormalization, "needs a pool"),
        (lambda: iv.DivisiveNormalization(window={"x": 4}), r"along 'x' is 4.*odd number.*5"),
        (lambda: iv.DivisiveNormalization(window={"x": 3}, over="x"), "pool it once"),
        (lambda: iv.LayerNorm(()), "at least one dim"),
        (lambda: iv.LayerNorm("x", epsilon=-1e-5), "epsilon is -1e-05.*at least 0"),
        (iv.PositionAffine, "needs a scale or an offset"),
        (lambda: iv.PositionAffine(np.ones(3)), "scale must be an xarray.DataArray.*ndarray"),
        (
            lambda: iv.PositionAffine(
                xr.DataArray(np.ones(3), dims="x"), xr.DataArray(np.ones(4), dims="x")
            ),
            "3 and 4 places along 'x'",
        ),
    ],
)
def test_what_a_definition_forbids_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()


def test_as_many_places_are_needed_as_there_are_samples():
    op = iv.PositionAffine(xr.DataArray(np.ones(3), dims="x"))
    with pytest.raises(AxisError, match=r"3 places along 'x', and the input 4"):
        op(iv.label(np.zeros(4), "x"))


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (
            iv.DivisiveNormalization(0.5, window={"x": 5}, over="channel"),
            "DivisiveNormalization(sigma 0.5, x: 5, over channel)",
        ),
        (iv.LayerNorm(("y", "x")), "LayerNorm(over y, x)"),
        (
            iv.PositionAffine(xr.DataArray(np.ones((3, 4)), dims=("y", "x"))),
            "PositionAffine(3x4 over y, x)",
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_names_can_be_read(op, text):
    assert str(op) == text


@pytest.mark.parametrize("level", [0.0, 0.1, 1e-3, 1e6 + 0.3])
@pytest.mark.parametrize("size", [3, 7, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equal_values_have_no_direction(level, size, dtype):
    x = iv.label(np.full((2, size), level, dtype), "channel", "x")
    for over in ("x", ("channel", "x")):
        y = iv.LayerNorm(over)(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, 0)
        assert np.isnan(iv.LayerNorm(over, epsilon=0)(x)).all()


@pytest.mark.parametrize("exponent", [2.0, 4.0])
@pytest.mark.parametrize("unit", [1e-20, 1e-12, 1.0, 1e25])
def test_divisive_normalization_does_not_care_for_the_unit_of_single_numbers(unit, exponent):
    values = np.array([0.0, 1.0, -2.0, 0.5])
    wanted = iv.DivisiveNormalization(0.5, exponent, over="x")(iv.label(values, "x"))
    single = iv.label((values * unit).astype(np.float32), "x")
    out = iv.DivisiveNormalization(0.5 * unit, exponent, over="x")(single)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, wanted, rtol=1e-5)


def test_the_square_of_large_single_numbers_does_not_overflow():
    x = iv.label(np.array([1e30, 0.0, -1e30], np.float32), "x")
    np.testing.assert_allclose(iv.LayerNorm("x")(x), np.array([1, 0, -1]) * np.sqrt(1.5), rtol=1e-6)
