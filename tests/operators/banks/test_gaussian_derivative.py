"""Derivatives of Gaussians against scipy.ndimage."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

import invarsig as iv
from invarsig import Axis, GaussianBank, GaussianDerivativeBank, axis_of, label
from invarsig.errors import AxisError, DimError, ParameterError

MODES = {
    "periodic": "wrap",
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "zero": "constant",
}


def grid(values, step: float = 1.0) -> xr.DataArray:
    names = ("z", "y", "x")[-np.ndim(values) :]
    sizes = zip(names, np.shape(values), strict=True)
    return label(values, *(Axis(d, 2.0, step, n, "px", abs(step) * n) for d, n in sizes))


def scipys(values, sigma, order, mode, truncate=4.0):
    """One filter of scipy's for each axis, with our rule for where taps end."""
    for axis, (width, n) in enumerate(zip(sigma, order, strict=True)):
        radius = math.ceil(truncate * width)
        values = ndimage.gaussian_filter1d(values, width, axis, n, mode=mode, radius=radius)
    return values


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("order", range(5))
def test_along_one_dim_it_is_scipys(boundary, order, rng):
    values = rng.standard_normal((3, 40))
    for sigma in (0.7, 2.25):
        out = GaussianDerivativeBank({"x": sigma}, {"x": order}, boundary=boundary)(grid(values))
        radius = math.ceil(4 * sigma)
        wanted = ndimage.gaussian_filter1d(
            values, sigma, 1, order, mode=MODES[boundary], radius=radius
        )
        np.testing.assert_allclose(out, wanted, atol=1e-10)


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("order", [(0, 0), (1, 0), (1, 1), (2, 0), (0, 3), (2, 2), (4, 1)])
def test_along_two_dims_it_is_scipys(boundary, order, rng):
    values, sigma = rng.standard_normal((24, 30)), (1.0, 1.5)
    bank = GaussianDerivativeBank(
        dict(zip("yx", sigma, strict=True)), dict(zip("yx", order, strict=True)), boundary=boundary
    )
    wanted = scipys(values, sigma, order, MODES[boundary])
    np.testing.assert_allclose(bank(grid(values)), wanted, atol=1e-10)


def test_scipys_own_rule_gives_the_same_where_both_cut_alike(rng):
    values = rng.standard_normal((30, 40))
    out = GaussianDerivativeBank({"y": 1.0, "x": 2.0}, {"y": 1, "x": 2})(grid(values))
    wanted = ndimage.gaussian_filter(values, (1.0, 2.0), (1, 2), mode="wrap")
    np.testing.assert_allclose(out, wanted, atol=1e-10)


@pytest.mark.parametrize("boundary", ["periodic", "valid"])
def test_only_a_valid_boundary_makes_it_shorter(boundary, rng):
    values = rng.standard_normal(40)
    out = GaussianDerivativeBank({"x": 1.0}, {"x": 1}, boundary=boundary)(grid(values))
    whole = scipys(values, (1.0,), (1,), "wrap")
    np.testing.assert_allclose(out, whole[4:36] if boundary == "valid" else whole, atol=1e-12)
    assert out.x[0] == (6.0 if boundary == "valid" else 2.0)


@pytest.mark.parametrize("step", [0.25, -0.25])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_derivative_is_per_unit_of_the_axis(step, order, rng):
    """And does not care which way samples are stored."""
    values = rng.standard_normal(60)
    out = GaussianDerivativeBank({"x": 0.5}, {"x": order})(grid(values, step))
    np.testing.assert_allclose(out, scipys(values, (2.0,), (order,), "wrap") / step**order)
    per = GaussianDerivativeBank({"x": 0.5}, {"x": order}, per={"x": abs(step)})
    per_sample = scipys(values, (2.0,), (order,), "wrap") * np.sign(step) ** order
    np.testing.assert_allclose(per(grid(values, step)), per_sample)


@pytest.mark.parametrize("gamma", [1.0, 0.5])
@pytest.mark.parametrize("step", [0.25, -0.25])
def test_a_normalized_one_is_times_a_power_of_the_width(gamma, step, rng):
    x = grid(rng.standard_normal(60), step)
    for order in (0, 1, 3):
        plain = GaussianDerivativeBank({"x": 0.5}, {"x": order})(x)
        bank = GaussianDerivativeBank({"x": 0.5}, {"x": order}, normalized=True, gamma=gamma)
        np.testing.assert_allclose(bank(x), plain * 0.5 ** (gamma * order))


def test_a_normalized_one_answers_alike_to_an_edge_at_every_scale():
    """A straight edge has the slope ``1 / √(2π)`` at every scale: that is what γ = 1 is for."""
    n = np.arange(400)
    edge = label((n >= 200).astype(float), Axis("x", size=400))
    bank = GaussianDerivativeBank({"x": [4.0, 8.0, 16.0]}, {"x": 1}, normalized=True, truncate=5)
    top = bank(edge).max("x")
    # The peak is half a sample from the edge: 1 - exp(-1 / (8 sigma^2)) of it is missed.
    np.testing.assert_allclose(top, 1 / math.sqrt(2 * math.pi), rtol=0.01)


def test_orders_along_one_dim_are_labels(rng):
    x = grid(rng.standard_normal((3, 40)))
    out = GaussianDerivativeBank({"x": 1.0}, {"x": (0, 1, 4)})(x)
    assert out.dims == ("y", "order", "x")
    assert out.order.dtype.kind == "i"
    for order in (0, 1, 4):
        alone = GaussianDerivativeBank({"x": 1.0}, {"x": order})(x)
        np.testing.assert_allclose(out.sel(order=order), alone, atol=1e-14)


def test_orders_along_two_dims_are_labels_for_each(rng):
    x = grid(rng.standard_normal((24, 24)))
    bank = GaussianDerivativeBank({"y": 1.0, "x": 1.0}, {"y": (2, 1, 0), "x": (0, 1, 2)})
    out = bank(x)
    assert out.y_order.values.tolist() == [2, 1, 0]
    assert out.x_order.values.tolist() == [0, 1, 2]
    by_order = out.set_xindex(["y_order", "x_order"])
    mixed = GaussianDerivativeBank({"y": 1.0, "x": 1.0}, {"y": 1, "x": 1})(x)
    np.testing.assert_allclose(by_order.sel(y_order=1, x_order=1).squeeze(), mixed, atol=1e-14)
    swapped = bank.rename({"y": "v"})(x.rename(y="v"))
    assert swapped.v_order.values.tolist() == [2, 1, 0]


def test_scales_and_orders_are_two_axes(rng):
    x = grid(rng.standard_normal((6, 60)))
    out = GaussianDerivativeBank({"x": [1.0, 2.0]}, {"x": (1, 2)}, normalized=True)(x)
    assert out.dims == ("y", "scale", "order", "x")
    assert axis_of(out, "scale").scale == "log2"
    np.testing.assert_allclose(out.scale, [1.0, 2.0])
    alone = GaussianDerivativeBank({"x": 2.0}, {"x": 2}, normalized=True)(x)
    np.testing.assert_allclose(out.isel(scale=1).sel(order=2), alone, atol=1e-13)


def test_the_slope_of_a_rotated_wave_is_steered_from_two():
    """Freeman and Adelson's first example: a derivative along any direction is a sum of two."""
    n = np.arange(48)
    wave = np.sin(2 * np.pi * (3 * n[:, None] + 4 * n) / 48)
    bank = GaussianDerivativeBank({"y": 2.0, "x": 2.0}, {"y": (1, 0), "x": (0, 1)})
    out = bank(grid(wave))
    along = (3 * out.isel(order=0) + 4 * out.isel(order=1)) / 5
    across = (4 * out.isel(order=0) - 3 * out.isel(order=1)) / 5
    assert float(abs(across).max()) < 1e-3 * float(abs(along).max())


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_discrete_one_is_a_central_difference_of_a_discrete_gaussian(sigma, order, rng):
    x = grid(rng.standard_normal(80))
    out = GaussianDerivativeBank({"x": sigma}, {"x": order}, kind="discrete")(x)
    wanted = GaussianBank(sigma={"x": sigma}, kind="discrete")(x).values
    for _ in range(order // 2):
        wanted = np.roll(wanted, -1) - 2 * wanted + np.roll(wanted, 1)
    if order % 2:
        wanted = np.gradient(np.concatenate([wanted[-1:], wanted, wanted[:1]]))[1:-1]
    np.testing.assert_allclose(out, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "sigma", "truncate", "most"),
    [
        ("sampled", 3.0, 4.0, (9e-4, 1.2e-2)),
        ("sampled", 3.0, 6.0, (1e-6, 1e-5)),
        ("sampled", 0.5, 6.0, (0.15, 1.5)),
        ("discrete", 0.5, 4.0, (1e-14, 1e-14)),
        ("discrete", 3.0, 4.0, (1e-13, 1e-13)),
    ],
)
def test_what_even_orders_let_through_of_a_constant_is_as_said(kind, sigma, truncate, most):
    bank = GaussianDerivativeBank(
        {"x": sigma}, {"x": (2, 4)}, normalized=True, kind=kind, truncate=truncate
    )
    out = abs(bank(grid(np.ones(60)))).max("x").values
    assert (out < most).all()
    if kind == "sampled":
        assert (out > np.array(most) / 100).all()


def test_a_response_is_that_of_the_formula():
    """``(2 pi i f)^n exp(-2 pi² σ² f²)`` per unit, where sampling repeats nothing of it."""
    x = Axis("x", step=0.5, size=64, unit="px")
    f = np.linspace(-0.3, 0.3, 13)
    for order in (1, 2, 3):
        bank = GaussianDerivativeBank({"x": 1.5}, {"x": order}, truncate=9)
        wanted = (2j * np.pi * f) ** order * np.exp(-2 * (np.pi * 1.5 * f) ** 2)
        got = bank.frequency_response(x, {"x": f})
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_higher_orders_take_smaller_strides():
    x = Axis("x", size=512)
    banks = [GaussianDerivativeBank({"x": 12.0}, {"x": n}, truncate=6) for n in (0, 1, 2, 4)]
    strides = [bank.safe_stride(x) for bank in banks]
    assert strides == sorted(strides, reverse=True)
    assert strides[0] > strides[-1] > 1


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sigma": {"x": 0.0}, "order": {"x": 1}}, ParameterError, "sigma along 'x' is 0"),
        ({"sigma": {"x": 1}, "order": {"x": -1}}, ParameterError, "order along 'x' is -1"),
        ({"sigma": {"x": 1}, "order": {"x": 1.5}}, ParameterError, "order along 'x' is 1.5"),
        ({"sigma": {"x": 1}, "order": {"x": True}}, ParameterError, "order along 'x' is True"),
        ({"sigma": {"x": 1}, "order": {"x": (1, -2)}}, ParameterError, "order along 'x' is -2"),
        ({"sigma": {"x": 1}, "order": {"x": ()}}, ParameterError, "order along 'x' is empty"),
        ({"sigma": {"x": 1}, "order": 1}, ParameterError, "order=1 names no dim"),
        ({"sigma": {"x": 1}, "order": {"y": 1}}, DimError, "order names 'y', which has no sigma"),
        ({"sigma": {"x": 1}, "order": {"x": 1}, "per": {"y": 1}}, DimError, "per names 'y'"),
        ({"sigma": {"x": 1}, "order": {"x": 1}, "per": {"x": 0}}, ParameterError, "per along 'x'"),
        ({"sigma": {"x": 1}, "order": {"x": 1}, "per": 2}, ParameterError, "per=2 names no dim"),
        ({"sigma": {"x": 1}, "order": {"x": 1}, "gamma": 0}, ParameterError, "gamma is 0"),
        (
            {"sigma": {"x": 1}, "order": {"x": 1}, "per": {"x": 2}, "normalized": True},
            ParameterError,
            "leave per out",
        ),
        (
            {"sigma": {"x": 1, "y": 1}, "order": {"x": (1, 2), "y": (1, 2, 3)}},
            ParameterError,
            "the same number for each",
        ),
        ({"sigma": {"x": 1}, "order": {"x": 1}, "stride": {"y": 2}}, DimError, "no filter"),
    ],
)
def test_what_is_no_derivative_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        GaussianDerivativeBank(**options)


def test_more_taps_than_samples_are_refused():
    with pytest.raises(AxisError, match="A window of 25 samples is longer than the axis 'x'"):
        GaussianDerivativeBank({"x": 3.0}, {"x": 1})(grid(np.ones(20)))


def test_a_derivative_bank_says_what_it_is():
    bank = iv.GaussianDerivativeBank({"x": 2.0}, {"x": (1, 2)}, normalized=True)
    assert str(bank) == "GaussianDerivativeBank(sigma x: 2, order x: 1 to 2 (2), normalized True)"
