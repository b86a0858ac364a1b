"""Steerable derivatives against scipy.ndimage, and the interpolation that steers them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

import invarsig as iv
from invarsig.errors import AxisError, DimError, DtypeError, ParameterError
from tests.operators.banks.rings import ring

OVER = ("y", "x")
ANGLES = (-2.0, 0.0, 0.3, 1.1, math.pi, 5.0)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("sigma", [1.5, 2.3])
def test_derivatives_along_the_axes_are_those_of_scipy(order, sigma, rng):
    values = rng.standard_normal((48, 52))
    y = iv.SteerableBank(OVER, order, sigma, (0.0, math.pi / 2), truncate=8)(ring(values))
    for place, orders in enumerate([(0, order), (order, 0)]):
        theirs = ndimage.gaussian_filter(values, sigma, orders, mode="wrap", truncate=8)
        np.testing.assert_allclose(y[place], sigma**order * theirs, atol=1e-10)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("stride", [{}, {"y": 2, "x": 4}])
def test_any_angle_is_the_stated_interpolation_of_the_basis(order, stride, rng):
    x = ring(rng.standard_normal((64, 64)))
    basis = iv.SteerableBank(OVER, order, 1.5, stride=stride)(x)
    apart = np.subtract.outer(ANGLES, np.arange(order + 1) * np.pi / (order + 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.sin((order + 1) * apart) / ((order + 1) * np.sin(apart))
    # On a basis angle itself, up to half turns, the weight is one up to the sign.
    weights = np.where(np.abs(np.sin(apart)) < 1e-9, np.cos(apart) ** order, weights)
    direct = iv.SteerableBank(OVER, order, 1.5, ANGLES, stride=stride)(x)
    scale = float(abs(direct).max())
    summed = np.tensordot(weights, basis, axes=1)
    np.testing.assert_allclose(summed, direct, atol=1e-12 * scale)
    steered = iv.operators.steer(basis, ANGLES)
    np.testing.assert_allclose(steered, direct, atol=1e-12 * scale)
    assert steered.dims == direct.dims
    xr.testing.assert_allclose(steered.coords.to_dataset(), direct.coords.to_dataset())


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_steered_bands_of_the_pyramid_are_its_design_at_that_angle(count, rng):
    x = ring(rng.standard_normal((48, 40)))
    fy, fx = np.meshgrid(np.fft.fftfreq(48), np.fft.fftfreq(40), indexing="ij")
    band = iv.SteerablePyramidBand(OVER, 1, count)
    bins = {"y": np.fft.fftfreq(48), "x": np.fft.fftfreq(40)}
    # The squares of the bands sum to the square of their radial part.
    steered = iv.operators.steer(band(x), ANGLES)
    responses = iv.operators.steer(band.frequency_response(x, bins), ANGLES).to_numpy()
    spectrum = np.fft.fft2(x.to_numpy())
    np.testing.assert_allclose(steered, np.fft.ifft2(spectrum * responses).real, atol=1e-12)
    theta, first = np.arctan2(fy, fx), np.abs(band.frequency_response(x, bins).to_numpy())
    radial = np.sqrt((first**2).sum(axis=0))
    norm = 2.0 ** (count - 1) / math.sqrt(count * math.comb(2 * count - 2, count - 1))
    for angle, response in zip(ANGLES, responses, strict=True):
        wanted = norm * radial * 1j ** (count - 1) * np.cos(theta - angle) ** (count - 1)
        np.testing.assert_allclose(response, wanted, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_after_half_a_turn_odd_orders_change_their_sign(order, rng):
    x = ring(rng.standard_normal((40, 40)))
    angles = np.array(ANGLES)
    there, back = (iv.SteerableBank(OVER, order, 1.0, a)(x) for a in (angles, angles + math.pi))
    np.testing.assert_allclose(back, (-1) ** order * there.to_numpy(), atol=1e-12)
    basis = iv.axis_of(iv.SteerableBank(OVER, order, 1.0)(x), "orientation")
    assert (basis.size, basis.unit) == (order + 1, "rad")
    assert basis.periodic
    assert basis.period == pytest.approx(math.pi)


def test_a_plane_wave_is_derived_along_the_direction():
    n = np.arange(60)
    f = np.array([3, 5]) / 60
    x = ring(np.exp(2j * np.pi * (f[0] * n[:, None] + f[1] * n)))
    for order in (1, 2, 3):
        y = iv.SteerableBank(OVER, order, 2.0, ANGLES)(x)
        along = f[1] * np.cos(ANGLES) + f[0] * np.sin(ANGLES)
        gain = (4j * np.pi * along) ** order * np.exp(-8 * np.pi**2 * (f @ f))
        np.testing.assert_allclose(y.isel(y=0, x=0), gain, atol=1e-4 * np.abs(gain).max())


def test_several_widths_make_a_log2_axis(rng):
    x = ring(rng.standard_normal((40, 40)))
    y = iv.SteerableBank(OVER, 2, (1.0, 2.0))(x)
    assert y.dims == ("scale", "orientation", "y", "x")
    assert iv.axis_of(y, "scale").scale == "log2"
    one = iv.SteerableBank(OVER, 2, 1.0)(x)
    np.testing.assert_allclose(y.sel(scale=1.0), one, atol=1e-13)
    np.testing.assert_allclose(
        iv.operators.steer(y, 0.4).sel(scale=1.0), iv.operators.steer(one, 0.4), atol=1e-13
    )


def test_steering_carries_what_it_is_given(rng):
    x = ring(rng.standard_normal((30, 30)).astype(np.float32)).rename("photo")
    x = x.assign_attrs(by="me").assign_coords(row=("y", np.arange(30.0)))
    y = iv.operators.steer(iv.SteerableBank(OVER, 2, 1.0)(x), 0.3)
    assert (y.dtype, y.name, y.attrs) == (np.float32, "photo", {"by": "me"})
    assert y.row.dims == ("y",)
    assert y.orientation.values.tolist() == pytest.approx([0.3])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "x"}, "give 2 dims"),
        ({"over": ("y", "x"), "order": 0}, "order is 0; give a whole number of at least 1"),
        ({"over": ("y", "x"), "order": 1.0}, "order is 1.0"),
        ({"over": ("y", "x"), "sigma": -1.0}, "sigma is -1 samples; give a value above 0"),
        ({"over": ("y", "x"), "orientation": (np.nan,)}, "no finite angle"),
        ({"over": ("y", "x"), "orientation": ()}, "no finite angle"),
        ({"over": ("y", "x"), "truncate": 0.0}, "truncate is 0"),
    ],
)  # fmt: skip
def test_a_bank_that_cannot_be_designed_is_refused(options, said):
    with pytest.raises(ParameterError, match=said):
        iv.SteerableBank(**options)


def test_what_is_no_basis_is_not_steered(rng):
    x = ring(rng.standard_normal((32, 32)))
    with pytest.raises(AxisError, match="Leave orientation= out"):
        iv.operators.steer(iv.SteerableBank(OVER, 2, 1.0, (0.0, 0.1, 0.2))(x), 0.3)
    with pytest.raises(DtypeError, match="use part='real'"):
        iv.operators.steer(iv.SteerablePyramidBand(OVER, part="complex")(x), 0.3)
    with pytest.raises(DimError, match="'orientation'"):
        iv.operators.steer(x, 0.3)
